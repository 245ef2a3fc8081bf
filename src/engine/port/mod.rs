//! The small ports between the engine and the world. Adapters implement them (`aws`, `k8s`), tests script them.
//!
//! Each service has two ports: one for reads, one for writes. [`Connect`] yields the read ports; [`Writers`] yields the
//! others, and only apply is generic over it. So the types ensure that only apply changes anything.
//!
//! Every method is one call, or one list over all its pages. Retries of throttling and 5xx are the adapter's; waiting
//! for propagation and conflicts are the engine's. Absence is `Ok(None)`, never an error.

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
