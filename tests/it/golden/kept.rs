//! What was applied, and the saved manifests: `history` and `restore`.

use super::pinned::{BOOTSTRAP, ROLE, coloured, desk, pin, piped, plain};
use crate::support::cloud::{AuthMode, Effect, Fault};

#[test]
fn history() {
    let desk = desk(AuthMode::ConfigMap);
    let history = |more: &str| desk.eksaccess("creator", &format!("history {more}"));
    let empty = plain(history(""));
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.arm(Fault::new("UpdateRole", Effect::AccessDenied).always());
    desk.eksaccess("creator", "role --max-session-duration 7200 --yes").status(1).run();
    pin(
        "kept",
        "history",
        [
            ("before anything was applied", empty),
            ("80 columns", plain(history(""))),
            ("the last one, in colour", coloured(history("--last 1"), 80)),
            ("the last one, json", piped(history("--last 1 --output json"))),
        ],
    );
}

#[test]
fn restore() {
    let desk = desk(AuthMode::ConfigMap);
    let restore = |more: &str| desk.eksaccess("creator", &format!("restore --cluster dev {more}"));
    let empty = plain(restore("--list"));
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev").run();
    let list = restore("--list --output json").run().json();
    let id = list["kept"][0]["id"].as_str().expect("an id").to_owned();
    pin(
        "kept",
        "restore-list",
        [
            ("before anything was kept", empty),
            ("80 columns", plain(restore("--list"))),
            ("json", piped(restore("--list --output json"))),
        ],
    );
    let diff = format!("--diff {id}");
    pin(
        "kept",
        "restore-diff",
        [("80 columns", plain(restore(&diff))), ("80 columns, in colour", coloured(restore(&diff), 80))],
    );
    pin(
        "kept",
        "restore",
        [
            ("no such id", plain(restore("19990101").status(1))),
            ("it would lock out the last administrator", plain(restore(&format!("{id} --yes")).status(1))),
            ("all the same", plain(restore(&format!("{id} --yes --allow-lockout {ROLE}")))),
        ],
    );
}
