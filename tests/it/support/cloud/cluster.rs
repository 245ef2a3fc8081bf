//! One EKS cluster: its settings, its access entries and the contents of its Kubernetes API.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::authority::{Authority, Shown};
use super::k8s::{Mappings, Objects};
use super::time::Millis;
use eksaccess::model::arn::Partition;

/// How a cluster authenticates IAM principals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthMode {
    ConfigMap,
    ApiAndConfigMap,
    Api,
}

impl AuthMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "CONFIG_MAP",
            Self::ApiAndConfigMap => "API_AND_CONFIG_MAP",
            Self::Api => "API",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::ConfigMap, Self::ApiAndConfigMap, Self::Api].into_iter().find(|m| m.as_str() == text)
    }

    /// Whether access entries are used.
    pub fn has_entries(self) -> bool {
        self != Self::ConfigMap
    }

    /// Whether the ConfigMap `aws-auth` is used.
    pub fn has_config_map(self) -> bool {
        self != Self::Api
    }

    /// The only mode to which it can be switched.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::ConfigMap => Some(Self::ApiAndConfigMap),
            Self::ApiAndConfigMap => Some(Self::Api),
            Self::Api => None,
        }
    }
}

/// An associated access policy and its scope; without namespaces: the whole cluster.
#[derive(Clone, Debug)]
pub struct Association {
    pub policy_arn: String,
    pub namespaces: Option<Vec<String>>,
    pub associated_at: Millis,
    pub modified_at: Millis,
}

/// An access entry.
#[derive(Clone, Debug)]
pub struct AccessEntry {
    pub principal_arn: String,
    /// The principal's unique id when the entry was created.
    pub principal_id: String,
    pub arn: String,
    pub kind: String,
    pub username: String,
    pub groups: Vec<String>,
    pub tags: BTreeMap<String, String>,
    pub created_at: Millis,
    pub modified_at: Millis,
    pub effective_at: Millis,
    pub policies: Vec<Association>,
}

/// What an update changes; a certificate authority is identified by its id.
#[derive(Clone, Debug)]
pub enum UpdateKind {
    Mode(AuthMode),
    /// Something that is none of access's business.
    Logging,
    Distribute(String),
    Activate(String),
    Delete(String),
}

/// A switch of the authentication mode, or another update.
#[derive(Clone, Debug)]
pub struct Update {
    pub id: String,
    pub kind: UpdateKind,
    pub created_at: Millis,
    pub done_at: Millis,
    /// `Successful`, or the configured result.
    pub outcome: String,
    pub settled: bool,
}

/// A right of a group in the cluster, as granted by RBAC.
#[derive(Clone, Debug)]
pub struct Grant {
    pub group: String,
    pub verbs: Vec<String>,
    pub resources: Vec<String>,
    /// `None`: in every namespace.
    pub namespace: Option<String>,
}

/// The meaning of `aws-auth`, and the version at which it was read.
pub type ReadOnce = Arc<Mutex<Option<(String, Arc<Mappings>)>>>;

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub partition: Partition,
    pub account: String,
    pub region: String,
    pub name: String,
    /// Set for a local cluster on an Outpost: the id in tokens.
    pub outpost_id: Option<String>,
    pub status: String,
    pub endpoint: Option<String>,
    /// The certificates of its authorities.
    pub ca_pem: String,
    pub authorities: Vec<Authority>,
    /// The certificate of its API, if one is served.
    pub shown: Option<Arc<Shown>>,
    pub public_endpoint: bool,
    pub mode: AuthMode,
    /// The versions of Kubernetes and of the platform; none are told where it is empty.
    pub versions: (String, String),
    /// `bootstrapClusterCreatorAdminPermissions`, where it is told.
    pub creator_admin: Option<bool>,
    /// Whether DescribeCluster shows `accessConfig`; old clusters do not.
    pub shows_mode: bool,
    pub created_at: Millis,
    /// The unique id of its creator, and its ARN.
    pub creator: Option<(String, String)>,
    pub tags: BTreeMap<String, String>,
    pub node_groups: BTreeMap<String, Value>,
    pub fargate_profiles: BTreeMap<String, Value>,
    /// The roles of its capabilities, by the capabilities' names.
    pub capabilities: BTreeMap<String, String>,
    /// By principal ARN.
    pub entries: BTreeMap<String, AccessEntry>,
    pub updates: Vec<Update>,
    /// Client tokens with the request and the answer.
    pub client_tokens: BTreeMap<String, (Value, Value)>,
    /// `kube-system/aws-auth`.
    pub config_map: Option<Value>,
    /// Its meaning, at the version at which it was last read.
    pub mappings: ReadOnce,
    pub resource_version: u64,
    pub namespaces: BTreeSet<String>,
    pub grants: Vec<Grant>,
    /// What its API server only keeps.
    pub objects: Objects,
    /// Its Kubernetes API refuses every token, as if its webhook were down.
    pub unauthenticated: bool,
}

impl Cluster {
    pub fn arn(&self) -> String {
        format!("arn:{}:eks:{}:{}:cluster/{}", self.partition, self.region, self.account, self.name)
    }

    /// The expected `x-k8s-aws-id`.
    pub fn token_id(&self) -> &str {
        self.outpost_id.as_deref().unwrap_or(&self.name)
    }

    /// The current meaning of `aws-auth`; read once per version.
    pub fn mappings(&self) -> Option<Arc<Mappings>> {
        let map = self.config_map.as_ref()?;
        let version = map["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let mut kept = self.mappings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, mappings)) = kept.as_ref()
            && known == version
        {
            return Some(mappings.clone());
        }
        let mappings = Arc::new(Mappings::read(map));
        *kept = Some((version.to_owned(), mappings.clone()));
        Some(mappings)
    }

    pub fn next_resource_version(&mut self) -> String {
        self.resource_version += 1;
        self.resource_version.to_string()
    }
}
