//! EKS.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::collections::BTreeMap;

use crate::engine::call_error::CallResult;
use crate::model::nodes::NodeSources;
use crate::model::{AccessEntry, AuthMode, ClusterAuthority, ClusterDescription, ClusterUpdate, PolicyScope};

/// EKS in one account and region: reads.
pub trait EksRead {
    /// `eks:ListClusters`: the names, over all pages.
    async fn list_clusters(&self) -> CallResult<Vec<String>>;
    /// `eks:DescribeCluster`.
    async fn describe_cluster(&self, name: &str) -> CallResult<Option<ClusterDescription>>;
    /// The same call, with the cluster's tags.
    async fn tagged_cluster(&self, name: &str) -> CallResult<Option<TaggedCluster>>;
    /// `eks:DescribeAccessEntry` and `eks:ListAssociatedAccessPolicies`, concurrently.
    async fn describe_entry(&self, cluster: &str, principal: &str) -> CallResult<Option<AccessEntry>>;
    /// `eks:ListAccessEntries`: the principals' ARNs, over all pages.
    async fn list_entries(&self, cluster: &str) -> CallResult<Vec<String>>;
    /// `eks:ListAccessPolicies`: names and ARNs, over all pages.
    async fn list_policies(&self) -> CallResult<Vec<(String, String)>>;
    /// The cluster's certificate authorities, one or two (`eks:ListCertificateAuthorities`,
    /// `eks:DescribeCertificateAuthority`).
    async fn list_authorities(&self, cluster: &str) -> CallResult<Vec<ClusterAuthority>>;
    /// The cluster's node groups, and the roles of its Fargate profiles
    /// (`eks:ListNodegroups`, `eks:DescribeNodegroup`, `eks:ListFargateProfiles`, `eks:DescribeFargateProfile`).
    async fn list_node_sources(&self, cluster: &str) -> CallResult<NodeSources>;
    /// The ARNs of the roles of the cluster's capabilities (`eks:ListCapabilities`, `eks:DescribeCapability`): EKS makes
    /// their entries itself.
    async fn list_capability_roles(&self, cluster: &str) -> CallResult<Vec<String>>;
    /// Those of the cluster's updates that are under way (`eks:ListUpdates`, `eks:DescribeUpdate`).
    async fn list_updates(&self, cluster: &str) -> CallResult<Vec<ClusterUpdate>>;
    /// `eks:DescribeUpdate`.
    async fn describe_update(&self, cluster: &str, id: &str) -> CallResult<Option<ClusterUpdate>>;
}

/// EKS in one account and region: writes.
pub trait EksWrite {
    /// `eks:CreateAccessEntry`.
    async fn create_entry(&self, cluster: &str, entry: &NewEntry<'_>) -> CallResult<()>;
    /// `eks:UpdateAccessEntry`: always with groups and username, as an omitted field is reset.
    async fn update_entry(&self, cluster: &str, principal: &str, username: &str, groups: &[String]) -> CallResult<()>;
    /// `eks:DeleteAccessEntry`, with its associations; a missing one is not an error.
    async fn delete_entry(&self, cluster: &str, principal: &str) -> CallResult<()>;
    /// `eks:AssociateAccessPolicy`: replaces the scope of a policy already associated.
    async fn associate_policy(
        &self,
        cluster: &str,
        principal: &str,
        policy_arn: &str,
        scope: &PolicyScope,
    ) -> CallResult<()>;
    /// `eks:DisassociateAccessPolicy`; a missing one is not an error.
    async fn disassociate_policy(&self, cluster: &str, principal: &str, policy_arn: &str) -> CallResult<()>;
    /// `eks:UpdateClusterConfig`, for the authentication mode: the update that begins. Another one under way is
    /// [`Conflict`](crate::engine::CallErrorKind::Conflict).
    async fn switch_mode(&self, cluster: &str, to: AuthMode) -> CallResult<ClusterUpdate>;
}

/// An access entry to create.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// The principal's full ARN.
    pub principal: &'a str,
    /// STANDARD, or one of the node types, which take neither username nor groups.
    pub entry_type: &'a str,
    /// `None` is EKS's default.
    pub username: Option<&'a str>,
    /// The Kubernetes groups.
    pub groups: &'a [String],
    /// The tags.
    pub tags: &'a BTreeMap<String, String>,
}

/// A cluster's description, with its tags.
pub type TaggedCluster = (ClusterDescription, BTreeMap<String, String>);
