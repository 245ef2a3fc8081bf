//! An unreadable or read-only `aws-auth` is reported and left alone.

use serde_json::json;

use super::acts::{BOOTSTRAP, ROLE, desk, map_roles, refused, version};
use crate::support::cloud::{AuthMode, Effect, Fault};

#[test]
fn an_unreadable_text_is_reported_with_its_line_and_cause() {
    let node = "- rolearn: arn:aws:iam::111122223333:role/dev-node\n";
    for (text, line, cause) in [
        (format!("{node}\tusername: x\n"), "line 2", "tab"),
        (format!("{node}  username: {{{{SessionName}}}}: x\n"), "line 2", ""),
        ("rolearn: x\n".to_owned(), "line 1", "list"),
        (format!("{node}  groups: [a\n"), "line", ""),
        (format!("{node} - x: [}}\n"), "line", ""),
    ] {
        let desk = desk(AuthMode::ConfigMap);
        desk.cloud.set_config_map_data("dev", "mapRoles", &text);
        let before = version(&desk.cloud);
        let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
        ran.warns("aws-auth of cluster dev can't be edited; nothing was changed").warns("mapRoles").warns(line);
        assert!(ran.stderr.to_lowercase().contains(cause), "{cause}: {}", ran.stderr);
        assert_eq!((map_roles(&desk), version(&desk.cloud)), (text, before));
    }
}

#[test]
fn an_immutable_one_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let mut map = desk.cloud.config_map("dev").unwrap();
    map["immutable"] = json!(true);
    desk.cloud.set_config_map("dev", &map);
    refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1).warns("marked immutable").warns("kubectl");
}

#[test]
fn one_that_would_be_too_large_is_reported_before_it_is_written() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    // The values count, not their keys; there is room for 50 bytes more.
    let nodes = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    desk.cloud.set_config_map_data("dev", "notes", &"x".repeat(1_048_576 - 50 - nodes.len()));
    let ran = refused(&desk, desk.eksaccess("creator", "map --cluster dev"), 1);
    ran.warns("the API server accepts at most 1048576");
}

#[test]
fn other_keys_labels_and_annotations_stay() {
    let desk = desk(AuthMode::ConfigMap);
    let mut map = desk.cloud.config_map("dev").unwrap();
    map["metadata"]["labels"] = json!({"team": "platform"});
    map["metadata"]["annotations"] = json!({"note": "kept"});
    map["metadata"]["finalizers"] = json!(["example.com/kept"]);
    map["data"]["mapAccounts"] = json!("- \"444455556666\"\n");
    map["data"]["other"] = json!("\tanything\n");
    desk.cloud.set_config_map("dev", &map);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let after = desk.cloud.config_map("dev").unwrap();
    for pointer in [
        "/metadata/labels",
        "/metadata/annotations/note",
        "/metadata/finalizers",
        "/data/mapAccounts",
        "/data/other",
        "/metadata/uid",
    ] {
        assert_eq!(after.pointer(pointer), map.pointer(pointer), "{pointer}");
    }
    assert!(after["metadata"]["annotations"].to_string().contains(ROLE), "ours is marked");
}

#[test]
fn a_caller_who_may_not_read_aws_auth_is_told() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("GetConfigMap", Effect::AccessDenied).always());
    refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1).warns("k8s:GetConfigMap").warns("Forbidden");
    desk.cloud.disarm();
    let before = version(&desk.cloud);
    desk.cloud.arm(Fault::new("ReplaceConfigMap", Effect::AccessDenied).always());
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
    ran.warns("writing aws-auth of cluster dev").warns("Forbidden").warns("not done: ").warns("hint: ");
    assert_eq!(version(&desk.cloud), before);
}
