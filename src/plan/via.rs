//! Chooses how a principal is bound: by an access entry or `aws-auth`, and why.

use crate::error::{Error, Result};
use crate::model::desired::PoliciesWish;
use crate::model::{AccessEntry, AccessWish, ClusterArn, ClusterState, Principal, Via};

/// Chooses the source, with the reason as a short clause.
///
/// `auto`: an existing entry is updated, and one that an earlier run deleted is recreated; else an existing mapping is
/// updated; else an API mode gets an entry, `CONFIG_MAP` a mapping. Access policies exist in entries only, so naming
/// one selects an entry.
///
/// # Errors
/// A forced or required source that the cluster's mode does not support.
pub(super) fn choose(
    wish: &AccessWish,
    principal: &Principal,
    cluster: &ClusterState,
    is_mapped: bool,
) -> Result<(Via, String)> {
    let mode = cluster.description.mode;
    let arn = &cluster.description.arn;
    let name = &arn.name;
    let has_policies = wish.policies != PoliciesWish::Unsaid;
    match wish.via {
        Some(Via::AccessEntry) if !mode.has_entries() => Err(no_entries(arn, "--via access-entry")),
        Some(Via::AwsAuth) if !mode.has_config_map() => Err(Error::usage(format!(
            "--via aws-auth can't work: cluster {name} is in mode {mode} and does not read aws-auth"
        ))
        .hint("leave --via out, or use --via access-entry")),
        Some(Via::AwsAuth) if cluster.entry.is_some() => Err(Error::usage(format!(
            "--via aws-auth can't work: {principal} has an access entry in cluster {name}, and an entry takes precedence over aws-auth"
        ))
        .hint(format!("use --via access-entry, or remove the entry first: aws eks delete-access-entry --cluster-name {name} --region {} --principal-arn {principal}", arn.region))),
        Some(Via::AwsAuth) if has_policies => Err(Error::usage("--access-policy needs an access entry; aws-auth has only groups")
            .hint("use --kubernetes-group, or --via access-entry")),
        Some(via) => Ok((via, "as asked".to_owned())),
        None if has_policies && !mode.has_entries() => Err(no_entries(arn, "--access-policy")),
        None if cluster.entry.is_some() => Ok((Via::AccessEntry, "the principal has an access entry".to_owned())),
        None if is_kept(principal, cluster) => {
            Ok((Via::AccessEntry, "an earlier run deleted the principal's access entry to recreate it".to_owned()))
        }
        None if has_policies => Ok((Via::AccessEntry, "access policies exist in access entries only".to_owned())),
        None if is_mapped && mode.has_config_map() => Ok((Via::AwsAuth, "aws-auth maps the principal already".to_owned())),
        None if mode.has_entries() => Ok((Via::AccessEntry, format!("the cluster is in mode {mode}"))),
        None => Ok((Via::AwsAuth, format!("the cluster is in mode {mode}"))),
    }
}

/// Whether an earlier run deleted the principal's entry and did not recreate it: its mapping in `aws-auth` is then what
/// the entry should override.
fn is_kept(principal: &Principal, cluster: &ClusterState) -> bool {
    let arn = principal.to_string();
    let is_its = |entry: &AccessEntry| entry.principal == arn && entry.is_standard();
    cluster.description.mode.has_entries() && cluster.kept_entries.iter().any(is_its)
}

/// Checks `--policy-namespace`, which limits access policies only: other access would be wider than the option
/// suggests.
///
/// # Errors
/// It was given for `aws-auth`, or without an access policy.
pub(super) fn check_scope(wish: &AccessWish, via: Via, cluster: &ClusterState) -> Result<()> {
    if wish.scope.is_none() || (via == Via::AccessEntry && wish.policies != PoliciesWish::Unsaid) {
        return Ok(());
    }
    let error = if via == Via::AccessEntry {
        Error::usage("--policy-namespace says where an access policy applies, but none was named")
    } else {
        Error::usage(
            "--policy-namespace says where an access policy applies, but aws-auth has none: its groups apply everywhere",
        )
    };
    Err(error.hint(if cluster.description.mode.has_entries() {
        "name one with --access-policy; list the access policies: aws eks list-access-policies"
    } else {
        "leave it out; name a group with --kubernetes-group, and bind that group with a RoleBinding in the namespace"
    }))
}

fn no_entries(cluster: &ClusterArn, asked: &str) -> Error {
    let name = &cluster.name;
    Error::usage(format!("{asked} can't work: cluster {name} is in mode CONFIG_MAP, which has no access entries")).hint(
        format!(
            "leave it out to use aws-auth, or switch the mode first (this can't be undone): eksaccess mode --cluster \
             {cluster} --to API_AND_CONFIG_MAP"
        ),
    )
}
