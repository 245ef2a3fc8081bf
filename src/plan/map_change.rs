//! A change of `aws-auth` that a command names outright, in a cluster or in a manifest: the text is edited, the access
//! before and after is judged, and the step is put into the plan.

use std::collections::BTreeMap;

use serde_json::Value;

use super::guard::Beside;
use super::map::{changed, edit_error, push_write, seen_map};
use super::step::{AwsAuthEdit, AwsAuthWrite, RemovedEntry};
use super::uncovered::Sides;
use super::whole::Plan;
use super::{guard, near, owners};
use crate::aws_auth::{Change, Circumstances, EditError, Groups, Opened, Places, Reading, RemoveBy};
use crate::error::{Error, Result, shell_word};
use crate::model::desired::GroupsWish;
use crate::model::{AccessWish, CallerIdentity, ClusterState, Principal, PrincipalKind, Scope, Via};

type Data = BTreeMap<String, String>;

/// Where the text stands, and by what a change of it is judged.
#[derive(Clone, Copy, Debug)]
pub enum Judge<'a> {
    /// A cluster, whose entries and node roles count too.
    Cluster {
        /// As it was seen.
        cluster: &'a ClusterState,
        /// Who makes the change.
        caller: &'a CallerIdentity,
        /// The version that was read; `None` where there is no `aws-auth`.
        resource_version: Option<&'a str>,
    },
    /// A manifest in a file: nothing is known but its text.
    Manifest {
        /// The file's name.
        file: &'a str,
        /// Where its texts stand in it.
        places: &'a Places,
    },
}

/// Plans changes of the data, as one replacement, and gives the data as it will be. Nothing to change is no step.
///
/// # Errors
/// The text can't be edited with proof; somebody who is not among `allowed` would be locked out, or would get more by what
/// is removed.
pub fn plan_changes(
    plan: &mut Plan,
    data: &Data,
    changes: &[Change],
    judge: Judge<'_>,
    allowed: &[String],
) -> Result<Data> {
    plan_changes_of(plan, Opened::new(data), changes, judge, allowed)
}

/// The same for a text that was read already.
///
/// # Errors
/// As [`plan_changes`].
pub fn plan_changes_of(
    plan: &mut Plan,
    text: Opened<'_>,
    changes: &[Change],
    judge: Judge<'_>,
    allowed: &[String],
) -> Result<Data> {
    let data = text.data();
    let principals: Vec<Principal> = changes.iter().filter_map(principal_of).collect();
    plan.warnings.extend(near::warnings(data, &text.reading, &judge.circumstances(), &principals));
    let takes = |change: &&Change| matches!(change, Change::Remove { .. });
    plan.warnings.extend(changes.iter().filter(takes).filter_map(principal_of).filter_map(|p| judge.entry_of(&p)));
    let version = judge.resource_version();
    let Some((write, after)) = changed(&text, changes, version).map_err(|e| judge.edit_error(&e))? else {
        return Ok(data.clone());
    };
    let by_name = write.edits.iter().filter(|e| matches!(e.change, Change::Remove { by: RemoveBy::Username(_), .. }));
    let removed = by_name.flat_map(|edit| &edit.removed).filter_map(|entry| Principal::as_matched(&entry.arn).ok());
    plan.warnings.extend(removed.filter_map(|principal| judge.entry_of(&principal)));
    let before = text.into_reading();
    let (sides, masked) = (Sides::of(&before, &after), judge.masked());
    if let Some(uncovered) = sides.uncovered(changes, &masked) {
        let all = judge.removal_of_all(&uncovered.arn);
        return Err(uncovered.refused().hint(format!("remove all of its entries: {all}")));
    }
    judge.refuse_lockout(&sides, allowed)?;
    let matters = |edit: &AwsAuthEdit| {
        let is_masked = |arn: &str| masked.contains(&guard::matching_key(arn));
        !matches!(edit.change, Change::Remove { .. })
            || edit.removed.iter().any(|entry| sides.changes(&entry.arn) && !is_masked(&entry.arn))
    };
    plan.warnings.extend(write.edits.iter().flat_map(|edit| judge.still_let_in(edit, &sides)));
    plan.warnings.dedup();
    let inert = |e: &AwsAuthEdit| matches!(e.change, Change::RemoveShadowed { .. }) || !matters(e);
    if write.edits.iter().any(inert) {
        plan.notes.push("entries that have no effect today are removed: nobody's access changes".to_owned());
    }
    let becomes = write.becomes.clone();
    push_write(plan, &judge.scope(), None, AwsAuthWrite { file: judge.file(), ..write }, matters);
    owners::tell(plan, judge.object()?, &[]);
    Ok(becomes)
}

