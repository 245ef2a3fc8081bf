//! Files that must not be lost: replaced whole or not at all, one writer at a time. Unix.
//!
//! [`atomic`] writes, [`lock`] excludes other writers, [`private`] checks that no other user could write to files and
//! directories. Blocking calls; no runtime.

pub mod atomic;
mod attributes;
pub mod lock;
pub(crate) mod plain;
pub mod private;
