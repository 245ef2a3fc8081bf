//! What a principal is inside a cluster: the way is chosen, then the mapping or the entry is planned.

use super::binding::{Binding, Judgement, identity};
use super::entry::plan_entry;
use super::map::plan_mapping;
use super::role::PlannedRole;
use super::via::{check_scope, choose};
use super::whole::Plan;
use crate::aws_auth::{self, Reading};
use crate::error::{Error, Result, shell_word};
use crate::model::{AccessWish, AwsAuthState, ClusterState, Observed, Scope, Via};

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
    let scope = Scope::Cluster(arn.clone());
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
