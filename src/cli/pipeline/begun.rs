//! What a run records about itself: before its first write the steps and what they overwrite, at its end the results.

use jiff::Timestamp;

use crate::cli::pipeline::sights::{End, Sight, Sights};
use crate::cli::pipeline::stage::{Stage, nothing_was_done};
use crate::cli::verbs::history::{log, state};
use crate::cli::world::aside::{aside, briefly};
use crate::cli::world::local::Backups;
use crate::engine::{Connect, Ledger};
use crate::error::{Chained, Error, Result};
use crate::history::{BEGUN, PlaceRecord, Record, StepRecord, WrittenTrust};
use crate::model::{Before, BeforeAt, Scope};
use crate::plan::{Action, Class, Plan, Step, describe};

/// Records what is about to be done. A failure is a warning, unless a step replaces something that is not saved
/// elsewhere: then nothing is done.
///
/// # Errors
/// What is replaced can't be saved; the interruption.
pub(crate) async fn begin_record<C: Connect>(
    stage: &Stage<'_, C>,
    verb: &str,
    seen: &Sights,
    plan: &Plan,
) -> Result<Record> {
    let now = Timestamp::now();
    let steps = plan.steps.iter().map(|step| step_record(step, seen, "not-begun", Vec::new()));
    let record = Record {
        time: now.to_string(),
        run: Some(format!("{}-{}", now.strftime("%Y%m%dT%H%M%S.%6fZ"), plan.id())),
        verb: verb.to_owned(),
        caller: seen.first().map(|seen| seen.caller.arn.to_string()).unwrap_or_default(),
        cluster: seen.only().and_then(|seen| seen.cluster.as_ref()).map(|c| c.description.arn.to_string()),
        places: if seen.only().is_some() { Vec::new() } else { seen.places.iter().map(place_record).collect() },
        plan: plan.id(),
        steps: steps.collect(),
        backups: Vec::new(),
        before: before(plan, seen),
        outcome: BEGUN.to_owned(),
        error: None,
    };
    let must_be_kept = !matches!(stage.machine.backups, Backups::None)
        && plan.steps.iter().any(|step| step.ask.class() != Class::Additive && was(step, seen).is_some());
    let written = match log(&stage.context.env) {
        Some(log) => {
            let record = record.clone();
            let append = aside(move || Ok(log.append(&record).err()));
            let append = stage.within("recording what is about to be done", append).await;
            append.map_err(nothing_was_done)?.map(|error| error.to_string())
        }
        None => Some("the history can't be written: neither XDG_STATE_HOME nor HOME is set".to_owned()),
    };
    match written {
        Some(why) if must_be_kept => {
            Err(Error::failed("what would be overwritten can't be saved, so it was not overwritten")
                .because(why)
                .because("nothing was changed")
                .hint("fix that, or set another place: XDG_STATE_HOME=DIR, a directory owned by this user"))
        }
        // The warning is printed once, at the end.
        _ => Ok(record),
    }
}

/// How a run ended, for its record.
pub(crate) struct Ended<'a> {
    /// The error that ended the whole run.
    pub(crate) error: Option<&'a Error>,
    /// Whether a place failed.
    pub(crate) has_failed: bool,
    /// How each of several places ended.
    pub(crate) places: Vec<PlaceRecord>,
}

fn place_record(place: &Sight) -> PlaceRecord {
    let (state, why) = match place.failed() {
        Some(error) => (place.end(error), Some(error.to_string())),
        None => (End::NotDone, None),
    };
    PlaceRecord { id: place.id(), state: state.as_str().to_owned(), why }
}

