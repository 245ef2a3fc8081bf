//! `map --remove` and `map --account` on a cluster.

use super::desks::{desk, role};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

fn map_roles(desk: &Desk) -> String {
    desk.cloud.config_map_data("dev", "mapRoles").unwrap_or_default()
}

#[test]
fn a_mapping_that_was_added_goes_again_byte_for_byte() {
    let desk = desk(AuthMode::ConfigMap);
    let (before, object) = (map_roles(&desk), desk.cloud.config_map("dev").unwrap());
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev").run();
    assert!(desk.cloud.config_map("dev").unwrap()["metadata"]["annotations"].to_string().contains("KubernetesAdmin"));
    // The cluster's creator has access without a mapping: the role is the only visible administrator.
    let remove =
        format!("map --cluster dev --role KubernetesAdmin --remove --allow-lockout {}", role("KubernetesAdmin"));
    let ran = desk.eksaccess("creator", &remove).status(6).run();
    ran.says("remove a mapping").says("removed: arn:aws:iam::111122223333:role/KubernetesAdmin");
    desk.eksaccess("creator", &format!("{remove} --yes")).run();
    assert_eq!(map_roles(&desk), before);
    let now = desk.cloud.config_map("dev").unwrap();
    assert_eq!(now["metadata"]["annotations"], object["metadata"]["annotations"], "the mark goes too");
    desk.eksaccess("creator", "map --cluster dev --role KubernetesAdmin --remove").run().says("nothing to do");
}

#[test]
fn the_first_entry_of_a_list_goes_with_the_key_that_was_made_for_it() {
    let desk = desk(AuthMode::ConfigMap);
    let version = |object: &mut serde_json::Value| object["metadata"]["resourceVersion"].take();
    let mut before = desk.cloud.config_map("dev").unwrap();
    version(&mut before);
    let ann = "arn:aws:iam::111122223333:user/ann";
    desk.eksaccess("creator", &format!("map --cluster dev --principal {ann} --kubernetes-group g")).run();
    assert!(desk.cloud.config_map_data("dev", "mapUsers").unwrap().contains(ann));
    desk.eksaccess("creator", &format!("map --cluster dev --principal {ann} --remove --yes")).run();
    let mut after = desk.cloud.config_map("dev").unwrap();
    version(&mut after);
    assert_eq!(after, before);
}

#[test]
fn the_last_administrator_and_the_nodes_stay() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev").run();
    let before = map_roles(&desk);
    for (whom, why) in [("KubernetesAdmin", "last known administrator"), ("dev-node", "node role")] {
        let ran = desk.eksaccess("creator", &format!("map --cluster dev --role {whom} --remove --yes")).status(1).run();
        ran.warns(why).warns(&format!("--allow-lockout {}", role(whom)));
    }
    assert_eq!(map_roles(&desk), before);
}

#[test]
fn an_earlier_duplicate_that_comes_to_light_is_said() {
    let desk = desk(AuthMode::ConfigMap);
    let twice = format!(
        "{}- rolearn: {r}\n  username: same\n- rolearn: {r}\n  username: same\n  groups: [g]\n",
        map_roles(&desk),
        r = role("Twice")
    );
    desk.cloud.set_config_map_data("dev", "mapRoles", &twice);
    let one = format!("map --cluster dev --principal {} --remove", role("path/Twice"));
    desk.eksaccess("creator", &format!("{one} --dry-run")).run().says("keeps access, as same");
    desk.eksaccess("creator", &format!("{one} --all-duplicates --yes")).run().says("remove 2 mappings");
    assert!(!map_roles(&desk).contains("Twice"));
}

#[test]
fn by_username_only_where_it_is_one_principals() {
    let desk = desk(AuthMode::ConfigMap);
    let two = format!(
        "{}- rolearn: {}\n  username: ops\n- rolearn: {}\n  username: ops\n",
        map_roles(&desk),
        role("A"),
        role("B")
    );
    desk.cloud.set_config_map_data("dev", "mapRoles", &two);
    let ran = desk.eksaccess("creator", "map --cluster dev --username ops --remove --yes").status(2).run();
    ran.warns("2 principals").warns("--all-duplicates");
    desk.eksaccess("creator", "map --cluster dev --username ops --remove --yes --all-duplicates").run();
    assert!(!map_roles(&desk).contains("ops"));
}

#[test]
fn by_username_the_mark_goes_with_the_last_mapping_of_its_principal() {
    let desk = desk(AuthMode::ConfigMap);
    let marked = || desk.cloud.config_map("dev").unwrap()["metadata"]["annotations"].to_string().contains("role/Ops");
    let map = format!("map --cluster dev --principal {} --username ops --kubernetes-group g", role("Ops"));
    desk.eksaccess("creator", &map).run();
    let older = format!("- rolearn: {}\n  username: ops\n", role("ops"));
    let with = format!("{older}{}", map_roles(&desk));
    desk.cloud.set_config_map_data("dev", "mapRoles", &with);
    let remove = "map --cluster dev --username ops --remove --yes";
    let ran = desk.eksaccess("creator", remove).run();
    ran.says("role/Ops then becomes: ops").says("keeps access, as ops");
    assert!(map_roles(&desk).starts_with(&older) && marked(), "the principal is still mapped");
    desk.eksaccess("creator", remove).run().says("role/ops loses its mapping");
    assert!(!map_roles(&desk).contains("ops") && !marked());
}

#[test]
fn an_access_entry_stays_and_is_said() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    desk.eksaccess("creator", "role").run();
    let mapped = format!("{}- rolearn: {}\n  username: x\n", map_roles(&desk), role("KubernetesAdmin"));
    desk.cloud.set_config_map_data("dev", "mapRoles", &mapped);
    desk.eksaccess("creator", "map --cluster dev --via access-entry --yes").run();
    let ran = desk.eksaccess("creator", "map --cluster dev --role KubernetesAdmin --remove --yes").run();
    ran.warns("has an access entry, which is kept");
    assert!(desk.cloud.access_entry("dev", &role("KubernetesAdmin")).is_some());
    assert!(!map_roles(&desk).contains("KubernetesAdmin"));
}

#[test]
fn an_account_comes_and_goes() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "map --cluster dev --account 444455556666").run().says("add an account");
    assert_eq!(desk.cloud.config_map_data("dev", "mapAccounts").unwrap(), "- \"444455556666\"\n");
    desk.eksaccess("creator", "map --cluster dev --account 444455556666").run().says("nothing to do");
    desk.eksaccess("creator", "map --cluster dev --account 444455556666 --remove").status(6).run();
    desk.eksaccess("creator", "map --cluster dev --account 444455556666 --remove --yes").run();
    assert_eq!(desk.cloud.config_map_data("dev", "mapAccounts"), None, "the key was made for it");
    desk.eksaccess("creator", "map --cluster dev --account 12").status(2).run().warns("12");
}

#[test]
fn a_cluster_that_does_not_read_aws_auth_is_reported() {
    let desk = desk(AuthMode::Api);
    let ran = desk.eksaccess("creator", "map --cluster dev --account 444455556666").status(2).run();
    ran.warns("mode API").warns("list-access-entries");
}
