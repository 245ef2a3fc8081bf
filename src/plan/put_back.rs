//! Restores what a run overwrote and recorded: a trust policy, a role's settings, a group's policy, an access entry.

use super::ask::Ask;
use super::effects::MapEffect;
use super::entry::{DEAD, delete_stale, tags_to_set, why_masking};
use super::step::{Action, Identity, ScopeChange};
use super::whole::Plan;
use crate::aws_auth::{self, Reading};
use crate::error::{Error, Result, Unread, shell_word};
use crate::model::strangers::{Named, strangers, told};
use crate::model::{
    AccessEntry, AssociatedPolicy, AwsAuthState, Before, BeforeAt, ClusterState, Group, Observed, Principal, Role,
    Scope, trust,
};

/// What a run overwrote, from the history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PutBack {
    /// The run's id.
    pub run: String,
    /// The account of the credentials that made it, if known.
    pub account: Option<String>,
    /// Each thing as it was, and its place.
    pub before: Vec<BeforeAt>,
}

impl PutBack {
    /// The role concerned, by name.
    pub fn role(&self) -> Option<&str> {
        self.before.iter().find_map(|was| match &was.before {
            Before::Trust { role, .. } | Before::RoleSettings { role, .. } | Before::Boundary { role, .. } => {
                Some(role.as_str())
            }
            Before::GroupPolicy { .. } | Before::Entry(_) => None,
        })
    }

    /// The group concerned, by name.
    pub fn group(&self) -> Option<&str> {
        self.before.iter().find_map(|was| match &was.before {
            Before::GroupPolicy { group, .. } => Some(group.as_str()),
            _ => None,
        })
    }

    /// The principal whose access entry is concerned: by ARN, or by name if its ARN differs between accounts.
    pub fn principal(&self) -> Option<&str> {
        let mut all = self.before.iter().filter_map(|was| match &was.before {
            Before::Entry(entry) => Some(entry.principal.as_str()),
            _ => None,
        });
        let first = all.next()?;
        if all.all(|other| other == first) { Some(first) } else { first.rsplit('/').next() }
    }

    /// Why each step needs a confirmation.
    fn ask(&self) -> Ask {
        Ask::Overwrites(format!("it is restored to its state before run {}", self.run))
    }
}

/// Plans restoring everything that a run overwrote; what is already so needs no step. Returns the reading of today's
/// map.
///
/// # Errors
/// The role or the group is gone; the entry is of a type that EKS manages; no cluster was read for an entry.
pub(super) fn plan_put_back(plan: &mut Plan, wish: &PutBack, seen: &Observed) -> Result<MapEffect> {
    let today = seen.cluster.as_ref().and_then(|cluster| map_of(&cluster.aws_auth));
    put_all(plan, wish, seen, today.as_ref())?;
    Ok(today.map_or(MapEffect::NotRead, MapEffect::Same))
}

/// Whether a cluster's ARN or an account id is that of the place that was read.
fn is_here(at: &str, seen: &Observed) -> bool {
    at == seen.caller.arn.account
        || seen.cluster.as_ref().is_some_and(|cluster| cluster.description.arn.to_string() == at)
}

fn map_of(aws_auth: &AwsAuthState) -> Option<Reading> {
    match aws_auth {
        AwsAuthState::Present(map) => Some(aws_auth::read(&map.data())),
        _ => None,
    }
}

