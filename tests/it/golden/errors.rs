//! Errors of each exit status, as people and programs read them.

use super::pinned::{BOOTSTRAP, ROLE, desk, pin, piped, plain, seen};
use crate::support::cloud::{ACCOUNT, AuthMode, Effect, Fault};

#[test]
fn failed() {
    let desk = desk(AuthMode::ConfigMap);
    let lockout = format!("map --cluster dev --principal arn:aws:iam::{ACCOUNT}:role/dev-node --remove --yes");
    pin(
        "errors",
        "lockout",
        [
            ("80 columns", seen(&desk, &lockout, 80, false)),
            ("120 columns", seen(&desk, &lockout, 120, false)),
            ("80 columns, in colour", seen(&desk, &lockout, 80, true)),
            ("json", piped(desk.eksaccess("creator", &lockout).args("--output json").status(1))),
        ],
    );
    pin(
        "errors",
        "failed",
        [
            ("no such cluster", seen(&desk, "map --cluster nowhere", 80, false)),
            ("no credentials", plain(desk.keyless("role --region eu-west-1").status(1))),
        ],
    );
}

#[test]
fn in_the_middle() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", "role").run();
    desk.cloud.arm(Fault::new("AssociateAccessPolicy", Effect::AccessDenied).always());
    let map = "map --cluster dev --yes";
    let first = plain(desk.eksaccess("creator", map).status(1));
    let json = piped(desk.eksaccess("creator", map).args("--output json").status(1));
    pin("errors", "in-the-middle", [("80 columns", first), ("again, json", json)]);
}

#[test]
fn usage() {
    let desk = desk(AuthMode::ConfigMap);
    let misspelt = "map --claster dev";
    pin(
        "errors",
        "usage",
        [
            ("80 columns", seen(&desk, misspelt, 80, false)),
            ("80 columns, in colour", seen(&desk, misspelt, 80, true)),
            ("no verb", plain(desk.keyless("").status(2))),
            ("a value that is wrong", plain(desk.eksaccess("creator", "role --trust *").status(2))),
            ("json", piped(desk.eksaccess("creator", "role --tag x --output json").status(2))),
            ("what the default role has and another has not", {
                let viewer = "bootstrap --cluster dev --role Viewer --kubeconfig kube";
                plain(desk.eksaccess("creator", viewer).status(2))
            }),
        ],
    );
}

#[test]
fn the_world_changed() {
    let desk = desk(AuthMode::ConfigMap);
    let stale = "map --cluster dev --account 444455556666 --approve 0123456789abcdef0123456789abcdef";
    let stale = plain(desk.eksaccess("creator", stale).status(4));
    desk.eksaccess("creator", "role").run();
    desk.cloud.on_call("ReplaceConfigMap", 2, |cloud| {
        let other = format!("- rolearn: {ROLE}\n  username: other\n  groups: [viewers]\n");
        cloud.set_config_map_data("dev", "mapRoles", &other);
    });
    let changed = plain(desk.eksaccess("creator", "map --cluster dev").status(4));
    pin("errors", "world-changed", [("a stale approval", stale), ("in the middle", changed)]);
}

#[test]
fn a_confirmation_is_needed() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let trust = "role --trust arn:aws:iam::111122223333:user/member --output json";
    pin("errors", "confirmation", [("json", piped(desk.eksaccess("creator", trust).status(6)))]);
}