/// Records how a run ended. A failure is a warning: the work is done.
pub(crate) async fn finish_record<C: Connect>(
    stage: &Stage<'_, C>,
    begun: Record,
    (seen, plan): (&Sights, &Plan),
    ledger: &Ledger,
    ended: Ended<'_>,
) {
    let is_many = !begun.places.is_empty();
    let steps = plan.steps.iter().map(|step| {
        let place = if is_many { place_of(&step.scope) } else { None };
        StepRecord { place, ..step_record(step, seen, state(&ledger.state(step.id)), ledger.request_ids(step.id)) }
    });
    let record = Record {
        time: Timestamp::now().to_string(),
        steps: steps.collect(),
        backups: ledger.backups().iter().map(|path| path.display().to_string()).collect(),
        // Already in the record's beginning.
        before: Vec::new(),
        outcome: if ended.error.is_some() || ended.has_failed { "failed" } else { "applied" }.to_owned(),
        error: ended.error.map(ToString::to_string),
        places: if begun.places.is_empty() { Vec::new() } else { ended.places },
        ..begun
    };
    let Some(log) = log(&stage.context.env) else { return };
    let append =
        move || log.append(&record).map_err(|error| Error::failed(error.to_string()).carrying(Chained::of(error)));
    if let Err(error) = briefly("writing the history", append).await {
        stage.ui.warn(&error.to_string());
    }
}

fn step_record(step: &Step, seen: &Sights, state: &str, request_ids: Vec<String>) -> StepRecord {
    let words = describe(step);
    let trust = trust_of(step, seen);
    StepRecord {
        object: words.object,
        summary: words.summary,
        state: state.to_owned(),
        place: None,
        request_ids,
        trust,
    }
}

/// A scope's name in the records of places; `None` for a file of this machine.
fn place_of(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Account(_, account) => Some(account.clone()),
        Scope::Cluster(arn) => Some(arn.to_string()),
        Scope::File(_) => None,
    }
}

/// The trust policy that a step writes, with its role.
fn trust_of(step: &Step, seen: &Sights) -> Option<WrittenTrust> {
    match &step.action {
        Action::CreateRole { arn, role } => {
            Some(WrittenTrust { role: arn.clone(), document: role.trust.clone(), from: None })
        }
        Action::UpdateTrust { from, to, .. } => Some(WrittenTrust {
            role: seen.seen_of(step)?.role.as_ref()?.arn.to_string(),
            document: to.clone(),
            from: Some(from.clone()),
        }),
        _ => None,
    }
}

/// Everything that a plan overwrites, without duplicates.
fn before(plan: &Plan, seen: &Sights) -> Vec<BeforeAt> {
    let is_many = seen.only().is_none();
    let was = |step| Some(BeforeAt { before: was(step, seen)?, at: place_of(&step.scope).filter(|_| is_many) });
    let mut all: Vec<BeforeAt> = Vec::new();
    for was in plan.steps.iter().filter_map(was) {
        if !all.contains(&was) {
            all.push(was);
        }
    }
    all
}

/// What a step overwrites; `None` where it only adds, or the old state is saved elsewhere (`aws-auth`, files).
fn was(step: &Step, seen: &Sights) -> Option<Before> {
    match &step.action {
        Action::UpdateTrust { role, from, .. } => Some(Before::Trust { role: role.clone(), document: from.clone() }),
        Action::UpdateRole { role, from_description, from_max_session_duration, .. } => Some(Before::RoleSettings {
            role: role.clone(),
            description: from_description.clone(),
            max_session_duration: *from_max_session_duration,
        }),
        Action::PutBoundary { role, from, .. } => Some(Before::Boundary { role: role.clone(), arn: from.clone() }),
        Action::PutGroupPolicy { group, policy, from: Some(document), .. } => {
            Some(Before::GroupPolicy { group: group.clone(), policy: policy.clone(), document: document.clone() })
        }
        Action::DeleteEntry { entry, .. } => Some(Before::Entry((**entry).clone())),
        Action::UpdateEntry { principal, .. }
        | Action::AssociatePolicy { principal, .. }
        | Action::DisassociatePolicy { principal, .. } => {
            let entries = seen.seen_of(step)?.cluster.as_ref()?.entries();
            entries.into_iter().find(|entry| entry.principal == *principal).map(Before::Entry)
        }
        _ => None,
    }
}
