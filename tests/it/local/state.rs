//! What is saved on this machine: only where no other user has access, and before anything is replaced.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use serde_json::json;

use super::acts::{BOOTSTRAP, PATIENCE, desk, map_roles};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::Desk;

const STATE: &str = ".local/state/eksaccess";
const LOG: &str = ".local/state/eksaccess/history.jsonl";
const MAP: &str = "map --cluster dev";

/// A desk with a role that is not mapped yet.
fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk
}

#[test]
fn where_others_can_write_nothing_is_kept_and_so_nothing_is_replaced() {
    let desk = ready();
    let before = map_roles(&desk);
    fs::set_permissions(desk.path(STATE), Permissions::from_mode(0o777)).unwrap();
    let ran = desk.eksaccess("creator", MAP).status(1).run();
    ran.warns("can't be backed up").warns("chmod 700").warns("nothing was changed");
    assert_eq!(map_roles(&desk), before);
    // Nothing is restored from there either.
    desk.eksaccess("creator", "restore --cluster dev --list").status(1).run().warns("chmod 700");
    desk.eksaccess("creator", "history").status(1).run().warns("chmod 700");
    // Commands that replace nothing continue, with a warning.
    desk.eksaccess("creator", "group --group Ops").run().warns("the history").warns("chmod 700");
    fs::set_permissions(desk.path(STATE), Permissions::from_mode(0o700)).unwrap();
    desk.eksaccess("creator", MAP).run();
    // A link to an own directory may be an attack: it is refused.
    fs::rename(desk.path(STATE), desk.path("real")).unwrap();
    symlink(desk.path("real"), desk.path(STATE)).unwrap();
    let add = "map --cluster dev --account 444455556666";
    desk.eksaccess("creator", add).status(1).run().warns("it is a link").warns("nothing was changed");
}

#[test]
fn a_history_that_is_a_pipe_holds_nothing_up() {
    let desk = ready();
    fs::remove_file(desk.path(LOG)).unwrap();
    assert!(Command::new("mkfifo").arg(desk.path(LOG)).status().unwrap().success());
    desk.eksaccess("creator", "group --group Ops").run().warns("the history");
    desk.eksaccess("creator", "history").status(1).run();
}

#[test]
fn a_run_that_was_killed_is_in_the_history_as_begun() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("CreateRole", Effect::HangAfter));
    let mut child = desk.eksaccess("creator", BOOTSTRAP).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    child.kill().unwrap();
    child.wait().unwrap();
    desk.cloud.disarm();
    desk.eksaccess("creator", "history").run().says("started, not finished").says("role KubernetesAdmin");
    let shown = desk.eksaccess("creator", "history --output json").run().json();
    assert_eq!(shown["records"][0]["outcome"], "begun", "{shown}");
    desk.eksaccess("creator", BOOTSTRAP).run();
    let shown = desk.eksaccess("creator", "history --output json").run().json();
    let outcomes: Vec<_> = shown["records"].as_array().unwrap().iter().map(|r| r["outcome"].clone()).collect();
    assert_eq!(outcomes, ["begun", "applied"], "{shown}");
}

#[test]
fn what_is_overwritten_is_written_down_before() {
    let desk = ready();
    let trust = desk.cloud.trust("KubernetesAdmin").unwrap();
    desk.cloud.arm(Fault::new("UpdateAssumeRolePolicy", Effect::HangAfter));
    let typed = "role --trust arn:aws:iam::111122223333:user/member --yes";
    let mut child = desk.eksaccess("creator", typed).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    child.kill().unwrap();
    child.wait().unwrap();
    desk.cloud.disarm();
    let shown = desk.eksaccess("creator", "history --output json --last 1").run().json();
    let record = &shown["records"][0];
    assert_eq!(record["before"], json!([{"kind": "trust", "role": "KubernetesAdmin", "document": trust}]), "{shown}");
    assert!(record["run"].as_str().is_some_and(|run| !run.is_empty()), "{shown}");
}

#[test]
fn what_an_entry_was_is_written_down_before() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let change = "map --cluster dev --username other --kubernetes-group viewers --yes";
    desk.eksaccess("creator", change).run();
    let shown = desk.eksaccess("creator", "history --output json --last 1").run().json();
    let record = &shown["records"][0];
    assert_eq!(record["outcome"], "applied", "the end of a run knows what it replaced: {shown}");
    let before = record["before"].as_array().unwrap();
    let entry = before.iter().find(|b| b["kind"] == "entry").unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(entry["principal"], super::acts::ROLE);
    assert_eq!(entry["username"], "kubernetes-admin");
    assert!(!entry["policies"].as_array().unwrap().is_empty(), "{entry}");
}

#[test]
fn what_can_not_be_written_down_is_not_overwritten() {
    let desk = ready();
    let trust = desk.cloud.trust("KubernetesAdmin");
    fs::set_permissions(desk.path(STATE), Permissions::from_mode(0o777)).unwrap();
    let typed = "role --trust arn:aws:iam::111122223333:user/member --yes";
    desk.eksaccess("creator", typed).status(1).run().warns("chmod 700").warns("nothing was changed").warns("hint: ");
    assert_eq!(desk.cloud.trust("KubernetesAdmin"), trust);
}

#[test]
fn names_of_kept_manifests_paint_no_terminal() {
    let desk = ready();
    desk.eksaccess("creator", MAP).run();
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let kept = std::path::PathBuf::from(list["kept"][0]["path"].as_str().unwrap());
    for name in ["9\u{1b}[31m.json", "9\nhint: run this.json", "9\u{202e}x.json"] {
        fs::copy(&kept, kept.with_file_name(name)).unwrap();
    }
    let ran = desk.eksaccess("creator", "restore --cluster dev --list").run();
    assert_eq!(ran.stdout.lines().count(), 4, "{:?}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains('\u{202e}'), "{:?}", ran.stdout);
}
