//! `migrate`: from `aws-auth` to access entries.

use serde_json::json;

use super::acts::{desk, map_roles, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::{Desk, Typed};

const MAP: &str = "\
# people
- rolearn: arn:aws:iam::111122223333:role/Ops
  username: ops:{{SessionName}}
  groups: [viewers]
- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin
  username: kubernetes-admin
  groups: [system:masters]
- rolearn: arn:aws:iam::111122223333:role/Gone
  username: gone
  groups: [viewers]
";
pub const OPS: &str = "arn:aws:iam::111122223333:role/Ops";
pub const ADMIN: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";
const NODE: &str = "arn:aws:iam::111122223333:role/dev-node";

/// The roles of the map, and the map, in a cluster of this mode.
pub fn mapped(mode: AuthMode) -> Desk {
    let desk = desk(mode);
    desk.cloud.home(|account| {
        account.role("Ops");
        account.role("KubernetesAdmin");
    });
    let nodes = desk.cloud.config_map_data("dev", "mapRoles").unwrap_or_default();
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{nodes}{MAP}"));
    desk
}

pub fn migrate<'d>(desk: &'d Desk, rest: &str) -> Typed<'d> {
    desk.eksaccess("creator", &format!("migrate --cluster dev {rest}")).env("EKSACCESS_TEST_SETTLE_MS", "20")
}

#[test]
fn mappings_become_entries_and_a_second_run_does_nothing() {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    let (before, had) = (map_roles(&desk), desk.cloud.access_entries("dev").len());
    let ran = migrate(&desk, "--dry-run").run();
    ran.says("mapRoles line 8  becomes an entry").says("role/Gone").says("matches no caller");
    ran.says("up to 30 s").says("compare with its mapping");
    assert!(desk.cloud.writes().is_empty());
    let rows = migrate(&desk, "--dry-run --output json").run().json()["rows"].clone();
    let statuses: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(json!(statuses), json!(["kept", "becomes", "becomes", "matches-none"]), "{rows}");
    refused(&desk, migrate(&desk, ""), 6).warns("overwriting");
    let ran = migrate(&desk, "--yes").run();
    ran.says("done access entry").says("compare with its mapping");
    assert_eq!(desk.cloud.access_entries("dev").len(), had + 2);
    let ops = desk.cloud.access_entry("dev", OPS).unwrap();
    assert_eq!((ops.username.as_str(), &ops.groups[..]), ("ops:{{SessionName}}", &["viewers".to_owned()][..]));
    let id = &ops.tags["eksaccess.dev/plan"];
    assert!(ran.stdout.contains(&format!("migrate plan {id}:")), "the entries bear the plan's id");
    let admin = desk.cloud.access_entry("dev", ADMIN).unwrap();
    assert!(admin.groups.is_empty() && admin.policies[0].policy_arn.ends_with("/AmazonEKSClusterAdminPolicy"));
    assert_eq!(map_roles(&desk), before, "no mapping is removed unless it is asked for");
    desk.cloud.clear_log();
    migrate(&desk, "--yes").run().says("nothing to do");
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn only_mappings_whose_entries_are_proven_leave_the_map() {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    migrate(&desk, "--yes").run();
    // Someone changes an entry in the meantime: it no longer gives what its mapping gives.
    desk.cloud.with_cluster("dev", |dev| {
        let ops = dev.entries.get_mut(OPS).unwrap();
        ops.groups = vec!["other".into()];
        ops.tags.clear();
    });
    let ran = migrate(&desk, "--yes --remove-mappings").run();
    ran.says("mapRoles line 8  has an entry that differs");
    let left = map_roles(&desk);
    assert!(left.contains("role/Ops") && left.contains("role/dev-node") && left.contains("role/Gone"), "{left}");
    assert!(!left.contains("role/KubernetesAdmin") && left.contains("# people"), "{left}");
    migrate(&desk, "--yes --remove-mappings").run().says("nothing to do");
}

#[test]
fn an_entry_that_changes_before_it_is_compared_keeps_its_mapping() {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    desk.cloud.on_call("AssociateAccessPolicy", 1, |cloud| {
        cloud.with_cluster("dev", |dev| dev.entries.get_mut(ADMIN).unwrap().groups = vec!["other".into()]);
    });
    let ran = migrate(&desk, "--yes --remove-mappings --output json").run();
    let states: Vec<_> = ran.json()["applied"].as_array().unwrap().iter().map(|s| s["state"].clone()).collect();
    assert!(states.contains(&json!("not-proven")), "{states:?}");
    let left = map_roles(&desk);
    assert!(left.contains("role/KubernetesAdmin") && !left.contains("role/Ops"), "{left}");
}

#[test]
fn config_map_is_left_only_for_a_mode_that_is_named() {
    let desk = mapped(AuthMode::ConfigMap);
    let ran = migrate(&desk, "--dry-run").run();
    ran.says("becomes an entry").warns("in mode CONFIG_MAP").says("nothing to do");
    refused(&desk, migrate(&desk, "--yes"), 2).warns("--to API_AND_CONFIG_MAP");
    let ran = migrate(&desk, "--yes --to API_AND_CONFIG_MAP").run();
    ran.says("CONFIG_MAP -> API_AND_CONFIG_MAP").warns("EKS may create access entries by itself");
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ApiAndConfigMap);
    assert!(desk.cloud.access_entry("dev", OPS).is_some() && desk.cloud.access_entry("dev", ADMIN).is_some());
}

#[test]
fn api_is_not_switched_to_while_a_mapping_would_be_lost() {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    desk.cloud.home(|account| {
        account.role("Raw");
    });
    let raw = format!(
        "{}- rolearn: arn:aws:iam::111122223333:role/Raw\n  username: eks:raw\n  groups: [g]\n",
        map_roles(&desk)
    );
    desk.cloud.set_config_map_data("dev", "mapRoles", &raw);
    let ran = migrate(&desk, "--yes --to API").run();
    ran.warns("the mode stays API_AND_CONFIG_MAP").says("--username-of");
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ApiAndConfigMap);
    migrate(&desk, &format!("--yes --to API --username-of {}", "arn:aws:iam::111122223333:role/Raw=raw")).run();
    assert_eq!(desk.cloud.mode("dev"), AuthMode::Api);
    assert_eq!(desk.cloud.access_entry("dev", NODE).unwrap().kind, "EC2_LINUX");
}

#[test]
fn a_creator_without_an_entry_is_not_locked_out_by_mode_api() {
    let desk = mapped(AuthMode::ApiAndConfigMap);
    let creator = "arn:aws:iam::111122223333:user/creator";
    desk.cloud.with_cluster("dev", |dev| {
        dev.entries.remove(creator);
        let map = dev.config_map.as_mut().unwrap();
        map["data"]["mapUsers"] = json!(format!("- userarn: {creator}\n  username: me\n  groups: [system:masters]\n"));
    });
    // By its mapping it has access, and by the entry that the mapping becomes.
    let ran = migrate(&desk, "--dry-run --to API").run();
    ran.says("user/creator").says("API_AND_CONFIG_MAP -> API");
}
