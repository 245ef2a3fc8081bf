//! A removal never increases rights, wherever the next deciding entry is; remaining access is reported, and an entry
//! without effect is removed without a confirmation.

use super::desks::{HEAD, desk, offline, role};
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

const DUPLICATED: &str = "\
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/Dev
      username: dev
      groups:
        - system:masters
    - rolearn: arn:aws:iam::111122223333:role/Dev
      username: dev
      groups:
        - view
    - rolearn: arn:aws:iam::111122223333:role/Ops
      username: ops
      groups:
        - system:masters
";

const NODES: &str = "\
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/Node
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:nodes
";

fn duplicated() -> String {
    format!("{HEAD}{DUPLICATED}")
}

fn entry(field: &str, arn: &str, username: &str, groups: &str) -> String {
    format!("- {{{field}: '{arn}', username: {username}, groups: [{groups}]}}\n")
}

/// The words of the hint's line.
fn hinted(stderr: &str) -> String {
    let hint = stderr.lines().find_map(|line| line.strip_prefix("hint: ")).expect("a hint");
    hint.split_once("eksaccess ").expect("a command").1.to_owned()
}

#[test]
fn a_duplicate_with_more_is_not_uncovered_and_the_hint_removes_all() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", &duplicated());
    let remove = format!("map --file auth.yaml --remove --role {} --yes", role("Dev"));
    let ran = offline(&desk, &remove).status(1).run();
    ran.warns("would activate another entry").warns("today it is dev, view; through the other entry");
    ran.warns("in mapRoles, it would be dev, system:masters");
    assert_eq!(desk.read("auth.yaml"), duplicated());
    let all = hinted(&ran.stderr);
    assert_eq!(all, format!("map --file auth.yaml --remove --principal {} --all-duplicates", role("Dev")));
    offline(&desk, &format!("{all} --yes")).run().says("done");
    assert!(!desk.read("auth.yaml").contains("role/Dev") && desk.read("auth.yaml").contains("role/Ops"));
    let through = offline(&desk, &all.replace("auth.yaml", "-")).stdin(duplicated()).run();
    assert_eq!(through.stdout, desk.read("auth.yaml"));
    let ran = offline(&desk, &remove.replace("auth.yaml", "-")).stdin(duplicated()).status(1).run();
    assert!(hinted(&ran.stderr).starts_with("map --file - --remove"), "{}", ran.stderr);
}

#[test]
fn in_a_cluster_too_from_either_list() {
    let desk = desk(AuthMode::ConfigMap);
    let (ann, old) = ("arn:aws:iam::111122223333:user/ann", desk.cloud.config_map_data("dev", "mapRoles").unwrap());
    let ops = entry("rolearn", &role("Ops"), "ops", "system:masters");
    let dev = |arn: &str, groups: &str| entry("rolearn", arn, "dev", groups);
    let user = |arn: &str, groups: &str| entry("userarn", arn, "dev", groups);
    for (roles, users, whom) in [
        (dev(&role("Dev"), "system:masters") + &dev(&role("DEV"), "view"), String::new(), role("Dev")),
        (dev(&role("Dev"), "view"), user(&role("Dev"), "edit"), role("Dev")),
        (dev(ann, "view"), user(ann, "edit"), ann.to_owned()),
        (String::new(), user(ann, "system:masters") + &user(&ann.replace("ann", "Ann"), "view"), ann.to_owned()),
    ] {
        desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{ops}{roles}"));
        desk.cloud.set_config_map_data("dev", "mapUsers", &users);
        let before = desk.cloud.config_map("dev");
        let remove = format!("map --cluster dev --remove --principal {whom} --yes");
        let ran = desk.eksaccess("creator", &remove).status(1).run();
        ran.warns("would activate another entry");
        assert_eq!(desk.cloud.config_map("dev"), before, "{whom}");
        desk.eksaccess("creator", &format!("{} --yes", hinted(&ran.stderr))).run();
        desk.eksaccess("creator", &format!("who {whom} --cluster dev")).run().says("has no access");
    }
}