impl Judge<'_> {
    fn edit_error(&self, error: &EditError) -> Error {
        match self {
            Self::Cluster { cluster, .. } => edit_error(error, &cluster.description.arn.name),
            Self::Manifest { file, places } => {
                Error::failed(format!("the aws-auth in {file} can't be edited; nothing was changed"))
                    .because(error.clone().placed(places).to_string())
                    .hint(format!("see what the control plane makes of it: eksaccess lint --file {file}"))
            }
        }
    }

    fn circumstances(&self) -> Circumstances {
        match self {
            Self::Cluster { cluster, .. } => near::circumstances(cluster),
            Self::Manifest { places, .. } => Circumstances { places: (*places).clone(), ..Circumstances::default() },
        }
    }

    fn file(&self) -> Option<String> {
        match self {
            Self::Cluster { .. } => None,
            Self::Manifest { file, .. } => Some((*file).to_owned()),
        }
    }

    /// The object in the cluster, with the marks of those who write it.
    ///
    /// # Errors
    /// The map may not be changed.
    fn object(&self) -> Result<Option<&Value>> {
        match self {
            Self::Cluster { cluster, .. } => Ok(seen_map(cluster)?.map(|map| &map.object)),
            Self::Manifest { .. } => Ok(None),
        }
    }

    fn resource_version(&self) -> Option<String> {
        match self {
            Self::Cluster { resource_version, .. } => resource_version.map(str::to_owned),
            Self::Manifest { .. } => None,
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Cluster { cluster, .. } => Scope::Cluster(cluster.description.arn.clone()),
            Self::Manifest { file, .. } => Scope::File((*file).to_owned()),
        }
    }

    /// What a person should know who takes a mapping away from somebody with an entry.
    fn entry_of(&self, principal: &Principal) -> Option<String> {
        let Self::Cluster { cluster, .. } = self else { return None };
        let entries = cluster.entries();
        let is_of = |arn: &str| arn.parse::<Principal>().is_ok_and(|p| p.same_entity(principal));
        let entry = entries.iter().find(|entry| is_of(&entry.principal))?;
        Some(format!("{} has an access entry, which stays and lets it in as {}", entry.principal, entry.username))
    }

    fn refuse_lockout(&self, sides: &Sides<'_>, allowed: &[String]) -> Result<()> {
        match self {
            Self::Cluster { cluster, caller, .. } => guard::refuse_map_lockout(cluster, sides, caller, allowed),
            Self::Manifest { .. } => {
                let (before, after) = guard::access_of_both(sides, Beside::default(), &[]);
                guard::refuse_lockout(&before, &after, None, allowed)
            }
        }
    }

    /// The ARNs for which an access entry takes the place of the map.
    fn masked(&self) -> Vec<String> {
        match self {
            Self::Cluster { cluster, .. } => guard::masked(cluster),
            Self::Manifest { .. } => Vec::new(),
        }
    }

    /// The place as an option of a command.
    fn option(&self) -> String {
        match self {
            Self::Cluster { cluster, .. } => format!("--cluster {}", cluster.description.arn),
            Self::Manifest { file: "stdin", .. } => "--file -".to_owned(),
            Self::Manifest { file, .. } => format!("--file {}", shell_word(file)),
        }
    }

    /// The command that takes every entry of a principal out.
    fn removal_of_all(&self, arn: &str) -> String {
        format!("eksaccess map {} --remove --principal {} --all-duplicates", self.option(), shell_word(arn))
    }

    /// What a removal leaves to those whose entries it takes: the same by another entry, or the way in by the account.
    fn still_let_in(&self, edit: &AwsAuthEdit, sides: &Sides<'_>) -> Vec<String> {
        if !matches!(edit.change, Change::Remove { .. }) {
            return Vec::new();
        }
        let left = |entry: &RemovedEntry| {
            let principal = Principal::as_matched(entry.arn.trim()).ok()?;
            let then = entry.then.as_ref()?;
            if sides.has.effective(&principal).is_empty() {
                let account = &principal.account;
                return Some(format!(
                    "account {account} is in mapAccounts: {} still gets in, as {}, without groups; to take the account out: eksaccess map {} --account {account} --remove",
                    entry.arn,
                    then.username,
                    self.option()
                ));
            }
            let arn = principal.for_aws_auth().to_string();
            (!sides.changes(&arn)).then(|| {
                format!(
                    "{} stays what it is, by another entry; to remove all of them: {}",
                    entry.arn,
                    self.removal_of_all(&arn)
                )
            })
        };
        edit.removed.iter().filter_map(left).collect()
    }
}

