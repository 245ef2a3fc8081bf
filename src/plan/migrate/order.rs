//! The order in which the rows are applied: people, administrators one after another, node roles, the caller's own last.

use super::evidence::Evidence;
use super::row::{Decision, Row, Turn};
use crate::model::Principal;

/// Gives the callers' own rows their turn.
pub fn mark_own(rows: &mut [Row], callers: &[Principal]) {
    for row in rows {
        let Decision::Becomes(wish) = &mut row.decision else { continue };
        let key = Evidence::key(&wish.principal.to_string());
        if callers.iter().any(|caller| Evidence::key(&caller.to_string()) == key) {
            wish.turn = Turn::Own;
        }
    }
}

/// The places of the rows that become entries, in the order in which they are applied.
pub fn order(rows: &[Row]) -> Vec<usize> {
    let turns = rows.iter().enumerate().filter_map(|(at, row)| Some((row.wish()?.turn, at)));
    let mut all: Vec<(Turn, usize)> = turns.collect();
    all.sort_unstable();
    all.into_iter().map(|(_, at)| at).collect()
}
