//! Failures on the way: throttling, 5xx, dropped connections, slow propagation. All of them are overcome within the
//! deadline.

use std::collections::BTreeSet;
use std::time::Duration;

use super::acts::{BOOTSTRAP, ROLE, desk, does_nothing, refused};
use crate::support::cloud::{AuthMode, Effect, Fault, World};
use crate::support::desk::Desk;

/// The operations of a fresh run.
fn operations(mode: AuthMode) -> BTreeSet<String> {
    let desk = desk(mode);
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.operations().into_iter().collect()
}

fn sat_out(mode: AuthMode, effect: &Effect) {
    // All operations fail once in the same run: each is retried by itself.
    let desk = desk(mode);
    for operation in operations(mode) {
        desk.cloud.arm(Fault::new(&operation, effect.clone()));
    }
    let ran = desk.eksaccess("creator", BOOTSTRAP).run();
    assert!(ran.stdout.contains("verified: access works"), "{effect:?}:\n{}{}", ran.stdout, ran.stderr);
    does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
}

#[test]
fn throttling_of_every_operation_is_sat_out() {
    sat_out(AuthMode::ConfigMap, &Effect::Throttle);
    sat_out(AuthMode::ApiAndConfigMap, &Effect::Throttle);
}

#[test]
fn server_errors_of_every_operation_are_sat_out() {
    sat_out(AuthMode::ConfigMap, &Effect::Error(503));
    sat_out(AuthMode::ApiAndConfigMap, &Effect::Error(500));
}

#[test]
fn connections_dropped_at_every_operation_are_retried() {
    sat_out(AuthMode::ConfigMap, &Effect::DropBefore);
    sat_out(AuthMode::ApiAndConfigMap, &Effect::DropBefore);
}

#[test]
fn throttling_without_end_ends_with_the_deadline() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("GetRole", Effect::Throttle).always());
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --timeout 2")), 1);
    ran.warns("--timeout");
}

#[test]
fn what_spreads_slowly_is_waited_for() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = Desk::new(World::new().dev(|dev| dev.mode(mode)).propagation(Duration::from_millis(1500)).start());
        desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
    }
}

#[test]
fn who_waits_says_so() {
    let invalid = "The specified principalArn is invalid: invalid principal.";
    let late = Effect::Refuse(400, "InvalidParameterException".to_owned(), invalid.to_owned());
    for (mode, operation, effect) in
        [(AuthMode::ConfigMap, "AssumeRole", Effect::AccessDenied), (AuthMode::Api, "CreateAccessEntry", late)]
    {
        let desk = desk(mode);
        desk.cloud.arm(Fault::new(operation, effect).times(2));
        let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} -v")).run();
        ran.says("verified: access works").warns("waiting");
    }
}

#[test]
fn what_never_spreads_ends_with_the_deadline_and_says_how_far_it_came() {
    let desk = Desk::new(World::new().dev(|dev| dev.mode(AuthMode::Api)).propagation(Duration::from_hours(1)).start());
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --timeout 15")).status(1).run();
    ran.warns("done: role KubernetesAdmin").warns("not done: ").warns("hint: ");
    assert!(desk.cloud.access_entry("dev", ROLE).is_none());
}

#[test]
fn a_link_that_stays_broken_to_the_deadline_is_exit_5() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.delete_role("KubernetesAdmin");
    desk.cloud.set_propagation(Duration::from_hours(1));
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --timeout 15")).status(5).run();
    ran.says("broken");
}

#[test]
fn a_write_between_reading_and_writing_is_seen_and_kept() {
    let desk = desk(AuthMode::ConfigMap);
    let theirs = "- userarn: arn:aws:iam::111122223333:user/ann\n  username: ann\n";
    desk.cloud.on_call("ReplaceConfigMap", 2, move |cloud| cloud.set_config_map_data("dev", "mapUsers", theirs));
    desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
    assert_eq!(desk.cloud.config_map_data("dev", "mapUsers").unwrap(), theirs);
    does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
}

#[test]
fn a_different_mapping_added_in_the_meantime_stops_the_run() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.on_call("ReplaceConfigMap", 1, |cloud| {
        cloud.set_config_map_data(
            "dev",
            "mapRoles",
            &format!("- rolearn: {ROLE}\n  username: other\n  groups: [viewers]\n"),
        );
    });
    let ran = desk.eksaccess("creator", BOOTSTRAP).status(4).run();
    ran.warns("changed in the meantime").warns("hint: ");
    assert!(desk.cloud.config_map_data("dev", "mapRoles").unwrap().contains("username: other"));
}

#[test]
fn a_role_created_differently_in_the_meantime_stops_the_run() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.on_call("CreateRole", 1, |cloud| {
        cloud.home(|home| {
            home.role("KubernetesAdmin");
        });
    });
    let ran = desk.eksaccess("creator", BOOTSTRAP).status(4).run();
    ran.warns("it was created in the meantime with different settings");
    desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
}
