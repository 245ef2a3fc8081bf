//! Kubeconfig files: entries that name a role and hold no secret.
//!
//! [`document`] merges into a text without loss, [`exec`] builds and reads the exec sections of three tools, [`locate`]
//! names the files as kubectl does, [`merged`] is what kubectl sees of them (all four pure); [`mod@file`] reads and writes
//! one under client-go's lock.

pub mod beside;
pub mod document;
pub mod exec;
pub mod file;
pub mod locate;
pub mod merged;
mod texts;

pub use document::{ContextView, Wanted, contexts, current_context};
pub use exec::{ExecMeaning, Tool};
