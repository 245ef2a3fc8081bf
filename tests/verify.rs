//! `verify`, each link broken alone; `docs/locked-out.md` tells what must be said.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

use std::collections::BTreeSet;

mod support;

#[path = "verify/broken.rs"]
mod broken;
#[path = "verify/choice.rs"]
mod choice;
#[path = "verify/grants.rs"]
mod grants;
#[path = "verify/hold.rs"]
mod hold;
#[path = "verify/kubeconfig.rs"]
mod kubeconfig;
#[path = "verify/mfa.rs"]
mod mfa;
#[path = "verify/others.rs"]
mod others;
#[path = "verify/table.rs"]
mod table;
#[path = "verify/whole.rs"]
mod whole;
#[path = "verify/world.rs"]
mod world;

#[test]
fn every_row_is_a_case_and_every_case_a_row() {
    let rows: Vec<String> = table::rows().into_iter().map(|r| r.case).collect();
    let cases: BTreeSet<&str> = broken::CASES.into_iter().collect();
    assert_eq!(rows.iter().map(String::as_str).collect::<BTreeSet<_>>(), cases);
    assert_eq!(rows.len(), cases.len(), "no row twice");
}
