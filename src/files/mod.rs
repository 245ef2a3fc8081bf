//! Files that must not be lost: replaced whole or not at all, one writer at a time. Unix.
//!
//! [`atomic`] writes, [`lock`] keeps other writers out. Blocking calls; no runtime.

pub mod atomic;
pub mod lock;
