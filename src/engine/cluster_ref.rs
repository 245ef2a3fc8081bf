//! A cluster as a command names it, before it was looked at.

use crate::model::ClusterArn;

/// Which cluster, as a command names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterRef {
    /// The name.
    pub name: String,
    /// The region.
    pub region: String,
    /// The ARN, where it was named by that: a cluster of the same name in another account is not meant.
    pub arn: Option<ClusterArn>,
}

impl ClusterRef {
    /// Whether a cluster's ARN is that of the one that was named.
    pub fn is_meant(&self, arn: &ClusterArn) -> bool {
        match &self.arn {
            Some(meant) => meant == arn,
            None => self.name == arn.name && self.region == arn.region,
        }
    }
}
