//! How a migration ends: what leaves `aws-auth`, and the switch to mode `API`.

use std::collections::BTreeSet;

use super::decide::Table;
use super::evidence::Evidence;
use super::row::{Decision, Row};
use crate::aws_auth::{Change, Opened, RemoveBy};
use crate::error::Result;
use crate::model::{AuthMode, AwsAuthMap, AwsAuthState, Census, ClusterState, Scope};
use crate::plan::ask::Ask;
use crate::plan::effects::{EntryEffect, MapEffect};
use crate::plan::map::map_to_change;
use crate::plan::map_change::plan_changes;
use crate::plan::place::Place;
use crate::plan::step::Action;
use crate::plan::whole::Plan;

/// The map as it is, where it was read.
pub(super) fn unchanged(cluster: &ClusterState) -> MapEffect {
    match &cluster.aws_auth {
        AwsAuthState::Present(map) => MapEffect::Same(Opened::new(&map.data()).into_reading()),
        _ => MapEffect::NotRead,
    }
}

/// The step that removes mappings from `aws-auth`, each once its comparison has proven its entry.
pub(super) fn remove(
    plan: &mut Plan,
    cluster: &ClusterState,
    entries: &[EntryEffect],
    proofs: &[(&Row, usize)],
) -> Result<MapEffect> {
    if proofs.is_empty() {
        return Ok(unchanged(cluster));
    }
    let data = map_to_change(cluster)?.map(AwsAuthMap::data).unwrap_or_default();
    let mut arns = BTreeSet::new();
    let distinct = proofs.iter().filter(|(row, _)| arns.insert(Evidence::key(&row.before.arn)));
    let removals =
        distinct.map(|(row, _)| Change::Remove { by: RemoveBy::Arn(row.before.arn.clone()), all: true }).collect();
    // The entries are there by then, and mask what else the map says of their principals.
    let then = with_entries(cluster, entries);
    let before = plan.steps.len();
    let effect = plan_changes(plan, Place::Cluster(&then), Opened::new(&data), removals, None)?;
    for step in &mut plan.steps[before..] {
        step.after = proofs.iter().map(|(_, step)| *step).collect();
        step.ask.also("the mappings whose entries are proven are removed from aws-auth".to_owned());
        if let Action::WriteAwsAuth(write) = &mut step.action {
            for edit in &mut write.edits {
                let key = Evidence::key(&edit.whom);
                edit.proven_by = proofs.iter().find(|(row, _)| Evidence::key(&row.before.arn) == key).map(|(_, s)| *s);
            }
        }
    }
    Ok(effect)
}

/// The cluster once the entries are there.
pub fn with_entries(cluster: &ClusterState, entries: &[EntryEffect]) -> ClusterState {
    let mut then = cluster.clone();
    let census = then.census.get_or_insert_with(Census::default);
    census.entries.retain(|entry| entries.iter().all(|effect| effect.principal != entry.principal));
    census.entries.extend(entries.iter().filter_map(|effect| effect.has.clone()));
    then
}

/// The last switch, if it is asked for and nothing prevents it; returns whether it is planned.
pub(super) fn to_api(
    plan: &mut Plan,
    to: Option<AuthMode>,
    cluster: &ClusterState,
    table: &Table,
    proofs: &[(&Row, usize)],
) -> bool {
    if to != Some(AuthMode::Api) || cluster.description.mode == AuthMode::Api {
        return false;
    }
    let proven: BTreeSet<String> = proofs.iter().map(|(row, _)| Evidence::key(&row.before.arn)).collect();
    let holds_back = |row: &&Row| {
        let is_proven = proven.contains(&Evidence::key(&row.before.arn));
        row.decision.blocks_api() || (row.wish().is_some() && !is_proven)
    };
    let held: Vec<String> =
        table.rows.iter().filter(holds_back).map(|row| format!("{} line {}", row.key.as_str(), row.line)).collect();
    if !held.is_empty() {
        plan.warnings.push(format!(
            "the mode stays {}: principals in aws-auth would lose their access in mode API ({}); do what the report says, then \
             run the same command again",
            if cluster.description.mode.has_entries() { cluster.description.mode } else { AuthMode::ApiAndConfigMap },
            held.join(", ")
        ));
        return false;
    }
    let (from, to) = (AuthMode::ApiAndConfigMap, AuthMode::Api);
    let after: Vec<Option<usize>> = plan.steps.iter().map(|step| Some(step.id)).collect();
    let ask = Ask::Irreversible(format!("a cluster can't be switched back to {from}"));
    let is_unmatched = |row: &&Row| matches!(row.decision, Decision::MatchesNone { .. } | Decision::Shadowed { .. });
    let unmatched = table.rows.iter().filter(is_unmatched).map(|row| row.before.arn.clone()).collect();
    let action = Action::SwitchMode { from, to, resource_version: None, unmatched };
    plan.push(&Scope::Cluster(cluster.description.arn.clone()), ask, &after, action);
    true
}
