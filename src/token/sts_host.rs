//! The host that a token may name.
//!
//! The control plane accepts only STS hosts of its own partition, so a token is signed for the cluster's regional host,
//! whatever endpoint the AWS calls use (aws-iam-authenticator `pkg/token`, `stsHostsForPartition`).

use crate::model::arn::Partition;

/// The kind of a service's hosts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Hosts {
    /// FIPS hosts, with validated cryptography (`use_fips_endpoint`).
    pub fips: bool,
    /// Dual-stack hosts, also reachable over IPv6 (`use_dualstack_endpoint`).
    pub dual_stack: bool,
}

/// The regional STS host in a token, for example `sts.cn-north-1.amazonaws.com.cn`, by the endpoint rules of the SDKs.
/// The control plane accepts dual-stack hosts only in the partitions of `GetSTSDualStackPartitionDomain`
/// (aws-iam-authenticator `pkg/endpoints`): in the others the token names the IPv4 host.
///
/// `None` if `region` is not in the form of a region (lower-case letters, digits and hyphens), which could lead to a
/// foreign host.
pub fn sts_host(region: &str, partition: Partition, hosts: Hosts) -> Option<String> {
    let good = (1..=63).contains(&region.len())
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-');
    let dual_stack = dual_stack_suffix(partition).filter(|_| hosts.dual_stack);
    // GovCloud's plain hosts are validated.
    let is_validated = partition == Partition::AwsUsGov && dual_stack.is_none();
    let name = if hosts.fips && !is_validated { "sts-fips" } else { "sts" };
    good.then(|| format!("{name}.{region}.{}", dual_stack.unwrap_or_else(|| partition.dns_suffix())))
}

/// The domain of dual-stack hosts, if the control plane accepts it.
const fn dual_stack_suffix(partition: Partition) -> Option<&'static str> {
    match partition {
        Partition::Aws | Partition::AwsUsGov => Some("api.aws"),
        Partition::AwsCn => Some("api.amazonwebservices.com.cn"),
        Partition::AwsEusc => Some("api.amazonwebservices.eu"),
        Partition::AwsIso | Partition::AwsIsoB | Partition::AwsIsoE | Partition::AwsIsoF => None,
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
            ("us-gov-west-1", false, true, "sts.us-gov-west-1.api.aws"),
            ("cn-north-1", false, true, "sts.cn-north-1.api.amazonwebservices.com.cn"),
            ("cn-north-1", true, false, "sts-fips.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", true, true, "sts-fips.eusc-de-east-1.api.amazonwebservices.eu"),
            // The control plane of these rejects what the SDKs call a dual-stack host.
            ("us-iso-east-1", false, true, "sts.us-iso-east-1.c2s.ic.gov"),
            ("us-iso-east-1", true, true, "sts-fips.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", false, true, "sts.us-isob-east-1.sc2s.sgov.gov"),
            ("eu-isoe-west-1", false, true, "sts.eu-isoe-west-1.cloud.adc-e.uk"),
            ("us-isof-south-1", false, true, "sts.us-isof-south-1.csp.hci.ic.gov"),
        ] {
            assert_eq!(of(region, fips, dual_stack), host);
        }
    }

    #[test]
    fn an_invalid_region_never_becomes_a_host() {
        for region in ["", "eu-west-1.evil.example/", "EU-WEST-1", "eu west 1", "-eu", "eu-", "eu@x", &"a".repeat(64)] {
            assert_eq!(sts_host(region, Partition::Aws, Hosts::default()), None, "{region}");
        }
    }
}
