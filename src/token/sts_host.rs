//! The one host that a token may name.
//!
//! The control plane accepts STS hosts of its own partition and nothing else, so a token is signed for the cluster's
//! regional host whatever endpoint the AWS calls themselves are sent to (aws-iam-authenticator `pkg/token`,
//! `stsHostsForPartition`).

use crate::model::arn::Partition;

/// Which of a service's hosts are asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Hosts {
    /// Those whose cryptography is validated (`use_fips_endpoint`).
    pub fips: bool,
    /// Those that IPv6 reaches too (`use_dualstack_endpoint`).
    pub dual_stack: bool,
}

/// The regional STS host of a partition, `sts.cn-north-1.amazonaws.com.cn` for one, by the endpoint rules of the SDKs: the
/// control plane takes each of the four.
///
/// Returns `None` where `region` has not the form of a region (lower-case letters, digits and hyphens), which could turn
/// the host into somebody else's.
pub fn sts_host(region: &str, partition: Partition, hosts: Hosts) -> Option<String> {
    let good = (1..=63).contains(&region.len())
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-');
    let suffix = if hosts.dual_stack { dual_stack_suffix(partition) } else { partition.dns_suffix() };
    // The plain hosts of GovCloud are validated ones.
    let name = match hosts {
        Hosts { fips: true, dual_stack: false } if partition == Partition::AwsUsGov => "sts",
        Hosts { fips: true, .. } => "sts-fips",
        Hosts { fips: false, .. } => "sts",
    };
    good.then(|| format!("{name}.{region}.{suffix}"))
}

/// The domain under which services answer over IPv6 too (the SDKs' `partitions.json`).
const fn dual_stack_suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws | Partition::AwsUsGov => "api.aws",
        Partition::AwsCn => "api.amazonwebservices.com.cn",
        Partition::AwsIso => "api.aws.ic.gov",
        Partition::AwsIsoB => "api.aws.scloud",
        Partition::AwsIsoE => "api.cloud-aws.adc-e.uk",
        Partition::AwsIsoF => "api.aws.hci.ic.gov",
        Partition::AwsEusc => "api.amazonwebservices.eu",
    }
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
            assert_eq!(sts_host(region, Partition::of_region(region), Hosts::default()).as_deref(), Some(host));
        }
    }

    #[test]
    fn settings_choose_the_host() {
        let of = |region: &str, fips: bool, dual_stack: bool| {
            sts_host(region, Partition::of_region(region), Hosts { fips, dual_stack }).unwrap()
        };
        for (region, fips, dual_stack, host) in [
            ("eu-west-1", true, false, "sts-fips.eu-west-1.amazonaws.com"),
            ("eu-west-1", false, true, "sts.eu-west-1.api.aws"),
            ("eu-west-1", true, true, "sts-fips.eu-west-1.api.aws"),
            ("us-gov-west-1", true, false, "sts.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", true, true, "sts-fips.us-gov-west-1.api.aws"),
            ("cn-north-1", false, true, "sts.cn-north-1.api.amazonwebservices.com.cn"),
        ] {
            assert_eq!(of(region, fips, dual_stack), host);
        }
    }

    #[test]
    fn what_is_no_region_never_becomes_a_host() {
        for region in ["", "eu-west-1.evil.example/", "EU-WEST-1", "eu west 1", "-eu", "eu-", "eu@x", &"a".repeat(64)] {
            assert_eq!(sts_host(region, Partition::Aws, Hosts::default()), None, "{region}");
        }
    }
}
