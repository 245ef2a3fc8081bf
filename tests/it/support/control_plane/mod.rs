//! Third-party programs for the tests: a real control plane (etcd, kube-apiserver and aws-iam-authenticator, with the
//! local cloud as its AWS), and clouds by other teams.
//!
//! `.ci/real-parts` builds and installs them; without them a test is skipped with a message ([`or_skip`]).

mod admin;
mod background;
mod certificates;
mod launch;
mod missing;
mod plane;
mod ports;
mod program;
mod seed;
mod sts_proxy;
mod third_party;
mod webhooks;

pub use admin::{User, Write};
pub use missing::{Missing, or_skip, skip};
pub use plane::ControlPlane;
pub use third_party::ThirdParty;
