//! The output: `ui` is the only printer; `progress` animates a terminal; `wrap` fits lines to it, and `pasted`
//! completes the commands of hints.

pub(crate) mod log;
pub(crate) mod pasted;
pub(crate) mod plain_json;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod ui;
pub(crate) mod wrap;
