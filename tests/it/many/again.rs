//! What changed during the confirmation of a plan over several clusters: those places are skipped, the others are done.

use super::desks::{ROLE, three};
use crate::support::desk::Desk;

const PICKED: &str = "map --all-clusters --role KubernetesAdmin";

fn is_bound(desk: &Desk, name: &str) -> bool {
    desk.cloud.access_entry(name, ROLE).is_some()
        || desk.cloud.config_map_data(name, "mapRoles").is_some_and(|text| text.contains(ROLE))
}

fn moves(desk: &Desk) {
    let map = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    let more = "- rolearn: arn:aws:iam::111122223333:role/ci\n  username: ci\n  groups: [ci]\n";
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{map}{more}"));
}

#[test]
fn a_place_that_moved_after_the_question_shows_its_new_plan_and_the_others_are_done() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    let mut terminal = desk.eksaccess("creator", PICKED).on_terminal();
    terminal.shows("Carry this plan out?");
    moves(&desk);
    desk.cloud.clear_log();
    terminal.keys("y\n");
    let (ended, screen) = terminal.end();
    assert_eq!(ended, 4, "{screen}");
    let now = "dev (eu-west-1): the plan changed while it was being confirmed; it is now";
    assert!(screen.contains(now) && screen.contains("not done"), "{screen}");
    assert!(!is_bound(&desk, "dev") && is_bound(&desk, "stage") && is_bound(&desk, "prod"), "{screen}");
    desk.eksaccess("creator", &format!("{PICKED} --yes")).run();
    assert!(is_bound(&desk, "dev"));
}

#[test]
fn only_places_with_steps_are_looked_at_again() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --role KubernetesAdmin").run();
    let mut terminal = desk.eksaccess("creator", PICKED).on_terminal();
    terminal.shows("Carry this plan out?");
    desk.cloud.clear_log();
    terminal.keys("y\n");
    let (ended, screen) = terminal.end();
    assert_eq!(ended, 0, "{screen}");
    let described = desk.cloud.calls().into_iter().filter(|call| call.operation == "DescribeCluster");
    let mut described: Vec<_> = described.map(|call| call.target).collect();
    described.sort();
    assert!(described.iter().all(|target| !target.contains("dev")), "{described:?}");
    assert!(is_bound(&desk, "stage") && is_bound(&desk, "prod"));
}

#[test]
fn an_approval_is_for_the_whole_plan() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    let document = desk.eksaccess("creator", &format!("{PICKED} --dry-run --output json")).run().json();
    let id = document["plan"]["id"].as_str().unwrap().to_owned();
    moves(&desk);
    desk.cloud.clear_log();
    desk.eksaccess("creator", &format!("{PICKED} --approve {id}")).status(4).run();
    assert!(desk.cloud.writes().is_empty());
    assert!(!is_bound(&desk, "stage") && !is_bound(&desk, "prod"));
}
