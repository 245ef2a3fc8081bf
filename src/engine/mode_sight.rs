//! What decides whether a cluster's authentication mode may be switched: its updates, everybody who has access by an entry
//! and, before `aws-auth` is given up, the map.

use futures::future::{OptionFuture, join3};

use super::call_error::CallErrorKind;
use super::census::{Asked, census, whole_census};
use super::explain::explain;
use super::port::{Connect, EksRead};
use super::read_map::read_aws_auth;
use crate::error::Result;
use crate::model::{AuthMode, CallerIdentity, ClusterDescription, ClusterState, ClusterUpdate};

/// Looks at a cluster that is to be switched; at no more than its description where the mode can't become that one in one
/// step. What the caller may not see is a warning.
///
/// # Errors
/// A call that failed for another reason than missing permission.
pub(super) async fn look<C: Connect>(
    world: &C,
    asked: &Asked,
    caller: &CallerIdentity,
    description: ClusterDescription,
    to: AuthMode,
) -> Result<(ClusterState, Vec<String>)> {
    if description.mode.next() != Some(to) {
        return Ok((ClusterState::described(description), Vec::new()));
    }
    let gives_up_map = !to.has_config_map();
    let everyone = async {
        if gives_up_map {
            whole_census(world, asked, caller, &description).await
        } else {
            census(world, asked, caller, &description).await
        }
    };
    let map: OptionFuture<_> = gives_up_map.then(|| read_aws_auth(world, &description)).into();
    let (everyone, map, updates) = join3(everyone, map, under_way(world, &description)).await;
    let ((census, mut warnings), map, (updates, unseen)) = (everyone?, map.transpose()?, updates?);
    warnings.extend(unseen);
    let mut state = ClusterState { census: Some(census), updates, ..ClusterState::described(description) };
    if let Some(map) = map {
        state.aws_auth = map;
    }
    Ok((state, warnings))
}

/// The updates of a cluster that are under way; a warning where they may not be seen.
///
/// # Errors
/// A call that failed for another reason than missing permission.
pub async fn under_way<C: Connect>(
    world: &C,
    cluster: &ClusterDescription,
) -> Result<(Vec<ClusterUpdate>, Option<String>)> {
    let name = &cluster.arn.name;
    match world.eks(&cluster.arn.region).list_updates(name).await {
        Ok(updates) => Ok((updates, None)),
        Err(error) if error.is(CallErrorKind::AccessDenied) => {
            Ok((Vec::new(), Some(format!("whether an update of cluster {name} is under way can't be seen ({error})"))))
        }
        Err(error) => Err(explain(&format!("listing the updates of cluster {name}"), &error)),
    }
}
