//! The principal's mapping in `kube-system/aws-auth`: one entry added or updated, all else byte for byte.

use std::collections::BTreeMap;

use super::access::{Binding, identity};
use super::planner::Judgement;
use super::step::{Action, AwsAuthEdit, AwsAuthWrite, Class, Identity, Plan, RemovedEntry, Scope};
use super::{guard, near};
use crate::aws_auth::{self, Change, EditError, Edited, Groups, Reading, RemoveBy};
use crate::error::{Error, Result, one_line};
use crate::model::desired::GroupsWish;
use crate::model::{AwsAuthMap, AwsAuthState, ClusterDescription, ClusterState};

type Data = BTreeMap<String, String>;

/// Plans the mapping; `before` is the map as it is read today.
///
/// # Errors
/// An `aws-auth` that could not be seen, is immutable, can't be read or can't be edited with proof; a lockout.
pub(super) fn plan_mapping(plan: &mut Plan, binding: &Binding<'_>, before: &Reading) -> Result<()> {
    let map = map_as_seen(binding.cluster)?;
    let data = map.map(AwsAuthMap::data).unwrap_or_default();
    plan.warnings.extend(near::warnings(
        &data,
        before,
        &near::circumstances(binding.cluster),
        std::slice::from_ref(binding.principal),
    ));
    let is_mapped = !before.effective(binding.principal).is_empty();
    let change = upsert(binding, is_mapped)?;
    let version = map.map(|m| m.resource_version().to_owned());
    let changed = changed(&data, &[change], version);
    let Some(changed) = changed.map_err(|e| edit_error(&e, &binding.cluster.description.arn.name))? else {
        return Ok(());
    };
    seen_map(binding.cluster)?;
    if *binding.judgement != Judgement::Postponed {
        let after = aws_auth::read(&changed.becomes);
        let had = guard::access_with_map(binding.cluster, before);
        binding.judge(&had, &guard::access_with_map(binding.cluster, &after))?;
    }
    push_write(plan, &binding.scope, changed);
    Ok(())
}

/// Adds the step, with the class that the worst of its edits has.
pub(super) fn push_write(plan: &mut Plan, scope: &Scope, write: AwsAuthWrite) {
    let whys: Vec<_> = write.edits.iter().filter_map(why_overwriting).collect();
    let class = if whys.is_empty() { Class::Additive } else { Class::Overwriting };
    let why = (!whys.is_empty()).then(|| one_line(&whys.join("; ")));
    plan.push(scope, class, why, &[], Action::WriteAwsAuth(write));
}

/// The map that is to be changed; `None` where there is none.
///
/// # Errors
/// It is immutable, was not read, or could not be read.
pub fn seen_map(cluster: &ClusterState) -> Result<Option<&AwsAuthMap>> {
    let name = &cluster.description.arn.name;
    match map_as_seen(cluster)? {
        Some(map) if map.is_immutable() => {
            let error = Error::failed(format!(
                "aws-auth of cluster {name} is marked immutable; the API server refuses any change of its data"
            ));
            Err(if cluster.description.mode.has_entries() {
                error.hint("an access entry changes nothing in it: --via access-entry")
            } else {
                error.hint("an immutable ConfigMap must be deleted and recreated by hand; keep a copy first: kubectl -n kube-system get configmap aws-auth -o yaml")
            })
        }
        map => Ok(map),
    }
}

/// The map as it was seen; `None` where there is none.
///
/// # Errors
/// It was not read, or could not be read.
pub(super) fn map_as_seen(cluster: &ClusterState) -> Result<Option<&AwsAuthMap>> {
    let name = &cluster.description.arn.name;
    match &cluster.aws_auth {
        AwsAuthState::Absent => Ok(None),
        AwsAuthState::Present(map) => Ok(Some(map)),
        AwsAuthState::NotLooked => Err(Error::failed(format!("aws-auth of cluster {name} was not read"))),
        AwsAuthState::Unseen(why) => Err(unseen(&cluster.description, why)),
    }
}

fn unseen(description: &ClusterDescription, why: &str) -> Error {
    let name = &description.arn.name;
    let mut error =
        Error::failed(format!("aws-auth of cluster {name} could not be read; nothing was changed")).because(why);
    if description.private_only {
        error = error.because("the cluster's endpoint is private: it answers inside its VPC only");
    }
    if description.mode.has_entries() {
        error.hint("an access entry needs no reachability: --via access-entry")
    } else {
        error.hint(format!("run this where the endpoint can be reached (an access entry would need no reachability, but cluster {name} is in mode CONFIG_MAP)"))
    }
}

