//! What people see: `ui` is the only printer; `progress` is what moves on a terminal; lines are wrapped here, and the commands of hints completed.

pub(crate) mod log;
pub(crate) mod pasted;
pub(crate) mod plain_json;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod ui;
pub(crate) mod wrap;
