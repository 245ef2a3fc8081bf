//! `history`: what was applied from this machine, when, by whom.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::json;

use super::args::HistoryArgs;
use super::context::{Context, Environment};
use super::ui::{BAD, FAINT, GOOD, STRONG, Ui};
use crate::engine::{Ledger, StepState};
use crate::error::{Error, Result, one_line};
use crate::history::{Log, Record, StepRecord};
use crate::model::Observed;
use crate::plan::{Plan, describe};

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
