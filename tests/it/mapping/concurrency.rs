//! Concurrent writers, and a refusing API server: nothing is lost, nothing half done.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::cloud::{Cloud, Effect, Fault, World};
use crate::support::desk::Desk;

fn desk() -> Desk {
    Desk::new(World::new().start())
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

fn map(name: &str) -> String {
    format!("map --cluster dev --principal {} --kubernetes-group viewers", role(name))
}

fn entry(name: &str) -> String {
    format!("- rolearn: {}\n  username: {name}:{{{{SessionName}}}}\n  groups:\n  - viewers\n", role(name))
}

fn append(cloud: &Cloud, text: &str) {
    let old = cloud.config_map_data("dev", "mapRoles").unwrap();
    cloud.set_config_map_data("dev", "mapRoles", &format!("{}\n{text}", old.trim_end()));
}

fn map_roles(desk: &Desk) -> String {
    desk.cloud.config_map_data("dev", "mapRoles").unwrap()
}

fn backups(desk: &Desk) -> usize {
    let dir = desk.path(".local/state/eksaccess/backups");
    std::fs::read_dir(dir)
        .map_or(0, |clusters| clusters.flatten().map(|c| std::fs::read_dir(c.path()).unwrap().count()).sum())
}

#[test]
fn thirty_two_processes_add_thirty_two_roles() {
    let desk = desk();
    let mut before = desk.cloud.config_map("dev").unwrap();
    before["data"]["other"] = json!("\t{ not ours");
    before["binaryData"] = json!({"blob": "AAECAwQ="});
    before["metadata"]["labels"] = json!({"team": "platform"});
    before["metadata"]["annotations"] = json!({"note": "by hand", "eksaccess.dev/owners": "{\"team\":[\"arn:x\"]}"});
    desk.cloud.set_config_map("dev", &before);
    let children: Vec<_> = (0..32).map(|n| desk.eksaccess("creator", &map(&format!("r{n:02}"))).spawn()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = map_roles(&desk);
    let old = before["data"]["mapRoles"].as_str().unwrap();
    assert!(text.starts_with(old), "what stood there is byte for byte the same:\n{text}");
    let added: BTreeSet<_> = text[old.len()..].lines().filter_map(|l| l.strip_prefix("- rolearn: ")).collect();
    assert_eq!(
        added,
        (0..32).map(|n| role(&format!("r{n:02}"))).collect::<BTreeSet<_>>().iter().map(String::as_str).collect()
    );
    assert_eq!(text.matches("rolearn:").count(), old.matches("rolearn:").count() + 32, "each of them once");
    let after = desk.cloud.config_map("dev").unwrap();
    for (key, value) in before["data"].as_object().unwrap().iter().filter(|(key, _)| *key != "mapRoles") {
        assert_eq!(&after["data"][key], value);
    }
    assert_eq!(after["data"].as_object().unwrap().len(), 2);
    assert_eq!(after["binaryData"], before["binaryData"]);
    for part in ["labels", "name", "namespace", "uid", "creationTimestamp"] {
        assert_eq!(after["metadata"][part], before["metadata"][part], "{part}");
    }
    let notes = &after["metadata"]["annotations"];
    assert_eq!((&notes["note"], notes.as_object().unwrap().len()), (&json!("by hand"), 2));
    let owners: Value = serde_json::from_str(notes["eksaccess.dev/owners"].as_str().unwrap()).unwrap();
    assert_eq!((&owners["team"], owners["cli"].as_array().unwrap().len()), (&json!(["arn:x"]), 32), "{owners}");
    // Each replaced version was saved before its replacement, and no other version.
    assert_eq!(backups(&desk), 32);
}

#[test]
fn what_another_writer_adds_in_the_meantime_stays_and_the_change_continues() {
    let desk = desk();
    desk.cloud.on_call("ReplaceConfigMap", 2, |cloud| append(cloud, &entry("theirs")));
    desk.eksaccess("creator", &map("ours")).run().says("done");
    let text = map_roles(&desk);
    assert!(text.contains(&role("theirs")) && text.contains(&role("ours")), "{text}");
    assert_eq!(backups(&desk), 1, "the version that was replaced is kept, the one that was not is not");
}

#[test]
fn the_same_change_made_in_the_meantime_is_enough() {
    let desk = desk();
    desk.cloud.on_call("ReplaceConfigMap", 1, |cloud| append(cloud, &entry("ours")));
    desk.eksaccess("creator", &map("ours")).run().says("already so");
    assert_eq!(map_roles(&desk).matches(&role("ours")).count(), 1);
}

#[test]
fn another_mapping_of_the_same_principal_stops_it_with_the_new_difference() {
    let desk = desk();
    let theirs = entry("ours").replace("viewers", "editors");
    let text = theirs.clone();
    desk.cloud.on_call("ReplaceConfigMap", 2, move |cloud| append(cloud, &text));
    let ran = desk.eksaccess("creator", &map("ours")).status(4).run();
    ran.warns("changed in the meantime").warns("editors").warns("hint: ");
    assert!(map_roles(&desk).ends_with(&theirs), "what they wrote stands");
    assert_eq!(backups(&desk), 0);
}

#[test]
fn conflicts_without_end_end_with_the_deadline() {
    let desk = desk();
    let before = map_roles(&desk);
    desk.cloud.arm(Fault::new("ReplaceConfigMap", Effect::Conflict).always());
    let ran = desk.eksaccess("creator", &map("ours")).args("--timeout 3").status(1).run();
    ran.warns("error: ").warns("hint: ");
    assert_eq!(map_roles(&desk), before);
    assert!(backups(&desk) <= 1, "at most the one whose answer the deadline cut off");
}

#[test]
fn what_admission_refuses_in_the_dry_run_is_refused_before_anything_is_kept() {
    let desk = desk();
    let before = map_roles(&desk);
    let refusal = "admission webhook \"policy.example.com\" denied the request: aws-auth is frozen";
    let effect = Effect::Refuse(403, "Forbidden".to_owned(), refusal.to_owned());
    desk.cloud.arm(Fault::new("ReplaceConfigMap", effect).always());
    let ran = desk.eksaccess("creator", &map("ours")).status(1).run();
    ran.warns("aws-auth is frozen").warns("not done: ");
    let writes: Vec<_> = desk.cloud.operations().into_iter().filter(|o| o == "ReplaceConfigMap").collect();
    assert_eq!(writes.len(), 1, "the dry run is the only one");
    assert_eq!((map_roles(&desk), backups(&desk)), (before, 0));
}

#[test]
fn a_write_whose_answer_is_lost_keeps_what_it_replaced_and_says_where() {
    let desk = desk();
    let before = map_roles(&desk);
    desk.cloud.arm(Fault::new("ReplaceConfigMap", Effect::LostAnswer).nth(2));
    let done = desk.eksaccess("creator", &format!("{} --output json", map("ours"))).run().json();
    assert_eq!(map_roles(&desk).matches(&role("ours")).count(), 1);
    assert_eq!(backups(&desk), 1);
    let [kept] = &done["backups"].as_array().unwrap()[..] else { panic!("{done}") };
    let kept: serde_json::Value = serde_json::from_str(&desk.read(kept.as_str().unwrap())).unwrap();
    assert_eq!(kept["data"]["mapRoles"], before.as_str());
}

#[test]
fn what_is_refused_after_the_dry_run_leaves_no_backup() {
    let desk = desk();
    let before = map_roles(&desk);
    let effect = Effect::Refuse(403, "Forbidden".to_owned(), "aws-auth is frozen".to_owned());
    desk.cloud.arm(Fault::new("ReplaceConfigMap", effect).nth(2).always());
    desk.eksaccess("creator", &map("ours")).status(1).run().warns("aws-auth is frozen");
    assert_eq!((map_roles(&desk), backups(&desk)), (before, 0));
}
