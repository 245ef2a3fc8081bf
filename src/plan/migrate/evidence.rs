//! What was looked at before a migration is decided.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bindings::RbacBinding;
use crate::aws_auth::Places;
use crate::model::statement::{statements, texts};
use crate::model::{AccessEntry, ClusterArn, Principal};
use crate::plan::matching::matching_key;

/// The tag by which an entry names the migration that created it.
pub const PLAN_KEY: &str = "eksaccess.dev/plan";

/// Something that may not have been looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(not(test), expect(dead_code, reason = "who asks the accounts and the cluster is written next"))]
pub enum Seen<T> {
    /// It was not asked for.
    #[default]
    NotAsked,
    /// It could not be read, and why.
    Unread(String),
    /// It was read.
    Read(T),
}

impl<T> Seen<T> {
    /// What was read.
    pub const fn read(&self) -> Option<&T> {
        match self {
            Self::Read(what) => Some(what),
            Self::NotAsked | Self::Unread(_) => None,
        }
    }

    /// Why it is not known, where it is not.
    pub fn why(&self) -> &str {
        match self {
            Self::Unread(why) => why,
            Self::NotAsked => "not asked",
            Self::Read(_) => "",
        }
    }
}

/// A role or a user as its own account describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The full ARN, with path, in IAM's own spelling.
    pub arn: Principal,
    /// When it was created, seconds since the epoch.
    pub created_at: Option<i64>,
    /// A role's trust policy, decoded.
    pub trust: Option<Value>,
}

impl Found {
    /// The principals of a kind that the trust names: `Service`, `Federated`.
    pub fn trusted(&self, kind: &str) -> Vec<String> {
        let all = self.trust.iter().flat_map(statements).filter(|statement| statement["Effect"] == "Allow");
        all.flat_map(|statement| texts(&statement["Principal"][kind])).collect()
    }
}

/// What the account of an ARN says of it.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(not(test), expect(dead_code, reason = "who asks the accounts and the cluster is written next"))]
pub enum Answered {
    /// The account was not asked.
    #[default]
    NotAsked,
    /// The account was asked and did not tell, and why.
    Unread(String),
    /// The account itself says that there is no such role or user.
    Gone,
    /// It exists.
    Exists(Box<Found>),
}

impl Answered {
    /// What the account says, where the principal exists.
    pub fn found(&self) -> Option<&Found> {
        match self {
            Self::Exists(found) => Some(found),
            Self::NotAsked | Self::Unread(_) | Self::Gone => None,
        }
    }
}

/// A node that is in the cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LiveNode {
    /// Its name.
    pub name: String,
    /// The ARN of the role that it runs as; `None` where that could not be looked up.
    pub role: Option<String>,
    /// The label `kubernetes.io/os`.
    pub os: Option<String>,
    /// The label `eks.amazonaws.com/compute-type`.
    pub compute: Option<String>,
    /// The label `eks.amazonaws.com/nodegroup`: its managed node group.
    pub group: Option<String>,
}

/// A managed node group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NodeGroup {
    /// Its name.
    pub name: String,
    /// The ARN of its nodes' role.
    pub role: String,
    /// Its AMI type, as the EKS API spells it.
    pub ami_type: String,
}

/// What tells which roles are those of nodes, and of which kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NodeEvidence {
    /// The nodes in the cluster.
    pub live: Seen<Vec<LiveNode>>,
    /// The managed node groups.
    pub groups: Seen<Vec<NodeGroup>>,
    /// The ARNs of the Fargate profiles' pod roles.
    pub fargate: Seen<Vec<String>>,
    /// Whether the cluster has a `remoteNetworkConfig`: it takes hybrid nodes.
    pub remote_networks: bool,
}

/// Everything that a decision rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The `data` of the `aws-auth`.
    pub data: BTreeMap<String, String>,
    /// Where its texts are in a file.
    pub places: Places,
    /// The cluster; `None` where a file alone is looked at.
    pub cluster: Option<ClusterArn>,
    /// The identities that run the migration.
    pub callers: Vec<Principal>,
    /// What the account of each mapped ARN says, by [`Evidence::key`].
    pub principals: BTreeMap<String, Answered>,
    /// All access entries; empty in mode `CONFIG_MAP`.
    pub entries: Seen<Vec<AccessEntry>>,
    /// The cluster's nodes.
    pub nodes: NodeEvidence,
    /// The ARNs of the roles of EKS capabilities.
    pub capability_roles: Vec<String>,
    /// The RBAC bindings of the whole cluster that name users or groups.
    pub bindings: Seen<Vec<RbacBinding>>,
    /// The ARNs of the access policies that EKS offers.
    pub policies: Option<Vec<String>>,
    /// Whether RBAC objects can be written in the cluster.
    pub writes_kubernetes: bool,
}

impl Evidence {
    /// The key of an ARN among [`Evidence::principals`]: as the control plane matches it.
    pub fn key(arn: &str) -> String {
        matching_key(arn)
    }

    /// What the account of an ARN says of it. An answer that another account gave is not one.
    pub fn of(&self, principal: &Principal) -> &Answered {
        const NOT_ASKED: &Answered = &Answered::NotAsked;
        let answered = self.principals.get(&matching_key(&principal.to_string())).unwrap_or(NOT_ASKED);
        let is_own =
            |found: &Found| found.arn.account == principal.account && found.arn.partition == principal.partition;
        if answered.found().is_none_or(is_own) { answered } else { NOT_ASKED }
    }
}
