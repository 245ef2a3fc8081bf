//! Files that must not be lost: replaced whole or not at all, one writer at a time. Unix.
//!
//! [`atomic`] writes, [`lock`] keeps other writers out, [`private`] says which files and directories nobody else may have
//! touched. Blocking calls; no runtime.

pub mod atomic;
mod attributes;
pub mod lock;
pub(crate) mod plain;
pub mod private;
