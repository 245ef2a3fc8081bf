//! A run that is killed anywhere is completed by running it again.

use super::acts::{BOOTSTRAP, PATIENCE, ROLE, desk, does_nothing, map_roles};
use crate::support::cloud::{AuthMode, Cloud, Effect, Fault};
use crate::support::desk::Desk;

/// The number of writes of a fresh `bootstrap`.
fn writes_of_a_fresh_run(mode: AuthMode) -> u32 {
    let desk = desk(mode);
    desk.eksaccess("creator", BOOTSTRAP).run();
    u32::try_from(desk.cloud.writes().len()).unwrap()
}

fn killed_after(mode: AuthMode, nth: u32) -> Desk {
    let desk = desk(mode);
    desk.cloud.arm(Fault::new("write", Effect::HangAfter).nth(nth));
    let mut child = desk.eksaccess("creator", BOOTSTRAP).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE), "write {nth} never came");
    child.kill().unwrap();
    child.wait().unwrap();
    desk.cloud.disarm();
    desk
}

fn is_finished(desk: &Desk, mode: AuthMode, what: &str) {
    let ran = desk.eksaccess("creator", BOOTSTRAP).run();
    assert!(ran.stdout.contains("verified: access works"), "{what}:\n{}", ran.stdout);
    does_nothing(desk, desk.eksaccess("creator", BOOTSTRAP));
    assert_eq!(map_roles(desk).matches(ROLE).count(), usize::from(mode == AuthMode::ConfigMap), "{what}");
}

fn killed_everywhere(mode: AuthMode) {
    let writes = writes_of_a_fresh_run(mode);
    assert!(writes >= 5, "{writes}");
    for nth in 1..=writes {
        is_finished(&killed_after(mode, nth), mode, &format!("killed after write {nth} of {writes}"));
    }
}

#[test]
fn killed_after_each_write_it_is_finished_by_the_next_run_with_aws_auth() {
    killed_everywhere(AuthMode::ConfigMap);
}

#[test]
fn killed_after_each_write_it_is_finished_by_the_next_run_with_entries() {
    killed_everywhere(AuthMode::Api);
}

fn answers_lost_everywhere(mode: AuthMode) {
    for nth in 1..=writes_of_a_fresh_run(mode) {
        let desk = desk(mode);
        desk.cloud.arm(Fault::new("write", Effect::LostAnswer).nth(nth));
        let ran = desk.eksaccess("creator", BOOTSTRAP).run();
        assert!(ran.stdout.contains("verified: access works"), "answer {nth} lost:\n{}{}", ran.stdout, ran.stderr);
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
        assert_eq!(map_roles(&desk).matches(ROLE).count(), usize::from(mode == AuthMode::ConfigMap), "answer {nth}");
    }
}

#[test]
fn an_answer_lost_after_any_write_is_made_up_for_in_the_same_run_with_aws_auth() {
    answers_lost_everywhere(AuthMode::ConfigMap);
}

#[test]
fn an_answer_lost_after_any_write_is_made_up_for_in_the_same_run_with_entries() {
    answers_lost_everywhere(AuthMode::Api);
}

#[test]
fn interrupted_it_says_what_is_done_and_what_is_not() {
    for (signal, mode) in [("INT", AuthMode::ConfigMap), ("TERM", AuthMode::Api)] {
        let desk = desk(mode);
        desk.cloud.arm(Fault::new("PutGroupPolicy", Effect::HangAfter));
        let child = desk.eksaccess("creator", BOOTSTRAP).spawn();
        assert!(desk.cloud.wait_for_hang(PATIENCE));
        std::thread::sleep(std::time::Duration::from_millis(300));
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        for part in [
            "interrupted while carrying out the plan",
            "done: role KubernetesAdmin",
            "in flight, outcome unknown: policy AssumeKubernetesAdmin",
            "hint: ",
        ] {
            assert!(stderr.contains(part), "no {part:?} in {stderr}");
        }
        desk.cloud.disarm();
        is_finished(&desk, mode, signal);
    }
}

#[test]
fn interrupted_while_looking_it_has_done_nothing() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("GetRole", Effect::HangAfter));
    let child = desk.eksaccess("creator", BOOTSTRAP).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    assert!(
        std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success()
    );
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted while reading") && stderr.contains("nothing was changed"), "{stderr}");
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn interrupted_it_says_so_in_the_document_too() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("PutGroupPolicy", Effect::HangAfter));
    let child = desk.eksaccess("creator", &format!("{BOOTSTRAP} --output json")).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(
        std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["outcome"], "interrupted", "{document}");
    let states: Vec<_> = document["applied"].as_array().unwrap().iter().map(|s| s["state"].clone()).collect();
    assert!(states.contains(&"done".into()) && states.contains(&"unknown".into()), "{document}");
}

#[test]
fn credentials_that_expire_in_the_middle_are_reported_with_the_progress() {
    let desk = desk(AuthMode::Api);
    desk.cloud.home(|home| {
        home.role("Admin").with_role("Admin", |role| {
            role.attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into());
        });
    });
    desk.cloud.on_call("CreateGroup", 1, Cloud::expire_sessions);
    let mut typed = desk.eksaccess("creator", BOOTSTRAP);
    for (name, value) in desk.cloud.session_env("Admin", "ci") {
        typed = typed.env(&name, value);
    }
    let ran = typed.status(1).run();
    ran.warns("the AWS credentials have expired").warns("done: ").warns("not done: ").warns("hint: ");
    is_finished(&desk, AuthMode::Api, "after new credentials");
}
