//! Writing `kube-system/aws-auth`: dry run, backup, replacement under the version that was read; on a conflict the text
//! is read and the change planned again. The same change goes on, another one stops.

use std::path::PathBuf;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use serde_json::{Value, json};

use super::apply::{Event, StepState, Work};
use super::call_error::{CallError, CallErrorKind as K};
use super::explain::explain;
use super::port::{Cluster, Connect};
use crate::aws_auth::{self, Opened, Reading};
use crate::error::{Error, Kind, Result};
use crate::model::desired::OWNER_CLI;
use crate::model::{AwsAuthMap, AwsAuthState, ClusterDescription, MapContent, Principal, ownership};
use crate::plan::{AwsAuthWrite, Sides, changed, diff, edit_error, guard};

/// How often a conflict is planned again; 32 writers at once need about as many rounds in the worst case.
const MOST_ATTEMPTS: usize = 100;

/// Makes one change: adds, updates or removes a mapping or an account.
pub(super) async fn write<C: Connect>(write: &AwsAuthWrite, work: &Work<'_, C>) -> Result<StepState> {
    let state = work.cluster.ok_or_else(|| Error::failed("no cluster was observed"))?;
    let description = &state.description;
    let doing = format!("writing aws-auth of cluster {}", description.arn.name);
    let api = work.world.cluster(description, None).await.map_err(|e| explain(&doing, &e))?;
    let mut map = match &state.aws_auth {
        AwsAuthState::Present(map) => Some(map.clone()),
        _ => None,
    };
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(10))
        .with_max_delay(Duration::from_millis(400))
        .with_max_times(MOST_ATTEMPTS)
        .with_jitter()
        .build();
    let mut dry_run = true;
    let mut kept = None;
    loop {
        let next = next_object(write, map.as_ref(), description, work);
        let Some(object) = next.inspect_err(|_| discard(&mut kept, work))? else {
            return Ok(if tell_kept(&mut kept, work) { StepState::Done } else { StepState::AlreadySo });
        };
        discard(&mut kept, work);
        let error = match put(&api, map.as_ref(), &object, dry_run, &mut kept, work).await? {
            Ok(()) => return Ok(StepState::Done),
            Err(error) if is_worth_another_look(&error) => error,
            Err(error) => return Err(explain(&doing, &error)),
        };
        dry_run = false;
        let pause = pauses.next().filter(|p| *p < work.left()).ok_or_else(|| {
            tell_kept(&mut kept, work);
            explain(&doing, &error)
        })?;
        work.watch.event(Event::Waiting(format!(
            "aws-auth of cluster {} changed meanwhile; reading it again",
            description.arn.name
        )));
        tokio::time::sleep(pause).await;
        map = api.get_aws_auth().await.map_err(|e| {
            tell_kept(&mut kept, work);
            explain(&doing, &e)
        })?;
    }
}

/// The version is gone, somebody created it, or an answer was lost: the text itself tells what to do.
fn is_worth_another_look(error: &CallError) -> bool {
    matches!(error.kind, K::Conflict | K::AlreadyExists | K::NotFound | K::Unreachable | K::Unavailable)
}

/// The whole object with the changes made; `None` where they are made already.
///
/// # Errors
/// The changes would no longer be those that were planned, can't be proven, or lock somebody out.
fn next_object<C: Connect>(
    write: &AwsAuthWrite,
    map: Option<&AwsAuthMap>,
    description: &ClusterDescription,
    work: &Work<'_, C>,
) -> Result<Option<Value>> {
    // The very version that was planned on was edited, proven and judged when it was planned.
    if map.map(AwsAuthMap::resource_version) == write.resource_version.as_deref() {
        return Ok(Some(object(map, write)));
    }
    let again = planned_again(write, map, description, work)?;
    Ok(again.map(|now| object(map, &now)))
}

/// The changes made on the newest text; `None` where they are made already.
fn planned_again<C: Connect>(
    write: &AwsAuthWrite,
    map: Option<&AwsAuthMap>,
    description: &ClusterDescription,
    work: &Work<'_, C>,
) -> Result<Option<AwsAuthWrite>> {
    let cluster = &description.arn.name;
    let data = map.map(AwsAuthMap::data).unwrap_or_default();
    let changes: Vec<_> = write.edits.iter().map(|e| e.change.clone()).collect();
    let had = Opened::new(&data);
    let edited = changed(&had, &changes, None).map_err(|e| edit_error(&e, cluster))?;
    let Some((now, has)) = edited else { return Ok(None) };
    // What somebody else did already is no longer ours to do; what is left must be as it was planned.
    if let Some(other) = now.edits.iter().find(|edit| !write.edits.contains(edit)) {
        return Err(Error::new(
            Kind::WorldChanged,
            format!("aws-auth of cluster {cluster} changed meanwhile: {} is mapped otherwise now", other.whom),
        )
        .because(format!("the difference would be:\n{}", now.diff))
        .hint("run the same command again to see the new plan"));
    }
    if let Some(cluster) = work.cluster {
        let sides = Sides::of(&had.reading, &has);
        if let Some(uncovered) = sides.uncovered(&changes, &guard::masked(cluster)) {
            return Err(uncovered.refused().hint("run the same command again to see the new plan"));
        }
        guard::refuse_map_lockout(cluster, &sides, work.caller, work.allow_lockout)?;
    }
    Ok(Some(now))
}

