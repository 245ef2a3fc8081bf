//! The principal's mapping in `kube-system/aws-auth`: one entry added or updated, all else byte for byte.

use std::collections::BTreeMap;

use super::access::{Binding, identity};
use super::guard;
use super::step::{Action, AwsAuthWrite, Class, Identity, Plan};
use crate::aws_auth::{self, Change, EditError, Edited, Groups};
use crate::error::{Error, Result};
use crate::model::desired::GroupsWish;
use crate::model::{AwsAuthMap, AwsAuthState};

/// Plans the mapping.
///
/// # Errors
/// An `aws-auth` that could not be seen, is immutable, can't be read or can't be edited with proof; a lockout.
pub(super) fn plan_mapping(plan: &mut Plan, binding: &Binding<'_>) -> Result<()> {
    let map = seen_map(binding)?;
    let data = map.map(AwsAuthMap::data).unwrap_or_default();
    let before = aws_auth::read(&data);
    let is_mapped = !before.effective(binding.principal).is_empty();
    let change = upsert(binding, is_mapped)?;
    let edited = aws_auth::edit(&data, &change).map_err(|e| edit_error(&e, &binding.cluster.description.arn.name))?;
    if !edited.changed {
        return Ok(());
    }
    let after = aws_auth::read(&edited.data);
    let (had, has) =
        (guard::access_with_map(binding.cluster, &before), guard::access_with_map(binding.cluster, &after));
    binding.judge(&had, &has)?;
    let write = write_of(&data, &edited, change, map.map(|m| m.resource_version().to_owned()));
    let why = write.before.as_ref().and_then(|b| why_overwriting(b, &write.after));
    let class = if why.is_some() { Class::Overwriting } else { Class::Additive };
    plan.push(&binding.scope, class, why, &[], Action::WriteAwsAuth(write));
    Ok(())
}

fn seen_map<'a>(binding: &Binding<'a>) -> Result<Option<&'a AwsAuthMap>> {
    let name = &binding.cluster.description.arn.name;
    match &binding.cluster.aws_auth {
        AwsAuthState::Absent => Ok(None),
        AwsAuthState::Present(map) if map.is_immutable() => {
            Err(Error::failed(format!("aws-auth of cluster {name} is marked immutable; the API server refuses any change of its data"))
                .hint("an immutable ConfigMap must be deleted and made again by hand: kubectl -n kube-system get configmap aws-auth -o yaml"))
        }
        AwsAuthState::Present(map) => Ok(Some(map)),
        AwsAuthState::NotLooked => Err(Error::failed(format!("aws-auth of cluster {name} was not read"))),
        AwsAuthState::Unseen(why) => Err(unseen(binding, why)),
    }
}

fn unseen(binding: &Binding<'_>, why: &str) -> Error {
    let description = &binding.cluster.description;
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

/// The data of a write step, from an edit.
pub fn write_of(
    old: &BTreeMap<String, String>,
    edited: &Edited,
    change: Change,
    resource_version: Option<String>,
) -> AwsAuthWrite {
    let key = edited.key.as_str();
    let empty = String::new();
    let (from, to) = (old.get(key).unwrap_or(&empty), edited.data.get(key).unwrap_or(&empty));
    let after = edited.after.as_ref();
    AwsAuthWrite {
        arn: after.map(|m| m.arn.clone()).unwrap_or_default(),
        key: key.to_owned(),
        before: edited.before.as_ref().map(identity),
        after: after.map(identity).unwrap_or_default(),
        resource_version,
        diff: super::diff::unified(from, to),
        ours: edited.before.is_none(),
        change,
    }
}

fn why_overwriting(before: &Identity, after: &Identity) -> Option<String> {
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
