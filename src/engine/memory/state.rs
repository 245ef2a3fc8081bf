//! The state of AWS and one cluster. Plain data; the rules are in the ports.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::front::Front;
use super::places::Places;
use crate::model::access::{CLUSTER_ADMIN_POLICY, STANDARD, access_policy_arn};
use crate::model::desired::{OWNER_CLI, OWNER_KEY};
use crate::model::nodes::{ListedNode, NodeGroup, NodeSources};
use crate::model::rbac::RbacBinding;
use crate::model::{
    AccessEntry, AssociatedPolicy, AuthMode, ClusterDescription, ClusterFacts, Group, Partition, PolicyScope,
    Principal, PrincipalKind, Role, RolePolicies, TrustWish, trust,
};
use crate::plan::migrate::PLAN_KEY;

/// The account of the caller and of the cluster.
pub(super) const ACCOUNT: &str = "111122223333";
/// The cluster.
pub(super) const CLUSTER: &str = "dev";
/// Its region.
pub(super) const REGION: &str = "eu-west-1";
/// The role of the cluster's nodes, mapped in `aws-auth`.
pub(super) const NODE_ROLE: &str = "arn:aws:iam::111122223333:role/node";
/// The mapping of the nodes, as EKS writes it.
pub(super) const NODES: &str = "\
# the nodes
- rolearn: arn:aws:iam::111122223333:role/node
  username: system:node:{{EC2PrivateDNSName}}
  groups:
  - system:bootstrappers
  - system:nodes
";

/// A role as created by this program.
pub(super) fn role_made_at(name: &str, created_at: i64) -> Role {
    Role {
        arn: Principal::role(Partition::Aws, ACCOUNT, "/", name),
        trust: trust::create(Partition::Aws, ACCOUNT, &TrustWish::default()),
        description: "theirs".into(),
        max_session_duration: 3600,
        permissions_boundary: None,
        tags: BTreeMap::from([(OWNER_KEY.to_owned(), OWNER_CLI.to_owned())]),
        created_at: Some(created_at),
        unique_id: format!("AROA{created_at}"),
    }
}

/// An entry of this program without rights.
pub(super) fn entry_made_at(principal: &str, created_at: i64) -> AccessEntry {
    AccessEntry {
        principal: principal.to_owned(),
        arn: format!("arn:aws:eks:::access-entry/{principal}"),
        entry_type: STANDARD.to_owned(),
        username: "somebody".into(),
        groups: Vec::new(),
        tags: BTreeMap::from([(OWNER_KEY.to_owned(), OWNER_CLI.to_owned())]),
        created_at: Some(created_at),
        policies: Vec::new(),
    }
}

/// An update of the cluster. It ends when it was looked at so often.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MemoryUpdate {
    /// Its id.
    pub(super) id: String,
    /// The mode that it leads to; `None` for an update of another type.
    pub(super) to: Option<AuthMode>,
    /// How often it is still looked at while it goes on.
    pub(super) looks: usize,
    /// How it ends.
    pub(super) end: &'static str,
}

/// The creator of the cluster, who is in no map.
pub(super) const CREATOR: &str = "arn:aws:iam::111122223333:user/creator";

/// One account with one cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// By lower-case name, as IAM compares names.
    pub(super) roles: BTreeMap<String, Role>,
    /// The roles' own policies, by the same name.
    pub(super) role_policies: BTreeMap<String, RolePolicies>,
    /// By lower-case name.
    pub(super) groups: BTreeMap<String, Group>,
    /// Names as spelled, by lower-case name.
    pub(super) users: BTreeMap<String, String>,
    /// The cluster.
    pub(super) description: ClusterDescription,
    /// Its access entries, by principal.
    pub(super) entries: BTreeMap<String, AccessEntry>,
    /// The updates of the cluster, in the order in which they were begun.
    pub(super) updates: Vec<MemoryUpdate>,
    /// `kube-system/aws-auth`.
    pub(super) map: Option<Value>,
    /// What EKS knows of its nodes.
    pub(super) nodes: NodeSources,
    /// The nodes that are in it.
    pub(super) listed_nodes: Vec<ListedNode>,
    /// The roles of its capabilities.
    pub(super) capabilities: Vec<String>,
    /// The bindings in it.
    pub(super) bindings: Vec<RbacBinding>,
    /// Other clusters that could be selected.
    pub(super) places: Places,
    /// What is between the caller and the cluster.
    pub(super) front: Front,
    /// The newest version of an object in the cluster.
    pub(super) version: u64,
    /// Seconds since the epoch; each created object is a second younger than the previous one.
    pub(super) clock: i64,
}

