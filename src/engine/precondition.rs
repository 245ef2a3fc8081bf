//! IAM and EKS replace without a version check, so objects are read once more before a replacement: a step runs on the
//! state that it was planned on, or not at all.
//!
//! Concurrent steps of a plan that change the same role or entry share one reading of it ([`Again`]); a later one reads
//! it again. A step that depends on another one of the plan works on its result, and is not checked.
//!
//! [`Again`]: super::again::Again

use super::explain::explain;
use super::ledger::StepState;
use super::port::{CallResult, Connect, IamRead};
use super::work::Work;
use crate::error::{Error, Kind, Result};
use crate::model::{AccessEntry, trust};
use crate::plan::{Action, Identity, Step, describe};

/// The state of a step's object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Found {
    /// As planned on.
    AsPlanned,
    /// Already as the step would leave it.
    AsMeant,
    /// Different, or gone.
    Otherwise,
}

impl Found {
    fn of<T: PartialEq>(now: Option<&T>, from: &T, to: Option<&T>) -> Self {
        match now {
            Some(now) if now == from => Self::AsPlanned,
            now if now == to => Self::AsMeant,
            _ => Self::Otherwise,
        }
    }
}

/// Checks that what a step replaces is still in the planned state; `Some` if the same change was made in the meantime.
///
/// # Errors
/// Of the kind [`Kind::WorldChanged`] if it is different; the call's own.
pub(super) async fn precondition<C: Connect>(step: &Step, work: &Work<'_, C>) -> Result<Option<StepState>> {
    let is_last_look =
        matches!(step.action, Action::DisassociatePolicy { .. } | Action::DeleteEntry { mapping: Some(_), .. });
    if !step.after.is_empty() && !is_last_look {
        return Ok(None);
    }
    let words = describe(step);
    let doing = format!("{}: {}", words.object, words.summary);
    match look(step, work).await.map_err(|e| explain(&doing, &e))? {
        Found::AsPlanned => Ok(None),
        Found::AsMeant => Ok(Some(StepState::AlreadySo)),
        Found::Otherwise => Err(Error::new(Kind::WorldChanged, format!("{doing}: it changed after the plan was made"))
            .because("it was left as it is")
            .hint("run the same command again to see the new difference")),
    }
}

async fn look<C: Connect>(step: &Step, work: &Work<'_, C>) -> CallResult<Found> {
    let iam = work.world.iam();
    match &step.action {
        Action::UpdateTrust { role, from, to } => Ok(match work.again.role(&iam, role).await? {
            Some(now) if trust::same_meaning(&now.trust, from) => Found::AsPlanned,
            Some(now) if trust::same_meaning(&now.trust, to) => Found::AsMeant,
            _ => Found::Otherwise,
        }),
        Action::UpdateRole { role, from_description, description, from_max_session_duration, max_session_duration } => {
            let now = work.again.role(&iam, role).await?.map(|r| (r.description, r.max_session_duration));
            let from = (from_description.clone(), *from_max_session_duration);
            Ok(Found::of(now.as_ref(), &from, Some(&(description.clone(), *max_session_duration))))
        }
        Action::PutBoundary { role, from, to } => {
            let now = work.again.role(&iam, role).await?.map(|r| r.permissions_boundary);
            Ok(Found::of(now.as_ref(), from, Some(&Some(to.clone()))))
        }
        Action::PutGroupPolicy { group, policy, from, to } => {
            let now = iam.get_group(group).await?.map(|g| g.inline_policies.get(policy).cloned());
            Ok(Found::of(now.as_ref(), from, Some(&Some(to.clone()))))
        }
        Action::UpdateEntry { .. }
        | Action::DeleteEntry { .. }
        | Action::AssociatePolicy { .. }
        | Action::DisassociatePolicy { .. } => look_at_entry(step, work).await,
        // These create, add, or have a version of their own.
        Action::CreateRole { .. }
        | Action::TagRole { .. }
        | Action::CreateGroup { .. }
        | Action::AddUserToGroup { .. }
        | Action::CreateEntry { .. }
        | Action::WriteAwsAuth(_)
        | Action::RestoreAwsAuth { .. }
        | Action::SwitchMode { .. }
        | Action::AddSubject { .. }
        | Action::CompareEntry { .. }
        | Action::CheckMappings { .. }
        | Action::WriteKubeconfig(_) => Ok(Found::AsPlanned),
    }
}

async fn look_at_entry<C: Connect>(step: &Step, work: &Work<'_, C>) -> CallResult<Found> {
    let (Action::UpdateEntry { principal, .. }
    | Action::DeleteEntry { principal, .. }
    | Action::AssociatePolicy { principal, .. }
    | Action::DisassociatePolicy { principal, .. }) = &step.action
    else {
        return Ok(Found::AsPlanned);
    };
    let Some(cluster) = step.scope.cluster() else { return Ok(Found::AsPlanned) };
    let now = work.again.entry(&work.world.eks(&cluster.region), cluster, principal).await?;
    let identity = |e: &AccessEntry| Identity { username: e.username.clone(), groups: e.groups.clone() };
    let scope_of = |policy: &str| {
        let scope = |e: &AccessEntry| e.policies.iter().find(|p| p.arn == policy).map(|p| p.scope.clone());
        now.as_ref().map(scope)
    };
    Ok(match &step.action {
        Action::UpdateEntry { from, to, .. } => Found::of(now.as_ref().map(identity).as_ref(), from, Some(to)),
        // One that was recreated later is not the stale one, even if it looks the same.
        Action::DeleteEntry { from, entry, mapping, .. } => match &now {
            Some(now) if now.created_at != entry.created_at => Found::Otherwise,
            Some(now) if mapping.is_some() && now.policies != entry.policies => Found::Otherwise,
            now => Found::of(now.as_ref().map(identity).as_ref(), from, None),
        },
        Action::AssociatePolicy { policy, scope, .. } => {
            Found::of(scope_of(policy).as_ref(), &scope.from, Some(&Some(scope.to.clone())))
        }
        Action::DisassociatePolicy { policy, from, .. } => {
            let now = scope_of(policy).map(|scope| scope.map(|s| s.to_string()));
            Found::of(now.as_ref(), &Some(from.clone()), Some(&None))
        }
        _ => Found::AsPlanned,
    })
}
