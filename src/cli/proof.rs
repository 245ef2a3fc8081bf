//! What a bootstrap asks the cluster at its end.

use std::time::Duration;

use super::run::{Job, Stage};
use crate::engine::{Can, Connect, Question};
use crate::model::access::SYSTEM_MASTERS;
use crate::model::desired::DEFAULT_USERNAME;
use crate::model::{AwsAuthState, Observed, Via};
use crate::plan::{Action, Planned, PlannedRole};
use crate::token::default_session_name;

/// The chain to be followed: as the caller, and by simulation for each member.
pub(crate) fn question<'a, C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    seen: &'a Observed,
    planned: &Planned,
    role: &'a PlannedRole,
) -> Question<'a> {
    let (username, is_admin) = expected(seen, planned, role);
    let is_mapped = job.desired.access.is_some();
    let members =
        job.desired.group.iter().filter(|_| role.trusted.own_account).flat_map(|g| &g.users).filter_map(|user| {
            let arn = seen.users.get(user).cloned().flatten()?;
            Some((user.clone(), arn))
        });
    Question {
        caller: &seen.caller,
        role: &role.arn,
        needs: role.needs.clone(),
        external_id: None,
        session_name: default_session_name(Some(&seen.caller.arn), stage.context.env.user.as_deref()),
        cluster: seen.cluster.as_ref().filter(|_| is_mapped).map(|c| &c.description),
        username,
        can: is_admin.then(Can::everything),
        members: members.collect(),
        is_fresh: !planned.plan.is_empty() || is_young(seen),
        // What is broken to the end must still be told, with the chain, before the whole run is too late.
        deadline: stage.deadline() - LAST_WORDS.min(Duration::from_secs(stage.context.global.timeout) / 10),
    }
}

/// The time kept back for saying what is broken.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long AWS may take to spread what an earlier run, killed before its proof, wrote.
const YOUNG_SECONDS: i64 = 120;

/// Whether the role or the entry was made only just now.
fn is_young(seen: &Observed) -> bool {
    let now = jiff::Timestamp::now().as_second();
    let role = seen.role.as_ref().and_then(|r| r.created_at);
    let entry = seen.cluster.as_ref().and_then(|c| c.entry.as_ref()).and_then(|e| e.created_at);
    role.into_iter().chain(entry).any(|made| now - made < YOUNG_SECONDS)
}

/// Who the role should be inside the cluster, and whether it should be able to do everything: from the plan where it
/// changes that, else from what was seen.
fn expected(seen: &Observed, planned: &Planned, role: &PlannedRole) -> (Option<String>, bool) {
    let mut username = None;
    let mut is_admin = false;
    match (planned.via, seen.cluster.as_ref()) {
        (Some(Via::AwsAuth), Some(cluster)) => {
            if let AwsAuthState::Present(map) = &cluster.aws_auth
                && let [mapping] = crate::aws_auth::read(&map.data()).effective(&role.arn)[..]
            {
                username = Some(mapping.username.clone());
                is_admin = mapping.groups.iter().any(|g| g == SYSTEM_MASTERS);
            }
        }
        (Some(Via::AccessEntry), Some(cluster)) => {
            if let Some(entry) = &cluster.entry {
                username = Some(entry.username.clone());
                is_admin = entry.is_admin();
            }
        }
        _ => {}
    }
    for step in &planned.plan.steps {
        match &step.action {
            Action::WriteAwsAuth(write) => {
                let after = write.edits.iter().rev().find_map(|edit| edit.after.clone()).unwrap_or_default();
                is_admin = after.groups.iter().any(|g| g == SYSTEM_MASTERS);
                username = Some(after.username);
            }
            Action::CreateEntry { identity, .. } => username = Some(identity.username.clone()),
            Action::UpdateEntry { to, .. } => username = Some(to.username.clone()),
            Action::AssociatePolicy { policy, scope, .. } => {
                is_admin |= policy.ends_with(crate::model::access::CLUSTER_ADMIN_POLICY)
                    && scope.to == crate::model::PolicyScope::Cluster;
            }
            _ => {}
        }
    }
    (username.or_else(|| is_admin.then(|| DEFAULT_USERNAME.to_owned())), is_admin)
}
