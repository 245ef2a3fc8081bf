//! What was applied, when and by whom: an append-only record next to the saved manifests. A run that writes has two
//! lines: the planned steps with what they overwrite, and the results; a killed run has the first only.
//!
//! It covers changes to accounts and clusters, with the signing identity and the request ids. A manifest changed by
//! `map --file` or `lint --file --fix` is not recorded: such a change is not signed, does not affect a cluster, and has
//! its history in version control.

mod record;

pub use record::{BEGUN, Log, PlaceRecord, Record, StepRecord, WrittenTrust};
