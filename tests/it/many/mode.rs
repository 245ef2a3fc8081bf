//! The authentication mode of several clusters: one plan, one question, each waited for; what is refused fails alone.

use super::desks::{count, three};
use crate::local::acts::refused;
use crate::support::cloud::AuthMode;

#[test]
fn each_cluster_is_switched_and_what_can_not_be_fails_alone() {
    let desk = three();
    desk.cloud.set_mode("stage", AuthMode::ConfigMap);
    let command = "mode --cluster dev --cluster stage --to API_AND_CONFIG_MAP";
    refused(&desk, desk.eksaccess("creator", command), 6).warns("irreversible");
    let ran = desk.eksaccess("creator", &format!("{command} --yes")).run();
    ran.says("in 2 clusters:").says("authentication mode in dev (eu-west-1): EKS created the access entry of");
    assert_eq!(["dev", "stage"].map(|name| desk.cloud.mode(name)), [AuthMode::ApiAndConfigMap; 2]);
    assert_eq!(count(&desk, "UpdateClusterConfig"), 2);
    let ran = desk.eksaccess("creator", "mode --all-clusters --to API_AND_CONFIG_MAP --yes").status(1).run();
    ran.says("prod").says("a cluster can't be switched back");
}

#[test]
fn every_cluster_is_shown_with_its_mode() {
    let desk = three();
    let seen = desk.eksaccess("creator", "mode --all-clusters --output json").run().json();
    let modes = seen["places"].as_array().unwrap().iter().map(|place| place["state"].as_str().unwrap());
    let mut modes: Vec<_> = modes.collect();
    modes.sort_unstable();
    assert_eq!(modes, ["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"]);
    assert!(desk.cloud.writes().is_empty());
}
