//! `migrate --rollback`: back from access entries to `aws-auth`.

use serde_json::Value;

use super::acts::{does_nothing, refused};
use super::migrate::{ADMIN, OPS, mapped, migrate};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::Desk;

/// A cluster whose mappings became entries and left the map; and its data before that.
fn migrated() -> (Desk, Value) {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    let before = data(&desk);
    migrate(&desk, "--yes --remove-mappings").run();
    assert!(desk.cloud.access_entry("dev", OPS).is_some() && desk.cloud.access_entry("dev", ADMIN).is_some());
    assert_ne!(data(&desk), before);
    (desk, before)
}

fn data(desk: &Desk) -> Value {
    desk.cloud.config_map("dev").unwrap()["data"].clone()
}

/// The manifest of the old `aws-auth`, as it is kept by GitOps.
fn manifest(desk: &Desk, data: &Value) {
    let manifest = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": data});
    desk.write("old.json", &manifest.to_string());
}

/// A machine without a history and without backups.
fn fresh(desk: &Desk) {
    std::fs::remove_dir_all(desk.path(".local/state/eksaccess")).unwrap();
}

/// The plan's id in the entries' tags.
fn id_of(desk: &Desk, principal: &str) -> String {
    desk.cloud.access_entry("dev", principal).unwrap().tags["eksaccess.dev/plan"].clone()
}

#[track_caller]
fn is_as_before(desk: &Desk, before: &Value) {
    assert_eq!(data(desk), *before, "byte for byte");
    for principal in [OPS, ADMIN] {
        assert!(desk.cloud.access_entry("dev", principal).is_none(), "{principal}");
    }
}

#[test]
fn aws_auth_is_put_back_then_the_entries_are_deleted_and_a_second_run_does_nothing() {
    let (desk, before) = migrated();
    let others = desk.cloud.access_entries("dev").len() - 2;
    let asked = refused(&desk, migrate(&desk, "--rollback"), 6);
    asked.says("the migration created it").says("put back 2").warns("overwriting");
    desk.cloud.clear_log();
    let ran = migrate(&desk, "--rollback --yes").run();
    ran.says("read again, for these mappings").says("delete, its mapping counts again");
    is_as_before(&desk, &before);
    assert_eq!(desk.cloud.access_entries("dev").len(), others, "what EKS made stays");
    let writes: Vec<String> = desk.cloud.writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(writes, ["ReplaceConfigMap", "DeleteAccessEntry", "DeleteAccessEntry"]);
    does_nothing(&desk, migrate(&desk, "--rollback --yes"));
}

#[test]
fn a_fresh_machine_needs_a_manifest_of_the_old_map() {
    let (desk, before) = migrated();
    fresh(&desk);
    let ran = refused(&desk, migrate(&desk, "--rollback --yes"), 2);
    ran.warns(OPS).warns("would lose").warns("--aws-auth FILE");
    manifest(&desk, &before);
    migrate(&desk, "--rollback --yes --aws-auth old.json").run().says("put back old.json");
    is_as_before(&desk, &before);
}

#[test]
fn mappings_that_were_never_removed_need_no_backup() {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    let before = data(&desk);
    migrate(&desk, "--yes").run();
    fresh(&desk);
    migrate(&desk, "--rollback --yes").run().does_not_say("put back");
    is_as_before(&desk, &before);
}

#[test]
fn an_entry_that_changed_since_is_kept_and_named() {
    let (desk, before) = migrated();
    desk.cloud.with_cluster("dev", |dev| dev.entries.get_mut(OPS).unwrap().groups = vec!["other".into()]);
    let ran = migrate(&desk, "--rollback --yes").run();
    ran.warns(&format!("the access entry of {OPS} is kept")).warns("the group other");
    assert_eq!(data(&desk), before, "its mapping is back, under it");
    assert!(desk.cloud.access_entry("dev", OPS).is_some() && desk.cloud.access_entry("dev", ADMIN).is_none());
}

#[test]
fn an_entry_that_changes_while_the_map_is_put_back_is_kept() {
    let (desk, before) = migrated();
    desk.cloud.on_call("ReplaceConfigMap", 2, |cloud| {
        cloud.with_cluster("dev", |dev| dev.entries.get_mut(OPS).unwrap().groups = vec!["other".into()]);
    });
    let ran = migrate(&desk, "--rollback --yes").status(4).run();
    ran.warns("it changed after the plan was made");
    assert_eq!(data(&desk), before);
    assert!(desk.cloud.access_entry("dev", OPS).is_some());
}

