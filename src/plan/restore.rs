//! A kept `aws-auth` that is put back as a whole.

use super::ask::Ask;
use super::map::map_as_seen;
use super::step::Action;
use super::uncovered::Sides;
use super::whole::Plan;
use super::{diff, guard, near, owners, seen_map};
use crate::aws_auth;
use crate::error::{Error, Result};
use crate::model::{AwsAuthMap, MapContent, Observed, Scope};

/// Plans the return of a kept manifest, judged by the access before and after; what is there already is no step.
///
/// What people write comes back: `data`, `binaryData`, labels and annotations, so that the mark of what is ours, and what
/// `kubectl apply` applied last, fit the text again. What the API server writes and what ties the object to others
/// (finalizers, owner references, `immutable`) stays as it is today.
///
/// # Errors
/// No cluster was seen; the map is immutable; somebody who is not among `allowed` would be locked out.
pub fn plan_restore(
    seen: &Observed,
    map: Option<&AwsAuthMap>,
    id: &str,
    kept: &MapContent,
    allowed: &[String],
) -> Result<Plan> {
    let cluster = seen.cluster.as_ref().ok_or_else(|| Error::usage("no cluster was named"))?;
    let now = map.map(|map| MapContent::of(&map.object)).unwrap_or_default();
    let mut plan = Plan { warnings: seen.warnings.clone(), ..Plan::default() };
    if now == *kept {
        return Ok(plan);
    }
    // `immutable` speaks of the data alone: labels and annotations may come back.
    let is_data = now.data != kept.data || now.binary_data != kept.binary_data;
    if is_data {
        seen_map(cluster)?
    } else {
        map_as_seen(cluster)?
    };
    let (had, has) = (aws_auth::read(&now.data), aws_auth::read(&kept.data));
    guard::refuse_map_lockout(cluster, &Sides::of(&had, &has), &seen.caller, allowed)?;
    plan.warnings.extend(near::all_warnings(&kept.data, &has, &near::circumstances(cluster)));
    let scope = Scope::Cluster(cluster.description.arn.clone());
    let action = Action::RestoreAwsAuth {
        id: id.to_owned(),
        resource_version: map.map(|map| map.resource_version().to_owned()),
        diff: diff::of_content(&now, kept),
        content: kept.clone(),
    };
    let ask = Ask::Overwrites("the whole aws-auth is replaced by an older one".to_owned());
    plan.push(&scope, ask, &[], action);
    owners::tell(&mut plan, map.map(|map| &map.object), &[]);
    Ok(plan)
}
