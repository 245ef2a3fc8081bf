//! The principal's access entry: created, adopted or updated, groups and username always together; its access policies.
//!
//! Rules: <https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html> and
//! <https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html>.

use std::collections::BTreeMap;

use super::access_policy::check_policies;
use super::ask::Ask;
use super::binding::Binding;
use super::entry_names::Refused;
use super::step::{Action, Identity, ScopeChange};
use super::whole::Plan;
use crate::error::{Error, Result};
use crate::model::access::{CLUSTER_ADMIN_POLICY, STANDARD, SYSTEM_MASTERS, access_policy_arn, has_masters};
use crate::model::desired::{GroupsWish, OWNER_CLI, OWNER_KEY, PoliciesWish};
use crate::model::{AccessEntry, AwsAuthState, ClusterState, PolicyScope};

/// Plans the entry. `mapped` is the principal's mapping in `aws-auth`.
///
/// # Errors
/// Groups or usernames that EKS refuses, an entry of a node type, a lockout.
pub(super) fn plan_entry(plan: &mut Plan, binding: &Binding<'_>, mapped: Option<Identity>) -> Result<()> {
    check_policies(binding)?;
    match &binding.cluster.entry {
        None => match kept(binding) {
            Some(kept) => make_again(plan, binding, kept, Remade::Kept(mapped)),
            None => create(plan, binding, mapped),
        },
        Some(entry) => {
            if mapped.is_some() {
                plan.warnings.push(format!(
                    "aws-auth also maps {}; the entry takes precedence, so the mapping has no effect",
                    binding.principal
                ));
            }
            if is_dead(binding, entry) {
                plan.warnings.extend(mapped.as_ref().map(|mapped| uncovered_meanwhile(binding, mapped)));
                recreate(plan, binding, entry)
            } else {
                update(plan, binding, entry)
            }
        }
    }
}

/// The access while a stale entry is deleted and not yet recreated.
fn uncovered_meanwhile(binding: &Binding<'_>, mapped: &Identity) -> String {
    let groups = if mapped.groups.is_empty() { "no groups".to_owned() } else { mapped.groups.join(", ") };
    format!(
        "from the deletion of the stale entry until its recreation, {} is what aws-auth says: {}, {groups}",
        binding.principal, mapped.username
    )
}

fn create(plan: &mut Plan, binding: &Binding<'_>, mapped: Option<Identity>) -> Result<()> {
    let groups = binding.new_groups()?;
    let mut policies = wished_policies(binding);
    let (groups, masters) = split_masters(groups);
    if masters {
        add_admin(binding, &mut policies);
    }
    let identity = Identity { username: binding.new_username(), groups };
    check_identity(&identity)?;
    let why = why_masking(binding.cluster, mapped.as_ref());
    let fresh = binding.role.and_then(|r| r.created_by);
    let principal = binding.principal.to_string();
    let action = Action::CreateEntry {
        entry_type: STANDARD.to_owned(),
        principal: principal.clone(),
        identity,
        tags: BTreeMap::from([(OWNER_KEY.to_owned(), OWNER_CLI.to_owned())]),
        masks: mapped,
        fresh_principal: binding.role.is_some(),
    };
    let made = plan.push(&binding.scope, Ask::because(why), &[fresh], action);
    for (policy, scope) in policies {
        let scope = ScopeChange { from: None, to: scope.unwrap_or(PolicyScope::Cluster) };
        let action = Action::AssociatePolicy { principal: principal.clone(), policy, scope };
        plan.push(&binding.scope, Ask::No, &[Some(made)], action);
    }
    Ok(())
}

/// Why creating an entry needs a confirmation: it overrides a mapping, or may.
pub(super) fn why_masking(cluster: &ClusterState, mapped: Option<&Identity>) -> Option<String> {
    if !cluster.description.mode.has_config_map() {
        return None;
    }
    match (mapped, &cluster.aws_auth) {
        (Some(identity), _) => Some(format!(
            "the entry overrides the mapping in aws-auth ({}, {})",
            identity.username,
            identity.groups.join(", ")
        )),
        (None, AwsAuthState::Unseen(why)) => {
            Some(format!("aws-auth could not be read ({why}), and the entry would override a mapping in it"))
        }
        _ => None,
    }
}

