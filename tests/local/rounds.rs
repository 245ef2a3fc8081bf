//! The time of a run is its longest chain of dependent calls. See docs/round-trips.md.

use std::time::Duration;

use super::acts::{BOOTSTRAP, desk};
use super::support::cloud::{AuthMode, CallRecord};
use super::support::desk::Desk;

const FRESH: usize = 7;
const NOTHING_TO_DO: usize = 4;
/// Two calls that are sent together must overlap to count as one round, a TLS handshake between them included.
const LATENCY: Duration = Duration::from_millis(50);

fn told(desk: &Desk) -> String {
    let calls = desk.cloud.calls();
    let Some(first) = calls.first() else { return String::new() };
    let at = |t: std::time::Instant| t.duration_since(first.start).as_millis();
    let line = |c: &CallRecord| format!("{:5} {:?} {} {}", at(c.start), c.end.map(at), c.operation, c.target);
    calls.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_takes_no_longer_than_its_longest_chain_of_calls() {
    for mode in [AuthMode::ConfigMap, AuthMode::ApiAndConfigMap, AuthMode::Api] {
        let desk = desk(mode);
        desk.cloud.set_latency(LATENCY);
        desk.cloud.clear_log();
        desk.eksaccess("creator", BOOTSTRAP).run();
        let fresh = desk.cloud.rounds();
        assert!(fresh <= FRESH, "{mode:?}: {fresh} rounds\n{}", told(&desk));
        desk.cloud.clear_log();
        desk.eksaccess("creator", BOOTSTRAP).run().says("nothing to do");
        let again = desk.cloud.rounds();
        assert!(again <= NOTHING_TO_DO, "{mode:?}: {again} rounds\n{}", told(&desk));
    }
}
