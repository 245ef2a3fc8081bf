use std::collections::BTreeMap;

use serde_json::json;

use super::super::fixture::*;
use super::*;
use crate::error::Kind;
use crate::model::access::access_policy_arn;
use crate::model::{
    AccessEntry, AssociatedPolicy, Census, ClusterFacts, ClusterUpdate, Observed, Partition, PolicyScope, UpdateStatus,
};
use crate::plan::{AccessChange, Class, Desired, Planned};

const CREATOR: &str = "arn:aws:iam::111122223333:user/creator";
const NODE: &str = "arn:aws:iam::111122223333:role/node";

fn to(mode: AuthMode, allowed: &[&str]) -> Desired {
    let allow_lockout = allowed.iter().map(|arn| (*arn).to_owned()).collect();
    Desired { access: Some(AccessChange::Mode(mode)), allow_lockout, ..Desired::default() }
}

fn entry_of(principal: &str) -> AccessEntry {
    AccessEntry { principal: principal.to_owned(), ..entry("somebody", &[]) }
}

fn admin(principal: &str) -> AccessEntry {
    let arn = access_policy_arn(Partition::Aws, CLUSTER_ADMIN_POLICY);
    AccessEntry { policies: vec![AssociatedPolicy { arn, scope: PolicyScope::Cluster }], ..entry_of(principal) }
}

/// A cluster as it was looked at for a switch, with these entries; the creator signs.
fn seen(mode: AuthMode, entries: Vec<AccessEntry>) -> Observed {
    let mut seen = world(mode);
    let node_roles = vec![NODE.to_owned()];
    let state = cluster(&mut seen);
    state.census = Some(Census { entries, node_roles, ..Census::default() });
    state.description.facts = ClusterFacts { kubernetes: Some("1.36".into()), ..ClusterFacts::default() };
    seen
}

/// Mode `API_AND_CONFIG_MAP`, with more in the map than the nodes; the creator and the nodes have entries.
fn ready(more: &str) -> Observed {
    let mut seen = seen(AuthMode::ApiAndConfigMap, vec![admin(CREATOR), entry_of(NODE)]);
    cluster(&mut seen).aws_auth = present(&format!("{NODES}{more}"));
    seen
}

fn mapping(arn: &str, groups: &str) -> String {
    format!("- rolearn: {arn}\n  username: u\n  groups: [{groups}]\n")
}

fn switched(seen: &Observed, to_mode: AuthMode, allowed: &[&str]) -> Result<Planned> {
    planned(&to(to_mode, allowed), seen)
}

#[track_caller]
fn refusal(seen: &Observed, to_mode: AuthMode) -> Error {
    let error = switched(seen, to_mode, &[]).expect_err("it is refused");
    assert!(error.hint.is_some(), "{error:?}");
    error
}

#[test]
fn a_step_further_is_one_irreversible_step() {
    let first = switched(&seen(AuthMode::ConfigMap, vec![]), AuthMode::ApiAndConfigMap, &[]).unwrap();
    let (action, class) = only(&first);
    assert_eq!(class, Class::Irreversible);
    let (from, to) = (AuthMode::ConfigMap, AuthMode::ApiAndConfigMap);
    assert_eq!(*action, Action::SwitchMode { from, to, resource_version: None, unmatched: Vec::new() });
    assert!(first.plan.warnings[0].contains("may create access entries by itself"), "{:?}", first.plan.warnings);
    assert!(first.plan.warnings[0].contains(NODE));
    let second = switched(&ready(""), AuthMode::Api, &[]).unwrap();
    let Action::SwitchMode { resource_version, .. } = only(&second).0 else { panic!() };
    assert_eq!(resource_version.as_deref(), Some("7"), "the map by which it was judged");
    assert!(second.plan.warnings[0].contains("no API tells"), "{:?}", second.plan.warnings);
    assert!(second.plan.notes.iter().any(|note| note.contains("eksaccess migrate")));
}

#[test]
fn the_mode_that_it_has_is_nothing_to_do() {
    for mode in [AuthMode::ConfigMap, AuthMode::ApiAndConfigMap, AuthMode::Api] {
        let planned = switched(&seen(mode, vec![]), mode, &[]).unwrap();
        assert!(planned.plan.is_empty() && planned.plan.notes[0].contains("already"), "{mode}");
    }
}

#[test]
fn two_steps_at_once_and_steps_back_are_wrong_usage() {
    use AuthMode::{Api, ApiAndConfigMap, ConfigMap};
    let error = refusal(&seen(ConfigMap, vec![]), Api);
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
    let commands =
        format!("eksaccess mode --cluster {arn} --to API_AND_CONFIG_MAP, then eksaccess mode --cluster {arn} --to API");
    assert_eq!((error.kind, error.hint), (Kind::Usage, Some(commands)));
    for (from, back) in [(ApiAndConfigMap, ConfigMap), (Api, ApiAndConfigMap), (Api, ConfigMap)] {
        let error = refusal(&seen(from, vec![]), back);
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.message.contains(&format!("can't be switched back to {back}")), "{error}");
    }
}

