//! What a principal is inside a cluster: the way is chosen, then the mapping or the entry is planned.

use super::entry::plan_entry;
use super::guard::{self, Access};
use super::map::plan_mapping;
use super::planner::Judgement;
use super::role::PlannedRole;
use super::step::{Identity, Scope};
use super::via::{check_scope, choose};
use super::whole::Plan;
use crate::aws_auth::{self, Reading};
use crate::error::{Error, Result, shell_word};
use crate::model::access::SYSTEM_MASTERS;
use crate::model::desired::{DEFAULT_USERNAME, GroupsWish, PoliciesWish};
use crate::model::{AccessWish, AwsAuthState, CallerIdentity, ClusterState, Observed, Principal, Via};

/// Everything that the planning of one principal in one cluster looks at.
pub(super) struct Binding<'a> {
    pub(super) wish: &'a AccessWish,
    pub(super) principal: &'a Principal,
    pub(super) role: Option<&'a PlannedRole>,
    pub(super) cluster: &'a ClusterState,
    pub(super) caller: &'a CallerIdentity,
    pub(super) judgement: &'a Judgement,
    pub(super) scope: Scope,
}

/// Plans the binding and gives the way that was chosen.
///
/// # Errors
/// A principal that names nothing or belongs to another partition, a way that can't work, options that are missing for a
/// new binding, an `aws-auth` that can't be read or edited, a lockout.
pub(super) fn plan_access(
    plan: &mut Plan,
    wish: &AccessWish,
    role: Option<&PlannedRole>,
    seen: &Observed,
    judgement: &Judgement,
) -> Result<Via> {
    let cluster =
        seen.cluster.as_ref().ok_or_else(|| Error::usage("no cluster was named").hint("name it with --cluster"))?;
    let principal = role.map(|r| &r.arn).or(seen.principal.as_ref()).ok_or_else(|| {
        Error::failed(format!("{} not found in account {}", wish.principal, seen.caller.arn.account)).hint(format!(
            "check the name, or make the role first: eksaccess role --role {}",
            shell_word(&wish.principal)
        ))
    })?;
    let arn = &cluster.description.arn;
    if principal.partition != arn.partition {
        return Err(Error::usage(format!(
            "{principal} is in partition {}, cluster {} in {}: an identity of another partition never matches",
            principal.partition, arn.name, arn.partition
        )));
    }
    let scope =
        Scope { account: Some(arn.account.clone()), region: Some(arn.region.clone()), cluster: Some(arn.name.clone()) };
    let binding = Binding { wish, principal, role, cluster, caller: &seen.caller, judgement, scope };
    let mapped = reading(cluster).and_then(|map| map.effective(principal).first().copied().map(identity));
    let (via, why) = choose(wish, principal, cluster, mapped.is_some())?;
    check_scope(wish, via, cluster)?;
    if via == Via::AccessEntry && seen.path_unknown {
        return Err(Error::usage(format!(
            "an access entry is made for a role's full ARN, and {} does not tell the role's path",
            wish.principal
        ))
        .hint(format!("name the role itself, with its path: --principal {principal}")));
    }
    plan.notes.push(format!("binding by {via}: {why}"));
    match via {
        Via::AwsAuth => plan_mapping(plan, &binding)?,
        Via::AccessEntry => plan_entry(plan, &binding, mapped)?,
    }
    Ok(via)
}

fn reading(cluster: &ClusterState) -> Option<Reading> {
    match &cluster.aws_auth {
        AwsAuthState::Present(map) => Some(aws_auth::read(&map.data())),
        _ => None,
    }
}

pub(super) fn identity(mapping: &aws_auth::Mapping) -> Identity {
    Identity { username: mapping.username.clone(), groups: mapping.groups.clone() }
}

impl Binding<'_> {
    /// Refuses what locks somebody out.
    ///
    /// # Errors
    /// As [`guard::refuse_lockout`]; none where the plan is not to be judged yet.
    pub(super) fn judge(&self, before: &Access, after: &Access) -> Result<()> {
        match self.judgement {
            Judgement::Postponed => Ok(()),
            Judgement::Allowing(allowed) => {
                self.caller.all().try_for_each(|who| guard::refuse_lockout(before, after, Some(who), allowed))
            }
        }
    }

    /// Whether the defaults of the default role stand: an administrator.
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
    /// Nothing said about rights, for a principal that has no defaults.
    pub(super) fn new_groups(&self) -> Result<Vec<String>> {
        match &self.wish.groups {
            GroupsWish::Exactly(groups) | GroupsWish::Append(groups) => Ok(groups.clone()),
            GroupsWish::Unsaid if self.is_default_admin() => Ok(vec![SYSTEM_MASTERS.to_owned()]),
            GroupsWish::Unsaid if self.wish.policies != PoliciesWish::Unsaid => Ok(Vec::new()),
            GroupsWish::Unsaid => Err(Error::usage(format!(
                "what {} may do in cluster {} was not said: only the default role has a default",
                self.principal, self.cluster.description.arn.name
            ))
            .hint(if self.cluster.description.mode.has_entries() {
                "say it: with --access-policy (aws eks list-access-policies names them), or --kubernetes-group and a group that the cluster binds"
            } else {
                "say it: with --kubernetes-group and a group that the cluster binds"
            })),
        }
    }
}
