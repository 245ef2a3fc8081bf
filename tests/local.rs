//! The real binary against the local cloud: what it changes, what it never touches, and what it says.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

mod support;

#[path = "local/acts.rs"]
mod acts;
#[path = "local/approval.rs"]
mod approval;
#[path = "local/bootstrap.rs"]
mod bootstrap;
#[path = "local/entries.rs"]
mod entries;
#[path = "local/kills.rs"]
mod kills;
#[path = "local/luck.rs"]
mod luck;
#[path = "local/rounds.rs"]
mod rounds;
