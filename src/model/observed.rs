//! What is there today: roles, groups, clusters and `aws-auth` as they were read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::AuthMode;
use super::arn::Principal;
use super::cluster_arn::ClusterArn;
use super::map_content::{KeptMap, string_map};
use super::platform::ClusterFacts;
use super::update::ClusterUpdate;
use crate::error::Unread;

/// Who signs the calls (STS `GetCallerIdentity`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerIdentity {
    /// The ARN; a role's session shows as `assumed-role`.
    pub arn: Principal,
    /// The unique id, with the session's name behind a colon for a role.
    pub user_id: String,
    /// The role that signs EKS calls and Kubernetes tokens instead (`--assume-role-arn`).
    pub signs_as: Option<Principal>,
}

impl CallerIdentity {
    /// Everybody who must not be locked out by the change that is made: the caller, and who signs for it.
    pub fn all(&self) -> impl Iterator<Item = &Principal> {
        std::iter::once(&self.arn).chain(&self.signs_as)
    }
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The full ARN, with path.
    pub arn: Principal,
    /// The trust policy, decoded.
    pub trust: Value,
    /// The description; empty for none.
    pub description: String,
    /// Seconds.
    pub max_session_duration: i32,
    /// The permissions boundary's ARN.
    pub permissions_boundary: Option<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created, seconds since the epoch.
    pub created_at: Option<i64>,
    /// IAM's unique id, which no later role of the same name has.
    pub unique_id: String,
}

/// A role's own policies: what it may do besides being assumed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RolePolicies {
    /// The ARNs of the managed policies attached to it.
    pub attached: Vec<String>,
    /// The inline policies by name, decoded.
    pub inline: BTreeMap<String, Value>,
}

/// What is known of a role's own policies.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Permissions {
    /// They were not looked at: the command neither binds the role nor gives it to anyone, or there is no role.
    #[default]
    NotLooked,
    /// They were read.
    Seen(RolePolicies),
    /// They could not be read, and why.
    Unseen(Unread),
}

/// What was looked at besides a role itself, to judge whether it may be bound without a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleFacts {
    /// Its own policies.
    pub permissions: Permissions,
    /// Why a role of the caller's account could not be looked at, where it could not.
    pub unseen: Option<Unread>,
    /// The trust that a run from this machine wrote into it last, since it was created.
    pub written: Option<Value>,
}

/// An IAM group with everything that decides what its members may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The name in IAM's own spelling.
    pub name: String,
    /// The group's ARN.
    pub arn: String,
    /// The members' user names.
    pub members: Vec<String>,
    /// The inline policies by name, decoded.
    pub inline_policies: BTreeMap<String, Value>,
    /// The ARNs of the managed policies attached to it.
    pub attached_policies: Vec<String>,
}

/// A cluster as `eks:DescribeCluster` tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterDescription {
    /// Its ARN.
    pub arn: ClusterArn,
    /// ACTIVE, CREATING, UPDATING, DELETING, FAILED or PENDING.
    pub status: String,
    /// The API server's URL; absent while it is being created.
    pub endpoint: Option<String>,
    /// The certificate authority, base64 of PEM.
    pub certificate_authority: Option<String>,
    /// Where the control plane looks for identities.
    pub mode: AuthMode,
    /// Whether the endpoint answers on private addresses only.
    pub private_only: bool,
    /// Whether a kubeconfig says all this, and not EKS, which the caller may not ask. Where that names no authority, the
    /// system's count, as with kubectl.
    pub of_kubeconfig: bool,
    /// What a token must be signed for: the name, or the id on a local cluster on Outposts.
    pub token_cluster_id: String,
    /// What it runs, and how it was created.
    pub facts: ClusterFacts,
}

impl ClusterDescription {
    /// Whether the Kubernetes API can be talked to: ACTIVE or UPDATING, with an endpoint.
    pub fn is_usable(&self) -> bool {
        matches!(self.status.as_str(), "ACTIVE" | "UPDATING") && self.endpoint.is_some()
    }
}

/// `kube-system/aws-auth` as the API server holds it. The whole object is kept, so that a replacement loses nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct AwsAuthMap {
    /// The object, whole.
    pub object: Value,
}

impl AwsAuthMap {
    /// The `data` of the object.
    pub fn data(&self) -> BTreeMap<String, String> {
        string_map(&self.object["data"])
    }

    /// The bytes of its `binaryData`, as the API server counts them.
    pub fn binary_bytes(&self) -> usize {
        let padding = |text: &str| text.bytes().rev().take_while(|byte| *byte == b'=').count();
        let decoded = |text: &String| (text.len() / 4 * 3).saturating_sub(padding(text));
        string_map(&self.object["binaryData"]).values().map(decoded).sum()
    }

