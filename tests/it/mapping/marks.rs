//! The ownership mark has a limit: the API server accepts 256 KiB of annotations.

use serde_json::{Value, json};

use super::desks::{desk, role};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const OWNERS: &str = "eksaccess.dev/owners";

fn set(desk: &Desk, annotations: &Value) {
    let mut object = desk.cloud.config_map("dev").unwrap();
    object["metadata"]["annotations"] = annotations.clone();
    desk.cloud.set_config_map("dev", &object);
}

fn marks(desk: &Desk) -> String {
    let object = desk.cloud.config_map("dev").unwrap();
    object["metadata"]["annotations"][OWNERS].as_str().unwrap_or_default().to_owned()
}

fn bind(name: &str) -> String {
    format!("map --cluster dev --principal {} --kubernetes-group g", role(name))
}

#[test]
fn three_thousand_long_arns_are_marked_in_short_and_their_mark_goes_with_the_mapping() {
    let desk = desk(AuthMode::ConfigMap);
    let arns: Vec<String> = (0..3_000).map(|n| role(&format!("a-name-that-is-long-but-usual-{n:05}"))).collect();
    desk.eksaccess("creator", &bind("First")).run();
    set(&desk, &json!({OWNERS: json!({"cli": arns, "team": [role("First")]}).to_string()}));
    let before = marks(&desk).len();
    assert!(before > 200 * 1024, "{before}");
    let ran = desk.eksaccess("creator", &bind("Second")).run();
    ran.does_not_warn("without the mark");
    let short = marks(&desk);
    assert!(short.len() < 60_000 && !short.contains("arn:"), "{} bytes", short.len());
    let all: Value = serde_json::from_str(&short).unwrap();
    assert_eq!((all["cli"].as_array().unwrap().len(), all["team"].as_array().unwrap().len()), (3_001, 1));
    desk.eksaccess("creator", &format!("map --cluster dev --principal {} --remove --yes", role("First"))).run();
    let all: Value = serde_json::from_str(&marks(&desk)).unwrap();
    assert_eq!((all["cli"].as_array().unwrap().len(), all.get("team")), (3_001, None));
}

#[test]
fn where_no_mark_has_room_the_mapping_is_made_without_one_and_that_is_said() {
    let desk = desk(AuthMode::ConfigMap);
    let full = json!({"big": "x".repeat(256 * 1024 - 3)});
    set(&desk, &full);
    let ran = desk.eksaccess("creator", &bind("New")).run();
    ran.warns("role/New is mapped without the mark of eksaccess").warns("256 KiB").says("done");
    assert_eq!(desk.cloud.config_map("dev").unwrap()["metadata"]["annotations"], full);
    assert!(desk.cloud.config_map_data("dev", "mapRoles").unwrap().contains("role/New"));
    // The API server refuses one byte more.
    let mut object = desk.cloud.config_map("dev").unwrap();
    object["metadata"]["annotations"]["big"] = "x".repeat(256 * 1024 - 2).into();
    set(&desk, &object["metadata"]["annotations"]);
    desk.eksaccess("creator", &bind("Newer")).status(1).run().warns("Too long");
}