/// Whether the entry was created for another role than the existing one, or the one that this plan creates.
fn is_dead(binding: &Binding<'_>, entry: &AccessEntry) -> bool {
    binding.role.is_some_and(|role| role.created_by.is_some() || entry.is_older_than(role.created_at))
}

/// Deletes the stale entry and creates one like it: what the command does not name is preserved.
fn recreate(plan: &mut Plan, binding: &Binding<'_>, entry: &AccessEntry) -> Result<()> {
    check_standard(entry)?;
    let gone = plan.push(&binding.scope, Ask::Overwrites(DEAD.to_owned()), &[], delete_stale(entry));
    make_again(plan, binding, entry, Remade::Deleted(gone))
}

/// The step that deletes a stale entry.
pub(super) fn delete_stale(entry: &AccessEntry) -> Action {
    let from = Identity { username: entry.username.clone(), groups: entry.groups.clone() };
    Action::DeleteEntry { principal: entry.principal.clone(), from, entry: Box::new(entry.clone()), mapping: None }
}

/// The principal's entry, saved by an earlier run that deleted it and did not recreate it.
fn kept<'a>(binding: &Binding<'a>) -> Option<&'a AccessEntry> {
    let arn = binding.principal.to_string();
    binding.cluster.kept_entries.iter().find(|entry| entry.principal == arn && entry.is_standard())
}

/// The deletion before an entry is recreated.
enum Remade {
    /// This plan's step that deletes it.
    Deleted(usize),
    /// An earlier run deleted it; this is the principal's mapping in `aws-auth` since then.
    Kept(Option<Identity>),
}

/// Creates an entry with the content of a deleted one, except for what the command names.
fn make_again(plan: &mut Plan, binding: &Binding<'_>, entry: &AccessEntry, how: Remade) -> Result<()> {
    let (to, masters) = wished_identity(binding, entry);
    check_identity(&to)?;
    let principal = entry.principal.clone();
    let (gone, ask, masks) = match how {
        Remade::Deleted(step) => (Some(step), Ask::No, None),
        Remade::Kept(masks) => {
            let mut ask = Ask::Overwrites(UNFINISHED.to_owned());
            if let Some(why) = why_masking(binding.cluster, masks.as_ref()) {
                ask.also(why);
            }
            (None, ask, masks)
        }
    };
    let fresh = binding.role.and_then(|r| r.created_by);
    let mut tags = tags_to_set(entry);
    tags.insert(OWNER_KEY.to_owned(), OWNER_CLI.to_owned());
    let entry_type = STANDARD.to_owned();
    let create = Action::CreateEntry {
        principal: principal.clone(),
        entry_type,
        identity: to,
        tags,
        masks,
        fresh_principal: true,
    };
    let made = plan.push(&binding.scope, ask, &[fresh, gone], create);
    let mut policies = wished_policies(binding);
    if masters || (binding.is_default_admin() && is_bare(entry)) {
        add_admin(binding, &mut policies);
    }
    if !matches!(binding.wish.policies, PoliciesWish::Exactly(_)) {
        let kept = entry.policies.iter().filter(|p| !policies.iter().any(|(arn, _)| *arn == p.arn));
        let kept: Vec<_> = kept.map(|p| (p.arn.clone(), Some(p.scope.clone()))).collect();
        policies.extend(kept);
    }
    for (policy, scope) in policies {
        let scope = ScopeChange { from: None, to: scope.unwrap_or(PolicyScope::Cluster) };
        let action = Action::AssociatePolicy { principal: principal.clone(), policy, scope };
        plan.push(&binding.scope, Ask::No, &[Some(made)], action);
    }
    Ok(())
}

