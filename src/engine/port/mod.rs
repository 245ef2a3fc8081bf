//! The small ports through which the engine sees the world. Adapters implement them (`aws`, `k8s`), tests script them.
//!
//! Each service is two ports: one that looks, and one that changes. [`Connect`] yields those that look; [`Writers`] yields
//! the others, and only apply is generic over it. So "only apply changes the world" is a type.
//!
//! Every method is one call, or one list read to its end. Retries of throttling and 5xx are the adapter's; waiting for
//! propagation and conflicts are the engine's. Absence is `Ok(None)`, never an error.

mod cluster;
mod connect;
mod eks;
mod iam;
mod writers;

pub use super::call_error::CallResult;
pub use crate::model::NewRole;
pub use cluster::{Can, ClusterRead, ClusterWrite, MapWrite, Reach};
pub use connect::{AssumeRequest, Connect, CredentialFacts, SecondFactor, TokenFacts};
pub use eks::{EksRead, EksWrite, NewEntry, TaggedCluster};
pub use iam::{IamRead, IamWrite, Simulated};
pub use writers::Writers;
