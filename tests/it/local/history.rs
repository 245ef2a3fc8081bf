//! Changes are recorded; changing what another tool seems to own needs a confirmation.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::acts::{BOOTSTRAP, desk, refused};
use crate::support::cloud::{AuthMode, Effect, Fault};

const LOG: &str = ".local/state/eksaccess/history.jsonl";

#[test]
fn what_was_applied_is_written_down_and_what_was_not_is_not() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run")).run();
    assert!(!desk.path(LOG).exists(), "a dry run applies nothing");
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.eksaccess("creator", BOOTSTRAP).run();
    let shown = desk.eksaccess("creator", "history --output json").run().json();
    let records = shown["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "the second run did nothing: {shown}");
    let record = &records[0];
    assert_eq!((&record["verb"], &record["outcome"]), (&json!("bootstrap"), &json!("applied")));
    assert_eq!(record["caller"], "arn:aws:iam::111122223333:user/creator");
    assert_eq!(record["steps"].as_array().unwrap().len(), 6);
    assert!(record["backups"][0].as_str().unwrap().contains("backups/dev."), "{record}");
    assert_eq!(std::fs::metadata(desk.path(LOG)).unwrap().permissions().mode() & 0o777, 0o600);
    desk.eksaccess("creator", "history --cluster dev").run().says("role KubernetesAdmin").says("applied");
    assert!(desk.eksaccess("creator", "history --cluster other").run().stdout.is_empty());
}

#[test]
fn a_run_fits_a_terminal_of_eighty_columns() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let screen = desk.eksaccess("creator", "history").env("NO_COLOR", "1").on_screen(80);
    let long: Vec<&str> = screen.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty() && screen.lines().count() > 6, "{screen}");
}

#[test]
fn a_run_that_failed_is_written_down_with_how_far_it_came() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("PutGroupPolicy", Effect::AccessDenied).always());
    desk.eksaccess("creator", BOOTSTRAP).status(1).run();
    let shown = desk.eksaccess("creator", "history --output json").run().json();
    let record = &shown["records"][0];
    assert_eq!(record["outcome"], "failed");
    assert!(record["error"].as_str().unwrap().contains("iam:PutGroupPolicy"), "{record}");
    let states: Vec<_> = record["steps"].as_array().unwrap().iter().map(|s| s["state"].as_str().unwrap()).collect();
    assert!(states.contains(&"done") && states.contains(&"failed"), "{states:?}");
}

#[test]
fn each_step_is_written_down_with_the_ids_of_its_requests() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("CreateGroup", Effect::Throttle));
    desk.eksaccess("creator", BOOTSTRAP).run();
    let shown = desk.eksaccess("creator", "history --output json").run().json();
    let mut all = Vec::new();
    for step in shown["records"][0]["steps"].as_array().unwrap() {
        let ids: Vec<_> = step["request_ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let object = step["object"].as_str().unwrap();
        // The write of aws-auth has a dry run, the group's is refused once; a file has no request.
        let calls = match object {
            object if object.contains("aws-auth") => 2,
            object if object.contains("kubeconfig") => 0,
            object if step["summary"].as_str().unwrap().contains("create") && object.starts_with("group") => 2,
            _ => 1,
        };
        assert_eq!(ids.len(), calls, "{step}");
        assert!(ids.iter().all(|id| id.len() == 36), "{step}");
        all.extend(ids);
    }
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "no id is another step's too");
}

#[test]
fn a_history_that_can_not_be_written_is_a_warning() {
    let desk = desk(AuthMode::ConfigMap);
    std::fs::create_dir_all(desk.path(LOG)).unwrap();
    desk.eksaccess("creator", BOOTSTRAP).run().warns("history");
}

#[test]
fn an_aws_auth_that_helm_or_argo_writes_asks_and_says_who() {
    let desk = desk(AuthMode::ConfigMap);
    let mut object = desk.cloud.config_map("dev").unwrap();
    object["metadata"]["labels"] = json!({"argocd.argoproj.io/instance": "cluster-access"});
    desk.cloud.set_config_map("dev", &object);
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 6);
    ran.says("Argo CD (application cluster-access)").says("may undo this on its next run");
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --yes")).run();
    let kept = desk.cloud.config_map("dev").unwrap();
    assert_eq!(kept["metadata"]["labels"], object["metadata"]["labels"]);
}