fn put_all(plan: &mut Plan, wish: &PutBack, seen: &Observed, today: Option<&Reading>) -> Result<()> {
    let account = &seen.caller.arn.account;
    if let Some(other) = wish.account.as_ref().filter(|made_in| *made_in != account) {
        return Err(Error::usage(format!(
            "run {} used credentials of account {other}, but these are of account {account}; nothing was changed",
            wish.run
        ))
        .hint(format!("aws configure list-profiles   (use --profile with one of account {other})")));
    }
    let mut left: Option<String> = None;
    let here = wish.before.iter().filter(|was| was.at.as_deref().is_none_or(|at| is_here(at, seen)));
    for before in here.map(|was| &was.before) {
        match before {
            Before::Entry(was) => put_entry(plan, wish, was, (seen, today))?,
            Before::GroupPolicy { group, policy, document } => {
                let found = seen.group.as_ref().filter(|found| found.name.eq_ignore_ascii_case(group));
                put_policy(plan, wish, found.ok_or_else(|| gone("group", group))?, (policy, document), seen);
            }
            Before::Trust { role, .. } | Before::RoleSettings { role, .. } | Before::Boundary { role, .. } => {
                let found = seen.role.as_ref().filter(|found| found.arn.name.eq_ignore_ascii_case(role));
                let found = found.ok_or_else(|| match &seen.role_facts.unseen {
                    Some(why) => unseen(role, why),
                    None => gone("role", role),
                })?;
                left = put_role(plan, wish, found, before).or(left);
            }
        }
    }
    match left {
        Some(role) if plan.steps.is_empty() => Err(Error::failed(format!(
            "role {role} had no permissions boundary before run {}, and this program does not remove boundaries",
            wish.run
        ))
        .hint(format!("remove it: aws iam delete-role-permissions-boundary --role-name {}", shell_word(&role)))),
        Some(role) => {
            plan.warnings.push(format!(
                "the permissions boundary of role {role}, added since, is kept; to remove it: aws iam \
                 delete-role-permissions-boundary --role-name {}",
                shell_word(&role)
            ));
            Ok(())
        }
        None => Ok(()),
    }
}

fn unseen(role: &str, why: &Unread) -> Error {
    Error::failed(format!("role {role} could not be read, so it can't be put back; nothing was changed"))
        .because_unread(why)
        .hint("run it with credentials that may read the role (iam:GetRole)")
}

fn gone(kind: &str, name: &str) -> Error {
    Error::failed(format!("{kind} {name} no longer exists, so it can't be put back; nothing was changed"))
        .hint(format!("recreate it first: eksaccess {kind} --help"))
}

/// Returns the role's name if it has a boundary that it did not have.
fn put_role(plan: &mut Plan, wish: &PutBack, role: &Role, before: &Before) -> Option<String> {
    let name = role.arn.name.clone();
    let action = match before {
        Before::Trust { document, .. } if !trust::same_meaning(&role.trust, document) => {
            Action::UpdateTrust { role: name, from: role.trust.clone(), to: document.clone() }
        }
        Before::RoleSettings { description, max_session_duration, .. }
            if (&role.description, &role.max_session_duration) != (description, max_session_duration) =>
        {
            Action::UpdateRole {
                role: name,
                from_description: role.description.clone(),
                description: description.clone(),
                from_max_session_duration: role.max_session_duration,
                max_session_duration: *max_session_duration,
            }
        }
        Before::Boundary { arn: Some(arn), .. } if role.permissions_boundary.as_ref() != Some(arn) => {
            Action::PutBoundary { role: name, from: role.permissions_boundary.clone(), to: arn.clone() }
        }
        Before::Boundary { arn: None, .. } if role.permissions_boundary.is_some() => return Some(name),
        _ => return None,
    };
    let mut ask = wish.ask();
    // It was there before the run, but is still checked.
    if let Action::UpdateTrust { to, .. } = &action
        && let Some(open) = told(&strangers(to, &Named::alone(&role.arn)))
    {
        ask.also(format!("as before, {open}"));
    }
    plan.push(&Scope::Account(role.arn.partition, role.arn.account.clone()), ask, &[], action);
    None
}

fn put_policy(
    plan: &mut Plan,
    wish: &PutBack,
    group: &Group,
    (policy, document): (&String, &serde_json::Value),
    seen: &Observed,
) {
    let from = group.inline_policies.get(policy).cloned();
    if from.as_ref() == Some(document) {
        return;
    }
    let caller = &seen.caller.arn;
    let action =
        Action::PutGroupPolicy { group: group.name.clone(), policy: policy.clone(), from, to: document.clone() };
    plan.push(&Scope::Account(caller.partition, caller.account.clone()), wish.ask(), &[], action);
}

