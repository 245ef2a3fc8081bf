//! The question that a bootstrap asks the cluster at its end: does the planned access work?

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::pipeline::stage::{Job, Stage};
use crate::engine::verify::{AwsAuthSight, EntrySight, Expected, Inquiry, MapText, RoleFrom, Surroundings};
use crate::engine::{CallResult, Can, ClusterRef, Connect, Link, LinkKind, LinkState, Question};
use crate::model::access::{CLUSTER_ADMIN_POLICY, has_masters};
use crate::model::{
    AccessWish, AwsAuthMap, AwsAuthState, CallerIdentity, ClusterState, GroupsWish, Observed, PoliciesWish,
    PolicyScope, Principal,
};
use crate::plan::{Planned, PlannedRole, Tunnel};

/// The chain to verify: as the caller, and by simulation for each member.
pub(crate) fn question<'a, C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    seen: &'a Observed,
    planned: &'a Planned,
    role: &'a PlannedRole,
) -> Question<'a> {
    let cluster = seen.cluster.as_ref().filter(|_| job.desired.bind().is_some());
    let users = job.desired.group.iter().flat_map(|group| group.members_of(&seen.caller.arn.account));
    let members = users.filter_map(|user| {
        let arn = seen.users.get(user).cloned().flatten()?;
        Some((user.to_owned(), arn))
    });
    Question {
        inquiry: inquiry(stage, job, seen, role),
        caller: &seen.caller,
        signer: &seen.caller,
        role: &role.arn,
        trust: planned.becomes.trust.as_ref(),
        cluster: cluster.map(|c| &c.description),
        expected: Expected {
            entry: cluster.map_or(EntrySight::NotRead, |cluster| entry(cluster, planned)),
            aws_auth: cluster.map_or(AwsAuthSight::NotRead, |cluster| aws_auth(cluster, planned)),
        },
        members: members.collect(),
        is_fresh: !planned.plan.is_empty() || is_young(seen),
        // A broken chain must still be reported before the time of the whole run is over.
        deadline: stage.deadline() - LAST_WORDS.min(Duration::from_secs(stage.context.global.timeout()) / 10),
    }
}

/// The tester of a role, in an account whose calls another role signs: the base credentials, where the account is their
/// own.
///
/// # Errors
/// The link that is reported instead.
pub(crate) fn tester<'b>(base: &'b CallResult<CallerIdentity>, role: &Principal) -> Result<&'b CallerIdentity, Link> {
    match base {
        Ok(base) if base.arn.account == role.account => Ok(base),
        Ok(base) => Err(unknown(format!(
            "not tested: cross-account trust. {} is in another account than role {role}; to let a principal there assume it, name its ARN with --add-trust",
            base.arn
        ))),
        Err(error) => {
            Err(unknown(format!("not tested: the identity of the base credentials could not be seen ({error})")))
        }
    }
}

/// The link of a run whose role is not known.
pub(crate) fn role_not_seen() -> Link {
    let text =
        "the role is not part of this run and could not be read, so its access to the cluster could not be tested";
    unknown(text.to_owned())
}

fn unknown(text: String) -> Link {
    Link { name: "assume".to_owned(), kind: LinkKind::Walked, state: LinkState::Unknown, text, hint: None }
}

/// The time reserved for reporting what is broken.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long AWS may take to propagate what an earlier run wrote before it was killed.
const YOUNG_SECONDS: i64 = 120;

/// Whether the role or the entry was created only just now.
fn is_young(seen: &Observed) -> bool {
    let now = jiff::Timestamp::now().as_second();
    let role = seen.role.as_ref().and_then(|r| r.created_at);
    let entry = seen.cluster.as_ref().and_then(|c| c.entry.as_ref()).and_then(|e| e.created_at);
    role.into_iter().chain(entry).any(|made| now - made < YOUNG_SECONDS)
}

