//! `mode`: shown, and switched one step at a time.

use std::time::Duration;

use serde_json::json;

use super::acts::{PATIENCE, desk, does_nothing, refused};
use crate::support::cloud::{AuthMode, Effect, Fault, World};
use crate::support::desk::Desk;

const CREATOR: &str = "arn:aws:iam::111122223333:user/creator";
const BOTH: &str = "mode --cluster dev --to API_AND_CONFIG_MAP";
const API: &str = "mode --cluster dev --to API";

/// How often an operation was called since the log was cleared.
fn count(desk: &Desk, operation: &str) -> usize {
    desk.cloud.operations().iter().filter(|one| *one == operation).count()
}

#[test]
fn a_mode_is_shown_with_what_decides_the_next_one_and_nothing_is_written() {
    let world = World::new().dev(|dev| dev.runs("1.29", "eks.1").creator_admin(true));
    let desk = Desk::new(world.start());
    desk.cloud.begin_logging_update("dev", Duration::from_hours(1));
    let ran = desk.eksaccess("creator", "mode --cluster dev").run();
    ran.says("CONFIG_MAP").says("EKS Auto Mode").says("no date for its removal").says("under way: LoggingUpdate");
    ran.says("Kubernetes 1.29 on platform version eks.1; supports access entries").says("--to API_AND_CONFIG_MAP");
    let seen = desk.eksaccess("creator", "mode --cluster dev --output json").run().json();
    assert_eq!((&seen["mode"], &seen["next"]), (&json!("CONFIG_MAP"), &json!("API_AND_CONFIG_MAP")));
    assert_eq!(seen["bootstrapClusterCreatorAdminPermissions"], json!(true));
    assert_eq!((&seen["platformVersion"], &seen["entries"]), (&json!("eks.1"), &json!("yes")));
    assert_eq!(seen["updates"][0]["type"], json!("LoggingUpdate"));
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn config_map_is_left_by_a_plan_that_asks_and_a_second_run_does_nothing() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = desk.eksaccess("creator", &format!("{BOTH} --dry-run")).run();
    ran.says("CONFIG_MAP -> API_AND_CONFIG_MAP").says("irreversible: ").warns("role/dev-node");
    assert!(desk.cloud.writes().is_empty());
    refused(&desk, desk.eksaccess("creator", BOTH), 6).warns("irreversible").warns("--approve ");
    let ran = desk.eksaccess("creator", &format!("{BOTH} --yes")).run();
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ApiAndConfigMap);
    ran.says("done authentication mode");
    ran.says(&format!("EKS created the access entry of {CREATOR} by itself")).says("AmazonEKSClusterAdminPolicy");
    assert_eq!(desk.cloud.access_entries("dev").len(), 2, "none is removed");
    does_nothing(&desk, desk.eksaccess("creator", BOTH)).says("already in mode API_AND_CONFIG_MAP");
}

#[test]
fn an_approved_plan_switches_and_tells_the_entries_to_programs() {
    let desk = desk(AuthMode::ConfigMap);
    let plan = desk.eksaccess("creator", &format!("{BOTH} --dry-run --output json")).run().json();
    let step = &plan["plan"]["steps"][0];
    assert_eq!(
        (&step["action"], &step["from"], &step["to"], &step["class"]),
        (&json!("switch-mode"), &json!("CONFIG_MAP"), &json!("API_AND_CONFIG_MAP"), &json!("irreversible"))
    );
    let id = plan["plan"]["id"].as_str().unwrap();
    let done = desk.eksaccess("creator", &format!("{BOTH} --approve {id} --output json")).run().json();
    let found = done["applied"][0]["found"].as_array().unwrap();
    let principals: Vec<_> = found.iter().map(|entry| entry["principal"].as_str().unwrap()).collect();
    assert_eq!(principals, ["arn:aws:iam::111122223333:role/dev-node", CREATOR]);
    assert_eq!(found[1]["policies"], json!(["AmazonEKSClusterAdminPolicy, cluster"]));
}

#[test]
fn both_ways_are_left_for_entries_alone_once_all_have_one() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    let ran = desk.eksaccess("creator", &format!("{API} --yes")).run();
    ran.says("API_AND_CONFIG_MAP -> API").warns("created the cluster");
    assert_eq!(desk.cloud.mode("dev"), AuthMode::Api);
    does_nothing(&desk, desk.eksaccess("creator", API));
    desk.eksaccess("creator", "mode --cluster dev").run().says("excludes").says("aws-auth").does_not_say("--to");
}

#[test]
fn an_update_of_any_kind_that_is_under_way_is_waited_for() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.begin_logging_update("dev", Duration::from_millis(700));
    let ran = desk.eksaccess("creator", &format!("{BOTH} --yes")).run();
    ran.says("LoggingUpdate");
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ApiAndConfigMap);
    let switches = desk.cloud.writes().into_iter().filter(|call| call.operation == "UpdateClusterConfig");
    assert_eq!(switches.filter(|call| call.done).count(), 1);
}

#[test]
fn a_run_that_was_killed_while_its_update_went_on_is_finished_by_the_next() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("DescribeUpdate", Effect::HangBefore));
    let mut run = desk.eksaccess("creator", &format!("{BOTH} --yes")).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    run.kill().unwrap();
    drop(run.wait_with_output());
    desk.cloud.disarm();
    desk.eksaccess("creator", &format!("{BOTH} --yes")).run();
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ApiAndConfigMap);
    does_nothing(&desk, desk.eksaccess("creator", BOTH));
    let switches = desk.cloud.calls();
    assert!(switches.iter().filter(|call| call.operation == "UpdateClusterConfig" && call.done).count() <= 1);
}

#[test]
fn an_update_that_fails_is_told_and_the_mode_stays() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.set_update_outcome("Failed");
    let ran = desk.eksaccess("creator", &format!("{BOTH} --yes")).status(1).run();
    ran.warns("the update ended with status Failed").warns("the update failed").warns("aws eks list-updates");
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ConfigMap);
    desk.cloud.set_update_outcome("Successful");
    desk.eksaccess("creator", &format!("{BOTH} --yes")).run();
}

#[test]
fn what_was_mapped_between_the_question_and_the_switch_stops_it() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    let late = "- rolearn: arn:aws:iam::111122223333:role/late\n  username: late\n  groups: [late]\n";
    desk.cloud.on_call("GetConfigMap", 2, move |cloud| {
        let text = cloud.config_map_data("dev", "mapRoles").unwrap_or_default();
        cloud.set_config_map_data("dev", "mapRoles", &format!("{text}{late}"));
    });
    let ran = desk.eksaccess("creator", &format!("{API} --yes")).status(4).run();
    ran.warns("role/late has no access entry");
    assert_eq!((desk.cloud.mode("dev"), count(&desk, "UpdateClusterConfig")), (AuthMode::ApiAndConfigMap, 0));
}
