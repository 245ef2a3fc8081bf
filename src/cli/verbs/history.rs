//! `history`: what was applied from this machine, when, by whom.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::args::HistoryArgs;
use crate::cli::pipeline::stage::Stage;
use crate::cli::screen::ui::{BAD, CHANGED, FAINT, GOOD, STRONG, Ui};
use crate::cli::world::aside::aside;
use crate::cli::world::context::{Context, Environment};
use crate::engine::{Connect, StepState};
use crate::error::{Error, Result, one_line, shell_word};
use crate::history::{BEGUN, Log, PlaceRecord, Record, StepRecord, WrittenTrust};
use crate::model::strangers::{Named, Stranger, strangers};
use crate::model::{Role, trust};

/// The log of runs, if its place is known.
pub(in crate::cli) fn log(env: &Environment) -> Option<Log> {
    Some(Log::new(env.state_dir()?.join("history.jsonl")))
}

/// Shows the log, oldest run first.
///
/// # Errors
/// No place is known, or the file can't be read.
pub(crate) async fn history(context: &Context, ui: &Ui, args: &HistoryArgs) -> Result<u8> {
    if let Some(run) = &args.run {
        return Ok(show_run(context, ui, &find_run(context, run).await?));
    }
    let all = read(context).await?;
    let is_about = |record: &Record, cluster: &String| {
        let places = record.places.iter().map(|place| &place.id);
        record.cluster.iter().chain(places).any(|arn| names(arn, cluster))
    };
    let is_meant = |record: &&Record| args.cluster.as_ref().is_none_or(|cluster| is_about(record, cluster));
    let found: Vec<&Record> = all.iter().filter(is_meant).collect();
    let shown = &found[found.len().saturating_sub(args.last.unwrap_or(found.len()))..];
    if shown.is_empty() {
        ui.note("nothing was applied from this machine");
    }
    for record in shown {
        ui.text(&lines(ui, record, (&record.places[..], &record.steps[..])));
    }
    ui.document(&json!({"version": 1, "verb": "history", "outcome": "listed", "path": log(&context.env).map(|log| log.path().display().to_string()), "records": shown}));
    Ok(0)
}

/// Shows one run, with the selected places and steps.
fn show_run(context: &Context, ui: &Ui, record: &Record) -> u8 {
    let (places, steps) = record.left();
    let shown = if ui.is_verbose() { (&record.places[..], &record.steps[..]) } else { (&places[..], &steps[..]) };
    ui.text(&lines(ui, record, shown));
    let words = match (record.outcome.as_str(), places.len(), record.places.len(), steps.len()) {
        (BEGUN, ..) => "the run did not finish, so it is not known how far it got".to_owned(),
        (_, 0, _, 0) => "nothing is left".to_owned(),
        (_, 0, _, steps) => format!("left: {steps} of {} steps", record.steps.len()),
        (_, places, of, _) => format!("left: {places} of {of} places"),
    };
    let is_left = record.outcome == BEGUN || !places.is_empty() || !steps.is_empty();
    let again = if is_left { "; run the same command again: it does only what is left" } else { "" };
    ui.text(&ui.wrapped(STRONG, &format!("{words}{again}"), 2, 2));
    let path = log(&context.env).map(|log| log.path().display().to_string());
    let left = json!({"places": places, "steps": steps});
    ui.document(
        &json!({"version": 1, "verb": "history", "outcome": "listed", "path": path, "records": [record], "left": left}),
    );
    0
}

/// Whether a cluster's ARN matches the given ARN or name.
pub(crate) fn names(arn: &str, wanted: &str) -> bool {
    arn == wanted || arn.rsplit('/').next() == Some(wanted)
}

/// A run, with these of its places and steps.
fn lines(ui: &Ui, record: &Record, (places, steps): (&[PlaceRecord], &[StepRecord])) -> String {
    let cluster = match (&record.cluster, record.places.len()) {
        (Some(arn), _) => arn.rsplit('/').next().unwrap_or("-").to_owned(),
        (None, 0) => "-".to_owned(),
        (None, count) => format!("{count} places"),
    };
    let (style, outcome) = match record.outcome.as_str() {
        "applied" => (GOOD, "applied"),
        BEGUN => (CHANGED, "started, not finished"),
        other => (BAD, other),
    };
    let outcome = ui.styled(style, &one_line(outcome));
    let head = one_line(&format!("{}  {}  {cluster}", record.time, record.verb));
    let run = one_line(&format!("plan {}, as {}", record.plan, record.caller));
    let mut text = format!("{}  {outcome}\n{}", ui.styled(STRONG, &head), ui.wrapped(FAINT, &run, 2, 2));
    let mut say = |indent: usize, line: &str| _ = write!(text, "\n{}", ui.wrapped(Style::new(), line, indent, 2));
    for place in places {
        let why = place.why.as_ref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
        say(2, &format!("{:13} {}{why}", one_line(&place.state), one_line(&place.id)));
        let own = steps.iter().filter(|step| step.place.as_ref() == Some(&place.id));
        own.for_each(|step| say(4, &told(step)));
    }
    let is_told = |step: &StepRecord| places.iter().any(|place| step.place.as_ref() == Some(&place.id));
    for step in steps.iter().filter(|step| !is_told(step)) {
        let place = step.place.as_ref().map(|place| {
            let account = if place.starts_with("arn:") { "" } else { "account " };
            format!(" ({account}{})", one_line(place))
        });
        say(2, &format!("{}{}", told(step), place.unwrap_or_default()));
    }
    if let Some(error) = &record.error {
        say(2, &one_line(error));
    }
    let may_have_written =
        record.outcome == BEGUN || record.steps.iter().any(|s| ["done", "unknown"].contains(&&*s.state));
    // An older program did not record where a run over several places overwrote what.
    let is_placed = record.places.is_empty() || record.before.iter().all(|was| was.at.is_some());
    let may_have_overwritten = is_placed && may_have_written;
    if let Some(run) = record.run.as_deref().filter(|_| may_have_overwritten && !record.before.is_empty()) {
        let back = format!("to restore what it overwrote: eksaccess restore --run {}", shell_word(run));
        let _ = write!(text, "\n{}", ui.advice(FAINT, &one_line(&back), 2));
    }
    text
}

