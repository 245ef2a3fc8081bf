//! Changes of `kube-system/aws-auth` in a plan: the map as read, the changes of its text with their meaning, the step.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ask::Ask;
use super::binding::identity;
use super::kubeconfig::awaited;
use super::step::{Action, AwsAuthEdit, AwsAuthWrite, Identity, RemovedEntry};
use super::whole::Plan;
use crate::aws_auth::{self, Change, EditError, Edited, Opened, Reading, RemoveBy, Reread};
use crate::error::{Error, Result, Unread, one_line};
use crate::model::{AwsAuthMap, AwsAuthState, ClusterDescription, ClusterState, Principal, Scope};

type Data = BTreeMap<String, String>;

/// Adds the step, with the class of its worst edit. An edit for which `matters` is false is additive. `after` is the
/// step that creates the role: an ARN that does not exist must not be mapped, as anyone who creates it would get
/// access.
pub(super) fn push_write(
    plan: &mut Plan,
    scope: &Scope,
    after: Option<usize>,
    write: AwsAuthWrite,
    matters: impl Fn(&AwsAuthEdit) -> bool,
) {
    let whys: Vec<_> = write.edits.iter().filter(|edit| matters(edit)).filter_map(why_overwriting).collect();
    let why = (!whys.is_empty()).then(|| one_line(&whys.join("; ")));
    plan.push(scope, Ask::because(why), &[after], Action::WriteAwsAuth(write));
}

/// The map to change; `None` if absent.
///
/// # Errors
/// It is immutable, was not read, or could not be read.
pub fn seen_map(cluster: &ClusterState) -> Result<Option<&AwsAuthMap>> {
    let name = &cluster.description.arn.name;
    match map_as_seen(cluster)? {
        Some(map) if map.is_immutable() => {
            let error = Error::failed(format!(
                "aws-auth of cluster {name} is marked immutable; the API server rejects any change to its data"
            ));
            Err(if cluster.description.mode.has_entries() {
                error.hint("use an access entry instead: --via access-entry")
            } else {
                error.hint("an immutable ConfigMap must be deleted and recreated by hand; keep a copy first: kubectl -n kube-system get configmap aws-auth -o yaml")
            })
        }
        map => Ok(map),
    }
}

/// The `aws-auth` of a cluster that uses it; `None` if absent.
///
/// # Errors
/// The cluster does not use it, or it could not be read.
pub fn map_to_change(cluster: &ClusterState) -> Result<Option<&AwsAuthMap>> {
    let arn = &cluster.description.arn;
    let name = &arn.name;
    match &cluster.aws_auth {
        AwsAuthState::Absent => Ok(None),
        AwsAuthState::Present(map) => Ok(Some(map)),
        AwsAuthState::Unseen(why) => {
            Err(Error::failed(format!("aws-auth of cluster {name} could not be read; nothing was changed"))
                .because_unread(why)
                .hint("run this where the cluster's endpoint can be reached"))
        }
        AwsAuthState::NotLooked if cluster.description.mode.has_config_map() => {
            Err(Error::failed(format!("cluster {name} is {} and can't be read", cluster.description.status))
                .hint(awaited(arn)))
        }
        AwsAuthState::NotLooked => {
            Err(Error::usage(format!("cluster {name} is in mode API and does not read aws-auth")).hint(format!(
                "see its access entries: aws eks list-access-entries --cluster-name {name} --region {}",
                arn.region
            )))
        }
    }
}

/// The map as read; `None` if absent.
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

fn unseen(description: &ClusterDescription, why: &Unread) -> Error {
    let name = &description.arn.name;
    let mut error =
        Error::failed(format!("aws-auth of cluster {name} could not be read; nothing was changed")).because_unread(why);
    if description.private_only {
        error = error.because("the cluster's endpoint is private: it answers only inside its VPC");
    }
    if description.mode.has_entries() {
        error.hint("an access entry needs no connection to it: --via access-entry")
    } else {
        error.hint(format!("run this where the endpoint can be reached (an access entry would not need this, but cluster {name} is in mode CONFIG_MAP)"))
    }
}

