//! `lint`: the traps of a text, of IAM and of access entries; `--fix`.

use serde_json::Value;

use super::desks::{desk, offline, role};
use super::files::MANIFEST;
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

fn rules(document: &Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect()
}

fn shadowing() -> String {
    MANIFEST.replace(
        "    - rolearn: arn:aws:iam::111122223333:role/Admin",
        "    - {rolearn: 'arn:aws:iam::111122223333:role/ADMIN', username: old}\n    - rolearn: arn:aws:iam::111122223333:role/Admin",
    )
}

#[test]
fn a_clean_manifest_has_no_findings() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", &MANIFEST.replace("  other: kept\n", ""));
    offline(&desk, "lint --file auth.yaml --detailed-exitcode").run().says("no traps found");
    assert_eq!(offline(&desk, "lint --file auth.yaml --output json").run().json()["outcome"], "clean");
    offline(&desk, "map --cluster dev --detailed-exitcode").status(2).run().warns("--dry-run");
}

#[test]
fn each_finding_has_its_line_in_the_file_and_what_was_meant() {
    let desk = desk(AuthMode::ConfigMap);
    let text = MANIFEST.replace("role/Admin", "role/team/Admin").replace("other: kept", "maproles: '[]'");
    let ran = offline(&desk, "lint --file - --detailed-exitcode --output json").stdin(text.clone()).status(3).run();
    let document = ran.json();
    assert_eq!(rules(&document), ["unknown-data-key", "role-path"]);
    let path = &document["findings"][1];
    assert_eq!((&path["line"], &path["key"]), (&16.into(), &"mapRoles".into()));
    assert_eq!((&path["column"], &document["findings"][0]["column"]), (&7.into(), &3.into()));
    assert!(path["today"].as_str().unwrap().contains("matches no identity"));
    assert_eq!(path["meant"], role("Admin"));
    let ran = offline(&desk, "lint --file -").stdin(text).run();
    ran.says("mapRoles line 16  role-path").says("today: matches no identity").says("2 found");
}

#[test]
fn the_fix_changes_no_access_and_is_made_once() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", &shadowing());
    offline(&desk, "lint --file auth.yaml").run().says("shadowed").says("1 of them fixable with --fix");
    offline(&desk, "lint --file auth.yaml --fix --dry-run --detailed-exitcode").status(3).run();
    assert_eq!(desk.read("auth.yaml"), shadowing());
    offline(&desk, "lint --file auth.yaml --fix").run().says("done").warns("no access changes");
    assert_eq!(desk.read("auth.yaml"), MANIFEST);
    offline(&desk, "lint --file auth.yaml --fix").run().says("nothing to do");
    let through = offline(&desk, "lint --file - --fix").stdin(shadowing()).run();
    assert_eq!(through.stdout, MANIFEST);
}

#[test]
fn a_cluster_is_mended_in_one_write() {
    let desk = desk(AuthMode::ConfigMap);
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    let entry = |name: &str, user: &str| format!("- rolearn: {}\n  username: {user}\n", role(name));
    let twice = [entry("A", "1"), entry("B", "1"), entry("A", "2"), entry("B", "2")].concat();
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{twice}"));
    desk.cloud.clear_log();
    let ran = desk.eksaccess("creator", "lint --cluster dev --fix").run();
    ran.says("shadowed").says("no access changes").says("2 changes");
    let mended = format!("{old}{}{}", entry("A", "2"), entry("B", "2"));
    assert_eq!(desk.cloud.config_map_data("dev", "mapRoles").unwrap(), mended);
    desk.eksaccess("creator", "lint --cluster dev --fix").run().says("nothing to do");
}

#[test]
fn iam_is_asked_on_demand() {
    let world = World::new().home(|home| {
        home.role("Here").reserved_role("Ops", "0123456789abcdef", None);
    });
    let desk = Desk::new(world.start());
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    let sso = "AWSReservedSSO_Ops_fedcba9876543210";
    let names = ["Here", "Gone", sso].map(|name| format!("- rolearn: {}\n  username: x\n", role(name)));
    let other = "- rolearn: arn:aws:iam::999988887777:role/Elsewhere\n  username: x\n";
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{}{other}", names.concat()));
    desk.eksaccess("creator", "lint --cluster dev").run().says("no traps found");
    let document = desk.eksaccess("creator", "lint --cluster dev --check-iam --output json").run().json();
    assert_eq!(rules(&document), ["claimable-principal", "gone-permission-set"]);
    for finding in document["findings"].as_array().unwrap() {
        assert_eq!(finding["severity"], "error", "{finding}");
        let today = finding["today"].as_str().unwrap();
        assert!(today.contains("a role created under that name gets access, as `x` with no groups"), "{today}");
    }
    let ran = desk.eksaccess("creator", "lint --cluster dev --check-iam --detailed-exitcode").status(3).run();
    ran.says("error: claimable-principal").says("error: gone-permission-set");
    assert_eq!(document["findings"][1]["meant"], role("AWSReservedSSO_Ops_0123456789abcdef"));
}

#[test]
fn entries_that_mask_are_found() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --via access-entry --yes").run();
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    let masked = format!("{old}- rolearn: {}\n  username: x\n", role("KubernetesAdmin"));
    desk.cloud.set_config_map_data("dev", "mapRoles", &masked);
    let document = desk.eksaccess("creator", "lint --cluster dev --output json").run().json();
    assert!(rules(&document).contains(&"masked-by-entry"), "{document}");
}

#[test]
fn a_plan_warns_of_the_traps_it_comes_near() {
    let desk = desk(AuthMode::ConfigMap);
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    let text = format!("{old}- rolearn: {}\n  username: x\n", role("team/Deploy"));
    desk.cloud.set_config_map_data("dev", "mapRoles", &text);
    let map = format!("map --cluster dev --principal {} --kubernetes-group g --dry-run", role("team/Deploy"));
    desk.eksaccess("creator", &map).run().warns("matches no identity");
    let map = format!("map --cluster dev --principal {} --kubernetes-group g --dry-run", role("Other"));
    let ran = desk.eksaccess("creator", &map).run();
    ran.does_not_warn("matches no identity");
}
