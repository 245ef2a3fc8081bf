//! A cluster's Kubernetes API.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use serde_json::Value;

use crate::engine::call_error::CallResult;
use crate::model::nodes::ListedNode;
use crate::model::rbac::{BindingName, RbacBinding, Subject};
use crate::model::{AwsAuthMap, KubernetesIdentity};

/// One cluster's Kubernetes API, as one identity. Read only.
pub trait ClusterRead {
    /// Whether the endpoint answers; one attempt, without a token.
    async fn reach(&self) -> Reach;
    /// Reads `kube-system/aws-auth`.
    async fn get_aws_auth(&self) -> CallResult<Option<AwsAuthMap>>;
    /// Whether the server accepts a write, by its own dry run, which stores nothing.
    async fn would_take(&self, write: &MapWrite<'_>) -> CallResult<()>;
    /// `SelfSubjectReview`: the caller's identity.
    async fn who_am_i(&self) -> CallResult<KubernetesIdentity>;
    /// `SelfSubjectAccessReview`: whether the caller may.
    async fn can_i(&self, can: &Can) -> CallResult<bool>;
    /// The nodes, to the end of the list.
    async fn list_nodes(&self) -> CallResult<Vec<ListedNode>>;
    /// The `ClusterRoleBindings` and the `RoleBindings` of every namespace, to the end of both lists.
    async fn list_bindings(&self) -> CallResult<Vec<RbacBinding>>;
}

/// Writes to a cluster through its Kubernetes API.
pub trait ClusterWrite {
    /// Writes `kube-system/aws-auth`.
    async fn write(&self, write: &MapWrite<'_>) -> CallResult<()>;
    /// Adds a subject to an RBAC binding; one that names it already is done.
    async fn add_subject(&self, binding: &BindingName, subject: &Subject) -> CallResult<()>;
}

/// A write of `kube-system/aws-auth`, with the whole object.
#[derive(Clone, Copy, Debug)]
pub enum MapWrite<'a> {
    /// Creates it.
    Create(&'a Value),
    /// Replaces it; the object's `resourceVersion` is the precondition.
    Replace(&'a Value),
}

/// An action to check (`SelfSubjectAccessReview`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Can {
    /// The verb, `*` for all.
    pub verb: String,
    /// The API group, `*` for all, empty for the core group.
    pub group: String,
    /// The resource, `*` for all.
    pub resource: String,
    /// The namespace; `None` is all.
    pub namespace: Option<String>,
}

impl Can {
    /// The resource as kubectl writes it: `deployments.apps/scale`.
    pub fn kind(&self) -> String {
        if self.group.is_empty() || self.group == "*" {
            return self.resource.clone();
        }
        match self.resource.split_once('/') {
            Some((resource, sub)) => format!("{resource}.{}/{sub}", self.group),
            None => format!("{}.{}", self.resource, self.group),
        }
    }

    /// Everything, everywhere: the rights of an administrator.
    pub fn everything() -> Self {
        Self { verb: "*".to_owned(), group: "*".to_owned(), resource: "*".to_owned(), namespace: None }
    }
}

/// How far a connection to an API server gets, without a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reach {
    /// It answers, over TLS with its own certificate authority.
    Answers,
    /// Its name does not resolve.
    NoName(String),
    /// TLS fails: another certificate than the cluster's own, or for another name.
    Tls(String),
    /// The certificate is for a name other than the requested one.
    OtherName(String),
    /// A proxy refuses.
    Proxy(String),
    /// No connection, or no answer in time.
    Silent(String),
}
