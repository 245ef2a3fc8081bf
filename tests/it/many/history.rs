//! What is recorded of a run over several clusters.

use super::desks::{cluster, three};
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

#[test]
fn a_run_has_one_line_with_its_places_and_is_found_by_each_of_them() {
    let desk = three();
    desk.eksaccess("creator", "bootstrap --cluster dev --cluster stage --cluster prod --kubeconfig kube").run();
    let shown = desk.eksaccess("creator", "history").run();
    shown.says("bootstrap  3 places  applied\n  plan ");
    shown.says("\n  done       role KubernetesAdmin: create, with no permissions (account 111122223333)\n");
    for name in ["dev", "stage", "prod"] {
        let arn = format!("arn:aws:eks:eu-west-1:111122223333:cluster/{name}");
        shown.says(&format!("\n  done          {arn}\n    done       "));
        let of = desk.eksaccess("creator", &format!("history --cluster {name} --output json")).run().json();
        assert_eq!(of["records"].as_array().unwrap().len(), 1, "{name}: {of}");
        assert_eq!(of["records"][0]["places"].as_array().unwrap().len(), 3);
    }
    let other = desk.eksaccess("creator", "history --cluster other --output json").run().json();
    assert_eq!(other["records"].as_array().unwrap().len(), 0, "{other}");
}

#[test]
fn a_place_that_failed_is_written_down_with_its_reason() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ConfigMap));
    let desk = Desk::new(world.cluster(cluster("stage", AuthMode::ConfigMap).private()).start());
    desk.eksaccess("creator", "bootstrap --cluster dev --cluster stage --kubeconfig kube").status(1).run();
    let record = desk.eksaccess("creator", "history --last 1 --output json").run().json()["records"][0].clone();
    assert_eq!(record["outcome"], "failed");
    assert_eq!((&record["places"][0]["state"], &record["places"][1]["state"]), (&"done".into(), &"failed".into()));
    assert!(record["places"][1]["why"].as_str().unwrap().contains("could not be read"), "{record}");
}

#[test]
fn a_run_that_is_named_shows_what_is_left_of_it() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ConfigMap));
    let desk = Desk::new(world.cluster(cluster("stage", AuthMode::ConfigMap).private()).start());
    desk.eksaccess("creator", "bootstrap --cluster dev --cluster stage --kubeconfig kube").status(1).run();
    let run = |desk: &Desk| {
        let records = desk.eksaccess("creator", "history --last 1 --output json").run().json();
        records["records"][0]["run"].as_str().expect("its id").to_owned()
    };
    let id = run(&desk);
    let shown = desk.eksaccess("creator", &format!("history --run {}", &id[..30])).run();
    shown
        .says("left: 1 of 2 places; run the same command again: it does only what is left")
        .says("bootstrap  2 places")
        .says("eu-west-1/stage: aws-auth of cluster stage");
    shown.does_not_say("cluster/dev");
    desk.eksaccess("creator", &format!("history --run {id} -v")).run().says("cluster/dev");
    let document = desk.eksaccess("creator", &format!("history --run {id} --output json")).run().json();
    assert_eq!(document["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["left"]["places"].as_array().map(Vec::len), Some(1), "{document}");
    desk.eksaccess("creator", "bootstrap --cluster dev --user member --kubeconfig kube").run();
    desk.eksaccess("creator", &format!("history --run {}", run(&desk))).run().says("nothing is left");
    desk.eksaccess("creator", "history --run 1999").status(2).run().warns("no run in the history");
}
