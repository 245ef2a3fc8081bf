//! Kubeconfig files: entries that name a role and hold no secret.
//!
//! [`document`] merges into a text without loss, [`exec`] builds and reads the exec sections of three tools, [`locate`]
//! chooses the file as kubectl's rules have it (all three pure); [`mod@file`] reads and writes it under client-go's lock.

pub mod document;
pub mod exec;
pub mod file;
pub mod locate;

pub use document::{ContextView, Wanted, contexts, current_context};
pub use exec::{ExecMeaning, Tool};
