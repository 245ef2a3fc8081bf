//! `map --file`: a manifest changed in place or in a stream, with only the intended change.

use super::desks::{desk, offline, role};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

pub const MANIFEST: &str = "\
# who may enter; ask the platform team
apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
  labels: {team: platform} # ours
data:
  mapRoles: |
    # the nodes
    - rolearn: arn:aws:iam::111122223333:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:nodes
    - rolearn: arn:aws:iam::111122223333:role/Admin
      username: admin
      groups: [system:masters]
  other: kept
";

const ADD: &str = "--principal arn:aws:iam::111122223333:role/team/Deploy --kubernetes-group deployers";

fn with_manifest() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", MANIFEST);
    desk
}

fn added() -> String {
    let new = format!(
        "    - rolearn: {}\n      username: \"Deploy:{{{{SessionName}}}}\"\n      groups: [deployers]\n",
        role("Deploy")
    );
    MANIFEST.replace("  other: kept", &format!("{new}  other: kept"))
}

#[test]
fn an_entry_is_added_in_place_and_a_second_time_nothing_is_done() {
    let desk = with_manifest();
    desk.cloud.clear_log();
    let dry = offline(&desk, &format!("map --file auth.yaml {ADD} --dry-run --detailed-exitcode")).status(3).run();
    dry.warns("+    - rolearn: arn:aws:iam::111122223333:role/Deploy");
    assert_eq!(desk.read("auth.yaml"), MANIFEST);
    let ran = offline(&desk, &format!("map --file auth.yaml {ADD}")).run();
    ran.says("done: auth.yaml").warns("Deploy:{{SessionName}}, deployers");
    assert_eq!(desk.read("auth.yaml"), added());
    offline(&desk, &format!("map --file auth.yaml {ADD}")).run().says("nothing to do");
    assert_eq!(desk.read("auth.yaml"), added());
    assert!(desk.cloud.calls().is_empty(), "it needs no AWS");
}

#[test]
fn a_stream_carries_the_manifest_and_nothing_else() {
    let desk = with_manifest();
    let once = offline(&desk, &format!("map --file - {ADD}")).stdin(MANIFEST).run();
    assert_eq!(once.stdout, added());
    once.warns("+    - rolearn");
    let twice = offline(&desk, &format!("map --file - {ADD}")).stdin(once.stdout).run();
    assert_eq!(twice.stdout, added(), "byte for byte");
    twice.warns("nothing to do");
    let dry = offline(&desk, &format!("map --file - {ADD} --dry-run --output json")).stdin(MANIFEST).run();
    assert_eq!(dry.json()["outcome"], "pending");
    offline(&desk, &format!("map --file - {ADD} --output json")).stdin(MANIFEST).status(2).run();
}

#[test]
fn a_json_manifest_stays_json() {
    let desk = with_manifest();
    let json = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"aws-auth","namespace":"kube-system"},
 "data":{"mapRoles":"- rolearn: arn:aws:iam::111122223333:role/A\n  username: a\n"}}"#;
    let ran = offline(&desk, &format!("map --file - {ADD}")).stdin(json).run();
    assert!(ran.stdout.starts_with(&json[..json.len() - 3]), "{}", ran.stdout);
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(read["data"]["mapRoles"].as_str().unwrap().contains("role/Deploy"));
}

#[test]
fn a_removal_asks_and_the_guard_applies() {
    let desk = with_manifest();
    let rename = format!("map --file auth.yaml --principal {} --username root", role("Admin"));
    offline(&desk, &rename).status(6).run().warns("--approve");
    assert_eq!(desk.read("auth.yaml"), MANIFEST);
    let id = offline(&desk, &format!("{rename} --dry-run --output json")).run().json()["plan"]["id"].clone();
    offline(&desk, &format!("{rename} --approve {}", id.as_str().unwrap())).run().says("done");
    assert_eq!(desk.read("auth.yaml"), MANIFEST.replace("username: admin", "username: root"));

    for (whom, why) in [("Admin", "last known administrator"), ("node", "node role")] {
        let remove = format!("map --file auth.yaml --remove --yes --principal {}", role(whom));
        let before = desk.read("auth.yaml");
        offline(&desk, &remove).status(1).run().warns(why).warns("--allow-lockout");
        assert_eq!(desk.read("auth.yaml"), before);
    }
    let masters = format!("map --file auth.yaml --yes --principal {} --kubernetes-group viewers", role("Admin"));
    offline(&desk, &masters).status(1).run().warns("last known administrator");
}

