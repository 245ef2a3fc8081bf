//! The exec plugin as kubectl runs it: a whole process a call.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

mod support;

#[path = "token/cache.rs"]
mod cache;
#[path = "token/desks.rs"]
mod desks;
#[path = "token/locks.rs"]
mod locks;
#[path = "token/machines.rs"]
mod machines;
#[path = "token/mfa.rs"]
mod mfa;
#[path = "token/sources.rs"]
mod sources;