#[test]
fn what_knows_no_entries_is_not_switched() {
    let facts = |kubernetes: &str, platform: &str, is_local| ClusterFacts {
        kubernetes: Some(kubernetes.into()),
        platform: Some(platform.into()),
        creator_is_admin: None,
        is_local,
        remote_networks: false,
    };
    for (facts, why) in [
        (facts("1.36", "eks.1", true), "a local cluster on AWS Outposts"),
        (facts("1.30", "eks.1", false), "the first version that does is Kubernetes 1.30 on platform version eks.2"),
        (facts("1.22", "eks.9", false), "the first version that does is Kubernetes 1.23 on platform version eks.17"),
    ] {
        let mut seen = seen(AuthMode::ConfigMap, vec![]);
        cluster(&mut seen).description.facts = facts;
        assert!(refusal(&seen, AuthMode::ApiAndConfigMap).message.contains(why), "{why}");
    }
    let mut seen = seen(AuthMode::ConfigMap, vec![]);
    cluster(&mut seen).description.facts = ClusterFacts::default();
    let planned = switched(&seen, AuthMode::ApiAndConfigMap, &[]).unwrap();
    assert!(planned.plan.warnings[0].contains("is not known"), "{:?}", planned.plan.warnings);
}

#[test]
fn a_cluster_that_is_made_or_deleted_takes_no_mode() {
    for status in ["CREATING", "DELETING", "FAILED", "PENDING"] {
        let mut seen = seen(AuthMode::ConfigMap, vec![]);
        cluster(&mut seen).description.status = status.into();
        assert!(refusal(&seen, AuthMode::ApiAndConfigMap).message.contains(status), "{status}");
    }
}

#[test]
fn each_principal_that_only_the_map_lets_in_is_listed() {
    let arns = ["arn:aws:iam::111122223333:role/ops", "arn:aws:iam::444455556666:role/far"];
    let seen = ready(&(mapping(arns[0], "ops") + &mapping(arns[1], "'system:masters'")));
    let error = refusal(&seen, AuthMode::Api);
    assert!(error.message.contains("2 principals"), "{error}");
    assert_eq!(error.causes[0], format!("{} has no access entry (today: u, ops)", arns[0]));
    assert_eq!(error.causes[1], format!("{} has no access entry (today: u, system:masters)", arns[1]));
    let named = switched(&seen, AuthMode::Api, &arns).expect("those that are named may be locked out");
    assert!(
        named.plan.warnings.iter().any(|warning| warning.contains("role/far loses its access")),
        "{:?}",
        named.plan.warnings
    );
    assert!(switched(&seen, AuthMode::Api, &arns[..1]).is_err(), "and no others");
}

#[test]
fn what_matches_nobody_today_is_not_counted() {
    let more =
        ["arn:aws:iam::111122223333:role/a/path", "arn:aws:sts::111122223333:assumed-role/ops/s", "' '", "no-arn"];
    let seen = ready(&more.map(|arn| mapping(arn, "ops")).concat());
    assert!(switched(&seen, AuthMode::Api, &[]).is_ok());
}

#[test]
fn an_entry_is_that_of_the_mapping_whatever_its_path_and_the_case() {
    let mut seen = ready(&mapping("arn:aws:iam::111122223333:role/Ops", "ops"));
    let census = cluster(&mut seen).census.as_mut().unwrap();
    census.entries.push(entry_of("arn:aws:iam::111122223333:role/team/ops"));
    assert!(switched(&seen, AuthMode::Api, &[]).is_ok());
    let census = cluster(&mut seen).census.as_mut().unwrap();
    census.dead.push("arn:aws:iam::111122223333:role/team/ops".into());
    let error = refusal(&seen, AuthMode::Api);
    assert!(error.causes[0].contains("role/Ops has no access entry"), "a stale one lets in nobody: {error:?}");
}

