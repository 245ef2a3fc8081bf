//! Restores a saved `aws-auth`: its text as a whole, on exactly the planned version, after a dry run.

use serde_json::Value;

use super::call_error::CallError;
use super::explain::explain;
use super::ledger::StepState;
use super::port::{ClusterRead, Connect, Writers};
use super::tried::Tried;
use super::work::Work;
use super::write_map::{discard, is_conflict, is_open, map_write, new_object, open, put, tell_kept};
use crate::error::{Error, Kind, Result};
use crate::model::{AwsAuthMap, AwsAuthState, ClusterState, MapContent};
use crate::plan::diff;

const DOING: &str = "restoring";

/// Checks in a dry run that the API server accepts the saved map.
pub(super) async fn rehearse<C: Connect>(
    resource_version: Option<&str>,
    content: &MapContent,
    work: &Work<'_, C>,
) -> Result<std::result::Result<Tried, CallError>> {
    let (state, api, doing) = open(work, DOING).await?;
    let (map, object) = replacement(state, resource_version, content);
    match api.would_take(&map_write(map.as_ref(), &object)).await {
        Ok(()) => Ok(Ok(Tried { map, object: Some(object) })),
        Err(error) if is_conflict(&error) => {
            let now = api.get_aws_auth().await.map_err(|e| explain(&doing, &e))?;
            judge(&doing, now, content, &error)?;
            Ok(Ok(Tried { map: None, object: None }))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// Restores the saved map, for a step that may have been rehearsed.
pub(super) async fn restore<C: Writers>(
    step: usize,
    resource_version: Option<&str>,
    content: &MapContent,
    work: &Work<'_, C>,
) -> Result<StepState> {
    let (_, api, doing) = open(work, DOING).await?;
    let tried = match work.rehearsed.take(step) {
        Some(tried) => tried,
        None => rehearse(resource_version, content, work).await?.map_err(|e| explain(&doing, &e))?,
    };
    let Some(object) = tried.object else { return Ok(StepState::AlreadySo) };
    let mut kept = None;
    let Err(error) = put(&work.world.cluster_writer(&api), tried.map.as_ref(), &object, &mut kept, work).await? else {
        return Ok(StepState::Done);
    };
    if !is_open(&error) {
        return Err(explain(&doing, &error));
    }
    // Another writer was faster, or the answer to this write was lost: the text shows which.
    let now = api.get_aws_auth().await.map_err(|last| {
        tell_kept(&mut kept, work);
        explain(&doing, &last).because(format!("before that: {error}"))
    })?;
    if let Err(error) = judge(&doing, now, content, &error) {
        discard(&mut kept, work).await;
        return Err(error);
    }
    Ok(if tell_kept(&mut kept, work) { StepState::Done } else { StepState::AlreadySo })
}

/// The map that was planned on, and the object that replaces it.
fn replacement(
    state: &ClusterState,
    resource_version: Option<&str>,
    content: &MapContent,
) -> (Option<AwsAuthMap>, Value) {
    let map = match &state.aws_auth {
        AwsAuthState::Present(map) if resource_version == Some(map.resource_version()) => Some(map.clone()),
        _ => None,
    };
    let mut object = map.as_ref().map_or_else(new_object, |m| m.object.clone());
    content.put_into(&mut object);
    (map, object)
}

/// Checks, after an inconclusive answer, that the map is the restored one.
///
/// # Errors
/// It is different: after a conflict another writer changed it; else the answer itself is the error.
fn judge(doing: &str, now: Option<AwsAuthMap>, content: &MapContent, error: &CallError) -> Result<()> {
    let now = now.map(|map| MapContent::of(&map.object)).unwrap_or_default();
    if now == *content {
        return Ok(());
    }
    if !is_conflict(error) {
        return Err(explain(doing, error));
    }
    Err(Error::new(Kind::WorldChanged, format!("{doing}: it changed in the meantime"))
        .because_of(error.clone())
        .because(format!("the difference would be:\n{}", diff::of_content(&now, content)))
        .hint("run the same command again to see the new difference"))
}