    /// The annotations.
    pub fn annotations(&self) -> BTreeMap<String, String> {
        string_map(&self.object["metadata"]["annotations"])
    }

    /// The version that a replacement must carry.
    pub fn resource_version(&self) -> &str {
        self.object["metadata"]["resourceVersion"].as_str().unwrap_or_default()
    }

    /// Whether the API server refuses any change of its data.
    pub fn is_immutable(&self) -> bool {
        self.object["immutable"].as_bool().unwrap_or(false)
    }
}

/// What the API server says an identity is (`SelfSubjectReview`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubernetesIdentity {
    /// The username.
    pub username: String,
    /// The groups, `system:authenticated` included.
    pub groups: Vec<String>,
}

/// What is known of a cluster's `aws-auth`.
#[derive(Clone, Debug, PartialEq)]
pub enum AwsAuthState {
    /// Nobody looked: the mode ignores it, or the command does not speak of it.
    NotLooked,
    /// There is none.
    Absent,
    /// It was read.
    Present(AwsAuthMap),
    /// It could not be read, and why.
    Unseen(Unread),
}

/// One cluster with what binds the principal in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterState {
    /// As EKS describes it.
    pub description: ClusterDescription,
    /// Its `aws-auth`.
    pub aws_auth: AwsAuthState,
    /// The principal's access entry.
    pub entry: Option<super::access::AccessEntry>,
    /// Everybody else who has access; looked at only where a plan takes something away.
    pub census: Option<Census>,
    /// The ARNs of the access policies that EKS offers; looked at only where a command names some.
    pub access_policies: Option<Vec<String>>,
    /// Entries that earlier runs kept before they deleted them, and did not come to making again.
    pub kept_entries: Vec<super::access::AccessEntry>,
    /// The kept `aws-auth` that is to be put back.
    pub kept_map: Option<KeptMap>,
    /// Its updates that are under way, as far as they were looked at.
    pub updates: Vec<ClusterUpdate>,
}

impl ClusterState {
    /// A cluster of which nothing but its description was looked at.
    pub fn described(description: ClusterDescription) -> Self {
        Self {
            description,
            aws_auth: AwsAuthState::NotLooked,
            entry: None,
            census: None,
            access_policies: None,
            kept_entries: Vec::new(),
            kept_map: None,
            updates: Vec::new(),
        }
    }

    /// The entries that were seen: all of them, or the principal's.
    pub fn entries(&self) -> Vec<super::access::AccessEntry> {
        self.census.as_ref().map_or_else(|| self.entry.iter().cloned().collect(), |c| c.entries.clone())
    }

    /// The principals whose entries let nobody in, as far as that was looked at.
    pub fn dead(&self) -> &[String] {
        self.census.as_ref().map_or(&[], |c| &c.dead)
    }

    /// The ARNs of the roles that the cluster's nodes run as, as far as they were looked at.
    pub fn node_roles(&self) -> &[String] {
        self.census.as_ref().map_or(&[], |c| &c.node_roles)
    }
}

/// Who has access by an entry, and which roles nodes run as.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// Every access entry, with its policies; none in mode `CONFIG_MAP`.
    pub entries: Vec<super::access::AccessEntry>,
    /// The roles of node groups and Fargate profiles.
    pub node_roles: Vec<String>,
    /// The principals of administrators' entries that let nobody in any more: they are gone, or were made again since. Where
    /// the last way in by `aws-auth` is given up, those of all entries.
    pub dead: Vec<String>,
    /// Why the entries could not be listed, where they could not.
    pub entries_unseen: Option<String>,
}

/// Everything one command looked at, in one account and at most one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Who signs.
    pub caller: CallerIdentity,
    /// The role that the command names, where it exists.
    pub role: Option<Role>,
    /// What was looked at besides.
    pub role_facts: RoleFacts,
    /// The group that the command names, where it exists.
    pub group: Option<Group>,
    /// The users that the command names: ARN, or `None` where there is no such user.
    pub users: BTreeMap<String, Option<String>>,
    /// The principal to be bound, resolved; `None` where its name names nothing.
    pub principal: Option<Principal>,
    /// Whether the principal is a role of which only a session was named, and whose path could not be looked up.
    pub path_unknown: bool,
    /// The cluster.
    pub cluster: Option<ClusterState>,
    /// What could not be seen and is only worth a warning.
    pub warnings: Vec<String>,
}