fn principal_of(change: &Change) -> Option<Principal> {
    match change {
        Change::Upsert { arn, .. } => Some(arn.clone()),
        Change::Remove { by: RemoveBy::Arn(arn), .. } => Principal::as_matched(arn.trim()).ok(),
        _ => None,
    }
}

/// The removal of a mapping.
///
/// # Errors
/// A username that several principals have, where not all of them were asked for.
pub fn removal(by: RemoveBy, all: bool, reading: &Reading) -> Result<Change> {
    if let (RemoveBy::Username(username), false) = (&by, all) {
        let mut arns: Vec<_> =
            reading.mappings().filter(|m| m.username == *username).map(|m| m.arn.to_ascii_lowercase()).collect();
        arns.sort_unstable();
        arns.dedup();
        if arns.len() > 1 {
            return Err(Error::usage(format!("{} principals have the username {username}", arns.len()))
                .because(arns.join(", "))
                .hint("name the one that you mean: --principal ARN; or remove all of them: --all-duplicates"));
        }
    }
    Ok(Change::Remove { by, all })
}

/// What a manifest's text is to say of a principal.
///
/// # Errors
/// A principal that is no full ARN of a role or a user; options that only a cluster knows; nothing said about the groups
/// of a new mapping.
pub fn manifest_upsert(wish: &AccessWish, reading: &Reading) -> Result<Change> {
    let principal = wish.principal.parse::<Principal>().map_err(|error| {
        let error = if wish.principal.starts_with("arn:") {
            Error::usage(error.to_string())
        } else {
            Error::usage(format!("{} is no full ARN, and without AWS a name can't be turned into one", wish.principal))
        };
        error.hint("name it in full: --principal arn:aws:iam::ACCOUNT:role/NAME")
    })?;
    if !principal.is_role() && principal.kind != PrincipalKind::User {
        return Err(Error::usage(format!("{principal} is neither a role nor a user")));
    }
    if wish.via == Some(Via::AccessEntry) || wish.policies != crate::model::PoliciesWish::Unsaid || wish.scope.is_some()
    {
        return Err(Error::usage("a manifest is an aws-auth: it has no access entries and no access policies")
            .hint("leave --via, --access-policy and --policy-namespace out, or name a cluster: --cluster NAME"));
    }
    let is_mapped = !reading.effective(&principal).is_empty();
    let groups = match &wish.groups {
        GroupsWish::Exactly(groups) => Groups::Set(groups.clone()),
        GroupsWish::Append(groups) => Groups::Append(groups.clone()),
        GroupsWish::Unsaid if is_mapped => Groups::Keep,
        GroupsWish::Unsaid => {
            return Err(Error::usage(format!("what {principal} may do was not said"))
                .hint("say it: with --kubernetes-group and a group that the cluster binds, or --no-groups"));
        }
    };
    let new_name = || {
        if principal.is_role() { format!("{}:{{{{SessionName}}}}", principal.name) } else { principal.name.clone() }
    };
    let username = wish.username.clone().or_else(|| (!is_mapped).then(new_name));
    Ok(Change::Upsert { arn: principal, username, groups })
}

#[cfg(test)]
#[path = "map_change_tests.rs"]
mod tests;
