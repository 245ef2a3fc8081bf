//! The integration tests, one crate with a folder per subject.
//!
//! `cargo test --test it local::` runs those of one subject; `support` is their common code.

#![allow(clippy::unwrap_used, clippy::doc_markdown, clippy::format_push_string, unreachable_pub)]

mod cloud;
mod credentials;
mod exits;
mod footprint;
mod golden;
mod hints;
mod house;
mod keys;
mod local;
mod many;
mod mapping;
mod network;
mod readme;
mod real;
mod support;
mod token;
mod verify;
