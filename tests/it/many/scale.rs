//! Many clusters in many accounts: the cost of a run, counted by the cloud.

use std::collections::BTreeMap;

use super::desks::{FLEET, MIXED, count, fleet, three};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

/// The limit of `src/aws/lane.rs`.
const LANE: usize = 12;
const CLUSTERS: usize = 200;
const ACCOUNTS: usize = 20;
const MAP: &str = "map --role Team --kubernetes-group viewers";

/// How many of a fleet's clusters are in one of these modes.
fn in_modes(modes: &[AuthMode]) -> usize {
    (0..CLUSTERS).filter(|at| modes.contains(&MIXED[at % 3])).count()
}

/// Checks that no call was made twice: the same operation on the same object by the same signer. A role that is granted
/// something is read once more before that, once per account.
fn no_call_twice(desk: &Desk) {
    assert_eq!(twice(desk, |operation| if operation == "iam GetRole" { 2 } else { 1 }), Vec::<String>::new());
}

/// The same for a verb that grants nothing.
fn no_call_twice_to_look(desk: &Desk) {
    assert_eq!(twice(desk, |_| 1), Vec::<String>::new());
}

/// The calls that were made more often than allowed.
fn twice(desk: &Desk, most: impl Fn(&str) -> usize) -> Vec<String> {
    let mut times = BTreeMap::<_, usize>::new();
    for call in desk.cloud.calls() {
        let operation = format!("{} {}{}", call.service, call.operation, if call.dry_run { "?dry-run" } else { "" });
        *times.entry((operation, call.target, call.place, call.caller)).or_default() += 1;
    }
    let twice = times.into_iter().filter(|((operation, ..), times)| *times > most(operation));
    twice.map(|call| format!("{call:?}")).collect()
}

/// Checks that the calls in flight stayed within the limit of an account, region and service.
fn within_bounds(desk: &Desk) {
    let most = desk.cloud.most_under_way();
    assert!(most.len() > 6 && most.values().all(|most| *most <= LANE), "{most:?}");
}

/// The rounds of `map` over the fleet: those of one cluster, and one for the accounts that do not fit into a lane of
/// STS.
fn rounds(writes: bool) -> Vec<Vec<String>> {
    let (mapped, by_entry) = (in_modes(&[AuthMode::ConfigMap]), in_modes(&[AuthMode::ApiAndConfigMap, AuthMode::Api]));
    let read = in_modes(&[AuthMode::ConfigMap, AuthMode::ApiAndConfigMap]);
    let mut rounds = vec![
        vec![("AssumeRole", LANE)],
        vec![("AssumeRole", ACCOUNTS - LANE)],
        vec![("ListClusters", 3 * ACCOUNTS)],
        vec![
            ("GetCallerIdentity", ACCOUNTS),
            ("DescribeCluster", CLUSTERS),
            ("GetRole", ACCOUNTS),
            ("ListAttachedRolePolicies", ACCOUNTS),
            ("ListRolePolicies", ACCOUNTS),
        ],
        vec![("GetConfigMap", read), ("DescribeAccessEntry", by_entry), ("ListAssociatedAccessPolicies", by_entry)],
    ];
    if writes {
        rounds.push(vec![("ReplaceConfigMap?dry-run", mapped)]);
        rounds.push(vec![("GetRole", ACCOUNTS)]);
        rounds.push(vec![("ReplaceConfigMap", mapped), ("CreateAccessEntry", by_entry)]);
    }
    let whole = |round: Vec<(&str, usize)>| {
        round.into_iter().flat_map(|(name, times)| std::iter::repeat_n(name.to_owned(), times)).collect()
    };
    rounds.into_iter().map(whole).collect()
}

#[test]
fn two_hundred_clusters_in_twenty_accounts_take_the_rounds_of_one_and_no_call_twice() {
    let desk = fleet(CLUSTERS, ACCOUNTS);
    for (what, writes) in [("a first run", true), ("a run with nothing to do", false)] {
        desk.cloud.clear_log();
        desk.cloud.expect_rounds(&rounds(writes));
        let ran = desk.eksaccess("creator", &format!("{MAP} {FLEET}")).run();
        desk.cloud.came_in_rounds(what);
        ran.says(if writes { "200 clusters in 20 accounts" } else { "nothing to do" });
        no_call_twice(&desk);
        assert_eq!(desk.cloud.writes().len(), if writes { CLUSTERS } else { 0 }, "{what}");
    }
    within_bounds(&desk);
}

