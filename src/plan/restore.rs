//! Restores a saved `aws-auth` as a whole.

use super::ask::Ask;
use super::effects::{MapChange, MapEffect};
use super::map::map_as_seen;
use super::place::Place;
use super::step::Action;
use super::whole::Plan;
use super::{diff, map_to_change, near, seen_map};
use crate::aws_auth;
use crate::error::{Error, Result};
use crate::model::{ClusterState, KeptMap, MapContent};

/// Plans restoring the saved manifest that was read; without a difference there is no step.
///
/// What people write is restored: `data`, `binaryData`, labels and annotations, so that the ownership mark, and the
/// annotation of `kubectl apply`, match the text again. What the API server writes and what ties the object to others
/// (finalizers, owner references, `immutable`) is unchanged.
///
/// # Errors
/// The map could not be read, or is immutable.
pub(super) fn plan_restore(plan: &mut Plan, cluster: &ClusterState, wanted: &str) -> Result<MapEffect> {
    let Some(KeptMap { id, content: kept }) = cluster.kept_maps.first() else {
        let name = &cluster.description.arn.name;
        return Err(Error::failed(format!("the backup {wanted} of aws-auth of cluster {name} was not read")));
    };
    let map = map_to_change(cluster)?;
    let now = map.map(|map| MapContent::of(&map.object)).unwrap_or_default();
    if now == *kept {
        return Ok(MapEffect::NotRead);
    }
    // `immutable` concerns the data alone: labels and annotations can be restored.
    let is_data = now.data != kept.data || now.binary_data != kept.binary_data;
    if is_data {
        seen_map(cluster)?
    } else {
        map_as_seen(cluster)?
    };
    let (had, has) = (aws_auth::read(&now.data), aws_auth::read(&kept.data));
    plan.warnings.extend(near::all_warnings(&kept.data, &has, &near::circumstances(cluster)));
    let action = Action::RestoreAwsAuth {
        id: id.clone(),
        resource_version: map.map(|map| map.resource_version().to_owned()),
        diff: diff::of_content(&now, kept),
        content: kept.clone(),
    };
    let ask = Ask::Overwrites("the whole aws-auth is replaced by a backup".to_owned());
    plan.push(&Place::Cluster(cluster).scope(), ask, &[], action);
    Ok(MapEffect::Changes(MapChange { had, has, changes: None }))
}
