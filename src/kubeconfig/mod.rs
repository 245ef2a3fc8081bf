//! Kubeconfig files: entries that name a role and hold no secret.
//!
//! [`document`] merges into a text without loss, [`exec`] builds and reads the exec sections of three tools, [`locate`]
//! chooses the file as kubectl's rules have it (all three pure); [`mod@file`] reads and writes it under client-go's lock.

pub mod document;
pub mod exec;
pub mod file;
pub mod locate;

pub use document::{
    Change, ContextView, Current, DocumentError, Holds, Merged, Note, Removal, Removed, Wanted, contexts,
    current_context, default_name, emit, holds, merge, remove,
};
pub use exec::{ExecError, ExecMeaning, ExecNeeds, ExecSpec, ExecTool, Tool, understand};
pub use file::{FileError, LOCK_WAIT, Locked, Written, read};
pub use locate::{LocateError, Sources, candidates, choose};
