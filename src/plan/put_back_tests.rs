use serde_json::json;

use super::super::fixture::*;
use super::*;
use crate::error::Kind;
use crate::model::{AuthMode, PolicyScope};
use crate::plan::{Class, Desired, Planned};

fn put_back(before: Vec<Before>) -> Desired {
    let before = before.into_iter().map(|before| BeforeAt { before, at: None }).collect();
    Desired { put_back: Some(PutBack { run: "r-1".into(), account: None, before }), ..Desired::default() }
}

fn whole(seen: &Observed, before: &[Before]) -> Planned {
    planned(&put_back(before.to_vec()), seen).unwrap()
}

const WHY_ANN: &str =
    "it is restored to its state before run r-1; as before, its trust allows arn:aws:iam::111122223333:user/ann";

#[test]
fn a_trust_and_settings_come_back_and_ask() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(default_role());
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "sts:AssumeRole"}]});
    let role = || "KubernetesAdmin".to_owned();
    let before = [
        Before::Trust { role: role(), document: document.clone() },
        Before::RoleSettings { role: role(), description: "old".into(), max_session_duration: 7200 },
        Before::Boundary { role: role(), arn: Some("arn:aws:iam::111122223333:policy/B".into()) },
    ];
    let found = whole(&seen, &before);
    assert_eq!(steps(&found), ["update-trust overwriting", "update-role overwriting", "put-boundary overwriting"]);
    assert_eq!(found.becomes.trust, Some(document.clone()));
    assert_eq!(found.plan.steps[0].ask.why(), Some(WHY_ANN));
    let there = seen.role.as_mut().unwrap();
    (there.trust, there.description, there.max_session_duration) = (document, "old".into(), 7200);
    there.permissions_boundary = Some("arn:aws:iam::111122223333:policy/B".into());
    assert_eq!(steps(&whole(&seen, &before)), [""; 0], "it is so already");
    seen.role = None;
    let error = planned(&put_back(before.to_vec()), &seen).unwrap_err();
    assert!(error.kind == Kind::Failed && error.message.contains("role KubernetesAdmin no longer exists"), "{error}");
}

#[test]
fn a_groups_policy_is_restored() {
    let mut seen = world(AuthMode::Api);
    seen.group = Some(default_group(&["ann"]));
    let old = json!({"Version": "2012-10-17", "Statement": []});
    let before =
        Before::GroupPolicy { group: "KubernetesAdmins".into(), policy: "AssumeKubernetesAdmin".into(), document: old };
    let found = whole(&seen, &[before]);
    assert!(matches!(only(&found), (Action::PutGroupPolicy { from: Some(_), .. }, Class::Overwriting)));
}

fn policy(name: &str, scope: PolicyScope) -> AssociatedPolicy {
    AssociatedPolicy { arn: format!("arn:aws:eks::aws:cluster-access-policy/{name}"), scope }
}

#[test]
fn an_entry_is_restored_with_its_policies_and_scopes_and_loses_those_it_did_not_have() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(default_role());
    let mut was = entry("old", &["a"]);
    let shop = || PolicyScope::Namespaces(vec!["shop".into()]);
    was.policies = vec![policy("AmazonEKSViewPolicy", shop()), policy("AmazonEKSEditPolicy", PolicyScope::Cluster)];
    let before = [Before::Entry(was.clone())];
    assert_eq!(
        steps(&whole(&seen, &before)),
        ["create-entry overwriting", "associate-policy overwriting", "associate-policy overwriting"],
        "it is gone"
    );
    let mut now = entry("new", &[]);
    now.policies =
        vec![policy("AmazonEKSViewPolicy", PolicyScope::Cluster), policy("AmazonEKSAdminPolicy", PolicyScope::Cluster)];
    cluster(&mut seen).entry = Some(now);
    let found = whole(&seen, &before);
    assert_eq!(
        steps(&found),
        [
            "update-entry overwriting",
            "associate-policy overwriting",
            "associate-policy overwriting",
            "disassociate-policy overwriting"
        ]
    );
    let mut then = found.becomes.entry.unwrap();
    then.policies.sort_by(|a, b| b.arn.cmp(&a.arn));
    assert_eq!((then.username, then.groups, then.policies), (was.username, was.groups, was.policies));
}

