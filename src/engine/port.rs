//! The small ports through which the engine sees the world. Adapters implement them (`aws`, `k8s`), tests script them.
//!
//! Every method is one call, or one list read to its end. Retries of throttling and 5xx are the adapter's; waiting for
//! propagation and conflicts are the engine's. Absence is `Ok(None)`, never an error.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::Value;

use super::call_error::CallError;
pub use crate::model::NewRole;
use crate::model::{
    AccessEntry, AwsAuthMap, CallerIdentity, ClusterDescription, Group, KubernetesIdentity, PolicyScope, Role,
    RolePolicies,
};
use crate::token::RoleStep;

/// What a call gives.
pub type CallResult<T> = Result<T, CallError>;

/// IAM in one account.
pub trait Iam {
    /// `iam:GetRole`.
    async fn get_role(&self, name: &str) -> CallResult<Option<Role>>;
    /// `iam:ListAttachedRolePolicies`, `iam:ListRolePolicies`, `iam:GetRolePolicy`: independent calls run together. `None`
    /// where the role is absent.
    async fn role_policies(&self, role: &str) -> CallResult<Option<RolePolicies>>;
    /// `iam:CreateRole`.
    async fn create_role(&self, role: &NewRole) -> CallResult<Role>;
    /// `iam:UpdateAssumeRolePolicy`.
    async fn update_trust(&self, role: &str, trust: &Value) -> CallResult<()>;
    /// `iam:UpdateRole`; both values are always sent, since IAM-compatible services reset what is left out.
    async fn update_role(&self, role: &str, description: &str, max_session_duration: i32) -> CallResult<()>;
    /// `iam:PutRolePermissionsBoundary`.
    async fn put_boundary(&self, role: &str, boundary: &str) -> CallResult<()>;
    /// `iam:TagRole`.
    async fn tag_role(&self, role: &str, tags: &BTreeMap<String, String>) -> CallResult<()>;
    /// `iam:GetGroup`, `iam:ListGroupPolicies`, `iam:GetGroupPolicy`, `iam:ListAttachedGroupPolicies`: independent calls
    /// run together. `None` where the group is absent.
    async fn get_group(&self, name: &str) -> CallResult<Option<Group>>;
    /// `iam:CreateGroup`.
    async fn create_group(&self, name: &str) -> CallResult<()>;
    /// `iam:PutGroupPolicy`.
    async fn put_group_policy(&self, group: &str, policy: &str, document: &Value) -> CallResult<()>;
    /// `iam:AddUserToGroup`.
    async fn add_user_to_group(&self, group: &str, user: &str) -> CallResult<()>;
    /// `iam:GetUser`: the user's ARN, `None` where absent.
    async fn get_user(&self, name: &str) -> CallResult<Option<String>>;
    /// `iam:SimulatePrincipalPolicy`: what the principal's identity policies, its boundary and its organisation say of the
    /// action on the resource, to a session without or `with_mfa`.
    async fn simulate(
        &self,
        principal_arn: &str,
        action: &str,
        resource: &str,
        with_mfa: bool,
    ) -> CallResult<Simulated>;
    /// `iam:ListRoles` under a path prefix, to the end of the list.
    async fn list_roles(&self, path_prefix: &str) -> CallResult<Vec<Role>>;
}

/// What a simulation of identity policies says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Simulated {
    /// They allow it.
    Allowed,
    /// None allows it (`implicitDeny`).
    Missing,
    /// The permissions boundary does not allow it.
    Bounded,
    /// `explicitDeny`: a policy denies it, or, since 2026-07 in the same word, the organisation.
    Denied {
        /// Whether IAM says that it is the organisation.
        by_organisation: bool,
    },
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

/// EKS in one account and region.
pub trait Eks {
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
    /// `eks:ListAccessPolicies`: names and ARNs, to the end of the list.
    async fn list_policies(&self) -> CallResult<Vec<(String, String)>>;
    /// The ARNs of the IAM roles that the cluster's node groups and Fargate profiles run as
    /// (`eks:ListNodegroups`, `eks:DescribeNodegroup`, `eks:ListFargateProfiles`, `eks:DescribeFargateProfile`).
    async fn node_roles(&self, cluster: &str) -> CallResult<Vec<String>>;
}

/// One action to be asked about (`SelfSubjectAccessReview`).
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

    /// Everything, everywhere: what an administrator may.
    pub fn everything() -> Self {
        Self { verb: "*".to_owned(), group: "*".to_owned(), resource: "*".to_owned(), namespace: None }
    }
}

