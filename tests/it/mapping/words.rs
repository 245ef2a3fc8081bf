//! The desired identity of a principal: no groups; names that are obvious mistakes.

use super::desks::{desk, offline, role};
use super::files::MANIFEST;
use crate::support::cloud::AuthMode;

#[test]
fn a_mapping_without_groups_can_be_made() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", MANIFEST);
    let map = format!("map --file auth.yaml --principal {} --no-groups", role("Bare"));
    offline(&desk, &map).run().says("done").warns("Bare:{{SessionName}}, no groups");
    let who = offline(&desk, &format!("who {} --session ann --file auth.yaml --output json", role("Bare"))).run();
    assert_eq!((&who.json()["username"], &who.json()["groups"]), (&"Bare:ann".into(), &serde_json::json!([])));
    offline(&desk, &map).run().says("nothing to do");
    offline(&desk, &format!("map --file auth.yaml --principal {} --remove --yes", role("Bare"))).run();
    assert_eq!(desk.read("auth.yaml"), MANIFEST, "added and removed: the same bytes");
    // It sets the whole list of an existing one.
    offline(&desk, &format!("map --file auth.yaml --principal {} --kubernetes-group g", role("Some"))).run();
    offline(&desk, &format!("map --file auth.yaml --principal {} --no-groups", role("Some"))).status(6).run();
    offline(&desk, &format!("map --file auth.yaml --principal {} --no-groups --yes", role("Some"))).run();
    let who = offline(&desk, &format!("who {} --file auth.yaml --output json", role("Some"))).run();
    assert_eq!(who.json()["groups"], serde_json::json!([]));
}

#[test]
fn a_binding_without_groups_can_be_made_in_a_cluster_either_way() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    desk.eksaccess("creator", "role --role Bare").run();
    desk.eksaccess("creator", "map --cluster dev --role Bare --no-groups --via aws-auth").run().says("no groups");
    let who = desk.eksaccess("creator", &format!("who {} --cluster dev --output json", role("Bare"))).run();
    assert_eq!(who.json()["groups"], serde_json::json!([]));
    desk.eksaccess("creator", "role --role Entry").run();
    desk.eksaccess("creator", "map --cluster dev --role Entry --no-groups").run();
    assert!(desk.cloud.access_entry("dev", &role("Entry")).unwrap().groups.is_empty());
    // The default role's own defaults are not added to what was given.
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --no-groups --via aws-auth").run();
    let who = desk.eksaccess("creator", &format!("who {} --cluster dev --output json", role("KubernetesAdmin"))).run();
    assert_eq!(who.json()["groups"], serde_json::json!([]));
}

#[test]
fn no_groups_beside_groups_is_a_contradiction() {
    let desk = desk(AuthMode::ConfigMap);
    for other in ["--kubernetes-group g", "--append-kubernetes-group g", "--remove"] {
        let map = format!("map --cluster dev --role Bare --no-groups {other}");
        desk.eksaccess("creator", &map).status(2).run().warns("cannot be used with");
    }
    let nothing = format!("map --file - --principal {}", role("New"));
    offline(&desk, &nothing).stdin(MANIFEST).status(2).run().warns("--no-groups");
}

#[test]
fn a_comma_and_blank_names_are_refused_with_the_reason() {
    let desk = desk(AuthMode::ConfigMap);
    let map = format!("map --file - --principal {}", role("New"));
    let ran = offline(&desk, &format!("{map} --kubernetes-group a,b")).stdin(MANIFEST).status(2).run();
    ran.warns("holds a comma").warns("--kubernetes-group a --kubernetes-group b");
    for (flag, text, why) in [
        ("--append-kubernetes-group", "a,b", "holds a comma"),
        ("--kubernetes-group", " ", "white space"),
        ("--kubernetes-group", "", "empty"),
        ("--kubernetes-group", "view ", "begins or ends with white space"),
        ("--append-kubernetes-group", "a\nb", "line break"),
        ("--username", " ", "white space"),
        ("--username", "\u{a0}ann", "begins or ends with white space"),
        ("--username", "an\u{200b}n", "invisible"),
    ] {
        offline(&desk, &map).arg(flag).arg(text).stdin(MANIFEST).status(2).run().warns(why);
    }
    let before = desk.cloud.config_map("dev");
    desk.eksaccess("creator", "map --cluster dev --role R --kubernetes-group a,b").status(2).run().warns("comma");
    desk.eksaccess("creator", "bootstrap --cluster dev --role R --kubernetes-group a,b").status(2).run().warns("comma");
    assert_eq!(desk.cloud.config_map("dev"), before);
}
