//! Which principals would lose their access if `aws-auth` were not read any more.

use super::matching::{is_shown, matching_key};
use super::step::Identity;
use crate::aws_auth::{Mapping, Reading, is_node_mapping};
use crate::error::one_line;
use crate::model::{CallerIdentity, ClusterState, Principal};

/// How the names of service-linked roles begin.
const SERVICE_LINKED: &str = "AWSServiceRoleFor";

/// A mapping that counts today, and whose principal has no access entry that counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LeftOut {
    /// The ARN as it is written.
    pub(super) arn: String,
    /// What it is today.
    pub(super) identity: Identity,
    /// Whether it is the role of an AWS service.
    pub(super) is_service_linked: bool,
    /// Whether it keeps nodes in the cluster.
    pub(super) is_node: bool,
    /// Whether it makes the change.
    pub(super) is_caller: bool,
}

impl LeftOut {
    /// In one line.
    pub(super) fn told(&self) -> String {
        let what = match (self.is_service_linked, self.is_node, self.is_caller) {
            (true, ..) => {
                format!(" is {}'s service-linked role, and the service itself creates its access entry", self.service())
            }
            (_, true, _) => " keeps nodes in the cluster and has no access entry".to_owned(),
            (.., true) => " makes this change and has no access entry".to_owned(),
            _ => " has no access entry".to_owned(),
        };
        format!("{}{what} (today: {})", one_line(&self.arn), self.identity.told())
    }

    /// The service that a service-linked role is named for.
    fn service(&self) -> &str {
        let name = self.arn.rsplit('/').next().unwrap_or_default();
        match name.trim_start_matches(SERVICE_LINKED) {
            "Batch" => "AWS Batch",
            "AmazonEMRContainers" => "Amazon EMR on EKS",
            other => other,
        }
    }
}

/// The principals with an access entry that counts, as the control plane matches them.
fn with_entry(cluster: &ClusterState) -> Vec<String> {
    let lives = |principal: &&String| !cluster.dead().contains(*principal);
    let entries = cluster.entries();
    entries.iter().map(|entry| &entry.principal).filter(lives).map(|arn| matching_key(arn)).collect()
}

/// Every mapping that counts today without an entry beside it, but for those that `allowed` names; in the order of the map.
pub(super) fn left_out(
    cluster: &ClusterState,
    map: &Reading,
    caller: &CallerIdentity,
    allowed: &[String],
) -> Vec<LeftOut> {
    let entries = with_entry(cluster);
    let allowed: Vec<String> = allowed.iter().map(|arn| matching_key(arn)).collect();
    let callers: Vec<String> = caller.all().map(|who| matching_key(&who.to_string())).collect();
    let nodes: Vec<String> = cluster.node_roles().iter().map(|arn| matching_key(arn)).collect();
    let deciding = map.deciding();
    let mut found: Vec<(&Mapping, LeftOut)> = deciding
        .iter()
        .filter(|(key, _)| {
            is_shown(key) && ![&entries, &allowed].iter().any(|all| all.iter().any(|one| *one == ***key))
        })
        .filter_map(|(key, winners)| {
            let last = *winners.last()?;
            let name = last.arn.rsplit('/').next().unwrap_or_default();
            let left = LeftOut {
                arn: last.arn.trim().to_owned(),
                identity: Identity { username: last.username.clone(), groups: last.groups.clone() },
                is_service_linked: name.starts_with(SERVICE_LINKED),
                is_node: is_node_mapping(last) || nodes.iter().any(|node| *node == **key),
                is_caller: callers.iter().any(|caller| *caller == **key),
            };
            Some((last, left))
        })
        .collect();
    found.sort_by_key(|(mapping, _)| (mapping.key as usize, mapping.index));
    found.into_iter().map(|(_, left)| left).collect()
}

/// The identity that signs the planner's own token, where it has access although neither the map nor an entry names it: it is
/// the cluster's creator, which no API shows.
pub(super) fn unnamed_caller<'a>(
    cluster: &ClusterState,
    map: &Reading,
    caller: &'a CallerIdentity,
) -> Option<&'a Principal> {
    let signs = caller.signs_as.as_ref().unwrap_or(&caller.arn);
    let has_entry = with_entry(cluster).contains(&matching_key(&signs.to_string()));
    (!has_entry && map.effective(signs).is_empty()).then_some(signs)
}
