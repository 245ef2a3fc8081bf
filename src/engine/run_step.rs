//! Carries out one step: the call, the wait for propagation in AWS, and the check after a lost answer.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use super::call_error::{CallError, CallErrorKind as K};
use super::explain::explain;
use super::ledger::{Event, StepState};
use super::port::{CallResult, ClusterWrite as _, Connect, EksRead, EksWrite, IamRead, IamWrite, NewEntry, Writers};
use super::precondition::precondition;
use super::work::Work;
use super::{check_mappings, compare_entry, restore_map, switch_mode, write_map};
use crate::error::{Error, Kind, Result};
use crate::model::access::STANDARD;
use crate::model::{ClusterArn, NewRole, trust};
use crate::plan::migrate::PLAN_KEY;
use crate::plan::{Action, Identity, Step, describe, gives};

/// How long a trust policy that names an unknown principal is retried: the principal may be new, but is more likely
/// misspelt.
const UNKNOWN_PRINCIPAL: Duration = Duration::from_secs(20);

/// The time reserved for reporting the last answer.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Carries one step out.
pub(super) async fn run_step<C: Writers>(step: &Step, work: &Work<'_, C>) -> Result<StepState> {
    if gives(&step.action) {
        still_judged(step, work).await?;
    }
    match &step.action {
        Action::WriteAwsAuth(write) => write_map::write(step.id, write, work).await,
        Action::RestoreAwsAuth { resource_version, content, .. } => {
            restore_map::restore(step.id, resource_version.as_deref(), content, work).await
        }
        Action::SwitchMode { from, to, .. } => {
            compare_entry::all_proven(step, work)?;
            switch_mode::switch(step, (*from, *to), work).await
        }
        Action::CompareEntry { principal, arn, before } => {
            compare_entry::compare(step, (principal, arn, before), work).await
        }
        Action::CheckMappings { mappings } => check_mappings::check(step, mappings, work).await,
        _ => {
            if let Some(state) = precondition(step, work).await? {
                return Ok(state);
            }
            keep(step, work).await?;
            let state = call(step, work).await;
            if matches!(step.action, Action::UpdateTrust { .. }) {
                work.again.forget().await;
            }
            state
        }
    }
}

/// Reads the role again before it is granted something: it must still be as checked, and perhaps approved.
async fn still_judged<C: Connect>(step: &Step, work: &Work<'_, C>) -> Result<()> {
    let Some(judged) = work.role else { return Ok(()) };
    let words = describe(step);
    let doing = format!("{}: {}", words.object, words.summary);
    let arn = &judged.role.arn;
    let now = work.again.judged(&work.world.iam(), &arn.name).await.map_err(|e| explain(&doing, &e))?;
    if now.is_some_and(|now| judged.is(&now)) {
        return Ok(());
    }
    Err(Error::new(Kind::WorldChanged, format!("{doing}: role {arn} changed after the plan was made"))
        .because("who can assume it now was not checked, so it was given no access")
        .hint("run the same command again to see the new plan"))
}

/// Saves what a step deletes in order to recreate it: a run that stops in between must not lose it. An entry whose mapping
/// counts again is in the history alone: a later command must not recreate it.
async fn keep<C: Connect>(step: &Step, work: &Work<'_, C>) -> Result<()> {
    match (&step.action, step.scope.cluster()) {
        (Action::DeleteEntry { entry, mapping: None, .. }, Some(cluster)) => {
            work.local.keep_entry(cluster, entry).await
        }
        _ => Ok(()),
    }
}

async fn call<C: Writers>(step: &Step, work: &Work<'_, C>) -> Result<StepState> {
    let words = describe(step);
    let doing = format!("{}: {}", words.object, words.summary);
    let patience = patience(step, work.left());
    let outcome = (|| one_call(step, work))
        .retry(
            ExponentialBuilder::default()
                .with_min_delay(Duration::from_millis(300))
                .with_max_delay(Duration::from_secs(4))
                .with_jitter()
                .without_max_times()
                .with_total_delay(Some(patience)),
        )
        .when(|error: &CallError| is_not_yet(step, error))
        .notify(|error, _| {
            let code = error.code.as_deref().unwrap_or("not yet");
            let text = format!("waiting for the change to propagate ({code}): {doing}");
            work.watch.event(Event::Waiting { scope: step.scope.clone(), text });
        })
        .await;
    match outcome {
        Ok(()) => Ok(StepState::Done),
        Err(error) if error.is(K::AlreadyExists) => judge_existing(step, work, &doing, &error).await,
        Err(error) => Err(explain(&doing, &error)),
    }
}

async fn one_call<C: Writers>(step: &Step, work: &Work<'_, C>) -> CallResult<()> {
    let iam = work.world.iam_writer();
    match &step.action {
        Action::CreateRole { role, .. } => iam.create_role(role).await.map(drop),
        Action::UpdateTrust { role, to, .. } => iam.update_trust(role, to).await,
        Action::UpdateRole { role, description, max_session_duration, .. } => {
            iam.update_role(role, description, *max_session_duration).await
        }
        Action::PutBoundary { role, to, .. } => iam.put_boundary(role, to).await,
        Action::TagRole { role, tags } => iam.tag_role(role, tags).await,
        Action::CreateGroup { group } => iam.create_group(group).await,
        Action::PutGroupPolicy { group, policy, to, .. } => iam.put_group_policy(group, policy, to).await,
        Action::AddUserToGroup { group, user, .. } => iam.add_user_to_group(group, user).await,
        _ => entry_call(step, work).await,
    }
}

