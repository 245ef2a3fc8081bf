//! Writing `kube-system/aws-auth`: dry run, backup, replacement of the version that was read; on a conflict the text is
//! read and the change planned again. The run continues with the same change, and stops with a different one. Only a
//! text whose own dry run succeeded is written, and the API server's last answer is reported.

use std::path::PathBuf;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use serde_json::{Value, json};

use super::call_error::{CallError, CallErrorKind as K};
use super::compare_entry::is_proven;
use super::explain::explain;
use super::ledger::{Event, StepState};
use super::port::{ClusterRead, ClusterWrite, Connect, MapWrite, Writers};
use super::tried::Tried;
use super::work::Work;
use crate::aws_auth::Opened;
use crate::error::{Error, Kind, Result};
use crate::model::desired::OWNER_CLI;
use crate::model::{AwsAuthMap, AwsAuthState, ClusterState, Scope, ownership};
use crate::plan::guard::judge;
use crate::plan::migrate::with_entries;
use crate::plan::{AwsAuthEdit, AwsAuthWrite, Effects, MapChange, MapEffect, Place, changed, edit_error};

/// The most attempts after conflicts; 32 concurrent writers need about as many rounds in the worst case.
const MOST_ATTEMPTS: usize = 100;

/// A call's result; the outer error ends the work, the inner one is the API server's, to be handled.
type Judged<T> = Result<std::result::Result<T, CallError>>;

/// One change to be written to a cluster.
struct Writing<'a, C: Connect> {
    write: &'a AwsAuthWrite,
    work: &'a Work<'a, C>,
    state: &'a ClusterState,
    api: C::Cluster,
    doing: String,
    pauses: ExponentialBackoff,
    /// The old map's file while it is not known whether it was replaced: a request whose answer was lost is sent again,
    /// and then refused.
    kept: Option<PathBuf>,
}

/// Checks in a dry run that the API server accepts a change of mappings or accounts.
pub(super) async fn rehearse<C: Connect>(write: &AwsAuthWrite, work: &Work<'_, C>) -> Judged<Tried> {
    let mut writing = Writing::begin(write, work).await?;
    let map = writing.seen();
    writing.tried(map).await
}

/// Makes the change of a step that may have been rehearsed.
pub(super) async fn write<C: Writers>(step: usize, write: &AwsAuthWrite, work: &Work<'_, C>) -> Result<StepState> {
    let mut writing = Writing::begin(write, work).await?;
    let writer = work.world.cluster_writer(&writing.api);
    // What was tried before anything was proven may hold more than what is proven.
    let is_whole = write.edits.iter().all(|edit| edit.proven_by.is_none());
    let mut tried = match work.rehearsed.take(step).filter(|_| is_whole) {
        Some(tried) => tried,
        None => writing.tried(writing.seen()).await?.map_err(|e| explain(&writing.doing, &e))?,
    };
    loop {
        let Some(object) = tried.object else {
            return Ok(if tell_kept(&mut writing.kept, work) { StepState::Done } else { StepState::AlreadySo });
        };
        let put = put(&writer, tried.map.as_ref(), &object, &mut writing.kept, work).await?;
        let Err(error) = put else { return Ok(StepState::Done) };
        if !is_open(&error) {
            return Err(explain(&writing.doing, &error));
        }
        let map = writing.read_again(&error).await?;
        if !is_conflict(&error) {
            return writing.judge_unknown(map.as_ref(), &error).await;
        }
        tried = writing.tried(map).await?.map_err(|e| explain(&writing.doing, &e))?;
    }
}

