//! The exec plugin as kubectl runs it: a whole process a call.

mod cache;
mod desks;
mod locks;
pub(crate) mod machines;
mod mfa;
mod sources;
