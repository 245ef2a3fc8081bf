//! `bootstrap` over several clusters.

use serde_json::Value;

use super::desks::{ROLE, cluster, count, three};
use crate::support::cloud::{AuthMode, Effect, Fault, World};
use crate::support::desk::Desk;

const ALL: &str = "bootstrap --cluster dev --cluster stage --cluster prod --user member --kubeconfig kube";

fn is_bound(desk: &Desk, name: &str) -> bool {
    desk.cloud.access_entry(name, ROLE).is_some()
        || desk.cloud.config_map_data(name, "mapRoles").is_some_and(|text| text.contains(ROLE))
}

/// The cluster of each place, or what else it is, and its state.
pub fn states(document: &Value) -> Vec<(String, String)> {
    let text = |place: &Value, key: &str| place[key].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    document["places"].as_array().unwrap().iter().map(|p| (text(p, "id"), text(p, "state"))).collect()
}

/// A place and its state.
pub fn pair(name: &str, state: &str) -> (String, String) {
    (name.to_owned(), state.to_owned())
}

#[test]
fn the_role_is_made_once_and_bound_in_every_cluster_and_a_second_run_does_nothing() {
    let desk = three();
    let ran = desk.eksaccess("creator", ALL).run();
    ran.says("bootstrap plan ").says("3 clusters in account 111122223333");
    assert_eq!((count(&desk, "CreateRole"), count(&desk, "CreateGroup"), count(&desk, "AddUserToGroup")), (1, 1, 1));
    assert_eq!(count(&desk, "GetRole"), 1, "an account is looked at once, whatever the number of its clusters");
    for name in ["dev", "stage", "prod"] {
        assert!(is_bound(&desk, name), "{name}");
        ran.says(&format!("done  {name} (eu-west-1)"));
    }
    let kube = desk.read("kube");
    for name in ["dev", "stage", "prod"] {
        assert!(kube.contains(&format!("name: KubernetesAdmin@{name}.eu-west-1.111122223333")), "{name}:\n{kube}");
    }
    assert!(!kube.contains("current-context: Kube"), "of several none becomes current:\n{kube}");
    desk.cloud.clear_log();
    let again = desk.eksaccess("creator", ALL).run();
    again.says("nothing to do");
    assert!(desk.cloud.writes().is_empty(), "{:?}", desk.cloud.writes());
}

#[test]
fn a_cluster_that_does_not_answer_fails_alone_and_later_only_what_is_left_is_done() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ConfigMap)).cluster(cluster("prod", AuthMode::Api));
    let desk = Desk::new(world.cluster(cluster("stage", AuthMode::ConfigMap).private()).start());
    let ran = desk.eksaccess("creator", &format!("{ALL} --output json")).status(1).run();
    let document = ran.json();
    assert_eq!(states(&document), [pair("dev", "done"), pair("prod", "done"), pair("stage", "failed")]);
    assert!(document["places"][2]["why"].as_str().unwrap().contains("aws-auth of cluster stage could not be read"));
    assert!(document.get("cluster").is_none(), "there is not one cluster");
    assert!(is_bound(&desk, "dev") && is_bound(&desk, "prod"));
    assert!(!desk.read("kube").contains("@stage."), "no context of a cluster that failed");
    desk.cloud.clear_log();
    let again = desk.eksaccess("creator", &format!("{ALL} --output json")).status(1).run();
    assert_eq!(
        states(&again.json()),
        [pair("dev", "nothing-to-do"), pair("prod", "nothing-to-do"), pair("stage", "failed")]
    );
    assert!(desk.cloud.writes().is_empty(), "{:?}", desk.cloud.writes());
}

#[test]
fn a_role_that_can_not_be_made_leaves_every_cluster_undone_and_says_why() {
    let desk = three();
    desk.cloud.arm(Fault::new("CreateRole", Effect::AccessDenied));
    let ran = desk.eksaccess("creator", &format!("{ALL} --output json")).status(1).run();
    let document = ran.json();
    assert_eq!(states(&document), [pair("dev", "not-done"), pair("prod", "not-done"), pair("stage", "not-done")]);
    for place in document["places"].as_array().unwrap() {
        assert!(place["why"].as_str().unwrap().contains("role KubernetesAdmin failed"), "{place}");
    }
    for name in ["dev", "stage", "prod"] {
        assert!(!is_bound(&desk, name), "{name}");
    }
}

#[test]
fn a_step_that_fails_in_one_cluster_does_not_stop_the_others() {
    let desk = three();
    desk.cloud.arm(Fault::new("CreateAccessEntry", Effect::AccessDenied));
    let ran = desk.eksaccess("creator", &format!("{ALL} --output json")).status(1).run();
    let (bound, unbound): (Vec<_>, Vec<_>) = ["stage", "prod"].into_iter().partition(|name| is_bound(&desk, name));
    let ([bound], [unbound]) = (&bound[..], &unbound[..]) else { panic!("one of two: {bound:?} {unbound:?}") };
    let state = |name: &str| states(&ran.json()).into_iter().find(|(place, _)| place == name).unwrap().1;
    assert_eq!([state("dev"), state(bound), state(unbound)], ["done", "done", "failed"]);
    assert!(!desk.read("kube").contains(&format!("@{unbound}.")), "no context of a cluster that failed");
    desk.eksaccess("creator", ALL).run().says("verified: access works");
    assert!(is_bound(&desk, unbound));
}

/// The file is written after everything else: too many failures by then prevent further clusters, but a context is the
/// last step of one that was begun.
#[test]
fn too_many_failures_cost_the_clusters_that_were_done_no_context() {
    let desk = three();
    desk.cloud.arm(Fault::new("CreateAccessEntry", Effect::AccessDenied));
    desk.eksaccess("creator", &format!("{ALL} --max-failures 0")).status(1).run();
    let kube = desk.read("kube");
    for name in ["dev", "stage", "prod"] {
        assert_eq!(kube.contains(&format!("@{name}.")), is_bound(&desk, name), "{name}: {kube}");
    }
    assert!(is_bound(&desk, "dev"));
}
