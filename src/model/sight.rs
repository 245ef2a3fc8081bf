//! What is looked at before a migration to access entries is decided. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::arn::Principal;
use super::nodes::{LiveNode, NodeGroup};
use super::rbac::RbacBinding;
use super::statement::{statements, texts};

/// Something that may not have been looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
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

    /// A part of it, as far as it was read.
    pub fn map<U>(&self, part: impl FnOnce(&T) -> U) -> Seen<U> {
        match self {
            Self::NotAsked => Seen::NotAsked,
            Self::Unread(why) => Seen::Unread(why.clone()),
            Self::Read(what) => Seen::Read(part(what)),
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

/// What a migration looks at besides the map and the entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MigrationSight {
    /// What the account of each mapped ARN says, by the ARN as the control plane matches it.
    pub principals: BTreeMap<String, Answered>,
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
