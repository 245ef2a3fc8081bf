//! Access to Amazon EKS clusters the right way: a role without permissions of its own, who may assume it, its access
//! inside the cluster, and a kubeconfig that names the role and holds no secret.
//!
//! The modules, in the order of their dependencies (each uses only earlier ones):
//!
//! - [`characters`], pure: invisible characters.
//! - [`secrets`]: the secrets that this process has held, and the one function that redacts every output.
//! - [`error`]: errors as a person reads them, and the exit status.
//! - [`model`], pure: the types. ARNs, trust, access, what is desired and what was observed.
//! - [`aws_auth`], pure: the ConfigMap's text, read as the control plane reads it and edited without loss.
//! - [`files`], [`backup`], [`history`]: atomic writes and locks; the saved `aws-auth` manifests; what was applied.
//! - [`kubeconfig`]: the document (pure), the merged list in kubectl's view (pure), the exec sections (pure), the file
//!   (locked, atomic).
//! - [`token`]: presigned URL and exec credential (pure), the cache of role sessions.
//! - [`plan`], pure: from desired and observed state to steps.
//! - [`engine`]: observe, apply, verify over small ports; names no SDK.
//! - [`transport`]: the chain of causes of a failed call, for both adapters.
//! - [`aws`], [`k8s`]: the ports' adapters, thin; they depend neither on each other nor on the plan.
//! - [`cli`]: arguments, environment, printing, and one file per verb.
//!
//! Public are [`cli`], [`error`], [`model`], [`aws_auth`] and [`token`]. Unused items of the other modules are compiler
//! errors.
//!
//! A test checks these directions. `docs/architecture.md` follows one command through the modules, and says where a
//! step, a change of access, a method of a port or a link of `verify` is added.

pub(crate) mod aws;
pub mod aws_auth;
pub(crate) mod backup;
pub(crate) mod characters;
pub mod cli;
pub(crate) mod engine;
pub mod error;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod k8s;
pub(crate) mod kubeconfig;
pub mod model;
pub(crate) mod plan;
pub(crate) mod secrets;
pub mod token;
pub(crate) mod transport;
