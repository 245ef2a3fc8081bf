//! The time of a run is its longest chain of dependent calls; docs/round-trips.md lists the concurrent calls.
//!
//! No clock decides: the cloud answers a call only when all calls of its round have arrived. A call that needed the
//! answer of another one of its round would never arrive.

use super::acts::{BOOTSTRAP, desk};
use crate::support::cloud::AuthMode;

const DOC: &str = include_str!("../../../docs/round-trips.md");

/// The rounds of the table under a heading: the names in one of its columns; `the same` repeats the previous column.
fn rounds(heading: &str, column: usize) -> Vec<Vec<String>> {
    let (_, table) = DOC.split_once(heading).unwrap_or_else(|| panic!("docs/round-trips.md lacks {heading:?}"));
    let rows = table.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    let rounds: Vec<_> = rows.map(|row| names(row, column)).collect();
    assert!(!rounds.is_empty() && rounds.iter().all(|round| !round.is_empty()), "{rounds:?}");
    rounds
}

fn names(row: &str, column: usize) -> Vec<String> {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    match cells[column + 1] {
        "the same" => names(row, column - 1),
        cell => cell.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
    }
}

/// Without the calls that a mode does not need.
fn read_in(mode: AuthMode, mut rounds: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let not_read: &[&str] = match mode {
        AuthMode::Api => &["GetConfigMap"],
        AuthMode::ConfigMap => &["DescribeAccessEntry", "ListAssociatedAccessPolicies"],
        AuthMode::ApiAndConfigMap => &[],
    };
    for round in &mut rounds {
        round.retain(|name| !not_read.contains(&name.as_str()));
    }
    rounds
}

#[test]
fn a_run_takes_no_longer_than_its_longest_chain_of_calls() {
    for (mode, column) in [(AuthMode::ConfigMap, 1), (AuthMode::ApiAndConfigMap, 2), (AuthMode::Api, 2)] {
        let desk = desk(mode);
        desk.cloud.expect_rounds(&read_in(mode, rounds("## A fresh run", column)));
        desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
        desk.cloud.came_in_rounds(&format!("{mode:?}, a fresh run"));
        desk.cloud.clear_log();
        desk.cloud.expect_rounds(&read_in(mode, rounds("## A run with nothing to do", 1)));
        desk.eksaccess("creator", BOOTSTRAP).run().says("nothing to do");
        desk.cloud.came_in_rounds(&format!("{mode:?}, a run with nothing to do"));
    }
}

#[test]
fn the_page_counts_its_own_rounds() {
    let count = |heading, column| rounds(heading, column).len();
    assert_eq!(
        [count("## A fresh run", 1), count("## A fresh run", 2), count("## A run with nothing to do", 1)],
        [7, 7, 4]
    );
    for words in ["seven rounds", "four"] {
        assert!(DOC.contains(words), "{words}");
    }
}