fn put_entry(
    plan: &mut Plan,
    wish: &PutBack,
    was: &AccessEntry,
    (seen, today): (&Observed, Option<&Reading>),
) -> Result<()> {
    let cluster = seen.cluster.as_ref().ok_or_else(|| Error::usage("no cluster was named"))?;
    if !was.is_standard() {
        return Err(Error::failed(format!(
            "the access entry of {} had type {}, which EKS manages; nothing was changed",
            was.principal, was.entry_type
        )));
    }
    let scope = Scope::Cluster(cluster.description.arn.clone());
    let principal = || was.principal.clone();
    let to = Identity { username: was.username.clone(), groups: was.groups.clone() };
    if let Some(other) = cluster.entry.as_ref().filter(|now| now.principal != was.principal) {
        return Err(Error::failed(format!(
            "the run changed the access entry of {}, but the role of that name is now {}; nothing was changed",
            was.principal, other.principal
        )));
    }
    let is_dead = |now: &AccessEntry| seen.role.as_ref().is_some_and(|role| now.is_older_than(role.created_at));
    let dead = cluster.entry.as_ref().filter(|now| is_dead(now));
    let gone = dead.map(|dead| plan.push(&scope, Ask::Overwrites(DEAD.to_owned()), &[], delete_stale(dead)));
    let (now_has, made): (&[AssociatedPolicy], _) = match &cluster.entry {
        Some(now) if gone.is_none() => {
            let from = Identity { username: now.username.clone(), groups: now.groups.clone() };
            if from != to {
                plan.push(&scope, wish.ask(), &[], Action::UpdateEntry { principal: principal(), from, to });
            }
            (&now.policies, None)
        }
        _ => {
            let masks = today.filter(|_| gone.is_none()).and_then(|map| mapped(map, &was.principal));
            (&[], Some(recreate(plan, wish, was, (cluster, gone, seen.role.is_some(), masks))))
        }
    };
    let mut added = Vec::new();
    for policy in &was.policies {
        let from = now_has.iter().find(|now| now.arn == policy.arn).map(|now| now.scope.clone());
        if from.as_ref() != Some(&policy.scope) {
            let scope_change = ScopeChange { from, to: policy.scope.clone() };
            let action =
                Action::AssociatePolicy { principal: principal(), policy: policy.arn.clone(), scope: scope_change };
            added.push(Some(plan.push(&scope, wish.ask(), &[made], action)));
        }
    }
    for policy in now_has.iter().filter(|now| was.policies.iter().all(|policy| policy.arn != now.arn)) {
        let from = policy.scope.to_string();
        let action = Action::DisassociatePolicy { principal: principal(), policy: policy.arn.clone(), from };
        plan.push(&scope, wish.ask(), &added, action);
    }
    Ok(())
}

/// Adds the step that creates the entry, after the one that deletes a stale one.
fn recreate(
    plan: &mut Plan,
    wish: &PutBack,
    was: &AccessEntry,
    (cluster, gone, fresh_principal, masks): (&ClusterState, Option<usize>, bool, Option<Identity>),
) -> usize {
    let tags = tags_to_set(was);
    let mut ask = wish.ask();
    if gone.is_none()
        && let Some(why) = why_masking(cluster, masks.as_ref())
    {
        ask.also(why);
    }
    let identity = Identity { username: was.username.clone(), groups: was.groups.clone() };
    let create = Action::CreateEntry {
        principal: was.principal.clone(),
        entry_type: was.entry_type.clone(),
        identity,
        tags,
        masks,
        fresh_principal,
    };
    plan.push(&Scope::Cluster(cluster.description.arn.clone()), ask, &[gone], create)
}

/// The principal's mapping in today's `aws-auth`.
fn mapped(map: &Reading, arn: &str) -> Option<Identity> {
    let principal: Principal = arn.parse().ok()?;
    map.effective(&principal).first().map(|mapping| super::binding::identity(mapping))
}

#[cfg(test)]
#[path = "put_back_tests.rs"]
mod tests;
