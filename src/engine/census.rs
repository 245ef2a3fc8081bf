//! Everybody who has access to a cluster, looked at only where a plan takes access away.

use futures::future::{join, join_all, try_join_all};

use super::call_error::CallErrorKind;
use super::explain::explain;
use super::port::{Connect, Eks, Iam};
use crate::error::Result;
use crate::model::{AccessEntry, CallerIdentity, Census, ClusterDescription, Principal};

/// How many entries are described at once; EKS throttles far more.
const AT_ONCE: usize = 20;

/// Lists and describes every access entry and the roles of the cluster's nodes, and asks IAM whether the administrators
/// among the entries of the caller's account still are whom their entries were made for. What the caller may not see is
/// a warning: the guard then judges by what can be seen.
///
/// # Errors
/// A call that failed for another reason than missing permission.
pub async fn census<C: Connect>(
    world: &C,
    caller: &CallerIdentity,
    cluster: &ClusterDescription,
) -> Result<(Census, Vec<String>)> {
    let eks = world.eks(&cluster.arn.region);
    let name = &cluster.arn.name;
    let (entries, nodes) = join(entries::<C>(&eks, cluster), eks.node_roles(name)).await;
    let mut warnings = Vec::new();
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) if error.is(CallErrorKind::AccessDenied) => {
            warnings.push(format!("the access entries of cluster {name} can't be seen ({error}); who else has access is judged by aws-auth alone"));
            Vec::new()
        }
        Err(error) => return Err(explain(&format!("listing the access entries of cluster {name}"), &error)),
    };
    let node_roles = match nodes {
        Ok(roles) => roles,
        Err(error) if error.is(CallErrorKind::AccessDenied) => {
            warnings.push(format!("the node groups of cluster {name} can't be seen ({error}); node roles are known by their mappings alone"));
            Vec::new()
        }
        Err(error) => return Err(explain(&format!("listing the node groups of cluster {name}"), &error)),
    };
    let dead = dead(&world.iam(), caller, &entries).await;
    Ok((Census { entries, node_roles, dead }, warnings))
}

/// The administrators whose entries let nobody in. Whoever can't be looked at counts as alive.
async fn dead<I: Iam>(iam: &I, caller: &CallerIdentity, entries: &[AccessEntry]) -> Vec<String> {
    let is_here = |p: &Principal| p.account == caller.arn.account && p.partition == caller.arn.partition;
    let admins = entries.iter().filter(|entry| entry.is_admin());
    let asked: Vec<_> =
        admins.filter_map(|e| Some((e, e.principal.parse::<Principal>().ok().filter(is_here)?))).collect();
    let mut dead = Vec::new();
    for some in asked.chunks(AT_ONCE) {
        let alive = join_all(some.iter().map(|(entry, principal)| is_alive(iam, entry, principal))).await;
        dead.extend(some.iter().zip(alive).filter(|(_, alive)| !alive).map(|((entry, _), _)| entry.principal.clone()));
    }
    dead
}

/// Whether the principal is the one that the entry was made for: EKS remembers its unique id, which shows in the time alone.
async fn is_alive<I: Iam>(iam: &I, entry: &AccessEntry, principal: &Principal) -> bool {
    if !principal.is_role() {
        return !matches!(iam.get_user(&principal.name).await, Ok(None));
    }
    match iam.get_role(&principal.name).await {
        Ok(Some(role)) => !entry.is_older_than(role.created_at),
        Ok(None) => false,
        Err(_) => true,
    }
}

async fn entries<C: Connect>(eks: &C::Eks, cluster: &ClusterDescription) -> super::port::CallResult<Vec<AccessEntry>> {
    if !cluster.mode.has_entries() {
        return Ok(Vec::new());
    }
    let name = &cluster.arn.name;
    let mut all = Vec::new();
    for some in eks.list_entries(name).await?.chunks(AT_ONCE) {
        let described = try_join_all(some.iter().map(|principal| eks.describe_entry(name, principal))).await?;
        all.extend(described.into_iter().flatten());
    }
    Ok(all)
}