#[test]
fn accounts_and_mappings_go_as_they_came() {
    let desk = with_manifest();
    offline(&desk, "map --file auth.yaml --account 444455556666").run().says("done");
    assert!(desk.read("auth.yaml").contains("444455556666"));
    offline(&desk, "map --file auth.yaml --account 444455556666").run().says("nothing to do");
    offline(&desk, "map --file auth.yaml --account 444455556666 --remove").status(6).run();
    offline(&desk, "map --file auth.yaml --account 444455556666 --remove --yes").run().says("done");
    assert!(!desk.read("auth.yaml").contains("444455556666"));
    let desk = with_manifest();
    offline(&desk, &format!("map --file auth.yaml {ADD}")).run();
    let session = "arn:aws:sts::111122223333:assumed-role/Deploy/ann";
    offline(&desk, &format!("map --file auth.yaml --remove --yes --principal {session}")).run().says("done");
    assert_eq!(desk.read("auth.yaml"), MANIFEST, "added and removed: the same bytes");
}

#[test]
fn what_a_file_can_not_know_is_refused_with_the_way() {
    let desk = with_manifest();
    for (args, why, hint) in [
        ("map --file auth.yaml", "not a full ARN", "--principal arn:aws:iam::ACCOUNT:role/NAME"),
        ("map --file auth.yaml --role Deploy --kubernetes-group g", "not a full ARN", "--principal"),
        (
            "map --file auth.yaml --principal arn:aws:iam::111122223333:role/New",
            "was not specified",
            "--kubernetes-group",
        ),
        (
            "map --file auth.yaml --principal arn:aws:iam::111122223333:role/New --access-policy P",
            "no access entries",
            "--cluster",
        ),
        ("map --file auth.yaml --remove", "needs a principal or a username", "--principal ARN"),
        ("map --file auth.yaml --account 12 --remove", "12", "lint --file"),
    ] {
        let status = if args.contains("--account") { 1 } else { 2 };
        offline(&desk, args).status(status).run().warns(why).warns(hint);
    }
    offline(&desk, "map --principal arn:aws:iam::111122223333:role/New").status(2).run().warns("--cluster");
    offline(&desk, "map --cluster dev --file auth.yaml").status(2).run().warns("cannot be used with");
    offline(&desk, &format!("map --file none.yaml {ADD}")).status(1).run().warns("none.yaml");
    let immutable = format!("{MANIFEST}immutable: true\n");
    offline(&desk, &format!("map --file - {ADD}")).stdin(immutable).status(1).run().warns("immutable");
    let other = MANIFEST.replace("name: aws-auth", "name: other");
    offline(&desk, &format!("map --file - {ADD}")).stdin(other).status(1).run().warns("no ConfigMap named aws-auth");
    assert_eq!(desk.read("auth.yaml"), MANIFEST);
}

#[test]
fn a_file_that_changed_during_the_confirmation_is_planned_again_and_the_new_plan_is_shown() {
    for (line, status, said) in [
        ("      username: admin\n", 4, "the plan changed while it was being confirmed"),
        ("# who may enter; ask the platform team\n", 0, "done: auth.yaml"),
    ] {
        let desk = desk(AuthMode::ConfigMap);
        desk.write("auth.yaml", MANIFEST);
        let change = "map --file auth.yaml --principal arn:aws:iam::111122223333:role/Admin --username root";
        let mut terminal = offline(&desk, change).on_terminal();
        terminal.shows("Carry this plan out?");
        assert!(MANIFEST.contains(line), "{MANIFEST}");
        let changed = MANIFEST.replace(line, &line.replace("admin", "boss").replace("the platform team", "us"));
        desk.write("auth.yaml", &changed);
        terminal.keys("y\n");
        let (ended, screen) = terminal.end();
        assert_eq!(ended, status, "{screen}");
        assert!(screen.contains(said), "{screen}");
        let text = std::fs::read_to_string(desk.path("auth.yaml")).unwrap();
        let is_written = text.contains("username: root");
        assert_eq!(is_written, status == 0, "{text}");
        assert!(text.contains("boss") || text.contains("ask us"), "what the other one wrote stays: {text}");
    }
}