/// How far a connection to an API server comes, without any token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reach {
    /// It answers, over TLS by its own certificate authority.
    Answers,
    /// Its name does not resolve.
    NoName(String),
    /// TLS does not come about: another certificate than the cluster's own, or for another name.
    Tls(String),
    /// A proxy on the way refuses.
    Proxy(String),
    /// No connection, or no answer in time.
    Silent(String),
}

/// One cluster's Kubernetes API, as one identity.
pub trait Cluster {
    /// Whether anything answers there; one attempt, and no token is sent.
    async fn reach(&self) -> Reach;
    /// Reads `kube-system/aws-auth`.
    async fn get_aws_auth(&self) -> CallResult<Option<AwsAuthMap>>;
    /// Creates it.
    async fn create_aws_auth(&self, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap>;
    /// Replaces it whole; the object's `resourceVersion` is the precondition.
    async fn replace_aws_auth(&self, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap>;
    /// `SelfSubjectReview`: who am I?
    async fn who_am_i(&self) -> CallResult<KubernetesIdentity>;
    /// `SelfSubjectAccessReview`: may I?
    async fn can_i(&self, can: &Can) -> CallResult<bool>;
}

/// How a role is to be assumed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AssumeRequest {
    /// The role's full ARN.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
    /// The external id.
    pub external_id: Option<String>,
    /// Seconds; `None` is STS's default.
    pub duration: Option<i32>,
    /// The ARN or serial number of the second factor, with the code it shows.
    pub mfa: Option<(String, String)>,
}

/// Base credentials, without what is secret in them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CredentialFacts {
    /// Where they come from, in words.
    pub source: String,
    /// Whose they are.
    pub access_key_id: String,
    /// When they end, where they do.
    pub expires_at: Option<SystemTime>,
}

/// A token that was signed, without the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFacts {
    /// Its length; the control plane reads at most 4,096 bytes.
    pub bytes: usize,
    /// The STS host that it names.
    pub host: String,
}

/// What is known of a caller's second factor for a role.
#[derive(Clone, Debug)]
pub struct SecondFactor<S> {
    /// The device: the command line's, the environment's or the profile's.
    pub serial: Option<String>,
    /// A session of the role that was made with it, kept by an earlier `token`.
    pub kept: Option<S>,
}

/// Yields the adapters for a scope.
pub trait Connect {
    /// IAM.
    type Iam: Iam;
    /// EKS.
    type Eks: Eks;
    /// A cluster's Kubernetes API.
    type Cluster: Cluster;
    /// Credentials of an assumed role; nobody but the adapter looks inside.
    type Session;

    /// The base credentials.
    async fn credentials(&self) -> CallResult<CredentialFacts>;
    /// By how many seconds AWS's clock is ahead of this machine's, by its latest answer; `None` before any.
    fn clock_ahead(&self) -> Option<i64>;
    /// Signs a token for a cluster's name or id in a region, as the base credentials (`None`) or as an assumed role. Asks
    /// nobody.
    async fn sign(&self, cluster_id: &str, region: &str, session: Option<&Self::Session>) -> CallResult<TokenFacts>;
    /// `sts:GetCallerIdentity` of the base credentials.
    async fn caller(&self) -> CallResult<CallerIdentity>;
    /// `account:ListRegions` of the base credentials' account: the names of the regions that are enabled there, to the end of
    /// the list.
    async fn regions(&self) -> CallResult<Vec<String>>;
    /// The second factor for a role, as `token` would come by it in a region. Asks nobody.
    async fn second_factor(&self, role: &RoleStep, region: &str) -> SecondFactor<Self::Session>;
    /// The code that a device shows, asked of whoever sits at the terminal; else why nobody could be asked.
    async fn mfa_code(&self, serial: &str) -> Result<String, String>;
    /// `sts:AssumeRole` by the base credentials.
    async fn assume(&self, request: &AssumeRequest) -> CallResult<Self::Session>;
    /// IAM in the base credentials' account.
    fn iam(&self) -> Self::Iam;
    /// EKS in a region.
    fn eks(&self, region: &str) -> Self::Eks;
    /// The cluster's API, as the planner (`None`) or as an assumed role. Builds the client, sends nothing.
    async fn cluster(&self, cluster: &ClusterDescription, session: Option<&Self::Session>)
    -> CallResult<Self::Cluster>;
}