/// Makes changes one after the other, and returns the resulting reading; `None` if all of them are made already.
///
/// # Errors
/// The first change that can't be made with proof; nothing is changed then.
pub fn changed(
    old: &Opened<'_>,
    changes: &[Change],
    resource_version: Option<String>,
) -> Result<Option<(AwsAuthWrite, Reading)>, EditError> {
    let mut data = Cow::Borrowed(old.data());
    let mut edits = Vec::new();
    let mut reading: Option<Reading> = None;
    for (at, change) in changes.iter().enumerate() {
        let mut edited = match at {
            0 => aws_auth::edit_opened(old, change)?,
            _ => aws_auth::edit(&data, change)?,
        };
        if edited.changed {
            let reread = std::mem::take(&mut edited.reread);
            reading = Some(read_after(reading.as_ref().unwrap_or(&old.reading), &edited.data, reread));
            edits.push(edit_of(&edited, change));
            data = Cow::Owned(edited.data);
        }
    }
    let Some(reading) = reading else { return Ok(None) };
    tell_left(&mut edits, &reading);
    let (diff, becomes) = (super::diff::of_data(old.data(), &data), data.into_owned());
    Ok(Some((AwsAuthWrite { edits, file: None, resource_version, diff, is_of_file: false, becomes }, reading)))
}

/// The map's reading after an edit. Lists that the proof has read are not read again.
fn read_after(before: &Reading, data: &Data, reread: Vec<Reread>) -> Reading {
    if reread.is_empty() { aws_auth::read(data) } else { before.with_lists(reread) }
}

/// Adds what is left after all changes: whether an ARN is still mapped, and the access by the account alone.
fn tell_left(edits: &mut [AwsAuthEdit], after: &Reading) {
    for entry in edits.iter_mut().flat_map(|edit| &mut edit.removed) {
        let mapped = Principal::as_matched(&entry.arn).ok();
        entry.stays_mapped = mapped.is_some_and(|principal| !after.effective(&principal).is_empty());
        let Ok(principal) = Principal::as_matched(entry.arn.trim()) else { continue };
        if entry.then.is_none() && after.accounts.iter().any(|account| account.account == principal.account) {
            let username = principal.for_aws_auth().to_string();
            entry.then = Some(Identity { username, groups: Vec::new() });
        }
    }
}

fn edit_of(edited: &Edited, change: &Change) -> AwsAuthEdit {
    let arn = edited.after.as_ref().or(edited.before.as_ref()).map(|m| m.arn.clone()).unwrap_or_default();
    let whom = match change {
        Change::AddAccount(account) | Change::RemoveAccount(account) => account.clone(),
        Change::Remove { by: RemoveBy::Username(username), .. } => username.clone(),
        Change::Remove { by: RemoveBy::Arn(given), .. } if arn.is_empty() => given.clone(),
        _ => arn,
    };
    let gone = edited.removed.iter().zip(&edited.then).map(|(mapping, then)| RemovedEntry {
        arn: mapping.arn.clone(),
        identity: identity(mapping),
        then: then.as_ref().map(identity),
        stays_mapped: false,
    });
    AwsAuthEdit {
        whom,
        key: edited.key.as_str().to_owned(),
        before: edited.before.as_ref().map(identity),
        after: edited.after.as_ref().map(identity),
        removed: gone.collect(),
        change: change.clone(),
        ours: matches!(change, Change::Upsert { .. }) && edited.before.is_none(),
        proven_by: None,
    }
}

fn why_overwriting(edit: &AwsAuthEdit) -> Option<String> {
    match (&edit.change, &edit.before, &edit.after) {
        (Change::Upsert { .. }, Some(before), Some(after)) => why_replaced(before, after),
        (Change::Upsert { .. } | Change::AddAccount(_) | Change::RemoveShadowed { .. }, ..) => None,
        (Change::RemoveAccount(account), ..) => Some(format!("account {account} is removed from mapAccounts")),
        (Change::Remove { .. }, ..) => Some(why_removed(&edit.removed)),
    }
}

fn why_removed(removed: &[RemovedEntry]) -> String {
    let mut whys: Vec<_> = removed
        .iter()
        .map(|entry| match &entry.then {
            Some(then) => format!("a mapping is removed; {} keeps access, as {}", entry.arn, then.username),
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

/// The error for an edit that was not made.
pub fn edit_error(error: &EditError, cluster: &str) -> Error {
    Error::failed(format!("aws-auth of cluster {cluster} can't be edited; nothing was changed"))
        .because_of(error.clone())
        .hint("look at it: kubectl -n kube-system get configmap aws-auth -o yaml")
}
