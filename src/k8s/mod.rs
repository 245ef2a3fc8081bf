//! One cluster's Kubernetes API, thinly wrapped: `aws-auth` as raw JSON, and the reviews of the caller's identity and
//! rights.
//!
//! [`client`] builds the connection from a described cluster and a source of tokens, [`aws_auth`] and [`reviews`] are the
//! operations, [`error`] turns failures into [`crate::engine::CallError`].

pub mod aws_auth;
pub mod client;
mod cluster;
pub mod error;
pub mod lists;
mod rbac;
mod reviews;
mod wire;

pub use client::{KubeCluster, KubeSettings, TokenSource};
pub use cluster::KubeWriter;
