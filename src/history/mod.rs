//! What was applied, when and by whom: an append-only record beside the kept manifests. A run that writes has two lines in
//! it, what it is about to do, with what it overwrites, and what came of it; one that was killed has the first alone.
//!
//! Of a plan for an account or a cluster, that is: with the caller who signed and the ids of the requests. A manifest that
//! `map --file` or `lint --file --fix` changes is not in it: nobody signs there, nothing in any cluster changes, and such
//! a file has a history of its own in version control.

mod record;

pub use record::{BEGUN, Log, PlaceRecord, Record, StepRecord, WrittenTrust};
