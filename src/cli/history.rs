//! `history`: what was applied from this machine, when, by whom.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::args::HistoryArgs;
use super::context::{Context, Environment};
use super::ui::{BAD, FAINT, GOOD, STRONG, Ui};
use crate::engine::{Ledger, StepState};
use crate::error::{Error, Result, one_line};
use crate::history::{Log, Record, StepRecord, WrittenTrust};
use crate::model::strangers::{Named, Stranger, strangers};
use crate::model::{Observed, Role, trust};
use crate::plan::{Action, Plan, Step, describe};

/// Where the record is, where a place is known.
fn log(env: &Environment) -> Option<Log> {
    Some(Log::new(env.state_dir()?.join("history.jsonl")))
}

/// Shows it, oldest first.
///
/// # Errors
/// No place is known, or the file can't be read.
pub(crate) fn history(context: &Context, ui: &Ui, args: &HistoryArgs) -> Result<u8> {
    let log = log(&context.env)
        .ok_or_else(|| Error::failed("no history is known: neither XDG_STATE_HOME nor HOME is set").hint("set HOME"))?;
    let all = log.read().map_err(|e| Error::failed("reading the history").because(e.to_string()))?;
    let is_meant =
        |r: &&Record| args.cluster.as_ref().is_none_or(|c| r.cluster.as_ref().is_some_and(|arn| names(arn, c)));
    let found: Vec<&Record> = all.iter().filter(is_meant).collect();
    let shown = &found[found.len().saturating_sub(args.last.unwrap_or(found.len()))..];
    if shown.is_empty() {
        ui.note("nothing was applied from here");
    }
    for record in shown {
        ui.text(&lines(ui, record));
    }
    ui.document(&json!({"version": 1, "verb": "history", "outcome": "listed", "path": log.path(), "records": shown}));
    Ok(0)
}

fn names(arn: &str, wanted: &str) -> bool {
    arn == wanted || arn.rsplit('/').next() == Some(wanted)
}

fn lines(ui: &Ui, record: &Record) -> String {
    let cluster = record.cluster.as_deref().and_then(|c| c.rsplit('/').next()).unwrap_or("-");
    let outcome = ui.styled(if record.outcome == "applied" { GOOD } else { BAD }, &record.outcome);
    let head = format!("{}  {}  {cluster}  plan {}", record.time, record.verb, record.plan);
    let mut text = format!("{}  {outcome}\n  {}", ui.styled(STRONG, &head), ui.styled(FAINT, &record.caller));
    for step in &record.steps {
        let _ = write!(text, "\n  {:10} {}: {}", step.state, one_line(&step.object), one_line(&step.summary));
    }
    if let Some(error) = &record.error {
        let _ = write!(text, "\n  {}", one_line(error));
    }
    text
}

/// Writes down how a plan ended. A history that can't be written is a warning: the work is done.
pub(crate) fn remember(
    env: &Environment,
    ui: &Ui,
    verb: &str,
    seen: &Observed,
    plan: &Plan,
    ledger: &Ledger,
    error: Option<&Error>,
) {
    let steps = plan.steps.iter().map(|step| {
        let words = describe(step);
        StepRecord {
            object: words.object,
            summary: words.summary,
            state: state(&ledger.state(step.id)).to_owned(),
            request_ids: ledger.request_ids(step.id),
            trust: trust_of(step, seen),
        }
    });
    let record = Record {
        time: Timestamp::now().to_string(),
        verb: verb.to_owned(),
        caller: seen.caller.arn.to_string(),
        cluster: seen.cluster.as_ref().map(|c| c.description.arn.to_string()),
        plan: plan.id(),
        steps: steps.collect(),
        backups: ui.kept(),
        outcome: if error.is_some() { "failed" } else { "applied" }.to_owned(),
        error: error.map(ToString::to_string),
    };
    let Some(log) = log(env) else { return };
    if let Err(error) = log.append(&record) {
        ui.warn(&error.to_string());
    }
}

/// The trust that a step writes, and into which role.
fn trust_of(step: &Step, seen: &Observed) -> Option<WrittenTrust> {
    let (role, document) = match &step.action {
        Action::CreateRole { arn, role } => (arn.clone(), &role.trust),
        Action::UpdateTrust { to, .. } => (seen.role.as_ref()?.arn.to_string(), to),
        _ => return None,
    };
    Some(WrittenTrust { role, document: document.clone() })
}

/// The trust policies that runs from this machine wrote, and when, oldest first.
#[derive(Debug, Default)]
pub(crate) struct WrittenTrusts(Vec<(Timestamp, WrittenTrust)>);

/// Reads them out of the history; one that can't be read holds none.
pub(crate) async fn written_trusts(env: &Environment) -> WrittenTrusts {
    let Some(log) = log(env) else { return WrittenTrusts::default() };
    let records = tokio::task::spawn_blocking(move || log.read().unwrap_or_default()).await.unwrap_or_default();
    let is_done = |step: &StepRecord| [StepState::Done, StepState::AlreadySo].iter().any(|s| state(s) == step.state);
    let trusts = records.into_iter().filter_map(|record| Some((record.time.parse().ok()?, record.steps)));
    WrittenTrusts(
        trusts
            .flat_map(|(time, steps): (Timestamp, Vec<StepRecord>)| {
                steps.into_iter().filter(is_done).filter_map(move |step| Some((time, step.trust?)))
            })
            .collect(),
    )
}

impl WrittenTrusts {
    /// The one that was written last into a role, unless the role was created since.
    pub(crate) fn of(&self, role: &Role) -> Option<&Value> {
        let (time, last) = self.0.iter().rev().find(|(_, written)| written.role == role.arn.to_string())?;
        (role.created_at? <= time.as_second()).then_some(&last.document)
    }

    /// Whom a role's trust lets in, where no run from this machine wrote it so.
    pub(crate) fn strangers(&self, role: &Role) -> Vec<Stranger> {
        if self.of(role).is_some_and(|written| trust::same_meaning(written, &role.trust)) {
            return Vec::new();
        }
        strangers(&role.trust, &Named::nobody(&role.arn))
    }
}

/// A step's state as reports and records spell it.
pub(crate) const fn state(state: &StepState) -> &'static str {
    match state {
        StepState::Waiting => "not-begun",
        StepState::UnderWay => "unknown",
        StepState::Done => "done",
        StepState::AlreadySo => "already-so",
        StepState::Failed => "failed",
    }
}
