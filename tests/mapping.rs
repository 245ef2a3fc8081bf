//! The real binary on `aws-auth`, against the local cloud: many writers at once, hostile texts, refusals.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

mod support;

#[path = "mapping/concurrency.rs"]
mod concurrency;
#[path = "mapping/hostile.rs"]
mod hostile;