#[test]
fn a_mapping_that_another_writer_removes_again_keeps_its_entry() {
    let (desk, _) = migrated();
    let now = data(&desk)["mapRoles"].as_str().unwrap().to_owned();
    desk.cloud.on_call("GetConfigMap", 2, move |cloud| cloud.set_config_map_data("dev", "mapRoles", &now));
    let ran = migrate(&desk, "--rollback --yes").status(4).run();
    ran.warns("changed after the plan was made").warns("no access entry was deleted");
    assert!(desk.cloud.access_entry("dev", OPS).is_some() && desk.cloud.access_entry("dev", ADMIN).is_some());
}

#[test]
fn what_others_wrote_since_stays_and_only_what_is_missing_is_added() {
    let (desk, before) = migrated();
    let added = "- rolearn: arn:aws:iam::111122223333:role/New\n  username: new\n  groups: [viewers]\n";
    let now = desk.cloud.config_map_data("dev", "mapRoles").unwrap() + added;
    desk.cloud.set_config_map_data("dev", "mapRoles", &now);
    // One more is added while it is written.
    let newer = now.clone() + &added.replace("New", "Newer");
    let newest = newer.clone();
    desk.cloud.on_call("ReplaceConfigMap", 2, move |cloud| cloud.set_config_map_data("dev", "mapRoles", &newest));
    let ran = migrate(&desk, "--rollback --yes").run();
    ran.says("aws-auth changed since the migration").does_not_say("put back 2");
    let left = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    assert!(left.starts_with(&newer), "no byte of it changed:\n{left}");
    assert!(left.contains(&format!("rolearn: {OPS}")) && left.contains(&format!("rolearn: {ADMIN}")), "{left}");
    assert_ne!(data(&desk), before);
    assert!(desk.cloud.access_entry("dev", OPS).is_none() && desk.cloud.access_entry("dev", ADMIN).is_none());
    let annotations = &desk.cloud.config_map("dev").unwrap()["metadata"]["annotations"];
    assert!(annotations.get("eksaccess.dev/owners").is_none(), "they are not this tool's: {annotations}");
}

#[test]
fn of_several_migrations_one_is_named() {
    let (desk, _) = migrated();
    let id = id_of(&desk, OPS);
    desk.cloud.with_cluster("dev", |dev| {
        dev.entries.get_mut(ADMIN).unwrap().tags.insert("eksaccess.dev/plan".into(), "0123456789abcdef".into());
    });
    let ran = refused(&desk, migrate(&desk, "--rollback --yes"), 2);
    ran.warns(&id).warns("0123456789abcdef").warns("--rollback --run ");
    refused(&desk, migrate(&desk, "--rollback --run other --yes"), 2).warns("no access entry").warns(&id);
    migrate(&desk, &format!("--rollback --run {id} --yes")).run();
    assert!(desk.cloud.access_entry("dev", OPS).is_none() && desk.cloud.access_entry("dev", ADMIN).is_some());
}

#[test]
fn a_run_that_was_stopped_is_finished_by_the_next_one() {
    let (desk, before) = migrated();
    desk.cloud.arm(Fault::new("DeleteAccessEntry", Effect::AccessDenied));
    migrate(&desk, "--rollback --yes").status(1).run().warns("not done: access entry");
    assert_eq!(data(&desk), before);
    migrate(&desk, "--rollback --yes").run().does_not_say("put back 2");
    is_as_before(&desk, &before);
}

#[test]
fn in_mode_api_there_is_no_way_back() {
    let (desk, before) = migrated();
    desk.cloud.set_mode("dev", AuthMode::Api);
    manifest(&desk, &before);
    let ran = refused(&desk, migrate(&desk, "--rollback --yes --aws-auth old.json"), 2);
    ran.warns("in mode API").warns("can't be switched back");
}

#[test]
fn options_that_do_not_fit_are_slips() {
    let (desk, before) = migrated();
    manifest(&desk, &before);
    for wrong in ["--rollback --to API", "--rollback --remove-mappings", "--run x", "--rollback --create-bindings"] {
        migrate(&desk, wrong).status(2).run();
    }
    migrate(&desk, "--aws-auth old.json").status(2).run().warns("--rollback");
    desk.eksaccess("creator", "migrate --rollback --aws-auth old.json").status(2).run().warns("--cluster");
}
