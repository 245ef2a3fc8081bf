//! The display while several clusters are worked on.

use super::desks::{FLEET, fleet, three};
use crate::support::cloud::{Effect, Fault};
use crate::support::desk::{Desk, Typed};

const ALL: &str = "bootstrap --cluster dev --cluster stage --cluster prod --user member --kubeconfig kube";
/// The beginning of a bar.
const BAR: &str = " clusters [";

fn typed(desk: &Desk) -> Typed<'_> {
    desk.eksaccess("creator", ALL)
}

#[test]
fn a_terminal_shows_a_bar_for_the_whole_and_the_lines_of_what_was_done() {
    let desk = three();
    let (ended, screen) = typed(&desk).on_terminal().end();
    assert_eq!(ended, 0, "{screen}");
    assert!(screen.contains("checking 3 clusters ["), "{screen}");
    let plain: String = screen.lines().filter(|line| !line.contains('\u{1b}')).collect();
    assert!(!plain.contains(BAR), "{screen}");
    for name in ["dev", "stage", "prod"] {
        assert!(screen.contains(&format!("{name} (eu-west-1)")), "{screen}");
    }
}

#[test]
fn no_bar_is_shown_where_lines_are_not_redrawn() {
    let ways: [fn(Typed<'_>) -> Typed<'_>; 3] =
        [|typed| typed.env("NO_COLOR", "1"), |typed| typed.env("TERM", "dumb"), |typed| typed.args("--quiet")];
    for way in ways {
        let desk = three();
        let (ended, screen) = way(typed(&desk)).on_terminal().end();
        assert_eq!(ended, 0, "{screen}");
        assert!(!screen.contains(BAR), "{screen}");
    }
    let desk = three();
    let ran = typed(&desk).run();
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains(BAR), "{}", ran.stderr);
}

#[test]
fn one_cluster_has_no_bar() {
    let desk = three();
    let (ended, screen) = desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube").on_terminal().end();
    assert_eq!(ended, 0, "{screen}");
    assert!(!screen.contains("/1\r") && !screen.contains(" ["), "{screen}");
}

#[test]
fn each_phase_has_its_bar_and_an_interruption_takes_it_off_the_screen() {
    for (hangs, doing) in [
        ("DescribeCluster", "checking 3 clusters"),
        ("CreateAccessEntry", "carrying out the plan"),
        ("SelfSubjectReview", "verifying access"),
    ] {
        let desk = three();
        desk.cloud.arm(Fault::new(hangs, Effect::HangAfter).always());
        let bar = format!("{doing} [");
        let mut terminal = typed(&desk).on_terminal();
        terminal.shows(&bar).shows("/3").keys("\u{3}");
        let (ended, screen) = terminal.end();
        assert_eq!(ended, 130, "{screen}");
        let told = format!("interrupted while {doing}");
        let (before, behind) = screen.split_once(&told).unwrap_or_else(|| panic!("{told}: {screen}"));
        assert!(!behind.contains(&bar), "{behind:?}");
        let last = &before[before.rfind(&bar).expect("a bar")..];
        assert!(last.contains("\u{1b}[2K"), "{last:?}");
    }
}

#[test]
fn without_a_terminal_many_clusters_are_reported_by_tenths_and_few_are_not() {
    let desk = fleet(20, 2);
    let map = format!("map --role Team --kubernetes-group viewers {FLEET}");
    let ran = desk.eksaccess("creator", &map).run();
    let looking: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("checking 20 ")).collect();
    assert_eq!((looking.len(), looking[0]), (11, "checking 20 clusters"), "{}", ran.stderr);
    assert_eq!((looking[1], looking[10]), ("checking 20 clusters: 2 of 20", "checking 20 clusters: 20 of 20"));
    assert!(ran.stderr.contains("carrying out the plan: 20 of 20"), "{}", ran.stderr);
    for (more, is_told) in [("--quiet", false), ("--output json", false), ("--dry-run", true)] {
        let ran = desk.eksaccess("creator", &format!("{map} {more}")).run();
        assert_eq!(ran.stderr.contains("of 20"), is_told, "{more}: {}", ran.stderr);
    }
    let few = three();
    let ran = typed(&few).run();
    assert!(!ran.stderr.contains("checking 3 clusters"), "{}", ran.stderr);
}
