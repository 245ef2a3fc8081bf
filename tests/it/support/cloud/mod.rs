//! A small cloud on 127.0.0.1: IAM, STS, EKS and the list of regions on one HTTP port, and a Kubernetes API for each cluster over TLS.
//!
//! It speaks AWS's wire protocols, checks every signature, evaluates identity and trust policies, and follows the rules
//! and error codes of the services, for any number of accounts and partitions. It runs on a thread of its own;
//! everything here is synchronous.
//!
//! ```text
//! let cloud = World::new().dev(|dev| dev.mode(AuthMode::Api)).start();
//! command.envs(cloud.env("creator"));
//! assert!(cloud.writes().is_empty());
//! ```

#![allow(
    clippy::doc_markdown,
    clippy::format_push_string,
    clippy::match_bool,
    clippy::module_inception,
    clippy::struct_field_names,
    clippy::unnecessary_wraps,
    reason = "two crates have it: the integration tests and the sandbox"
)]

mod account;
mod account_setup;
mod authentication;
mod authority;
mod aws_front;
mod call;
mod cloud;
mod cluster;
mod cluster_spec;
mod condition;
mod eks;
mod error;
mod faults;
mod gate;
mod iam;
mod ids;
mod k8s;
mod k8s_front;
mod log;
mod policy;
mod policy_document;
mod regions;
mod root;
mod server;
mod shared;
mod sigv4;
mod state;
mod sts;
mod time;
mod under_way;
mod wire;
mod world;
mod world_changes;

pub use account::{Inline, Role};
pub use account_setup::AccountSetup;
pub use cloud::{ACCOUNT, Cloud, REGION};
pub use cluster::{AccessEntry, Association, AuthMode, Cluster};
pub use cluster_spec::ClusterSpec;
pub use faults::{Effect, Fault};
pub use k8s::{Attributes, Identity, Source};
pub use under_way::Place;
pub use world::World;