#[test]
fn a_bootstrap_makes_what_belongs_to_an_account_once_in_each() {
    let (clusters, accounts) = (60, 6);
    let desk = fleet(clusters, accounts);
    let command = format!("bootstrap {FLEET} --kubeconfig kube");
    desk.eksaccess("creator", &command).run();
    no_call_twice(&desk);
    within_bounds(&desk);
    for operation in ["AssumeRole", "CreateRole", "CreateGroup", "PutGroupPolicy"] {
        assert_eq!(count(&desk, operation), accounts, "{operation}");
    }
    assert_eq!(desk.read("kube").matches("- context:").count(), clusters);
    desk.cloud.clear_log();
    desk.eksaccess("creator", &command).run().says("nothing to do");
    no_call_twice(&desk);
    assert!(desk.cloud.writes().is_empty(), "{:?}", desk.cloud.writes());
}

#[test]
fn the_role_of_an_account_is_assumed_once_for_the_proof_of_all_its_clusters() {
    let desk = three();
    let command = "bootstrap --cluster dev --cluster stage --cluster prod --user member --kubeconfig kube";
    desk.eksaccess("creator", command).run().says("verified: access works");
    assert_eq!((count(&desk, "AssumeRole"), count(&desk, "SelfSubjectReview")), (1, 3));
    no_call_twice(&desk);
}

#[test]
fn a_cluster_that_was_described_for_its_tags_is_not_described_again() {
    let desk = three();
    for name in ["dev", "stage"] {
        desk.cloud.with_cluster(name, |cluster| drop(cluster.tags.insert("team".into(), "shop".into())));
    }
    desk.eksaccess("creator", "role").run();
    desk.cloud.clear_log();
    let ran = desk.eksaccess("creator", "map --cluster-tag team=shop --role KubernetesAdmin --yes").run();
    ran.says("2 clusters");
    assert_eq!((count(&desk, "ListClusters"), count(&desk, "DescribeCluster")), (1, 3));
    no_call_twice(&desk);
}

#[test]
fn verbs_that_only_look_ask_once_about_an_account() {
    let desk = fleet(12, 2);
    for verb in ["who arn:aws:iam::200000000000:role/Team", "lint", "restore --list"] {
        desk.cloud.clear_log();
        desk.eksaccess("creator", &format!("{verb} {FLEET}")).run_any();
        assert_eq!((count(&desk, "DescribeCluster"), count(&desk, "GetCallerIdentity")), (12, 2), "{verb}");
        no_call_twice(&desk);
    }
}

#[test]
fn verify_and_lint_with_iam_ask_once_about_an_account_of_two_hundred_clusters_in_twenty() {
    let desk = fleet(CLUSTERS, ACCOUNTS);
    for (verb, shared) in [
        ("verify", &["GetCallerIdentity", "GetRole"][..]),
        ("verify --role Team", &["GetCallerIdentity", "GetRole", "AssumeRole"][..]),
        ("verify --principal arn:aws:iam::200000000000:role/Team", &["GetCallerIdentity", "GetRole"][..]),
        ("lint --check-iam", &["GetCallerIdentity", "ListRoles"][..]),
    ] {
        desk.cloud.clear_log();
        desk.eksaccess("creator", &format!("{verb} {FLEET}")).run_any();
        assert_eq!(count(&desk, "DescribeCluster"), CLUSTERS, "{verb}");
        // The base credentials' permission is simulated for the role of each account.
        let most = |operation: &str| if operation == "iam SimulatePrincipalPolicy" { ACCOUNTS } else { 1 };
        assert_eq!(twice(&desk, most), Vec::<String>::new(), "{verb}");
        for operation in shared {
            assert!(count(&desk, operation) <= 3 * ACCOUNTS + 1, "{verb}: {operation} {}", count(&desk, operation));
        }
    }
    within_bounds(&desk);
}

#[test]
fn verify_assumes_the_role_of_an_account_once_for_all_of_its_clusters() {
    let desk = three();
    desk.eksaccess("creator", "bootstrap --cluster dev --cluster stage --cluster prod").run();
    desk.cloud.clear_log();
    let found = desk.eksaccess("creator", "verify --all-clusters --output json").run().json();
    assert_eq!((count(&desk, "AssumeRole"), count(&desk, "GetRole"), count(&desk, "SelfSubjectReview")), (1, 1, 3));
    no_call_twice_to_look(&desk);
    let ids: Vec<_> = found["places"].as_array().unwrap().iter().map(|place| place["id"].as_str().unwrap()).collect();
    let arn = |name: &str| format!("arn:aws:eks:eu-west-1:111122223333:cluster/{name}");
    assert_eq!(ids, ["dev", "prod", "stage"].map(arn));
}
