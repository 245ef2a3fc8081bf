//! The local cloud, held against what it stands for.

#![allow(clippy::unwrap_used, clippy::doc_markdown, clippy::format_push_string, unreachable_pub)]

mod support;

#[path = "cloud/client.rs"]
mod client;
#[path = "cloud/eks.rs"]
mod eks;
#[path = "cloud/faults.rs"]
mod faults;
#[path = "cloud/iam.rs"]
mod iam;
#[path = "cloud/kubernetes.rs"]
mod kubernetes;
#[path = "cloud/log.rs"]
mod log;
#[path = "cloud/signatures.rs"]
mod signatures;
#[path = "cloud/sts.rs"]
mod sts;
#[path = "cloud/tokens.rs"]
mod tokens;