#[test]
fn what_the_account_still_gives_is_said() {
    let desk = desk(AuthMode::ConfigMap);
    let text = duplicated() + "  mapAccounts: |\n    - \"111122223333\"\n";
    desk.write("auth.yaml", &text);
    let remove = format!("map --file auth.yaml --remove --principal {} --all-duplicates --yes", role("Dev"));
    let ran = offline(&desk, &format!("{remove} --output json")).run();
    let removed = &ran.json()["plan"]["steps"][0]["edits"][0]["removed"][0];
    assert_eq!(removed["then"]["username"], role("Dev"));
    desk.write("auth.yaml", &text);
    let ran = offline(&desk, &remove).run();
    let account = "account 111122223333 is in mapAccounts";
    ran.warns(&format!("{account}: {r} still gets access, as {r}, without groups", r = role("Dev")));
    ran.warns("eksaccess map --file auth.yaml --account 111122223333 --remove");
    ran.warns(&format!("role/Dev then becomes: {}, no groups", role("Dev")));
    offline(&desk, "map --file auth.yaml --account 111122223333 --remove --yes").run();
    offline(&desk, &format!("who {} --file auth.yaml", role("Dev"))).run().says("has no access");
}

#[test]
fn the_mark_of_what_is_ours_goes_though_the_account_lets_it_in() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", &format!("map --cluster dev --principal {} --kubernetes-group g", role("Ours"))).run();
    desk.eksaccess("creator", "map --cluster dev --account 111122223333").run();
    let marks = || desk.cloud.config_map("dev").unwrap()["metadata"]["annotations"].to_string();
    assert!(marks().contains("role/Ours"));
    let ran =
        desk.eksaccess("creator", &format!("map --cluster dev --principal {} --remove --yes", role("Ours"))).run();
    ran.warns("still gets access").says("role/Ours keeps access, as");
    assert!(!marks().contains("role/Ours"), "{}", marks());
}

#[test]
fn an_entry_without_effect_is_removed_without_a_confirmation() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", &duplicated().replacen("role/Dev", "role/team/Dev", 1).replace("role/Dev", "role/Other"));
    let ran = offline(&desk, &format!("map --file auth.yaml --remove --role {}", role("Dev"))).run();
    ran.says("done").warns("no access changes");
    assert!(!desk.read("auth.yaml").contains("role/team/Dev"));
    // The same entry twice: one of them has no effect, and the remaining one is reported.
    desk.write("auth.yaml", &duplicated().replacen("system:masters", "view", 1));
    let ran = offline(&desk, &format!("map --file auth.yaml --remove --role {}", role("Dev"))).run();
    ran.warns("role/Dev keeps its access through another entry").warns("--all-duplicates");
    let ran = offline(&desk, &format!("map --file auth.yaml --remove --role {}", role("Dev"))).status(6).run();
    ran.warns("--yes");
}

#[test]
fn a_mapping_below_an_access_entry_is_removed_without_a_question() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap));
    let desk = Desk::new(world.start());
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --via access-entry").run();
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    let mapped = entry("rolearn", &role("KubernetesAdmin"), "x", "system:masters")
        + &entry("rolearn", &role("KubernetesAdmin"), "y", "view");
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{mapped}"));
    let ran = desk.eksaccess("creator", "map --cluster dev --role KubernetesAdmin --remove").run();
    ran.warns("has an access entry, which is kept").says("no access changes");
}

#[test]
fn what_is_taken_from_a_node_is_refused_and_a_group_more_is_taken() {
    let desk = desk(AuthMode::ConfigMap);
    let nodes = format!("{HEAD}{NODES}");
    desk.write("auth.yaml", &nodes);
    let node = role("Node");
    let windows = format!("map --file auth.yaml --role {node} --append-kubernetes-group eks:kube-proxy-windows --yes");
    offline(&desk, &windows).run().says("done");
    assert_eq!(desk.read("auth.yaml"), nodes + "        - eks:kube-proxy-windows\n");
    for loss in ["--kubernetes-group system:nodes", "--username system:node:x", "--no-groups"] {
        let ran = offline(&desk, &format!("map --file auth.yaml --role {node} {loss} --yes")).status(1).run();
        ran.warns("node role").warns(&format!("--allow-lockout {node}"));
    }
    let desk = self::desk(AuthMode::ConfigMap);
    let windows = "map --cluster dev --role dev-node --append-kubernetes-group eks:kube-proxy-windows";
    desk.eksaccess("creator", windows).run().says("done");
    desk.eksaccess("creator", windows).run().says("nothing to do");
}

#[test]
fn a_fix_uncovers_nothing() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", &duplicated());
    offline(&desk, "lint --file auth.yaml --fix").run().says("done");
    let who = offline(&desk, &format!("who {} --file auth.yaml --output json", role("Dev"))).run().json();
    assert_eq!(who["groups"], serde_json::json!(["view"]));
    offline(&desk, &format!("map --file auth.yaml --remove --role {} --yes", role("Dev"))).run().says("done");
}
