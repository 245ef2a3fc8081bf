//! Access to Amazon EKS clusters the right way: a role that is only a key, who may assume it, what it means inside the
//! cluster, and a kubeconfig that names the role and holds no secret.
//!
//! The modules, in the order of their dependence (each knows only those before it):
//!
//! - [`characters`], pure: which characters a reader does not see.
//! - [`secrets`]: the secrets that this process has held, and the one function through which every text leaves it.
//! - [`error`]: what went wrong, as a person reads it, and the exit status.
//! - [`model`], pure: the words. ARNs, trust, access, what is desired and what was observed.
//! - [`aws_auth`], pure: the ConfigMap's text, read as the control plane reads it and edited without loss.
//! - [`files`], [`backup`], [`history`]: atomic writes and locks; the kept `aws-auth` manifests; what was applied.
//! - [`kubeconfig`]: the document (pure), the merged list as kubectl sees it (pure), the exec sections (pure), the file
//!   (locked, atomic).
//! - [`token`]: presigned URL and exec credential (pure), the cache of role sessions.
//! - [`plan`], pure: from desired and observed to steps.
//! - [`engine`]: observe, apply, verify over small ports; names no SDK.
//! - [`transport`]: what a failed call's chain of causes says, for both adapters.
//! - [`aws`], [`k8s`]: the ports' adapters, thin; they know neither each other nor the plan.
//! - [`cli`]: arguments, environment, printing, and a file a verb.
//!
//! Public are [`cli`], [`error`], [`model`], [`aws_auth`] and [`token`]. What only this crate sees the compiler finds dead.
//!
//! A test walks the sources and holds these directions. `docs/architecture.md` follows one command through the modules,
//! and says where a step, a change of access, a method of a port or a link of `verify` is added.

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