async fn entry_call<C: Writers>(step: &Step, work: &Work<'_, C>) -> CallResult<()> {
    let Some(ClusterArn { region, name: cluster, .. }) = step.scope.cluster() else { return Ok(()) };
    let eks = work.world.eks_writer(region);
    match &step.action {
        Action::CreateEntry { principal, entry_type, identity, tags, .. } => {
            // EKS sets what a node is called itself.
            let is_standard = entry_type == STANDARD;
            let username = is_standard.then_some(identity.username.as_str());
            let groups = if is_standard { identity.groups.as_slice() } else { &[] };
            let mut tags = tags.clone();
            if let Some(plan) = tags.get_mut(PLAN_KEY).filter(|plan| plan.is_empty()) {
                work.plan.clone_into(plan);
            }
            eks.create_entry(cluster, &NewEntry { principal, entry_type, username, groups, tags: &tags }).await
        }
        Action::UpdateEntry { principal, to, .. } => {
            eks.update_entry(cluster, principal, &to.username, &to.groups).await
        }
        Action::DeleteEntry { principal, .. } => eks.delete_entry(cluster, principal).await,
        Action::AssociatePolicy { principal, policy, scope } => {
            eks.associate_policy(cluster, principal, policy, &scope.to).await
        }
        Action::DisassociatePolicy { principal, policy, .. } => {
            eks.disassociate_policy(cluster, principal, policy).await
        }
        Action::AddSubject { binding, subject, .. } => {
            let Some(state) = work.cluster else { return Ok(()) };
            let api = work.world.cluster(&state.description, None).await?;
            work.world.cluster_writer(&api).add_subject(binding, subject).await
        }
        // Carried out elsewhere; a new action must be added in one of the three places.
        Action::CreateRole { .. }
        | Action::UpdateTrust { .. }
        | Action::UpdateRole { .. }
        | Action::PutBoundary { .. }
        | Action::TagRole { .. }
        | Action::CreateGroup { .. }
        | Action::PutGroupPolicy { .. }
        | Action::AddUserToGroup { .. }
        | Action::WriteAwsAuth(_)
        | Action::RestoreAwsAuth { .. }
        | Action::SwitchMode { .. }
        | Action::CompareEntry { .. }
        | Action::CheckMappings { .. }
        | Action::WriteKubeconfig(_) => Ok(()),
    }
}

/// AWS propagates writes with a delay: an object created by an earlier step may not be visible yet.
fn is_not_yet(step: &Step, error: &CallError) -> bool {
    match error.kind {
        K::Conflict | K::InvalidPrincipal => true,
        K::NotFound => !step.after.is_empty(),
        _ => false,
    }
}

/// How long a step is tried; a little less than the time left, so that the last answer can be reported.
fn patience(step: &Step, left: Duration) -> Duration {
    let left = left.saturating_sub(LAST_WORDS.min(left / 4));
    match &step.action {
        Action::CreateRole { .. } | Action::UpdateTrust { .. } | Action::CreateEntry { fresh_principal: false, .. } => {
            UNKNOWN_PRINCIPAL.min(left)
        }
        _ => left,
    }
}

/// Checks an object that exists unexpectedly: an answer was lost after the write, or another client was faster. Its
/// content decides.
async fn judge_existing<C: Connect>(
    step: &Step,
    work: &Work<'_, C>,
    doing: &str,
    error: &CallError,
) -> Result<StepState> {
    let is_ours = is_what_was_meant(step, work).await.map_err(|e| explain(doing, &e))?;
    if is_ours {
        return Ok(StepState::AlreadySo);
    }
    Err(Error::new(Kind::WorldChanged, format!("{doing}: it was created in the meantime with different settings"))
        .because_of(error.clone())
        .hint("run the same command again to see the new difference"))
}

async fn is_what_was_meant<C: Connect>(step: &Step, work: &Work<'_, C>) -> CallResult<bool> {
    let iam = work.world.iam();
    match &step.action {
        Action::CreateRole { role, .. } => {
            Ok(iam.get_role(&role.name).await?.is_some_and(|found| same_role(role, &found)))
        }
        Action::CreateGroup { group } => {
            let found = iam.get_group(group).await?;
            Ok(found.is_some_and(|g| {
                g.members.is_empty() && g.inline_policies.is_empty() && g.attached_policies.is_empty()
            }))
        }
        Action::CreateEntry { principal, entry_type, identity, .. } => {
            let Some(cluster) = step.scope.cluster() else { return Ok(false) };
            let found = work.world.eks(&cluster.region).describe_entry(&cluster.name, principal).await?;
            // EKS itself creates those of nodes when CONFIG_MAP is left, and sets who a node is.
            Ok(found.is_some_and(|e| {
                e.entry_type == *entry_type
                    && (!e.is_standard() || *identity == Identity { username: e.username, groups: e.groups })
            }))
        }
        _ => Ok(false),
    }
}

/// The default duration of a role's sessions in seconds (IAM API, `CreateRole`).
const DEFAULT_SESSION: i32 = 3600;

fn same_role(wanted: &NewRole, found: &crate::model::Role) -> bool {
    found.arn.path == wanted.path
        && found.max_session_duration == wanted.max_session_duration.unwrap_or(DEFAULT_SESSION)
        && found.permissions_boundary == wanted.permissions_boundary
        && found.description == wanted.description
        && trust::same_meaning(&found.trust, &wanted.trust)
        && wanted.tags.iter().all(|(k, v)| found.tags.get(k) == Some(v))
}
