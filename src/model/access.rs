//! The parts of access in EKS: authentication modes, access entries, access policies and their scopes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::arn::{Partition, Principal};

/// Where the control plane looks up an identity (EKS API, `accessConfig.authenticationMode`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum AuthMode {
    /// Only `kube-system/aws-auth`; also the meaning of an absent mode.
    ConfigMap,
    /// Access entries first, then `aws-auth`.
    ApiAndConfigMap,
    /// Only access entries.
    Api,
}

impl AuthMode {
    /// The mode as the EKS API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "CONFIG_MAP",
            Self::ApiAndConfigMap => "API_AND_CONFIG_MAP",
            Self::Api => "API",
        }
    }

    /// Reads the API's spelling; anything else, an absent mode included, is `CONFIG_MAP`.
    pub fn of_api(text: Option<&str>) -> Self {
        match text {
            Some("API") => Self::Api,
            Some("API_AND_CONFIG_MAP") => Self::ApiAndConfigMap,
            _ => Self::ConfigMap,
        }
    }

    /// The only mode that EKS switches it to: one step at a time, and never back.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::ConfigMap => Some(Self::ApiAndConfigMap),
            Self::ApiAndConfigMap => Some(Self::Api),
            Self::Api => None,
        }
    }

    /// Whether access entries are used in this mode.
    pub const fn has_entries(self) -> bool {
        !matches!(self, Self::ConfigMap)
    }

    /// Whether `aws-auth` is used in this mode.
    pub const fn has_config_map(self) -> bool {
        !matches!(self, Self::Api)
    }
}

impl Serialize for AuthMode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a principal is bound in a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Via {
    /// An entry in `kube-system/aws-auth`.
    AwsAuth,
    /// An EKS access entry.
    AccessEntry,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwsAuth => "aws-auth",
            Self::AccessEntry => "access-entry",
        })
    }
}

/// The group to which Kubernetes itself grants every right.
pub const SYSTEM_MASTERS: &str = "system:masters";

/// Whether these groups include it.
pub fn has_masters(groups: &[String]) -> bool {
    groups.iter().any(|group| group == SYSTEM_MASTERS)
}
/// The corresponding access policy of an access entry.
pub const CLUSTER_ADMIN_POLICY: &str = "AmazonEKSClusterAdminPolicy";
/// The type of entries for people and jobs.
pub const STANDARD: &str = "STANDARD";

/// An access policy's ARN from its name, `arn:P:eks::aws:cluster-access-policy/NAME`; a full ARN stays.
pub fn access_policy_arn(partition: Partition, name: &str) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else {
        format!("arn:{partition}:eks::aws:cluster-access-policy/{name}")
    }
}

/// Where an access policy applies.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum PolicyScope {
    /// The whole cluster.
    Cluster,
    /// These namespaces; wildcards are allowed and they need not exist.
    Namespaces(Vec<String>),
}

impl fmt::Display for PolicyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Namespaces(names) => write!(f, "namespaces {}", names.join(", ")),
        }
    }
}

/// An access policy associated with an entry.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AssociatedPolicy {
    /// The policy's ARN.
    pub arn: String,
    /// Where it applies.
    pub scope: PolicyScope,
}

impl AssociatedPolicy {
    /// As people read it: its name, and where it applies.
    pub fn told(&self) -> String {
        format!("{}, {}", self.arn.rsplit('/').next().unwrap_or(&self.arn), self.scope)
    }
}

/// An access entry as described by the EKS API, together with its policies.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AccessEntry {
    /// The full ARN, with path.
    pub principal: String,
    /// The entry's own ARN, which has the tags.
    pub arn: String,
    /// STANDARD, or one of the node types.
    pub entry_type: String,
    /// The Kubernetes username.
    pub username: String,
    /// The Kubernetes groups.
    pub groups: Vec<String>,
    /// The entry's tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created, seconds since the epoch: an entry older than its role is stale.
    pub created_at: Option<i64>,
    /// The access policies associated with it.
    pub policies: Vec<AssociatedPolicy>,
}

impl AccessEntry {
    /// Whether it makes its principal an administrator: `AmazonEKSClusterAdminPolicy` at cluster scope.
    pub fn is_admin(&self) -> bool {
        self.policies
            .iter()
            .any(|p| p.arn.ends_with(&format!("/{CLUSTER_ADMIN_POLICY}")) && p.scope == PolicyScope::Cluster)
    }

    /// Whether it is older than a role, seconds since the epoch: the control plane identifies a principal by its unique
    /// id, so the entry was created for an earlier role of that name, and gives no access. False if a time is not
    /// known.
    pub fn is_older_than(&self, role_created_at: Option<i64>) -> bool {
        self.created_at.zip(role_created_at).is_some_and(|(entry, role)| entry < role)
    }

    /// Whether it is of the type for people and jobs.
    pub fn is_standard(&self) -> bool {
        self.entry_type == STANDARD
    }
}

/// The username that EKS gives a principal whose entry has none
/// (<https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html>).
pub fn default_entry_username(principal: &Principal) -> String {
    let entity = principal.for_aws_auth();
    if entity.is_role() {
        format!("arn:{}:sts::{}:assumed-role/{}/{{{{SessionName}}}}", entity.partition, entity.account, entity.name)
    } else {
        entity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_mode_is_config_map() {
        assert_eq!(AuthMode::of_api(None), AuthMode::ConfigMap);
        assert_eq!(AuthMode::of_api(Some("API")), AuthMode::Api);
        assert!(AuthMode::ApiAndConfigMap.has_entries() && AuthMode::ApiAndConfigMap.has_config_map());
        assert!(!AuthMode::ConfigMap.has_entries() && !AuthMode::Api.has_config_map());
    }

    #[test]
    fn policy_arns_carry_the_partition() {
        assert_eq!(
            access_policy_arn(Partition::AwsCn, CLUSTER_ADMIN_POLICY),
            "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        );
        assert_eq!(access_policy_arn(Partition::AwsCn, "arn:aws-cn:eks::aws:x"), "arn:aws-cn:eks::aws:x");
    }
}
