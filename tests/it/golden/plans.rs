//! Plans and reports of objects that are created, changed and removed.

use serde_json::json;

use super::pinned::{BOOTSTRAP, ROLE, coloured, desk, pin, piped, plain, wide};
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

#[test]
fn of_everything() {
    let desk = desk(AuthMode::ConfigMap);
    let plan = || desk.eksaccess("creator", BOOTSTRAP).args("--dry-run");
    pin(
        "plans",
        "bootstrap",
        [
            ("80 columns", plain(plan())),
            ("120 columns", wide(plan())),
            ("80 columns, in colour", coloured(plan(), 80)),
            ("120 columns, in colour", coloured(plan(), 120)),
        ],
    );
    pin("plans", "bootstrap-json", [("json", piped(plan().args("--output json")))]);
    let lines = plan().args("--output jsonl --detailed-exitcode").status(3);
    pin("plans", "bootstrap-jsonl", [("jsonl, with --detailed-exitcode", piped(lines))]);
}

#[test]
fn carried_out_and_with_nothing_left_to_do() {
    let desk = desk(AuthMode::ConfigMap);
    let bootstrap = || desk.eksaccess("creator", BOOTSTRAP);
    pin(
        "plans",
        "bootstrap-twice",
        [
            ("the first time", plain(bootstrap())),
            ("again", plain(bootstrap())),
            ("again, json", piped(bootstrap().args("--output json"))),
        ],
    );
}

#[test]
fn carried_out_for_a_program() {
    let desk = desk(AuthMode::ConfigMap);
    let role = piped(desk.eksaccess("creator", "role --output json"));
    let map = piped(desk.eksaccess("creator", "map --cluster dev --output jsonl"));
    pin("plans", "done-json", [("role, json", role), ("map, jsonl", map)]);
}

#[test]
fn by_an_access_entry() {
    let desk = desk(AuthMode::Api);
    let other = "map --cluster dev --access-policy AmazonEKSViewPolicy --policy-namespace shop --dry-run";
    pin(
        "plans",
        "entry",
        [
            ("a new one", plain(desk.eksaccess("creator", BOOTSTRAP))),
            ("with another policy", plain(desk.eksaccess("creator", other))),
        ],
    );
    std::thread::sleep(std::time::Duration::from_millis(1100));
    desk.cloud.recreate_role("KubernetesAdmin");
    let bootstrap = desk.eksaccess("creator", BOOTSTRAP).args("--skip group --yes");
    pin("plans", "entry-recreated-role", [("the role was recreated behind its entry", plain(bootstrap))]);
}

#[test]
fn over_a_mapping() {
    let text = format!("- rolearn: {ROLE}\n  username: viewer\n  groups: [viewers]\n");
    let world = World::new().home(|account| _ = account.role("KubernetesAdmin"));
    let desk = Desk::new(world.dev(move |dev| dev.mode(AuthMode::ApiAndConfigMap).map_roles(&text)).start());
    let map = desk.eksaccess("creator", "map --cluster dev --via access-entry --dry-run");
    pin("plans", "entry-over-mapping", [("80 columns", plain(map))]);
}

#[test]
fn of_a_role() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let role = |more: &str| desk.eksaccess("creator", &format!("role {more}"));
    let trust = || role("--trust arn:aws:iam::111122223333:user/member").status(6);
    pin("plans", "role-trust", [("80 columns", plain(trust())), ("120 columns, in colour", coloured(trust(), 120))]);
    let partner = "--add-trust 444455556666 --external-id ticket-42 --require-mfa --dry-run";
    pin("plans", "role-partner", [("another account, with MFA and an external id", plain(role(partner)))]);
    let settings = "--max-session-duration 7200 --tag team=platform --description short --dry-run";
    let new = "--role Ops --path /team/ --max-session-duration 7200 --tag team=platform --dry-run";
    pin("plans", "role-settings", [("of one that exists", plain(role(settings))), ("of a new one", plain(role(new)))]);
}

#[test]
fn of_a_group() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.cloud.home(|home| {
        let other = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/Production"}]});
        home.group("Ops", &["outsider"]).group_policy("Ops", "theirs", &other);
    });
    pin(
        "plans",
        "group",
        [
            ("a new one", plain(desk.eksaccess("creator", "group --user member --dry-run"))),
            (
                "one that opens more and has members",
                plain(desk.eksaccess("creator", "group --group Ops --user member").status(6)),
            ),
        ],
    );
}

#[test]
fn of_a_mapping() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let map = |more: &str| desk.eksaccess("creator", &format!("map --cluster dev {more}"));
    pin(
        "plans",
        "map",
        [
            ("another username", plain(map("--role KubernetesAdmin --username someone --dry-run"))),
            ("an account", plain(map("--account 444455556666"))),
            ("that account removed", plain(map("--account 444455556666 --remove").status(6))),
        ],
    );
    let remove = format!("--principal {ROLE} --remove --allow-lockout {ROLE}");
    pin(
        "plans",
        "map-remove",
        [
            ("a dry run, json", piped(map(&remove).args("--dry-run --output json"))),
            ("80 columns", plain(map(&remove).args("--yes"))),
        ],
    );
}

#[test]
fn of_a_role_that_trusts_another_account() {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}]});
    let world = World::new().home(move |account| _ = account.role_trusting("/", "KubernetesAdmin", &trust));
    let desk = Desk::new(world.start());
    pin("plans", "stranger", [("80 columns", plain(desk.eksaccess("creator", "map --cluster dev").status(6)))]);
}