fn told(step: &StepRecord) -> String {
    format!("{:10} {}: {}", step.state, one_line(&step.object), one_line(&step.summary))
}

/// The single run whose id begins like this.
///
/// # Errors
/// No run, or more than one; the history can't be read; the deadline.
pub(crate) async fn find_run(context: &Context, id: &str) -> Result<Record> {
    let runs = read(context).await?;
    let mut found = runs.into_iter().filter(|run| run.run.as_deref().is_some_and(|run| run.starts_with(id)));
    let error = |what: &str| Error::usage(format!("--run: {what} has an id that begins with {}", one_line(id)));
    match (found.next(), found.next()) {
        _ if id.is_empty() => {
            Err(Error::usage("--run is empty: it must name a run").hint("list the runs: eksaccess history"))
        }
        (Some(run), None) => Ok(run),
        (None, _) => Err(error("no run in the history of this machine").hint("list the runs: eksaccess history")),
        _ => Err(error("more than one run").hint("list the runs: eksaccess history")),
    }
}

/// The runs in the history, oldest first.
async fn read(context: &Context) -> Result<Vec<Record>> {
    let log = log(&context.env).ok_or_else(|| {
        Error::failed("the history can't be found: neither XDG_STATE_HOME nor HOME is set").hint("set HOME")
    })?;
    let read = aside(move || log.runs().map_err(|e| Error::failed("reading the history").because_of(e)));
    let patience = context.global.timeout();
    let late = |_| Error::failed(format!("reading the history did not finish within {patience} s"));
    tokio::time::timeout(Duration::from_secs(patience), read).await.map_err(late)?
}

/// The trust policies that runs from this machine wrote, with their times, oldest first.
#[derive(Debug, Default)]
pub(crate) struct WrittenTrusts(Vec<(Timestamp, WrittenTrust)>);

/// Reads them from the history; an unreadable one yields none.
///
/// # Errors
/// The deadline, or Ctrl-C.
pub(crate) async fn written_trusts<C: Connect>(stage: &Stage<'_, C>) -> Result<WrittenTrusts> {
    let Some(log) = log(&stage.context.env) else { return Ok(WrittenTrusts::default()) };
    let reading = aside(move || Ok(log.runs().unwrap_or_default()));
    let records = stage.within("reading the history", reading).await?;
    let is_done = |step: &StepRecord| [StepState::Done, StepState::AlreadySo].iter().any(|s| state(s) == step.state);
    let trusts = records.into_iter().filter_map(|record| Some((record.time.parse().ok()?, record.steps)));
    let of_run = |(time, steps): (Timestamp, Vec<StepRecord>)| {
        steps.into_iter().filter(is_done).filter_map(move |step| Some((time, step.trust?)))
    };
    Ok(WrittenTrusts(trusts.flat_map(of_run).collect()))
}

impl WrittenTrusts {
    /// The last one written to a role, unless the role was created later, or the trust admits a stranger that it
    /// admitted before any run from this machine: a run does not vouch for what it left unchanged.
    pub(crate) fn of(&self, role: &Role) -> Option<&Value> {
        let (made, arn) = (role.created_at?, role.arn.to_string());
        let own = || self.0.iter().filter(|(time, written)| written.role == arn && made <= time.as_second());
        let last = &own().next_back()?.1.document;
        let whom = |document: &Value| strangers(document, &Named::alone(&role.arn));
        let mut known = Vec::new();
        for (_, written) in own() {
            let before = written.from.as_ref().map(whom).unwrap_or_default();
            known.extend(whom(&written.document).into_iter().filter(|stranger| !before.contains(stranger)));
        }
        whom(last).iter().all(|stranger| known.contains(stranger)).then_some(last)
    }

    /// The principals that a role's trust admits without a run from this machine having written so.
    pub(crate) fn strangers(&self, role: &Role) -> Vec<Stranger> {
        if self.of(role).is_some_and(|written| trust::same_meaning(written, &role.trust)) {
            return Vec::new();
        }
        strangers(&role.trust, &Named::alone(&role.arn))
    }
}

/// A step's state in reports and records.
pub(crate) const fn state(state: &StepState) -> &'static str {
    match state {
        StepState::Waiting => "not-begun",
        StepState::UnderWay => "unknown",
        StepState::Done => "done",
        StepState::AlreadySo => "already-so",
        StepState::NotProven => "not-proven",
        StepState::Failed => "failed",
    }
}
