//! Lockouts are refused: of node groups and Fargate profiles, of the caller, and of administrators by chance or by
//! stale entries; each can be allowed by name.

use super::desks::role;
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

const ADMIN: &str =
    "- {rolearn: 'arn:aws:iam::111122223333:role/Admin', username: admin, groups: ['system:masters']}\n";
const OPS: &str = "arn:aws:iam::111122223333:user/ops";

fn entry(name: &str) -> String {
    format!("- {{rolearn: '{}', username: {name}, groups: [workers]}}\n", role(name))
}

fn map_roles(desk: &Desk) -> String {
    desk.cloud.config_map_data("dev", "mapRoles").unwrap()
}

/// Refused with the reason, without a write; done if it is allowed by name.
fn guarded(desk: &Desk, user: &str, args: &str, why: &str, whom: &str) {
    let before = desk.cloud.config_map("dev");
    let ran = desk.eksaccess(user, &format!("{args} --yes")).status(1).run();
    ran.warns(why).warns(&format!("--allow-lockout {whom}"));
    assert_eq!(desk.cloud.config_map("dev"), before, "{args}");
    desk.eksaccess(user, &format!("{args} --yes --allow-lockout {}", role("Other"))).status(1).run();
    desk.eksaccess(user, &format!("{args} --dry-run --allow-lockout {whom}")).run();
}

#[test]
fn the_roles_of_node_groups_and_fargate_profiles_stay_whatever_their_mappings_look_like() {
    let text = format!("{ADMIN}{}{}", entry("Workers"), entry("Pods"));
    let world = World::new().home(|home| {
        home.role("Workers").role("Pods");
    });
    let world = world.dev(|dev| dev.nodes("odd", "Workers").fargate("pods", "Pods").map_roles(&text));
    let desk = Desk::new(world.start());
    // The restored version has neither of them.
    desk.cloud.set_config_map_data("dev", "mapRoles", ADMIN);
    desk.eksaccess("creator", "map --cluster dev --account 444455556666").run();
    desk.cloud.set_config_map_data("dev", "mapRoles", &text);
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let restore = format!("restore --cluster dev {}", list["kept"][0]["id"].as_str().unwrap());
    for name in ["Workers", "Pods"] {
        let why = format!("{} would be locked out, and it is a node role", role(name));
        guarded(&desk, "creator", &format!("map --cluster dev --role {name} --remove"), &why, &role(name));
        guarded(&desk, "creator", &format!("map --cluster dev --username {name} --remove"), &why, &role(name));
        let other = format!("map --cluster dev --role {name} --kubernetes-group others");
        guarded(&desk, "creator", &other, &why, &role(name));
    }
    let both = format!("--allow-lockout {} --allow-lockout {}", role("Pods"), role("Workers"));
    desk.eksaccess("creator", &format!("{restore} --yes --allow-lockout {}", role("Pods"))).status(1).run();
    desk.eksaccess("creator", &format!("{restore} --yes {both}")).run();
    assert_eq!(map_roles(&desk), ADMIN);
}

#[test]
fn who_makes_the_change_keeps_its_access() {
    let world = World::new().home(|home| {
        home.admin("ops");
    });
    let desk = Desk::new(world.start());
    let old = map_roles(&desk);
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{ADMIN}"));
    let users = format!("- {{userarn: '{OPS}', username: ops, groups: ['system:masters']}}\n");
    desk.cloud.set_config_map_data("dev", "mapUsers", &users);
    let why = "is making this change";
    for args in [
        format!("map --cluster dev --principal {OPS} --remove"),
        "map --cluster dev --username ops --remove".to_owned(),
        format!("map --cluster dev --principal {OPS} --kubernetes-group viewers"),
    ] {
        guarded(&desk, "ops", &args, why, OPS);
    }
    // Another administrator may.
    desk.eksaccess("creator", &format!("map --cluster dev --principal {OPS} --remove --yes")).run();
}

#[test]
fn an_administrator_by_chance_does_not_count_beside_one_for_certain() {
    let desk = Desk::new(World::new().start());
    let old = map_roles(&desk);
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{ADMIN}"));
    let user = |name: &str, group: &str| {
        format!("- {{userarn: 'arn:aws:iam::111122223333:user/{name}', username: ann, groups: ['{group}']}}\n")
    };
    let remove = format!("map --cluster dev --principal {} --remove", role("Admin"));
    desk.cloud.set_config_map_data("dev", "mapUsers", &(user("ann", "viewers") + &user("Ann", "system:masters")));
    guarded(&desk, "creator", &remove, "last known administrator", &role("Admin"));
    desk.cloud.set_config_map_data("dev", "mapUsers", &user("Ann", "system:masters"));
    desk.eksaccess("creator", &format!("{remove} --yes")).run();
}

#[test]
fn an_entry_that_was_made_for_an_earlier_role_makes_no_administrator() {
    // The caller is not an administrator, but may write.
    let world = World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap).grant("writers", &["*"], &["*"], None));
    let desk = Desk::new(world.start());
    desk.cloud.with_cluster("dev", |dev| dev.entries.retain(|arn, _| !arn.ends_with("user/creator")));
    let writer = "- {userarn: 'arn:aws:iam::111122223333:user/creator', username: creator, groups: [writers]}\n";
    desk.cloud.set_config_map_data("dev", "mapUsers", writer);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --via access-entry").run();
    let old = map_roles(&desk);
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{ADMIN}"));
    let remove = format!("map --cluster dev --principal {} --remove", role("Admin"));
    desk.eksaccess("creator", &format!("{remove} --dry-run")).run();
    desk.cloud.recreate_role("KubernetesAdmin");
    desk.cloud.with_cluster("dev", |dev| {
        dev.entries.values_mut().filter(|e| e.kind == "STANDARD").for_each(|e| e.created_at -= 3_600_000);
    });
    guarded(&desk, "creator", &remove, "last known administrator", &role("Admin"));
    desk.cloud.delete_role("KubernetesAdmin");
    guarded(&desk, "creator", &remove, "last known administrator", &role("Admin"));
}
