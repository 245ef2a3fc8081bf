//! EKS.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::collections::BTreeMap;

use crate::engine::call_error::CallResult;
use crate::model::{AccessEntry, AuthMode, ClusterAuthority, ClusterDescription, ClusterUpdate, PolicyScope};

/// EKS in one account and region, as it is looked at.
pub trait EksRead {
    /// `eks:ListClusters`: the names, to the end of the list.
    async fn list_clusters(&self) -> CallResult<Vec<String>>;
    /// `eks:DescribeCluster`.
    async fn describe_cluster(&self, name: &str) -> CallResult<Option<ClusterDescription>>;
    /// The same call, with the cluster's tags.
    async fn tagged_cluster(&self, name: &str) -> CallResult<Option<TaggedCluster>>;
    /// `eks:DescribeAccessEntry` and `eks:ListAssociatedAccessPolicies`, together.
    async fn describe_entry(&self, cluster: &str, principal: &str) -> CallResult<Option<AccessEntry>>;
    /// `eks:ListAccessEntries`: the principals' ARNs, to the end of the list.
    async fn list_entries(&self, cluster: &str) -> CallResult<Vec<String>>;
    /// `eks:ListAccessPolicies`: names and ARNs, to the end of the list.
    async fn list_policies(&self) -> CallResult<Vec<(String, String)>>;
    /// The cluster's certificate authorities, one or two (`eks:ListCertificateAuthorities`,
    /// `eks:DescribeCertificateAuthority`).
    async fn list_authorities(&self, cluster: &str) -> CallResult<Vec<ClusterAuthority>>;
    /// The ARNs of the IAM roles that the cluster's node groups and Fargate profiles run as
    /// (`eks:ListNodegroups`, `eks:DescribeNodegroup`, `eks:ListFargateProfiles`, `eks:DescribeFargateProfile`).
    async fn node_roles(&self, cluster: &str) -> CallResult<Vec<String>>;
    /// Those of the cluster's updates that are under way (`eks:ListUpdates`, `eks:DescribeUpdate`).
    async fn list_updates(&self, cluster: &str) -> CallResult<Vec<ClusterUpdate>>;
    /// `eks:DescribeUpdate`.
    async fn describe_update(&self, cluster: &str, id: &str) -> CallResult<Option<ClusterUpdate>>;
}

/// What changes EKS in one account and region.
pub trait EksWrite {
    /// `eks:CreateAccessEntry`.
    async fn create_entry(&self, cluster: &str, entry: &NewEntry<'_>) -> CallResult<()>;
    /// `eks:UpdateAccessEntry`: groups and username always together, for what is left out is reset.
    async fn update_entry(&self, cluster: &str, principal: &str, username: &str, groups: &[String]) -> CallResult<()>;
    /// `eks:DeleteAccessEntry`, with its associations; one that is gone already is done.
    async fn delete_entry(&self, cluster: &str, principal: &str) -> CallResult<()>;
    /// `eks:AssociateAccessPolicy`: replaces the scope of a policy already associated.
    async fn associate_policy(
        &self,
        cluster: &str,
        principal: &str,
        policy_arn: &str,
        scope: &PolicyScope,
    ) -> CallResult<()>;
    /// `eks:DisassociateAccessPolicy`; one that is gone already is done.
    async fn disassociate_policy(&self, cluster: &str, principal: &str, policy_arn: &str) -> CallResult<()>;
    /// `eks:UpdateClusterConfig`, for the authentication mode: the update that begins. Another one under way is
    /// [`Conflict`](crate::engine::CallErrorKind::Conflict).
    async fn switch_mode(&self, cluster: &str, to: AuthMode) -> CallResult<ClusterUpdate>;
}

/// An access entry of type STANDARD, to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// The principal's full ARN.
    pub principal: &'a str,
    /// `None` is EKS's default.
    pub username: Option<&'a str>,
    /// The Kubernetes groups.
    pub groups: &'a [String],
    /// The tags.
    pub tags: &'a BTreeMap<String, String>,
}

/// A cluster as it is described, with its tags.
pub type TaggedCluster = (ClusterDescription, BTreeMap<String, String>);
