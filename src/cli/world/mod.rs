//! The surroundings of a run: the environment (`context` is its only reader), this machine's files (`local`), the
//! clients (`open`, `connect`), those of each account (`worlds`), a named text (`text`), a person at the terminal
//! (`prompt`, `factor`), and how a run is interrupted.

pub(crate) mod aside;
pub(crate) mod bounds;
pub(crate) mod connect;
pub(crate) mod context;
pub(crate) mod factor;
pub(crate) mod interrupt;
pub(crate) mod kubectl_files;
pub(crate) mod local;
pub(crate) mod open;
pub(crate) mod prompt;
pub(crate) mod runtime;
pub(crate) mod selected;
pub(crate) mod text;
pub(crate) mod through_context;
pub(crate) mod worlds;