impl State {
    /// Users `ann` and `bob`, a node role, and a cluster in a mode, with the nodes' mapping if it reads `aws-auth`.
    pub(super) fn new(mode: AuthMode) -> Self {
        let description = ClusterDescription {
            arn: format!("arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}").parse().unwrap(),
            status: "ACTIVE".into(),
            endpoint: Some("https://dev.example".into()),
            certificate_authority: Some("Q0E=".into()),
            mode,
            private_only: false,
            of_kubeconfig: false,
            token_cluster_id: CLUSTER.into(),
            facts: ClusterFacts {
                kubernetes: Some("1.36".into()),
                platform: Some("eks.1".into()),
                ..ClusterFacts::default()
            },
        };
        let users = ["ann", "bob", "creator"].map(|name| (name.to_owned(), name.to_owned()));
        let mut state = Self {
            roles: BTreeMap::new(),
            role_policies: BTreeMap::new(),
            groups: BTreeMap::new(),
            users: users.into(),
            description,
            entries: BTreeMap::new(),
            updates: Vec::new(),
            map: None,
            nodes: NodeSources {
                groups: vec![NodeGroup {
                    name: "nodes".into(),
                    role: NODE_ROLE.into(),
                    ami_type: "AL2023_x86_64_STANDARD".into(),
                }],
                fargate: Vec::new(),
            },
            listed_nodes: Vec::new(),
            capabilities: Vec::new(),
            bindings: Vec::new(),
            places: Places::new(ACCOUNT, REGION, &[CLUSTER]),
            front: Front::default(),
            version: 6,
            clock: 1_000,
        };
        if mode.has_config_map() {
            state.write_map(NODES);
        }
        state
    }

    /// Adds an access entry that makes a principal an administrator.
    pub(super) fn bind_by_entry(&mut self, principal: &str, username: &str) {
        let scope = PolicyScope::Cluster;
        let policy = AssociatedPolicy { arn: access_policy_arn(Partition::Aws, CLUSTER_ADMIN_POLICY), scope };
        let entry = entry_made_at(principal, 60);
        let entry = AccessEntry { username: username.to_owned(), policies: vec![policy], ..entry };
        self.entries.insert(principal.to_owned(), entry);
    }

    /// Writes `mapRoles`, as the cluster's administrator or another writer.
    pub(super) fn write_map(&mut self, map_roles: &str) {
        let mut object = self.map.clone().unwrap_or_else(
            || json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}}),
        );
        object["data"]["mapRoles"] = json!(map_roles);
        self.put_map(object);
    }

    /// The text of `mapRoles`; empty if absent.
    pub(super) fn map_roles(&self) -> &str {
        self.map.as_ref().and_then(|map| map["data"]["mapRoles"].as_str()).unwrap_or_default()
    }

    /// Replaces the map; an identical object keeps its version.
    pub(super) fn put_map(&mut self, mut object: Value) {
        let version = |map: &Value| map["metadata"]["resourceVersion"].clone();
        if let Some(old) = &self.map {
            object["metadata"]["resourceVersion"] = version(old);
        }
        if self.map.as_ref() != Some(&object) {
            self.version += 1;
            object["metadata"]["resourceVersion"] = json!(self.version.to_string());
            self.map = Some(object);
        }
    }

    /// Begins an update.
    pub(super) fn begin_update(&mut self, to: Option<AuthMode>, looks: usize, end: &'static str) -> String {
        let id = format!("update-{}", self.updates.len() + 1);
        self.updates.push(MemoryUpdate { id: id.clone(), to, looks, end });
        id
    }

    /// Looks at an update; what has gone on long enough ends. Leaving `CONFIG_MAP`, EKS makes the creator's entry.
    pub(super) fn look_at_update(&mut self, id: &str) -> Option<MemoryUpdate> {
        let update = self.updates.iter_mut().find(|update| update.id == id)?;
        let seen = update.clone();
        if update.looks == 0 {
            return Some(seen);
        }
        update.looks -= 1;
        if let (0, "Successful", Some(to)) = (update.looks, update.end, update.to) {
            let from = std::mem::replace(&mut self.description.mode, to);
            if from == AuthMode::ConfigMap {
                self.bind_by_entry(CREATOR, CREATOR);
            }
        }
        Some(seen)
    }

    /// Advances the clock and returns the creation time of an object.
    pub(super) fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    /// Whether a principal of this account is missing; others can't be read.
    pub(super) fn lacks(&self, principal: &Principal) -> bool {
        let key = principal.name.to_ascii_lowercase();
        let is_here = principal.account == ACCOUNT && principal.partition == Partition::Aws;
        is_here
            && match principal.kind {
                PrincipalKind::Role => self.roles.get(&key).is_none_or(|role| role.arn.path != principal.path),
                PrincipalKind::User => !self.users.contains_key(&key),
                _ => false,
            }
    }

    /// The same without what depends on the history: times, ids and versions.
    pub(super) fn settled(&self) -> Self {
        let mut same = self.clone();
        (same.clock, same.version) = (0, 0);
        same.updates.clear();
        for role in same.roles.values_mut() {
            (role.created_at, role.unique_id) = (None, String::new());
        }
        for entry in same.entries.values_mut() {
            entry.created_at = None;
            // A run that goes on with a killed one may have a plan of its own.
            entry.tags.get_mut(PLAN_KEY).map(String::clear);
        }
        if let Some(map) = &mut same.map {
            map["metadata"]["resourceVersion"] = json!("");
        }
        same
    }
}