impl<'a, C: Connect> Writing<'a, C> {
    async fn begin(write: &'a AwsAuthWrite, work: &'a Work<'a, C>) -> Result<Self> {
        let (state, api, doing) = open(work, "writing").await?;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(10))
            .with_max_delay(Duration::from_millis(400))
            .with_max_times(MOST_ATTEMPTS)
            .with_jitter()
            .build();
        Ok(Self { write, work, state, api, doing, pauses, kept: None })
    }

    /// The map that the plan is based on.
    fn seen(&self) -> Option<AwsAuthMap> {
        match &self.state.aws_auth {
            AwsAuthState::Present(map) => Some(map.clone()),
            _ => None,
        }
    }

    /// Makes the change on a map and checks the result in a dry run; after a conflict, on the newest map.
    async fn tried(&mut self, mut map: Option<AwsAuthMap>) -> Judged<Tried> {
        loop {
            let object = match self.next_object(map.as_ref()) {
                Ok(Some(object)) => object,
                Ok(None) => return Ok(Ok(Tried { map, object: None })),
                Err(error) => {
                    discard(&mut self.kept, self.work).await;
                    return Err(error);
                }
            };
            discard(&mut self.kept, self.work).await;
            match self.api.would_take(&map_write(map.as_ref(), &object)).await {
                Ok(()) => return Ok(Ok(Tried { map, object: Some(object) })),
                Err(error) if is_conflict(&error) => map = self.read_again(&error).await?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Reads the map after a write with an unknown outcome.
    async fn read_again(&mut self, error: &CallError) -> Result<Option<AwsAuthMap>> {
        let Some(pause) = self.pauses.next().filter(|pause| *pause < self.work.left()) else {
            tell_kept(&mut self.kept, self.work);
            return Err(explain(&self.doing, error));
        };
        let arn = &self.state.description.arn;
        let why = if is_conflict(error) { "changed in the meantime" } else { "may have been written" };
        let text = format!("aws-auth of cluster {} {why}; reading it again", arn.name);
        self.work.watch.event(Event::Waiting { scope: Scope::Cluster(arn.clone()), text });
        tokio::time::sleep(pause).await;
        self.api.get_aws_auth().await.map_err(|last| {
            tell_kept(&mut self.kept, self.work);
            explain(&self.doing, &last).because(format!("before that: {error}"))
        })
    }

    /// Decides from the map whether the change was made, as the answer was lost.
    async fn judge_unknown(mut self, map: Option<&AwsAuthMap>, error: &CallError) -> Result<StepState> {
        if let Ok(None) = self.next_object(map) {
            return Ok(if tell_kept(&mut self.kept, self.work) { StepState::Done } else { StepState::AlreadySo });
        }
        discard(&mut self.kept, self.work).await;
        Err(explain(&self.doing, error))
    }

    /// The whole object with the changes made; `None` if they are made already.
    ///
    /// # Errors
    /// The changes would differ from the planned ones, can't be proven, or lock out a principal.
    fn next_object(&self, map: Option<&AwsAuthMap>) -> Result<Option<Value>> {
        // The exact version that was planned on was edited, proven and checked during planning.
        let is_whole = self.write.edits.iter().all(|edit| is_proven(edit.proven_by, self.work));
        if is_whole && map.map(AwsAuthMap::resource_version) == self.write.resource_version.as_deref() {
            return Ok(Some(object(map, self.write)));
        }
        let again = self.planned_again(map)?;
        Ok(again.map(|now| object(map, &now)))
    }

    /// The changes made on the newest text; `None` if they are made already.
    fn planned_again(&self, map: Option<&AwsAuthMap>) -> Result<Option<AwsAuthWrite>> {
        let cluster = &self.state.description.arn.name;
        let data = map.map(AwsAuthMap::data).unwrap_or_default();
        let proven = self.write.edits.iter().filter(|edit| is_proven(edit.proven_by, self.work));
        let planned: Vec<_> = proven.map(|edit| AwsAuthEdit { proven_by: None, ..edit.clone() }).collect();
        let changes: Vec<_> = planned.iter().map(|edit| edit.change.clone()).collect();
        let had = Opened::new(&data);
        let edited = changed(&had, &changes, None).map_err(|e| edit_error(&e, cluster))?;
        let Some((mut now, has)) = edited else { return Ok(None) };
        // Mappings that are put back for another author are not marked.
        for edit in &mut now.edits {
            edit.ours &= planned.iter().all(|planned| planned.ours || planned.change != edit.change);
        }
        // Changes that another writer already made are dropped; the rest must be as planned.
        if let Some(other) = now.edits.iter().find(|edit| !planned.contains(edit)) {
            return Err(Error::new(
                Kind::WorldChanged,
                format!(
                    "aws-auth of cluster {cluster} changed in the meantime: {} is now mapped differently",
                    other.whom
                ),
            )
            .because(format!("the difference would be:\n{}", now.diff))
            .hint("run the same command again to see the new plan"));
        }
        let map = MapChange { had: had.into_reading(), has, changes: Some(changes) };
        let effects = Effects { map: MapEffect::Changes(map), entries: Vec::new(), takes_away: true };
        // The entries that were created before are there by now.
        let then = with_entries(self.state, self.work.entries);
        judge(&effects, Place::Cluster(&then), Some(self.work.caller), self.work.allow_lockout)?;
        Ok(Some(now))
    }
}

/// The cluster of a step, its API, and the words for the change.
///
/// # Errors
/// No cluster was observed, or its API can't be reached.
pub(super) async fn open<'a, C: Connect>(
    work: &Work<'a, C>,
    verb: &str,
) -> Result<(&'a ClusterState, C::Cluster, String)> {
    let state = work.cluster.ok_or_else(|| Error::failed("no cluster was observed"))?;
    let doing = format!("{verb} aws-auth of cluster {}", state.description.arn.name);
    let api = work.world.cluster(&state.description, None).await.map_err(|e| explain(&doing, &e))?;
    Ok((state, api, doing))
}

/// Whether the version no longer exists, or the object was created in the meantime.
pub(super) fn is_conflict(error: &CallError) -> bool {
    matches!(error.kind, K::Conflict | K::AlreadyExists | K::NotFound)
}

/// Whether the write may still have happened: an answer was lost, and the request was sent again.
pub(super) fn is_open(error: &CallError) -> bool {
    is_conflict(error) || matches!(error.kind, K::Unreachable | K::Unavailable | K::BadAnswer)
}

/// The object with the data of a write, and this program's ownership marks.
fn object(map: Option<&AwsAuthMap>, write: &AwsAuthWrite) -> Value {
    let mut object = map.map_or_else(new_object, |m| m.object.clone());
    object["data"] = json!(write.becomes);
    for edit in &write.edits {
        if edit.ours {
            // If there is no room for the mark, the mapping is added without it, as in the plan.
            ownership::mark(&mut object, OWNER_CLI, &edit.whom);
        }
        // A mark stays while its principal is mapped.
        for entry in edit.removed.iter().filter(|entry| !entry.stays_mapped) {
            ownership::unmark(&mut object, &entry.arn);
        }
    }
    object
}

pub(super) fn new_object() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}})
}

