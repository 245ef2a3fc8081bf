//! What was applied, when and by whom: an append-only record beside the kept manifests.

mod record;

pub use record::{HistoryError, Log, Record, StepRecord};
