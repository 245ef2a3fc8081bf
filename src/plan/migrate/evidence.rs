//! What was looked at before a migration is decided.

use std::collections::BTreeMap;

use crate::aws_auth::Places;
use crate::model::rbac::RbacBinding;
use crate::model::sight::MigrationSight;
pub use crate::model::sight::{Answered, Found, NodeEvidence, Seen};
use crate::model::{AccessEntry, AwsAuthState, CallerIdentity, Census, ClusterArn, ClusterState, Principal};
use crate::plan::matching::matching_key;

/// The tag by which an entry names the migration that created it.
pub const PLAN_KEY: &str = "eksaccess.dev/plan";

/// Everything that a decision is based on.
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
    /// What was seen of a cluster, for the identity that runs the migration.
    pub fn of_cluster(cluster: &ClusterState, sight: &MigrationSight, caller: &CallerIdentity) -> Self {
        let sight = sight.clone();
        let entries = match &cluster.census {
            Some(Census { entries_unseen: Some(why), .. }) => Seen::Unread(why.clone()),
            Some(census) => Seen::Read(census.entries.clone()),
            None => Seen::NotAsked,
        };
        Self {
            data: match &cluster.aws_auth {
                AwsAuthState::Present(map) => map.data(),
                _ => BTreeMap::new(),
            },
            places: Places::default(),
            cluster: Some(cluster.description.arn.clone()),
            callers: caller.all().cloned().collect(),
            principals: sight.principals,
            entries,
            nodes: sight.nodes,
            capability_roles: sight.capability_roles,
            bindings: sight.bindings,
            policies: sight.policies,
            writes_kubernetes: sight.writes_kubernetes,
        }
    }

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