/// The object with the data that a write leads to, and the marks of what is ours in it.
fn object(map: Option<&AwsAuthMap>, write: &AwsAuthWrite) -> Value {
    let mut object = map.map_or_else(new_object, |m| m.object.clone());
    object["data"] = json!(write.becomes);
    let takes = write.edits.iter().any(|edit| !edit.removed.is_empty());
    let after = takes.then(|| aws_auth::read(&write.becomes));
    for edit in &write.edits {
        if edit.ours {
            // Where it has no room the mapping is made without it, as the plan says.
            ownership::mark(&mut object, OWNER_CLI, &edit.whom);
        }
        // A mark stays while its principal is mapped.
        for entry in edit.removed.iter().filter(|entry| !after.as_ref().is_some_and(|map| is_mapped(map, &entry.arn))) {
            ownership::unmark(&mut object, &entry.arn);
        }
    }
    object
}

fn is_mapped(map: &Reading, arn: &str) -> bool {
    Principal::as_matched(arn).is_ok_and(|principal| !map.effective(&principal).is_empty())
}

fn new_object() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}})
}

/// One attempt. The outer error ends the work, the inner one is a refusal to be judged. `kept` holds the old map's file
/// while it is open whether it was replaced: a request whose answer was lost is sent again, and then refused.
async fn put<C: Connect>(
    api: &C::Cluster,
    map: Option<&AwsAuthMap>,
    object: &Value,
    dry_run: bool,
    kept: &mut Option<PathBuf>,
    work: &Work<'_, C>,
) -> Result<std::result::Result<(), CallError>> {
    let Some(map) = map else {
        return Ok(api.create_aws_auth(object, false).await.map(drop));
    };
    if dry_run && let Err(error) = api.replace_aws_auth(object, true).await {
        return Ok(Err(error));
    }
    let cluster = work.cluster.ok_or_else(|| Error::failed("no cluster was observed"))?;
    *kept = work.local.keep_backup(&cluster.description.arn, &map.object)?;
    let outcome = api.replace_aws_auth(object, false).await.map(drop);
    match &outcome {
        Ok(()) => {
            tell_kept(kept, work);
        }
        Err(error) if is_open(error) => {}
        Err(_) => discard(kept, work),
    }
    Ok(outcome)
}

/// Whether the write may have happened all the same.
fn is_open(error: &CallError) -> bool {
    matches!(error.kind, K::Conflict | K::AlreadyExists | K::Unreachable | K::Unavailable)
}

/// Says where the old map is kept; whether there is one.
fn tell_kept<C: Connect>(kept: &mut Option<PathBuf>, work: &Work<'_, C>) -> bool {
    kept.take().map(|path| work.watch.event(Event::Kept(path))).is_some()
}

/// Takes the old map's file back: it was not replaced.
fn discard<C: Connect>(kept: &mut Option<PathBuf>, work: &Work<'_, C>) {
    if let Some(path) = kept.take() {
        work.local.discard_backup(&path);
    }
}

/// Puts a kept `aws-auth` back: what people wrote of it as a whole, on exactly the version that was planned on.
pub(super) async fn restore<C: Connect>(
    resource_version: Option<&str>,
    content: &MapContent,
    work: &Work<'_, C>,
) -> Result<StepState> {
    let state = work.cluster.ok_or_else(|| Error::failed("no cluster was observed"))?;
    let description = &state.description;
    let doing = format!("restoring aws-auth of cluster {}", description.arn.name);
    let api = work.world.cluster(description, None).await.map_err(|e| explain(&doing, &e))?;
    let map = match &state.aws_auth {
        AwsAuthState::Present(map) if resource_version == Some(map.resource_version()) => Some(map),
        _ => None,
    };
    let mut object = map.map_or_else(new_object, |m| m.object.clone());
    content.put_into(&mut object);
    let mut kept = None;
    let error = match put(&api, map, &object, true, &mut kept, work).await? {
        Ok(()) => return Ok(StepState::Done),
        Err(error) if error.is(K::Conflict) || error.is(K::AlreadyExists) => error,
        Err(error) => {
            tell_kept(&mut kept, work);
            return Err(explain(&doing, &error));
        }
    };
    // Somebody was faster, or our own write's answer was lost: the text tells.
    let now = api.get_aws_auth().await.map_err(|e| {
        tell_kept(&mut kept, work);
        explain(&doing, &e)
    })?;
    let now = now.map(|map| MapContent::of(&map.object)).unwrap_or_default();
    if now == *content {
        return Ok(if tell_kept(&mut kept, work) { StepState::Done } else { StepState::AlreadySo });
    }
    discard(&mut kept, work);
    Err(Error::new(Kind::WorldChanged, format!("{doing}: it changed meanwhile"))
        .because(error.to_string())
        .because(format!("the difference would be:\n{}", diff::of_content(&now, content)))
        .hint("run the same command again to see the new difference"))
}
