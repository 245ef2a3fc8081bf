//! Checks the access policies that a command names against those that EKS offers.
//!
//! <https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html>; the list is from
//! `eks:ListAccessPolicies`.

use super::binding::Binding;
use crate::error::{Error, Result};
use crate::model::access::access_policy_arn;
use crate::model::desired::PoliciesWish;
use crate::model::nearest::nearest;

/// Refuses policies that EKS does not offer in the cluster's partition. Without the list only the partition is checked.
///
/// # Errors
/// A usage error that names the policy and the nearest one.
pub(super) fn check_policies(binding: &Binding<'_>) -> Result<()> {
    let (PoliciesWish::Exactly(named) | PoliciesWish::Append(named)) = &binding.wish.policies else { return Ok(()) };
    let cluster = &binding.cluster.description.arn;
    for name in named {
        let arn = access_policy_arn(cluster.partition, name);
        if arn.split(':').nth(1) != Some(cluster.partition.as_str()) {
            return Err(Error::usage(format!(
                "--access-policy: {name} belongs to another partition than cluster {}, which is in {}",
                cluster.name, cluster.partition
            ))
            .hint(format!("--access-policy {}", short(name))));
        }
        let Some(offered) = &binding.cluster.access_policies else { continue };
        if !offered.contains(&arn) {
            return Err(Error::usage(format!("--access-policy: EKS offers no access policy {}", short(name)))
                .hint(hint(short(name), offered)));
        }
    }
    Ok(())
}

fn short(policy: &str) -> &str {
    policy.rsplit('/').next().unwrap_or(policy)
}

/// The distinguishing part of a policy's name: the names begin and end alike, and `ClusterView` is not `ClusterAdmin`.
fn stem(policy: &str) -> String {
    let name = policy.to_ascii_lowercase();
    let name = name.strip_prefix("amazoneks").unwrap_or(&name);
    name.strip_suffix("policy").unwrap_or(name).to_owned()
}

fn hint(name: &str, offered: &[String]) -> String {
    let names: Vec<&str> = offered.iter().map(|arn| short(arn)).collect();
    let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
    let best = nearest(&stem(name), &stems).and_then(|best| stems.iter().position(|stem| stem == best));
    match best {
        Some(best) => format!("--access-policy {}", names[best]),
        None => "list the access policies: aws eks list-access-policies".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::error::Kind;
    use crate::model::{AuthMode, Observed};

    fn refusal(policy: &str, seen: &Observed) -> Error {
        let wish = binding(|w| w.policies = PoliciesWish::Exactly(vec![policy.to_owned()]));
        planned(&wish, seen).unwrap_err()
    }

    fn seen(offered: Option<&[&str]>) -> Observed {
        let mut seen = world(AuthMode::Api);
        seen.principal = Some(viewer());
        cluster(&mut seen).access_policies =
            offered.map(|names| names.iter().map(|n| access_policy_arn(crate::model::Partition::Aws, n)).collect());
        seen
    }

    #[test]
    fn a_policy_that_eks_does_not_offer_is_refused_with_the_nearest() {
        let seen = seen(Some(&["AmazonEKSViewPolicy", "AmazonEKSEditPolicy"]));
        let error = refusal("AmazonEKSVeiwPolicy", &seen);
        assert_eq!((error.kind, error.hint.as_deref()), (Kind::Usage, Some("--access-policy AmazonEKSViewPolicy")));
        assert_eq!(refusal("view", &seen).hint.as_deref(), Some("--access-policy AmazonEKSViewPolicy"));
        assert!(refusal("AmazonEKSViewerPolicies", &seen).hint.unwrap().contains("list-access-policies"));
        let wish = binding(|w| w.policies = PoliciesWish::Exactly(vec!["AmazonEKSViewPolicy".to_owned()]));
        assert!(planned(&wish, &seen).is_ok());
    }

    #[test]
    fn a_policy_that_gives_more_is_not_proposed_for_the_ends_that_all_names_share() {
        let seen = seen(Some(&["AmazonEKSClusterAdminPolicy", "AmazonEKSViewPolicy"]));
        assert!(refusal("AmazonEKSClusterViewPolicy", &seen).hint.unwrap().contains("list-access-policies"));
    }

    #[test]
    fn a_policy_of_another_partition_is_refused_even_where_the_list_could_not_be_seen() {
        let error = refusal("arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", &seen(None));
        assert_eq!(error.hint.as_deref(), Some("--access-policy AmazonEKSViewPolicy"));
    }
}