/// The write that creates the object, or replaces a map.
pub(super) const fn map_write<'a>(map: Option<&AwsAuthMap>, object: &'a Value) -> MapWrite<'a> {
    match map {
        Some(_) => MapWrite::Replace(object),
        None => MapWrite::Create(object),
    }
}

/// One attempt to write what was tried. `kept` holds the old map's file while it is not known whether it was replaced.
pub(super) async fn put<C: Writers>(
    writer: &C::ClusterWriter,
    map: Option<&AwsAuthMap>,
    object: &Value,
    kept: &mut Option<PathBuf>,
    work: &Work<'_, C>,
) -> Judged<()> {
    let cluster = work.cluster.ok_or_else(|| Error::failed("no cluster was observed"))?;
    if let Some(map) = map {
        *kept = work.local.keep_backup(&cluster.description.arn, &map.object).await?;
    }
    let outcome = writer.write(&map_write(map, object)).await;
    match &outcome {
        Ok(()) => {
            tell_kept(kept, work);
        }
        Err(error) if is_open(error) => {}
        Err(_) => discard(kept, work).await,
    }
    Ok(outcome)
}

/// Reports the backup of the old map; true if there is one.
pub(super) fn tell_kept<C: Connect>(kept: &mut Option<PathBuf>, work: &Work<'_, C>) -> bool {
    let Some((path, cluster)) = kept.take().zip(work.cluster) else { return false };
    work.ledger.keep(Scope::Cluster(cluster.description.arn.clone()), path, work.watch);
    true
}

/// Deletes the backup of the old map, which was not replaced.
pub(super) async fn discard<C: Connect>(kept: &mut Option<PathBuf>, work: &Work<'_, C>) {
    if let Some(path) = kept.take() {
        work.local.discard_backup(path).await;
    }
}
