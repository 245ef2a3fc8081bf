//! The exec plugin as kubectl runs it: a whole process per call.

mod cache;
mod desks;
mod hosts;
mod itself;
mod locks;
pub(crate) mod login;
pub(crate) mod machines;
mod mfa;
mod sources;
