//! A dry run over several clusters, in which one API server would refuse the change.

use serde_json::Value;

use super::desks::three;
use crate::support::cloud::{Effect, Fault};
use crate::support::desk::Desk;

const COMMAND: &str =
    "bootstrap --cluster dev --cluster stage --cluster prod --user member --kubeconfig kube --dry-run";
const FROZEN: &str = "admission webhook \"maps.policy.example.com\" denied the request: aws-auth is frozen";

/// Allows `dev` only the present bindings in `aws-auth`.
fn freeze(desk: Desk) -> Desk {
    let refusal = Effect::Refuse(403, "Forbidden".into(), FROZEN.into());
    desk.cloud.arm(Fault::new("ReplaceConfigMap", refusal).always());
    desk
}

fn states(document: &Value) -> Vec<&str> {
    document["places"].as_array().unwrap().iter().map(|place| place["state"].as_str().unwrap()).collect()
}

#[test]
fn a_cluster_whose_api_server_refuses_has_failed_and_the_others_are_as_they_are() {
    let desk = three();
    let good = desk.eksaccess("creator", &format!("{COMMAND} --output json")).run().json();
    let desk = freeze(desk);
    for more in ["", " --detailed-exitcode"] {
        let ran = desk.eksaccess("creator", &format!("{COMMAND}{more} --output json")).status(1).run();
        let document = ran.json();
        assert_eq!(states(&document), ["failed", "not-done", "not-done"]);
        let why = document["places"][0]["why"].as_str().unwrap();
        assert!(why.starts_with("writing aws-auth of cluster dev: ") && why.contains("aws-auth is frozen"), "{why}");
        assert!(document["places"][0]["hint"].is_string());
        assert!(document["places"][1]["why"].is_null());
        assert_eq!(document["plan"], good["plan"], "the plan and its id are those of a run that is not refused");
        ran.does_not_warn("frozen");
    }
    assert!(desk.cloud.writes().iter().all(|call| call.dry_run));
}

#[test]
fn its_closing_table_says_which_and_why() {
    let desk = freeze(three());
    let ran = desk.eksaccess("creator", COMMAND).status(1).run();
    let (_, table) = ran.stdout.rsplit_once("\n\n").unwrap();
    let lines: Vec<_> = table.lines().filter(|line| line.contains(" (eu-west-1)")).collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].contains("failed") && lines[0].contains("dev"), "{table}");
    assert!(lines[1].contains("not done") && lines[2].contains("not done"), "{table}");
    assert!(table.contains("aws-auth is frozen") && table.contains("hint: "), "{table}");
}

#[test]
fn who_may_not_try_is_warned_and_nothing_has_failed() {
    let desk = three();
    desk.cloud.arm(Fault::new("ReplaceConfigMap", Effect::AccessDenied).always());
    let ran = desk.eksaccess("creator", &format!("{COMMAND} --detailed-exitcode --output json")).status(3).run();
    assert_eq!(states(&ran.json()), ["not-done", "not-done", "not-done"]);
    ran.warns("may not write aws-auth of cluster dev");
}
