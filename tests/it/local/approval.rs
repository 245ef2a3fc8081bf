//! What needs a confirmation, what does not, and what machines read.

use serde_json::{Value, json};

use super::acts::{BOOTSTRAP, PATIENCE, desk, refused, version};
use crate::support::cloud::{AuthMode, Effect, Fault};

/// A mapping of the default role with other rights, written by another tool.
const OTHER: &str =
    "- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin\n  username: somebody\n  groups: [viewers]\n";
const OVERWRITE: &str = "map --cluster dev --username kubernetes-admin --kubernetes-group system:masters";

#[test]
fn a_dry_run_names_the_plan_and_approving_it_runs_exactly_it() {
    let desk = desk(AuthMode::ConfigMap);
    let shown = desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run --output json")).run().json();
    assert_eq!(
        (&shown["version"], &shown["verb"], &shown["outcome"]),
        (&json!(1), &json!("bootstrap"), &json!("pending"))
    );
    assert_eq!(shown["cluster"]["authenticationMode"], "CONFIG_MAP");
    assert_eq!(shown["caller"], "arn:aws:iam::111122223333:user/creator");
    let steps = shown["plan"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 6);
    for step in steps {
        assert!(step["id"].is_u64() && step["class"].is_string() && step["scope"].is_object(), "{step}");
    }
    let id = shown["plan"]["id"].as_str().unwrap();
    let done = desk.eksaccess("creator", &format!("{BOOTSTRAP} --approve {id} --output json")).run().json();
    assert_eq!((&done["outcome"], &done["verified"]), (&json!("applied"), &json!(true)));
    assert_eq!(done["plan"]["id"], id);
    assert!(done["applied"].as_array().unwrap().iter().all(|s| s["state"] == "done"), "{done}");
    // The same approval again: the plan is empty, so there is nothing to approve.
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --approve {id}")).run().says("nothing to do");
}

#[test]
fn a_stale_approval_stops_before_anything_is_written() {
    let desk = desk(AuthMode::ConfigMap);
    let shown = desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run --output json")).run().json();
    let id = shown["plan"]["id"].as_str().unwrap();
    desk.cloud.set_config_map_data("dev", "mapUsers", "- userarn: arn:aws:iam::111122223333:user/x\n  username: x\n");
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --approve {id}")), 4);
    ran.warns("was approved, but the plan is");
    let ran =
        refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --approve 0123456789abcdef --output json")), 4);
    assert_eq!(ran.json()["error"]["kind"], "world-changed");
}

#[test]
fn what_overwrites_asks_and_without_a_terminal_nothing_is_done() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.cloud.set_config_map_data("dev", "mapRoles", OTHER);
    let ran = refused(&desk, desk.eksaccess("creator", OVERWRITE), 6);
    ran.says("overwriting: the mapping's username is somebody today").warns("--approve").warns("--yes");
    let id = ran.stderr.split("--approve ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    desk.eksaccess("creator", &format!("{OVERWRITE} --approve {id}")).run();
    assert!(desk.cloud.config_map_data("dev", "mapRoles").unwrap().contains("kubernetes-admin"));
    desk.cloud.set_config_map_data("dev", "mapRoles", OTHER);
    desk.eksaccess("creator", &format!("{OVERWRITE} --yes")).run();
    assert!(desk.cloud.config_map_data("dev", "mapRoles").unwrap().contains("kubernetes-admin"));
}

#[test]
fn json_lines_tell_the_story_in_order() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --output jsonl")).run();
    let events: Vec<Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!(names[0], "plan");
    assert_eq!(names[names.len() - 2..], ["verify", "result"]);
    let state = |name: &str| events.iter().filter(|e| e["event"] == "step" && e["state"] == name).count();
    assert_eq!((state("begun"), state("done")), (6, 6));
    assert_eq!(names.iter().filter(|n| **n == "kept").count(), 1);
    let result = &events.last().unwrap()["result"];
    assert_eq!(
        (&result["version"], &result["outcome"], &result["verified"]),
        (&json!(1), &json!("applied"), &json!(true))
    );
    let again = desk.eksaccess("creator", &format!("{BOOTSTRAP} --output jsonl")).run();
    let last: Value = serde_json::from_str(again.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["result"]["outcome"], "nothing-to-do");
}

#[test]
fn json_is_one_document_whatever_happens() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = desk.eksaccess("creator", "bootstrap --cluster nowhere --kubeconfig kube --output json").status(1).run();
    let document = ran.json();
    assert_eq!((&document["outcome"], &document["error"]["kind"]), (&json!("failed"), &json!("failed")));
    assert!(document["error"]["hint"].is_string(), "{document}");
    desk.cloud.arm(Fault::new("CreateGroup", Effect::HangAfter));
    let child = desk.eksaccess("creator", &format!("{BOOTSTRAP} --output json")).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE));
    let interrupted = std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["outcome"], "interrupted");
    let states: Vec<_> = document["applied"].as_array().unwrap().iter().map(|s| s["state"].as_str().unwrap()).collect();
    assert!(states.contains(&"unknown") && states.contains(&"not-begun"), "{states:?}");
}

#[test]
fn the_text_is_quiet_on_demand_and_has_no_colour_in_a_pipe() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --quiet")).run();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let plain = desk.eksaccess("creator", BOOTSTRAP).run();
    plain.does_not_say("\u{1b}");
    let coloured = desk.eksaccess("creator", &format!("{BOOTSTRAP} --color always")).run();
    coloured.says("\u{1b}");
    assert!(version(&desk.cloud).is_some());
}