fn upsert(binding: &Binding<'_>, is_mapped: bool) -> Result<Change> {
    let (username, groups) = if is_mapped {
        let groups = match &binding.wish.groups {
            GroupsWish::Unsaid => Groups::Keep,
            GroupsWish::Exactly(groups) => Groups::Set(groups.clone()),
            GroupsWish::Append(groups) => Groups::Append(groups.clone()),
        };
        (binding.wish.username.clone(), groups)
    } else {
        (Some(binding.new_username()), Groups::Set(binding.new_groups()?))
    };
    Ok(Change::Upsert { arn: binding.principal.clone(), username, groups })
}

/// Makes changes one after the other; `None` where all of them are made already.
///
/// # Errors
/// The first change that can't be made with proof; then nothing is changed.
pub fn changed(
    old: &Data,
    changes: &[Change],
    resource_version: Option<String>,
) -> Result<Option<AwsAuthWrite>, EditError> {
    let mut data = old.clone();
    let mut edits = Vec::new();
    for change in changes {
        let edited = aws_auth::edit(&data, change)?;
        if edited.changed {
            edits.push(edit_of(&edited, change));
            data = edited.data;
        }
    }
    let diff = super::diff::of_data(old, &data);
    Ok((!edits.is_empty()).then_some(AwsAuthWrite { edits, file: None, resource_version, diff, becomes: data }))
}

fn edit_of(edited: &Edited, change: &Change) -> AwsAuthEdit {
    let arn = edited.after.as_ref().or(edited.before.as_ref()).map(|m| m.arn.clone()).unwrap_or_default();
    let whom = match change {
        Change::AddAccount(account) | Change::RemoveAccount(account) => account.clone(),
        Change::Remove { by: RemoveBy::Username(username), .. } => username.clone(),
        Change::Remove { by: RemoveBy::Arn(given), .. } if arn.is_empty() => given.clone(),
        _ => arn,
    };
    let gone = edited.removed.iter().zip(&edited.then);
    let removed = gone
        .map(|(m, then)| RemovedEntry { arn: m.arn.clone(), identity: identity(m), then: then.as_ref().map(identity) })
        .collect::<Vec<_>>();
    AwsAuthEdit {
        whom,
        key: edited.key.as_str().to_owned(),
        before: edited.before.as_ref().map(identity),
        after: edited.after.as_ref().map(identity),
        removed,
        change: change.clone(),
        ours: matches!(change, Change::Upsert { .. }) && edited.before.is_none(),
    }
}

fn why_overwriting(edit: &AwsAuthEdit) -> Option<String> {
    match (&edit.change, &edit.before, &edit.after) {
        (Change::Upsert { .. }, Some(before), Some(after)) => why_replaced(before, after),
        (Change::Upsert { .. } | Change::AddAccount(_) | Change::RemoveShadowed { .. }, ..) => None,
        (Change::RemoveAccount(account), ..) => Some(format!("account {account} is taken out of mapAccounts")),
        (Change::Remove { .. }, ..) => Some(why_removed(&edit.removed)),
    }
}

fn why_removed(removed: &[RemovedEntry]) -> String {
    let mut whys: Vec<_> = removed
        .iter()
        .map(|entry| match &entry.then {
            Some(then) => format!("a mapping is removed; {} stays, as {}", entry.arn, then.username),
            None => format!("{} loses its mapping", entry.arn),
        })
        .collect();
    let mut told = std::collections::BTreeSet::new();
    whys.retain(|why| told.insert(why.clone()));
    whys.join("; ")
}

fn why_replaced(before: &Identity, after: &Identity) -> Option<String> {
    if before.username != after.username {
        return Some(format!("the mapping's username is {} today", before.username));
    }
    let lost: Vec<_> = before.groups.iter().filter(|g| !after.groups.contains(g)).cloned().collect();
    (!lost.is_empty()).then(|| format!("the mapping loses {}", lost.join(", ")))
}

/// An edit that was not made, as a person reads it.
pub fn edit_error(error: &EditError, cluster: &str) -> Error {
    Error::failed(format!("aws-auth of cluster {cluster} can't be edited; nothing was changed"))
        .because(error.to_string())
        .hint("look at it: kubectl -n kube-system get configmap aws-auth -o yaml")
}
