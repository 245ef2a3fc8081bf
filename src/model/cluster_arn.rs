//! The ARN of a cluster, and the rule for its name.

use std::fmt;
use std::str::FromStr;

use super::arn::{ArnError, Partition, check_account};

/// The ARN of an EKS cluster, `arn:P:eks:REGION:ACCOUNT:cluster/NAME`.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct ClusterArn {
    /// The partition.
    pub partition: Partition,
    /// The region.
    pub region: String,
    /// The account id.
    pub account: String,
    /// The cluster's name.
    pub name: String,
}

impl fmt::Display for ClusterArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, name } = self;
        write!(f, "arn:{partition}:eks:{region}:{account}:cluster/{name}")
    }
}

impl FromStr for ClusterArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let wrong = || ArnError::Kind { arn: text.to_owned(), wanted: "an EKS cluster" };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "eks", region, account, resource] = parts[..] else { return Err(wrong()) };
        let name = resource.strip_prefix("cluster/").filter(|n| check_cluster_name(n).is_ok()).ok_or_else(wrong)?;
        check_account(account)?;
        Ok(Self {
            partition: partition.parse()?,
            region: region.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// Checks a cluster's name: 1 to 100 letters, digits, `-` and `_`, the first a letter or digit
/// (<https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html>).
///
/// # Errors
/// [`ArnError::Name`].
pub fn check_cluster_name(name: &str) -> Result<(), ArnError> {
    let good = (1..=100).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if good { Ok(()) } else { Err(ArnError::Name { what: "cluster", name: name.to_owned(), max: 100 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_arn_is_distinguished_from_other_arns() {
        let arn: ClusterArn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap();
        assert_eq!(arn.name, "dev");
        assert_eq!(arn.to_string(), "arn:aws:eks:eu-west-1:111122223333:cluster/dev");
        assert!("arn:aws:iam::111122223333:role/r".parse::<ClusterArn>().is_err());
        assert!("arn:aws:eks:eu-west-1:111122223333:nodegroup/dev".parse::<ClusterArn>().is_err());
    }
}
