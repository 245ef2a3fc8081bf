//! `--max-failures` and `--deadline`: which clusters are not begun, and that they are reported.

use std::time::Duration;

use eksaccess::model::arn::Partition;
use serde_json::{Value, json};

use super::desks::{cluster, count, two_accounts};
use crate::support::cloud::{ACCOUNT, AuthMode, Effect, Fault, World};
use crate::support::desk::Desk;

/// The limit of `src/aws/lane.rs`.
const LANE: usize = 12;
const CLUSTERS: usize = 40;
const MAP: &str = "map --cluster c-* --role KubernetesAdmin --yes";

/// Many clusters in one account and region, and the role.
fn crowd() -> Desk {
    let spec = |n: usize| cluster(&format!("c-{n}"), AuthMode::Api);
    let desk = Desk::new((0..CLUSTERS).map(spec).fold(World::new(), World::cluster).start());
    desk.eksaccess("creator", "role").run();
    desk.cloud.clear_log();
    desk
}

/// How many places have a state, and a reason with these words.
fn ended(document: &Value, state: &str, why: &str) -> usize {
    let all: Vec<_> = document["places"].as_array().unwrap().iter().filter(|place| place["state"] == state).collect();
    assert!(all.iter().all(|place| place["why"].as_str().is_some_and(|text| text.contains(why))), "{all:#?}");
    all.len()
}

#[test]
fn no_cluster_is_begun_once_too_many_failed_and_those_are_reported() {
    let desk = crowd();
    desk.cloud.arm(Fault::new("DescribeCluster", Effect::AccessDenied).always());
    let ran = desk.eksaccess("creator", &format!("{MAP} --max-failures 2 --output json")).status(1).run();
    let (document, described) = (ran.json(), count(&desk, "DescribeCluster"));
    // A place has failed only once its account was read too, and others are begun until then: the exact bound is
    // checked below, with a verb that reads nothing else.
    assert!((3..=CLUSTERS).contains(&described), "{described}");
    assert_eq!(ended(&document, "failed", "DescribeCluster"), described);
    assert_eq!(ended(&document, "not-done", "it was not started: "), CLUSTERS - described);
    assert_eq!(ended(&document, "not-done", "than --max-failures allows (2 here)"), CLUSTERS - described);
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn a_verb_that_only_looks_begins_no_more_either_and_tells_the_reason_once() {
    let desk = crowd();
    desk.cloud.arm(Fault::new("DescribeCluster", Effect::AccessDenied).always());
    let who = |most: usize| {
        desk.cloud.clear_log();
        let who = format!("who arn:aws:iam::111122223333:role/KubernetesAdmin --cluster c-* --max-failures {most}");
        (desk.eksaccess("creator", &who).status(1).run(), count(&desk, "DescribeCluster"))
    };
    // Only the cluster is read, so its answer alone makes a place fail.
    let (_, described) = who(2);
    assert!((3..=LANE + 2).contains(&described), "a lane, and one for each that failed before: {described}");
    let (ran, described) = who(0);
    assert!((1..=LANE).contains(&described), "a lane: {described}");
    ran.says("not done  c-").says("it was not started: ");
    let places = ran.stdout.matches(" (eu-west-1)").count();
    assert!(places >= CLUSTERS, "each has its line: {}", ran.stdout);
    let told = ran.stdout.matches("it was not started").count();
    assert!(told < CLUSTERS / 2, "{told} times in {}", ran.stdout);
}

#[test]
fn no_cluster_is_begun_after_the_deadline_and_nothing_is_written_then() {
    let desk = crowd();
    desk.cloud.arm(Fault::new("DescribeCluster", Effect::Latency(Duration::from_secs(2))).always());
    let ran = desk.eksaccess("creator", &format!("{MAP} --deadline 1 --output json")).status(1).run();
    let (document, described) = (ran.json(), count(&desk, "DescribeCluster"));
    assert!(described <= LANE, "{described}");
    assert_eq!(ended(&document, "not-done", "--deadline"), CLUSTERS);
    assert!(desk.cloud.writes().is_empty(), "those that were looked at are not begun either");
}

#[test]
fn without_a_bound_all_are_begun_and_those_that_can_be_seen_are_done() {
    let desk = crowd();
    desk.cloud.arm(Fault::new("DescribeCluster", Effect::AccessDenied).times(4));
    let ran = desk.eksaccess("creator", &format!("{MAP} --output json")).status(1).run();
    assert_eq!(ended(&ran.json(), "failed", "DescribeCluster"), 4);
    assert_eq!(desk.cloud.writes().iter().filter(|call| call.operation == "CreateAccessEntry").count(), CLUSTERS - 4);
}

#[test]
fn an_account_that_can_not_be_entered_is_one_failure_whatever_the_number_of_its_clusters() {
    let desk = two_accounts();
    desk.cloud.account(Partition::Aws, ACCOUNT, |account| {
        account.with_role("Ops", |role| {
            role.trust["Statement"][0]["Condition"] = json!({"StringEquals": {"sts:ExternalId": "x-1"}});
        });
    });
    let closed =
        ["dev", "prod"].map(|name| format!("--cluster arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{name}")).join(" ");
    let map = format!(
        "map {closed} --cluster alpha --cluster beta --accounts accounts --account-role Ops --role Team --kubernetes-group sre \
         --max-failures 1 --output json"
    );
    let document = desk.eksaccess("creator", &map).status(1).run().json();
    assert_eq!(
        (ended(&document, "failed", "assuming role"), count(&desk, "CreateAccessEntry")),
        (2, 1),
        "{document:#}"
    );
    let done = document["places"].as_array().unwrap().iter().filter(|place| place["state"] == "done");
    assert_eq!(done.count(), 2, "{document:#}");
}