/// Why an entry is deleted before it is recreated.
pub(super) const DEAD: &str = "it is stale: it was created for an earlier role of this name and gives no access";

/// The tags for recreating an entry. Only AWS may set those with the prefix `aws:`; with one of them the entry would be
/// deleted and could not be recreated.
pub(super) fn tags_to_set(entry: &AccessEntry) -> BTreeMap<String, String> {
    let is_ours_to_set = |(key, _): &(&String, &String)| !key.to_ascii_lowercase().starts_with("aws:");
    entry.tags.iter().filter(is_ours_to_set).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether an entry gives no rights.
const fn is_bare(entry: &AccessEntry) -> bool {
    entry.policies.is_empty() && entry.groups.is_empty()
}

/// Why an entry, or a policy of it, is restored.
const UNFINISHED: &str = "an earlier run deleted the stale entry and ended before it was fully recreated";

fn check_standard(entry: &AccessEntry) -> Result<()> {
    if entry.is_standard() {
        return Ok(());
    }
    Err(Error::failed(format!(
        "the access entry of {} has type {}; EKS manages it, and its type can't be changed",
        entry.principal, entry.entry_type
    ))
    .hint("use another role for people and jobs"))
}

/// The desired content of an existing entry, and whether `system:masters` is desired.
fn wished_identity(binding: &Binding<'_>, entry: &AccessEntry) -> (Identity, bool) {
    let (groups, masters) = match &binding.wish.groups {
        GroupsWish::Unsaid => (entry.groups.clone(), false),
        GroupsWish::Exactly(groups) => split_masters(groups.clone()),
        GroupsWish::Append(groups) => {
            let (new, masters) = split_masters(groups.clone());
            let mut all = entry.groups.clone();
            all.extend(new.into_iter().filter(|g| !entry.groups.contains(g)));
            (all, masters)
        }
    };
    let username = binding.wish.username.clone().unwrap_or_else(|| entry.username.clone());
    (Identity { username, groups }, masters)
}

fn update(plan: &mut Plan, binding: &Binding<'_>, entry: &AccessEntry) -> Result<()> {
    check_standard(entry)?;
    let from = Identity { username: entry.username.clone(), groups: entry.groups.clone() };
    let (to, masters) = wished_identity(binding, entry);
    if to != from {
        check_identity(&to)?;
        let ask = Ask::because(why_overwriting(&from, &to));
        plan.push(&binding.scope, ask, &[], Action::UpdateEntry { principal: entry.principal.clone(), from, to });
    }
    update_policies(plan, binding, entry, masters);
    Ok(())
}

fn update_policies(plan: &mut Plan, binding: &Binding<'_>, entry: &AccessEntry, masters: bool) {
    let mut wished = wished_policies(binding);
    // An entry that an earlier run recreated without finishing counts as it was before that run.
    let bare = [Some(entry), kept(binding)].into_iter().flatten().all(is_bare);
    if masters || (binding.is_default_admin() && bare) {
        add_admin(binding, &mut wished);
    }
    // Recreated by a run that stopped before its policies.
    let unfinished: Vec<_> = match (&binding.wish.policies, kept(binding)) {
        (PoliciesWish::Exactly(_), _) | (_, None) => Vec::new(),
        (_, Some(kept)) => {
            let missing = |arn: &String| entry.policies.iter().all(|p| p.arn != *arn);
            kept.policies.iter().filter(|p| missing(&p.arn) && wished.iter().all(|(arn, _)| *arn != p.arn)).collect()
        }
    };
    wished.extend(unfinished.iter().map(|p| (p.arn.clone(), Some(p.scope.clone()))));
    let ours = entry.tags.get(OWNER_KEY).is_some_and(|o| o == OWNER_CLI);
    let mut added = Vec::new();
    for (policy, scope) in &wished {
        let old = entry.policies.iter().find(|p| p.arn == *policy).map(|p| p.scope.clone());
        let to = scope.clone().or_else(|| old.clone()).unwrap_or(PolicyScope::Cluster);
        if old.as_ref() == Some(&to) {
            continue;
        }
        let why = match &old {
            Some(scope) => Some(format!("the policy's scope is {scope} today")),
            None if unfinished.iter().any(|p| p.arn == *policy) => Some(UNFINISHED.to_owned()),
            None if bare && !ours && !masters && binding.is_default_admin() => {
                Some("eksaccess did not create the entry, and it has neither groups nor policies".to_owned())
            }
            None => None,
        };
        let action = Action::AssociatePolicy {
            principal: entry.principal.clone(),
            policy: policy.clone(),
            scope: ScopeChange { from: old, to },
        };
        added.push(Some(plan.push(&binding.scope, Ask::because(why), &[], action)));
    }
    if matches!(binding.wish.policies, PoliciesWish::Exactly(_)) {
        // Removals come last: in between, every principal has at least what it had before or has after.
        disassociate_others(plan, binding, entry, &wished, &added);
    }
}

fn disassociate_others(
    plan: &mut Plan,
    binding: &Binding<'_>,
    entry: &AccessEntry,
    wished: &[(String, Option<PolicyScope>)],
    after: &[Option<usize>],
) {
    let others: Vec<_> = entry.policies.iter().filter(|p| !wished.iter().any(|(arn, _)| *arn == p.arn)).collect();
    for policy in others {
        let ask = Ask::Overwrites("the entry has this policy today, but the command names others".to_owned());
        let action = Action::DisassociatePolicy {
            principal: entry.principal.clone(),
            policy: policy.arn.clone(),
            from: policy.scope.to_string(),
        };
        plan.push(&binding.scope, ask, after, action);
    }
}

/// The policies that the command names, as ARNs of the cluster's partition, with the scope it names.
fn wished_policies(binding: &Binding<'_>) -> Vec<(String, Option<PolicyScope>)> {
    let names = match &binding.wish.policies {
        PoliciesWish::Unsaid => return Vec::new(),
        PoliciesWish::Exactly(names) | PoliciesWish::Append(names) => names,
    };
    let partition = binding.cluster.description.arn.partition;
    names.iter().map(|n| (access_policy_arn(partition, n), binding.wish.scope.clone())).collect()
}

fn add_admin(binding: &Binding<'_>, policies: &mut Vec<(String, Option<PolicyScope>)>) {
    let admin = access_policy_arn(binding.cluster.description.arn.partition, CLUSTER_ADMIN_POLICY);
    policies.retain(|(arn, _)| *arn != admin);
    policies.push((admin, Some(PolicyScope::Cluster)));
}

/// Entries can't have `system:` groups: the access policy of the cluster administrator replaces `system:masters`.
fn split_masters(groups: Vec<String>) -> (Vec<String>, bool) {
    let masters = has_masters(&groups);
    (groups.into_iter().filter(|g| g != SYSTEM_MASTERS).collect(), masters)
}

fn check_identity(identity: &Identity) -> Result<()> {
    if let Some(group) = identity.groups.iter().find(|g| g.starts_with("system:")) {
        return Err(Error::usage(format!(
            "an access entry can't hold the group {group}: EKS refuses groups that begin with system:"
        ))
        .hint("use --access-policy instead, AmazonEKSClusterAdminPolicy for system:masters"));
    }
    let name = &identity.username;
    let Some(refused) = Refused::of(name) else { return Ok(()) };
    let error = Error::usage(format!("an access entry can't hold the username {name}: {}", refused.rule()));
    Err(match refused {
        Refused::Prefix(_) => error,
        Refused::NoColon { better, .. } => error.hint(format!("--username '{better}'")),
    })
}

fn why_overwriting(from: &Identity, to: &Identity) -> Option<String> {
    if from.username != to.username {
        return Some(format!("the entry's username is {} today", from.username));
    }
    let lost: Vec<_> = from.groups.iter().filter(|g| !to.groups.contains(g)).cloned().collect();
    (!lost.is_empty()).then(|| format!("the entry loses {}", lost.join(", ")))
}
