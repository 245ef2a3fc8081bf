//! The one host that a token may name.
//!
//! The control plane accepts STS hosts of its own partition and nothing else, so a token is signed for the cluster's
//! regional host whatever endpoint the AWS calls themselves are sent to (aws-iam-authenticator `pkg/token`,
//! `stsHostsForPartition`).

use crate::model::arn::Partition;

/// The regional STS host of a partition, `sts.cn-north-1.amazonaws.com.cn` for one.
///
/// Returns `None` where `region` has not the form of a region (lower-case letters, digits and hyphens), which could turn
/// the host into somebody else's.
pub fn sts_host(region: &str, partition: Partition) -> Option<String> {
    let good = (1..=63).contains(&region.len())
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-');
    good.then(|| format!("sts.{region}.{}", partition.dns_suffix()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_own_domain() {
        for (region, host) in [
            ("eu-west-1", "sts.eu-west-1.amazonaws.com"),
            ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
            ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"),
            ("eu-isoe-west-1", "sts.eu-isoe-west-1.cloud.adc-e.uk"),
            ("us-isof-south-1", "sts.us-isof-south-1.csp.hci.ic.gov"),
            ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(sts_host(region, Partition::of_region(region)).as_deref(), Some(host));
        }
    }

    #[test]
    fn what_is_no_region_never_becomes_a_host() {
        for region in ["", "eu-west-1.evil.example/", "EU-WEST-1", "eu west 1", "-eu", "eu-", "eu@x", &"a".repeat(64)] {
            assert_eq!(sts_host(region, Partition::Aws), None, "{region}");
        }
    }
}
