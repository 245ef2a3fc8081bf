//! Planning one principal in one cluster: what is desired, what was read, and the defaults of a new binding.

use super::role::PlannedRole;
use super::step::Identity;
use crate::aws_auth;
use crate::error::{Error, Result};
use crate::model::access::SYSTEM_MASTERS;
use crate::model::desired::{DEFAULT_USERNAME, GroupsWish, PoliciesWish};
use crate::model::{AccessWish, ClusterState, Principal, Scope};

/// The inputs for planning one principal in one cluster.
pub(super) struct Binding<'a> {
    pub(super) wish: &'a AccessWish,
    pub(super) principal: &'a Principal,
    pub(super) role: Option<&'a PlannedRole>,
    pub(super) cluster: &'a ClusterState,
    pub(super) scope: Scope,
}

impl Binding<'_> {
    /// Whether the defaults of the default role apply: an administrator.
    pub(super) fn is_default_admin(&self) -> bool {
        self.wish.is_default_role
            && self.wish.groups == GroupsWish::Unsaid
            && self.wish.policies == PoliciesWish::Unsaid
    }

    /// The username of a new binding.
    pub(super) fn new_username(&self) -> String {
        self.wish.username.clone().unwrap_or_else(|| {
            if self.is_default_admin() {
                DEFAULT_USERNAME.to_owned()
            } else if self.principal.is_role() {
                format!("{}:{{{{SessionName}}}}", self.principal.name)
            } else {
                self.principal.name.clone()
            }
        })
    }

    /// The groups of a new binding; `system:masters` for the default role.
    ///
    /// # Errors
    /// No rights were named, for a principal without defaults.
    pub(super) fn new_groups(&self) -> Result<Vec<String>> {
        match &self.wish.groups {
            GroupsWish::Exactly(groups) | GroupsWish::Append(groups) => Ok(groups.clone()),
            GroupsWish::Unsaid if self.is_default_admin() => Ok(vec![SYSTEM_MASTERS.to_owned()]),
            GroupsWish::Unsaid if self.wish.policies != PoliciesWish::Unsaid => Ok(Vec::new()),
            GroupsWish::Unsaid => Err(Error::usage(format!(
                "what {} may do in cluster {} was not specified: only the default role has a default",
                self.principal, self.cluster.description.arn.name
            ))
            .hint(if self.cluster.description.mode.has_entries() {
                "specify it with --kubernetes-group and a group that the cluster binds, or with --access-policy; list the access policies: aws eks list-access-policies"
            } else {
                "specify it with --kubernetes-group and a group that the cluster binds"
            })),
        }
    }
}

pub(super) fn identity(mapping: &aws_auth::Mapping) -> Identity {
    Identity { username: mapping.username.clone(), groups: mapping.groups.clone() }
}
