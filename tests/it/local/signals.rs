//! SIGINT, SIGTERM and SIGHUP end a run anywhere, with a report of how far it came.

use std::process::Command;

use super::acts::{BOOTSTRAP, PATIENCE, desk};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::{Desk, Running};

const SIGNALS: [&str; 3] = ["INT", "TERM", "HUP"];

fn ended_by(signal: &str, child: Running<'_>) -> (Option<i32>, String) {
    std::thread::sleep(std::time::Duration::from_millis(300));
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// The output of a `bootstrap` that a signal ends during this call.
#[track_caller]
fn interrupted_at(desk: &Desk, operation: &str, signal: &str) -> String {
    desk.cloud.arm(Fault::new(operation, Effect::HangAfter));
    let child = desk.eksaccess("creator", BOOTSTRAP).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    let (code, stderr) = ended_by(signal, child);
    assert_eq!(code, Some(130), "{signal}: {stderr}");
    stderr
}

#[test]
fn each_signal_ends_a_run_with_what_is_done_and_what_is_not() {
    for signal in SIGNALS {
        let desk = desk(AuthMode::ConfigMap);
        let stderr = interrupted_at(&desk, "PutGroupPolicy", signal);
        for part in ["interrupted while carrying out the plan", "done: role KubernetesAdmin", "hint: "] {
            assert!(stderr.contains(part), "{signal}: no {part:?} in {stderr}");
        }
        let shown = desk.eksaccess("creator", "history --output json").run().json();
        assert_eq!(shown["records"].as_array().unwrap().len(), 1, "{shown}");
        assert_eq!(shown["records"][0]["outcome"], "failed", "{shown}");
    }
}

#[test]
fn each_signal_ends_a_run_that_only_looks() {
    for signal in SIGNALS {
        let desk = desk(AuthMode::ConfigMap);
        let stderr = interrupted_at(&desk, "GetRole", signal);
        assert!(stderr.contains("nothing was changed"), "{signal}: {stderr}");
    }
}

#[test]
fn each_signal_ends_a_run_that_waits_for_its_input() {
    for signal in SIGNALS {
        let desk = desk(AuthMode::ConfigMap);
        assert!(Command::new("mkfifo").arg(desk.path("pipe")).status().unwrap().success());
        let child = desk.eksaccess("creator", "lint --file pipe").spawn();
        let (code, stderr) = ended_by(signal, child);
        assert_eq!(code, Some(130), "{signal}: {stderr}");
        assert!(stderr.contains("interrupted") && stderr.contains("nothing was changed"), "{signal}: {stderr}");
    }
}

#[test]
fn a_hangup_is_ignored_if_the_parent_ignores_it() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("GetRole", Effect::Latency(std::time::Duration::from_secs(2))));
    let program = std::path::PathBuf::from("/bin/sh");
    let line = format!("trap '' HUP; exec eksaccess {BOOTSTRAP}");
    let child = desk.program(&program, "creator", "-c").arg(line).spawn();
    assert!(desk.cloud.wait_for_call("GetCallerIdentity", PATIENCE));
    let (code, stderr) = ended_by("HUP", child);
    assert_eq!(code, if cfg!(target_os = "linux") { Some(0) } else { Some(130) }, "{stderr}");
}
