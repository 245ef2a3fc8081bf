//! The place of an object: an account, a cluster, a file of this machine.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::arn::Partition;
use super::cluster_arn::ClusterArn;

/// The place of a step. In documents it has the keys `account`, `region` and `cluster`, as far as they apply; a file
/// has none of them.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Scope {
    /// The IAM of an account, by its account id.
    Account(Partition, String),
    /// A cluster.
    Cluster(ClusterArn),
    /// A file of this machine, by its path.
    File(String),
}

impl Scope {
    /// The cluster, if it is one.
    pub const fn cluster(&self) -> Option<&ClusterArn> {
        match self {
            Self::Cluster(arn) => Some(arn),
            Self::Account(..) | Self::File(_) => None,
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Account(_, account) => map.serialize_entry("account", account)?,
            Self::Cluster(arn) => {
                map.serialize_entry("account", &arn.account)?;
                map.serialize_entry("region", &arn.region)?;
                map.serialize_entry("cluster", &arn.name)?;
            }
            Self::File(_) => {}
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_keys_that_a_scope_has() {
        let json = |scope: &Scope| serde_json::to_string(scope).unwrap();
        assert_eq!(json(&Scope::Account(Partition::Aws, "111122223333".into())), r#"{"account":"111122223333"}"#);
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap();
        assert_eq!(json(&Scope::Cluster(arn)), r#"{"account":"111122223333","region":"eu-west-1","cluster":"dev"}"#);
        assert_eq!(json(&Scope::File("kube".into())), "{}");
    }
}
