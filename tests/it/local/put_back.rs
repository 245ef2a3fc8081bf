//! `restore --run`: what a run overwrote is restored from the history, through the same pipeline.

use serde_json::Value;

use super::acts::{desk, does_nothing, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

/// The id of the last run.
fn last_run(desk: &Desk) -> String {
    let history = desk.eksaccess("creator", "history --output json").run().json();
    let last = history["records"].as_array().and_then(|all| all.last()).expect("a run");
    last["run"].as_str().expect("its id").to_owned()
}

fn trust(desk: &Desk) -> Value {
    let mut found = Value::Null;
    desk.cloud.home(|home| {
        home.with_role("KubernetesAdmin", |role| found = role.trust.clone());
    });
    found
}

#[test]
fn a_trust_that_a_run_replaced_is_restored_from_the_history() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", "role").run();
    let before = trust(&desk);
    desk.eksaccess("creator", "role --trust arn:aws:iam::111122223333:user/member --yes").run();
    assert_ne!(trust(&desk), before);
    let run = last_run(&desk);
    desk.eksaccess("creator", "history").run().says(&format!("eksaccess restore --run {run}"));
    let put_back = format!("restore --run {run}");
    let why = format!("it is restored to its state before run {run}");
    refused(&desk, desk.eksaccess("creator", &put_back), 6).says(&why);
    desk.eksaccess("creator", &format!("{put_back} --yes")).run();
    assert_eq!(trust(&desk), before);
    does_nothing(&desk, desk.eksaccess("creator", &put_back));
    // A restore is a run like any other.
    desk.eksaccess("creator", &format!("restore --run {} --yes", last_run(&desk))).run();
    assert_ne!(trust(&desk), before);
}

#[test]
fn an_entry_is_restored_in_the_cluster_of_the_run() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --kubernetes-group viewers").run();
    let who = || {
        let role = "arn:aws:iam::111122223333:role/KubernetesAdmin";
        desk.eksaccess("creator", &format!("who --cluster dev {role} --output json")).run().json()
    };
    let before = who();
    let change =
        "map --cluster dev --kubernetes-group editors --username other --append-access-policy AmazonEKSViewPolicy";
    desk.eksaccess("creator", &format!("{change} --yes")).run();
    assert_ne!(who(), before);
    let run = last_run(&desk);
    let elsewhere = desk.eksaccess("creator", &format!("restore --run {run} --cluster prod"));
    refused(&desk, elsewhere, 2).warns("--cluster prod: run").warns("was about arn:aws:eks:");
    desk.eksaccess("creator", &format!("restore --run {run} --yes")).run();
    assert_eq!(who(), before);
}

#[test]
fn a_run_that_does_not_exist_or_overwrote_nothing_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "restore --run 2026").status(2).run().warns("no run in the history of this machine");
    desk.eksaccess("creator", "role").run();
    let run = last_run(&desk);
    let nothing = format!("run {run} did not overwrite a role");
    desk.eksaccess("creator", &format!("restore --run {run}")).status(2).run().warns(&nothing);
    desk.eksaccess("creator", "map --cluster dev").run();
    let kept = format!("restore --run {}", last_run(&desk));
    desk.eksaccess("creator", &kept).status(2).run().warns("it replaced aws-auth").warns("--list");
    desk.eksaccess("creator", "role --require-mfa --yes").run();
    let run = last_run(&desk);
    desk.cloud.delete_role("KubernetesAdmin");
    let gone = desk.eksaccess("creator", &format!("restore --run {run} --yes")).status(1).run();
    gone.warns("role KubernetesAdmin no longer exists").warns("nothing was changed");
}
