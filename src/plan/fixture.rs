//! The inputs of the planner's tests: one account, one cluster, and small changes of it.

use std::collections::BTreeMap;

use serde_json::json;

use super::ask::Class;
use super::desired::{AccessChange, Desired};
use super::effects::Effects;
use super::guard::judge;
use super::map_change::plan_changes;
use super::place::Place;
use super::planner::{Planned, plan};
use super::step::Action;
use super::whole::Plan;
use crate::aws_auth::{Change, Opened, Places};
use crate::error::Result;
use crate::model::desired::{DEFAULT_DESCRIPTION, DEFAULT_ROLE, OWNER_CLI, OWNER_KEY};
use crate::model::{
    AccessEntry, AccessWish, AuthMode, AwsAuthMap, AwsAuthState, CallerIdentity, ClusterDescription, ClusterFacts,
    ClusterState, Group, GroupWish, MemberWish, Observed, Partition, Principal, Role, RoleWish, TrustWish, policy,
    trust,
};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";
pub(super) const NODES: &str = "\
# the nodes
- rolearn: arn:aws:iam::111122223333:role/node
  username: system:node:{{EC2PrivateDNSName}}
  groups:
  - system:bootstrappers
  - system:nodes
";

/// An account with users `ann` and `bob`, and the cluster `dev` with one node role.
pub(super) fn world(mode: AuthMode) -> Observed {
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap();
    let description = ClusterDescription {
        arn,
        status: "ACTIVE".into(),
        endpoint: Some("https://dev.example".into()),
        certificate_authority: Some("Q0E=".into()),
        of_kubeconfig: false,
        mode,
        private_only: false,
        token_cluster_id: "dev".into(),
        facts: ClusterFacts::default(),
    };
    let aws_auth = if mode.has_config_map() { present(NODES) } else { AwsAuthState::NotLooked };
    let user = |name: &str| (name.to_owned(), Some(format!("arn:aws:iam::{ACCOUNT}:user/{name}")));
    Observed {
        caller: CallerIdentity {
            arn: format!("arn:aws:iam::{ACCOUNT}:user/creator").parse().unwrap(),
            user_id: "AIDA".into(),
            signs_as: None,
        },
        role: None,
        role_facts: crate::model::RoleFacts::default(),
        group: None,
        users: BTreeMap::from([user("ann"), user("bob"), ("ghost".to_owned(), None)]),
        principal: None,
        path_unknown: false,
        cluster: Some(ClusterState { aws_auth, ..ClusterState::described(description) }),
        warnings: Vec::new(),
    }
}

pub(super) fn present(map_roles: &str) -> AwsAuthState {
    AwsAuthState::Present(AwsAuthMap {
        object: json!({"metadata": {"resourceVersion": "7"}, "data": {"mapRoles": map_roles}}),
    })
}

pub(super) fn cluster(seen: &mut Observed) -> &mut ClusterState {
    seen.cluster.as_mut().unwrap()
}

/// The role as created by this tool.
pub(super) fn default_role() -> Role {
    Role {
        arn: ROLE_ARN.parse().unwrap(),
        trust: trust::create(Partition::Aws, ACCOUNT, &TrustWish::default()),
        description: DEFAULT_DESCRIPTION.into(),
        max_session_duration: 3600,
        permissions_boundary: None,
        tags: BTreeMap::from([(OWNER_KEY.into(), OWNER_CLI.into())]),
        created_at: Some(1),
        unique_id: "AROAEXAMPLE".into(),
    }
}

pub(super) fn default_group(members: &[&str]) -> Group {
    let document = policy::assume_role_policy("EksaccessKubernetesAdmin", ROLE_ARN);
    Group {
        name: "KubernetesAdmins".into(),
        arn: format!("arn:aws:iam::{ACCOUNT}:group/KubernetesAdmins"),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
        inline_policies: BTreeMap::from([("AssumeKubernetesAdmin".to_owned(), document)]),
        attached_policies: Vec::new(),
    }
}

pub(super) fn entry(username: &str, groups: &[&str]) -> AccessEntry {
    AccessEntry {
        principal: ROLE_ARN.into(),
        arn: "arn:aws:eks:eu-west-1:111122223333:access-entry/dev/role/111122223333/KubernetesAdmin/u".into(),
        entry_type: "STANDARD".into(),
        username: username.into(),
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        tags: BTreeMap::from([(OWNER_KEY.into(), OWNER_CLI.into())]),
        created_at: Some(1),
        policies: Vec::new(),
    }
}

pub(super) fn role_wish() -> RoleWish {
    RoleWish { name: DEFAULT_ROLE.into(), ..RoleWish::default() }
}

pub(super) fn group_wish(users: &[&str]) -> GroupWish {
    GroupWish {
        name: "KubernetesAdmins".into(),
        role: DEFAULT_ROLE.into(),
        users: users.iter().copied().map(MemberWish::named).collect(),
    }
}

pub(super) fn default_access() -> AccessWish {
    AccessWish { principal: DEFAULT_ROLE.into(), is_default_role: true, ..AccessWish::default() }
}

/// The desired state of a plain `bootstrap --user ann`.
pub(super) fn bootstrap() -> Desired {
    Desired { role: Some(role_wish()), group: Some(group_wish(&["ann"])), ..bound(default_access()) }
}

/// Binds some other role, with options.
pub(super) fn binding(change: impl FnOnce(&mut AccessWish)) -> Desired {
    let mut wish = AccessWish { principal: "Viewer".into(), ..AccessWish::default() };
    change(&mut wish);
    bound(wish)
}

/// A binding only.
pub(super) fn bound(wish: AccessWish) -> Desired {
    Desired { access: Some(AccessChange::Bind(wish)), ..Desired::default() }
}

pub(super) fn viewer() -> Principal {
    format!("arn:aws:iam::{ACCOUNT}:role/team/Viewer").parse().unwrap()
}

/// Planned, and judged by what was read.
pub(super) fn planned(desired: &Desired, seen: &Observed) -> Result<Planned> {
    plan(desired, seen)?.judged(desired, seen)
}

/// Changes of a manifest's data, planned and judged as in `map --file`: the plan, and the resulting data.
pub(super) fn change_manifest(
    data: &BTreeMap<String, String>,
    changes: &[Change],
    (file, allowed): (&str, &[String]),
) -> Result<(Plan, BTreeMap<String, String>)> {
    let places = Places::default();
    let place = Place::Manifest { file, places: &places };
    let mut plan = Plan::default();
    let map = plan_changes(&mut plan, place, Opened::new(data), changes.to_vec(), None)?;
    judge(&Effects { map, ..Effects::default() }, place, None, allowed)?;
    let new = plan.steps.first().map(|step| match &step.action {
        Action::WriteAwsAuth(write) => write.becomes.clone(),
        other => panic!("{other:?}"),
    });
    Ok((plan, new.unwrap_or_else(|| data.clone())))
}

/// Each step as `action class`, for short comparisons.
pub(super) fn steps(planned: &Planned) -> Vec<String> {
    planned
        .plan
        .steps
        .iter()
        .map(|s| format!("{} {}", serde_json::to_value(&s.action).unwrap()["action"].as_str().unwrap(), s.ask.class()))
        .collect()
}

pub(super) fn only(planned: &Planned) -> (&Action, Class) {
    let [step] = &planned.plan.steps[..] else { panic!("expected exactly one step: {:?}", steps(planned)) };
    (&step.action, step.ask.class())
}
