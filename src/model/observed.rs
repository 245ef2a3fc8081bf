//! The observed state: roles, groups, clusters and `aws-auth` as read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::AuthMode;
use super::arn::Principal;
use super::cluster_arn::ClusterArn;
use super::map_content::{KeptMap, string_map};
use super::platform::ClusterFacts;
use super::sight::MigrationSight;
use super::update::ClusterUpdate;
use crate::error::Unread;

/// The identity that signs the calls (STS `GetCallerIdentity`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerIdentity {
    /// The ARN; a role's session has an `assumed-role` ARN.
    pub arn: Principal,
    /// The unique id, for a role followed by a colon and the session's name.
    pub user_id: String,
    /// The role that signs EKS calls and Kubernetes tokens instead (`--assume-role-arn`).
    pub signs_as: Option<Principal>,
}

impl CallerIdentity {
    /// Every identity that the change must not lock out: the caller, and the one that signs for it.
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
    /// IAM's unique id, which differs for a later role of the same name.
    pub unique_id: String,
}

/// A role's own policies: its rights besides being assumed.
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
    /// They were not read: the command neither binds the role nor lets principals assume it, or there is no role.
    #[default]
    NotLooked,
    /// They were read.
    Seen(RolePolicies),
    /// They could not be read, and why.
    Unseen(Unread),
}

/// What is read besides a role itself, to decide whether binding it needs a confirmation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleFacts {
    /// Its own policies.
    pub permissions: Permissions,
    /// Why a role of the caller's account could not be read, if so.
    pub unseen: Option<Unread>,
    /// The trust that a run from this machine last wrote to it, since its creation.
    pub written: Option<Value>,
}

/// An IAM group with everything that decides on its members' rights.
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

/// A cluster as described by `eks:DescribeCluster`.
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
    /// Where the control plane looks up identities.
    pub mode: AuthMode,
    /// Whether the endpoint answers on private addresses only.
    pub private_only: bool,
    /// Whether this comes from a kubeconfig, not from EKS, which the caller may not call. If it has no authority, the
    /// system's are used, as in kubectl.
    pub of_kubeconfig: bool,
    /// What a token must be signed for: the name, or the id on a local cluster on Outposts.
    pub token_cluster_id: String,
    /// What it runs, and how it was created.
    pub facts: ClusterFacts,
}

impl ClusterDescription {
    /// Whether the Kubernetes API can be called: ACTIVE or UPDATING, with an endpoint.
    pub fn is_usable(&self) -> bool {
        matches!(self.status.as_str(), "ACTIVE" | "UPDATING") && self.endpoint.is_some()
    }
}

/// `kube-system/aws-auth` as stored by the API server. The whole object is stored, so that a replacement loses nothing.
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

    /// The version for a replacement.
    pub fn resource_version(&self) -> &str {
        self.object["metadata"]["resourceVersion"].as_str().unwrap_or_default()
    }

    /// Whether the API server refuses changes of its data.
    pub fn is_immutable(&self) -> bool {
        self.object["immutable"].as_bool().unwrap_or(false)
    }
}

/// An identity as reported by the API server (`SelfSubjectReview`).
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
    /// It was not read: the mode ignores it, or the command does not concern it.
    NotLooked,
    /// It does not exist.
    Absent,
    /// It was read.
    Present(AwsAuthMap),
    /// It could not be read, and why.
    Unseen(Unread),
}

/// One cluster with the principal's bindings in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterState {
    /// Its description from EKS.
    pub description: ClusterDescription,
    /// Its `aws-auth`.
    pub aws_auth: AwsAuthState,
    /// The principal's access entry.
    pub entry: Option<super::access::AccessEntry>,
    /// Every other principal with access; only read if a plan removes something.
    pub census: Option<Census>,
    /// The ARNs of the access policies that EKS offers; only read if a command names some.
    pub access_policies: Option<Vec<String>>,
    /// Entries that earlier runs saved, deleted, and did not recreate.
    pub kept_entries: Vec<super::access::AccessEntry>,
    /// The saved `aws-auth` to restore; for a rollback all of them, newest first.
    pub kept_maps: Vec<KeptMap>,
    /// What a migration looks at besides.
    pub migration: Option<Box<MigrationSight>>,
    /// Its updates that are under way, as far as they were looked at.
    pub updates: Vec<ClusterUpdate>,
}

impl ClusterState {
    /// A cluster of which only the description was read.
    pub fn described(description: ClusterDescription) -> Self {
        Self {
            description,
            aws_auth: AwsAuthState::NotLooked,
            entry: None,
            census: None,
            access_policies: None,
            kept_entries: Vec::new(),
            kept_maps: Vec::new(),
            migration: None,
            updates: Vec::new(),
        }
    }

    /// The entries that were read: all of them, or the principal's.
    pub fn entries(&self) -> Vec<super::access::AccessEntry> {
        self.census.as_ref().map_or_else(|| self.entry.iter().cloned().collect(), |c| c.entries.clone())
    }

    /// The principals whose entries are stale, as far as known.
    pub fn dead(&self) -> &[String] {
        self.census.as_ref().map_or(&[], |c| &c.dead)
    }

    /// The ARNs of the roles of the cluster's nodes, as far as known.
    pub fn node_roles(&self) -> &[String] {
        self.census.as_ref().map_or(&[], |c| &c.node_roles)
    }
}

/// The principals with access by an entry, and the nodes' roles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// Every access entry, with its policies; none in mode `CONFIG_MAP`.
    pub entries: Vec<super::access::AccessEntry>,
    /// The roles of node groups and Fargate profiles.
    pub node_roles: Vec<String>,
    /// The principals of administrators' stale entries: they are gone, or were recreated.
    pub dead: Vec<String>,
    /// Why the entries could not be listed, where they could not.
    pub entries_unseen: Option<String>,
}

/// Everything one command read, in one account and at most one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// The signer.
    pub caller: CallerIdentity,
    /// The role that the command names, if it exists.
    pub role: Option<Role>,
    /// What was read besides.
    pub role_facts: RoleFacts,
    /// The group that the command names, if it exists.
    pub group: Option<Group>,
    /// The users that the command names: ARN, or `None` for a missing one.
    pub users: BTreeMap<String, Option<String>>,
    /// The principal to be bound, resolved; `None` if the name does not exist.
    pub principal: Option<Principal>,
    /// Whether the principal is a role that was named by a session only, and whose path could not be looked up.
    pub path_unknown: bool,
    /// The cluster.
    pub cluster: Option<ClusterState>,
    /// What could not be read and is only a warning.
    pub warnings: Vec<String>,
}