#[test]
fn the_last_administrator_is_not_put_back_to_less_unless_it_is_named() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(default_role());
    let mut now = entry("u", &[]);
    now.policies = vec![policy("AmazonEKSClusterAdminPolicy", PolicyScope::Cluster)];
    cluster(&mut seen).entry = Some(now);
    let mut desired = put_back(vec![Before::Entry(entry("u", &[]))]);
    assert!(planned(&desired, &seen).unwrap_err().message.contains("last known administrator"));
    desired.allow_lockout = vec![ROLE_ARN.to_owned()];
    assert_eq!(steps(&planned(&desired, &seen).unwrap()), ["disassociate-policy overwriting"]);
}

#[test]
fn a_run_of_another_account_is_not_put_back_here() {
    let mut desired = put_back(vec![Before::Boundary { role: "R".into(), arn: None }]);
    desired.put_back.as_mut().unwrap().account = Some("444455556666".into());
    let error = planned(&desired, &world(AuthMode::Api)).unwrap_err();
    assert!(error.kind == Kind::Usage && error.message.contains("account 444455556666"), "{error}");
}

#[test]
fn an_administrators_entry_counts_also_where_the_entries_can_not_be_listed() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(default_role());
    let mut now = entry("u", &[]);
    now.policies = vec![policy("AmazonEKSClusterAdminPolicy", PolicyScope::Cluster)];
    cluster(&mut seen).entry = Some(now);
    cluster(&mut seen).census = Some(crate::model::Census::default());
    let desired = put_back(vec![Before::Entry(entry("u", &[]))]);
    assert!(planned(&desired, &seen).unwrap_err().message.contains("last known administrator"));
}

#[test]
fn what_can_not_be_seen_is_not_called_gone_and_another_path_is_another_entry() {
    let mut seen = world(AuthMode::Api);
    seen.role_facts.unseen = Some("iam:GetRole is denied".into());
    let trust = Before::Trust { role: "KubernetesAdmin".into(), document: json!({}) };
    let error = planned(&put_back(vec![trust]), &seen).unwrap_err();
    assert!(error.message.contains("could not be read") && !error.message.contains("no longer exists"), "{error}");
    cluster(&mut seen).entry = Some(AccessEntry {
        principal: "arn:aws:iam::111122223333:role/team/KubernetesAdmin".into(),
        ..entry("u", &[])
    });
    let error = planned(&put_back(vec![Before::Entry(entry("u", &[]))]), &seen).unwrap_err();
    assert!(error.message.contains("is now arn:aws:iam::111122223333:role/team/KubernetesAdmin"), "{error}");
}

#[test]
fn a_dead_entry_is_recreated_as_it_was() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(crate::model::Role { created_at: Some(50), ..default_role() });
    cluster(&mut seen).entry = Some(entry("u", &["a"]));
    let found = whole(&seen, &[Before::Entry(entry("old", &["b"]))]);
    assert_eq!(steps(&found), ["delete-entry overwriting", "create-entry overwriting"]);
    assert_eq!(found.plan.steps[1].after, [1]);
}

#[test]
fn a_restored_trusts_principals_and_an_entrys_masked_mappings_are_reported() {
    let mut seen = world(AuthMode::ApiAndConfigMap);
    seen.role = Some(default_role());
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]});
    let trust = Before::Trust { role: "KubernetesAdmin".into(), document };
    let found = whole(&seen, &[trust]);
    let why = found.plan.steps[0].ask.why().unwrap();
    assert!(why.ends_with("; as before, its trust allows everyone (*)"), "{why}");
    cluster(&mut seen).aws_auth = crate::model::AwsAuthState::Unseen("no route".into());
    let found = whole(&seen, &[Before::Entry(entry("u", &[]))]);
    let why = found.plan.steps[0].ask.why().unwrap();
    assert!(why.contains("aws-auth could not be read (no route)"), "{why}");
}
