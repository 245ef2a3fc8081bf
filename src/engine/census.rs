//! Everybody who has access to a cluster, looked at only where a plan takes access away.

use futures::future::{join, try_join_all};

use super::call_error::CallErrorKind;
use super::explain::explain;
use super::port::{Connect, Eks};
use crate::error::Result;
use crate::model::{AccessEntry, Census, ClusterDescription};

/// How many entries are described at once; EKS throttles far more.
const AT_ONCE: usize = 20;

/// Lists and describes every access entry and the roles of the cluster's nodes. What the caller may not see is a
/// warning: the guard then judges by what can be seen.
///
/// # Errors
/// A call that failed for another reason than missing permission.
pub async fn census<C: Connect>(world: &C, cluster: &ClusterDescription) -> Result<(Census, Vec<String>)> {
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
    Ok((Census { entries, node_roles }, warnings))
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