#[test]
fn nodes_services_accounts_and_the_caller_are_told_as_such() {
    let batch = "arn:aws:iam::111122223333:role/AWSServiceRoleForBatch";
    let mut seen = ready(&mapping(batch, ""));
    let data = json!({"mapRoles": NODES.to_owned() + &mapping(batch, ""), "mapAccounts": "- '444455556666'\n",
        "mapUsers": format!("- userarn: {CREATOR}\n  username: c\n")});
    let state = cluster(&mut seen);
    state.aws_auth = AwsAuthState::Present(AwsAuthMap { object: json!({"metadata": {}, "data": data}) });
    state.census.as_mut().unwrap().entries.clear();
    let error = refusal(&seen, AuthMode::Api);
    let told = error.causes.join("\n");
    for part in [
        "role/node keeps nodes in the cluster and has no access entry",
        "is AWS Batch's service-linked role",
        "user/creator makes this change and has no access entry",
        "every identity of account 444455556666",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let mut alone = ready("");
    let state = cluster(&mut alone);
    let data = json!({"mapAccounts": "- '444455556666'\n"});
    state.aws_auth = AwsAuthState::Present(AwsAuthMap { object: json!({"metadata": {}, "data": data}) });
    let error = refusal(&alone, AuthMode::Api);
    assert!(error.hint.unwrap().ends_with("--account 444455556666 --remove"));
}

#[test]
fn a_service_whose_role_has_an_entry_comes_by_it() {
    let batch = "role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch";
    let mut seen = ready(&mapping("arn:aws:iam::111122223333:role/AWSServiceRoleForBatch", ""));
    let entry = entry_of(&format!("arn:aws:iam::111122223333:{batch}"));
    cluster(&mut seen).census.as_mut().unwrap().entries.push(entry);
    assert!(switched(&seen, AuthMode::Api, &[]).is_ok());
}

#[test]
fn more_than_are_read_at_a_glance_are_counted() {
    let many = (0..25).map(|at| mapping(&format!("arn:aws:iam::111122223333:role/r-{at:02}"), "g"));
    let error = refusal(&ready(&many.collect::<String>()), AuthMode::Api);
    assert_eq!(error.causes.len(), MOST_TOLD + 1);
    assert_eq!(error.causes.last().unwrap(), "and 5 more mappings without an access entry");
}

#[test]
fn a_map_or_entries_that_were_not_seen_tell_nothing() {
    for state in [AwsAuthState::Unseen("no route".into()), AwsAuthState::NotLooked] {
        let mut seen = ready("");
        cluster(&mut seen).aws_auth = state;
        assert!(refusal(&seen, AuthMode::Api).message.contains("aws-auth of cluster dev could not be read"));
    }
    let mut unlisted = ready("");
    cluster(&mut unlisted).census.as_mut().unwrap().entries_unseen = Some("denied".into());
    let error = refusal(&unlisted, AuthMode::Api);
    assert!(error.message.contains("could not be listed") && error.causes == ["denied"], "{error:?}");
    let mut absent = ready("");
    cluster(&mut absent).aws_auth = AwsAuthState::Absent;
    assert!(switched(&absent, AuthMode::Api, &[]).is_ok(), "without a map nothing in it counts");
}

#[test]
fn a_caller_whom_nothing_names_is_the_creator() {
    let mut seen = ready("");
    cluster(&mut seen).census.as_mut().unwrap().entries = vec![entry_of(NODE)];
    let error = refusal(&seen, AuthMode::Api);
    assert!(error.message.contains("its access is that of the identity that created the cluster"), "{error}");
    let planned = switched(&seen, AuthMode::Api, &[CREATOR]).unwrap();
    let told = planned.plan.warnings.join("\n");
    assert!(told.contains("the cluster has no administrator until one is created"), "{told}");
    // A role that signs instead of the caller is the one that gets in.
    seen.caller.signs_as = Some("arn:aws:iam::111122223333:role/deploy".parse().unwrap());
    assert!(refusal(&seen, AuthMode::Api).message.contains("role/deploy makes this change"));
}

#[test]
fn an_update_under_way_is_told() {
    let mut seen = seen(AuthMode::ConfigMap, vec![]);
    let update = |kind: &str| ClusterUpdate {
        id: "u-1".into(),
        kind: kind.into(),
        status: UpdateStatus::InProgress,
        errors: vec![],
    };
    cluster(&mut seen).updates = vec![update("VersionUpdate"), update("AccessConfigUpdate")];
    let planned = switched(&seen, AuthMode::ApiAndConfigMap, &[]).unwrap();
    let notes = planned.plan.notes.join("\n");
    assert!(notes.contains("VersionUpdate (u-1)") && notes.contains("AccessConfigUpdate (u-1)"), "{notes}");
    assert_eq!(steps(&planned), ["switch-mode irreversible"]);
}

#[test]
fn the_approval_ends_with_another_map_and_other_entries() {
    let id = |seen: &Observed| switched(seen, AuthMode::Api, &[]).unwrap().plan.id();
    let (mut other_map, mut other_entries) = (ready(""), ready(""));
    let object = json!({"metadata": {"resourceVersion": "8"}, "data": BTreeMap::from([("mapRoles", NODES)])});
    cluster(&mut other_map).aws_auth = AwsAuthState::Present(AwsAuthMap { object });
    cluster(&mut other_entries).census.as_mut().unwrap().entries.push(entry_of(ROLE_ARN));
    assert_eq!(id(&ready("")), id(&ready("")));
    assert_ne!(id(&ready("")), id(&other_map));
    assert_ne!(id(&ready("")), id(&other_entries));
}