/// The same question as in `verify`.
fn inquiry<C: Connect>(stage: &Stage<'_, C>, job: &Job, seen: &Observed, role: &PlannedRole) -> Inquiry {
    let of_seen = |cluster: &ClusterState| {
        let arn = &cluster.description.arn;
        ClusterRef::named(&arn.name, &arn.region)
    };
    let only = job.clusters.first().filter(|_| !job.is_many()).cloned();
    let named = only.or_else(|| seen.cluster.as_ref().map(of_seen));
    Inquiry {
        cluster: named.unwrap_or_else(|| ClusterRef::named("", "")),
        role: role.arn.name.clone(),
        role_from: RoleFrom::Asked,
        external_id: None,
        context_external_id: None,
        session_name: None,
        mfa_serial: None,
        os_user: stage.context.env.user.clone(),
        can: job.desired.bind().and_then(stands_for),
        context: None,
        kubeconfig: Rc::default(),
        machine: Surroundings { named_profile: stage.context.global.profile.clone(), ..Surroundings::default() },
        tunnel: Tunnel::default(),
        principal: None,
    }
}

/// The rights that the command promises for the role: everything for the default role without named rights, and where
/// an administrator's group or policy is named. The rights of other groups only the cluster knows.
fn stands_for(wish: &AccessWish) -> Option<Can> {
    let (groups, policies) = match (&wish.groups, &wish.policies) {
        (GroupsWish::Unsaid, PoliciesWish::Unsaid) => return wish.is_default_role.then(Can::everything),
        (groups, policies) => (said(groups), named(policies)),
    };
    let is_policy = |name: &String| name.rsplit('/').next() == Some(CLUSTER_ADMIN_POLICY);
    let is_everywhere = !matches!(wish.scope, Some(PolicyScope::Namespaces(_)));
    let is_admin = has_masters(groups) || is_everywhere && policies.iter().any(is_policy);
    is_admin.then(Can::everything)
}

fn said(groups: &GroupsWish) -> &[String] {
    match groups {
        GroupsWish::Unsaid => &[],
        GroupsWish::Exactly(groups) | GroupsWish::Append(groups) => groups,
    }
}

fn named(policies: &PoliciesWish) -> &[String] {
    match policies {
        PoliciesWish::Unsaid => &[],
        PoliciesWish::Exactly(policies) | PoliciesWish::Append(policies) => policies,
    }
}

/// The role's access entry once the plan is carried out.
fn entry(cluster: &ClusterState, planned: &Planned) -> EntrySight {
    if !cluster.description.mode.has_entries() {
        return EntrySight::NotRead;
    }
    EntrySight::Seen(planned.becomes.entry.clone().map(Box::new))
}

/// `aws-auth` once the plan is carried out, as read by the planner.
fn aws_auth(cluster: &ClusterState, planned: &Planned) -> AwsAuthSight {
    let seen = |data| {
        AwsAuthSight::Seen(Some(match planned.effects.map.then() {
            Some(reading) => Arc::new(MapText { data, reading: reading.clone() }),
            None => MapText::read(data),
        }))
    };
    match (&planned.becomes.aws_auth, &cluster.aws_auth) {
        (Some(data), _) => seen(data.clone()),
        (None, AwsAuthState::NotLooked) => AwsAuthSight::NotRead,
        (None, AwsAuthState::Absent) => AwsAuthSight::Seen(None),
        (None, AwsAuthState::Present(map)) => seen(AwsAuthMap::data(map)),
        (None, AwsAuthState::Unseen(why)) => AwsAuthSight::Unseen(why.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_role_promises_everything_and_others_what_is_named() {
        let wish = |change: &dyn Fn(&mut AccessWish)| {
            let mut wish = AccessWish { is_default_role: true, ..AccessWish::default() };
            change(&mut wish);
            stands_for(&wish).is_some()
        };
        let admin = || vec!["arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy".to_owned()];
        assert!(wish(&|_| {}));
        assert!(!wish(&|w| w.is_default_role = false));
        assert!(
            !wish(&|w| w.groups = GroupsWish::Append(vec!["viewers".into()])),
            "the default's rights were not asked for"
        );
        assert!(wish(&|w| w.groups = GroupsWish::Append(vec![crate::model::access::SYSTEM_MASTERS.into()])));
        assert!(wish(&|w| w.policies = PoliciesWish::Exactly(admin())));
        assert!(wish(&|w| w.policies = PoliciesWish::Append(vec![CLUSTER_ADMIN_POLICY.into()])));
        assert!(!wish(&|w| w.policies = PoliciesWish::Exactly(vec!["AmazonEKSViewPolicy".into()])));
        assert!(!wish(&|w| {
            w.policies = PoliciesWish::Exactly(admin());
            w.scope = Some(PolicyScope::Namespaces(vec!["shop".into()]));
        }));
    }
}
