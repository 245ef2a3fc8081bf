//! Changes of `aws-auth` that a command names, in a cluster or in a manifest: edits the text, and adds the step to the
//! plan. The guard checks them once everything relevant was read.

use super::effects::{MapChange, MapEffect};
use super::map::{changed, push_write};
use super::matching::matching_key;
use super::near;
use super::place::Place;
use super::step::{AwsAuthEdit, AwsAuthWrite, RemovedEntry};
use super::uncovered::Sides;
use super::whole::Plan;
use crate::aws_auth::{Change, Groups, Opened, Reading, RemoveBy};
use crate::error::{Error, Result};
use crate::model::desired::GroupsWish;
use crate::model::{AccessWish, Principal, PrincipalKind, Via};

/// Plans changes of a map as one replacement. Without a change there is no step. `after` is the step that creates the
/// mapped role.
///
/// # Errors
/// The text can't be edited with proof, or must not be.
pub(super) fn plan_changes(
    plan: &mut Plan,
    place: Place<'_>,
    text: Opened<'_>,
    changes: Vec<Change>,
    after: Option<usize>,
) -> Result<MapEffect> {
    let principals: Vec<Principal> = changes.iter().filter_map(principal_of).collect();
    plan.warnings.extend(near::warnings(text.data(), &text.reading, &place.circumstances(), &principals));
    let takes = |change: &&Change| matches!(change, Change::Remove { .. });
    plan.warnings.extend(changes.iter().filter(takes).filter_map(principal_of).filter_map(|p| place.entry_of(&p)));
    let done = changed(&text, &changes, place.resource_version()).map_err(|e| place.edit_error(&e))?;
    let Some((write, has)) = done else { return Ok(MapEffect::Same(text.into_reading())) };
    place.object()?;
    let by_name = write.edits.iter().filter(|e| matches!(e.change, Change::Remove { by: RemoveBy::Username(_), .. }));
    let removed = by_name.flat_map(|edit| &edit.removed).filter_map(|entry| Principal::as_matched(&entry.arn).ok());
    plan.warnings.extend(removed.filter_map(|principal| place.entry_of(&principal)));
    let had = text.into_reading();
    // The effect of a removal depends on the entries that are left.
    let sides = write.edits.iter().any(is_removal).then(|| Sides::of(&had, &has));
    let masked = sides.as_ref().map(|_| place.masked()).unwrap_or_default();
    let matters = |edit: &AwsAuthEdit| match &sides {
        Some(sides) if is_removal(edit) => {
            edit.removed.iter().any(|entry| sides.changes(&entry.arn) && !masked.contains(&matching_key(&entry.arn)))
        }
        _ => true,
    };
    if let Some(sides) = &sides {
        plan.warnings.extend(write.edits.iter().flat_map(|edit| still_let_in(place, edit, sides)));
    }
    plan.warnings.dedup();
    let inert = |e: &AwsAuthEdit| matches!(e.change, Change::RemoveShadowed { .. }) || !matters(e);
    if write.edits.iter().any(inert) {
        plan.notes.push("entries that have no effect today are removed: no access changes".to_owned());
    }
    push_write(plan, &place.scope(), after, AwsAuthWrite { file: place.file(), ..write }, matters);
    drop(sides);
    Ok(MapEffect::Changes(MapChange { had, has, changes: Some(changes) }))
}

const fn is_removal(edit: &AwsAuthEdit) -> bool {
    matches!(edit.change, Change::Remove { .. })
}

/// The access that remains after a removal: the same by another entry, or by the account.
fn still_let_in(place: Place<'_>, edit: &AwsAuthEdit, sides: &Sides<'_>) -> Vec<String> {
    if !is_removal(edit) {
        return Vec::new();
    }
    let left = |entry: &RemovedEntry| {
        let principal = Principal::as_matched(entry.arn.trim()).ok()?;
        let then = entry.then.as_ref()?;
        if sides.has.effective(&principal).is_empty() {
            let account = &principal.account;
            return Some(format!(
                "account {account} is in mapAccounts: {} still gets access, as {}, without groups; to remove the account: eksaccess map {} --account {account} --remove",
                entry.arn,
                then.username,
                place.option()
            ));
        }
        let arn = principal.for_aws_auth().to_string();
        (!sides.changes(&arn)).then(|| {
            format!(
                "{} keeps its access through another entry; to remove all of them: {}",
                entry.arn,
                place.removal_of_all(&arn)
            )
        })
    };
    edit.removed.iter().filter_map(left).collect()
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
/// A username of several principals, without `all`.
pub(super) fn removal(by: RemoveBy, all: bool, reading: &Reading) -> Result<Change> {
    if let (RemoveBy::Username(username), false) = (&by, all) {
        let mut arns: Vec<_> =
            reading.mappings().filter(|m| m.username == *username).map(|m| m.arn.to_ascii_lowercase()).collect();
        arns.sort_unstable();
        arns.dedup();
        if arns.len() > 1 {
            return Err(Error::usage(format!("{} principals have the username {username}", arns.len()))
                .because(arns.join(", "))
                .hint("name one of them: --principal ARN; or remove all of them: --all-duplicates"));
        }
    }
    Ok(Change::Remove { by, all })
}

/// What to use in place of a name.
const IN_FULL: &str = "name it in full: --principal arn:aws:iam::ACCOUNT:role/NAME";

/// The error for a principal whose ARN only AWS can tell.
pub(super) fn only_a_name(name: &str) -> Error {
    Error::usage(format!("{name} is not a full ARN, and without AWS a name can't be turned into one")).hint(IN_FULL)
}

/// The desired mapping of a principal in a manifest's text.
///
/// # Errors
/// A principal without a full ARN of a role or a user; options that need a cluster; a new mapping without groups.
pub(super) fn manifest_upsert(wish: &AccessWish, reading: &Reading) -> Result<Change> {
    let principal = wish.principal.parse::<Principal>().map_err(|error| {
        if wish.principal.starts_with("arn:") {
            Error::usage(error.to_string()).hint(IN_FULL)
        } else {
            only_a_name(&wish.principal)
        }
    })?;
    if !principal.is_role() && principal.kind != PrincipalKind::User {
        return Err(Error::usage(format!("{principal} is neither a role nor a user")));
    }
    if wish.via == Some(Via::AccessEntry) || wish.policies != crate::model::PoliciesWish::Unsaid || wish.scope.is_some()
    {
        return Err(Error::usage("a manifest holds aws-auth only: it has no access entries or access policies")
            .hint("leave --via, --access-policy and --policy-namespace out, or name a cluster: --cluster NAME"));
    }
    let is_mapped = !reading.effective(&principal).is_empty();
    let groups = match &wish.groups {
        GroupsWish::Exactly(groups) => Groups::Set(groups.clone()),
        GroupsWish::Append(groups) => Groups::Append(groups.clone()),
        GroupsWish::Unsaid if is_mapped => Groups::Keep,
        GroupsWish::Unsaid => {
            return Err(Error::usage(format!("what {principal} may do was not specified"))
                .hint("specify it with --kubernetes-group and a group that the cluster binds, or with --no-groups"));
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
