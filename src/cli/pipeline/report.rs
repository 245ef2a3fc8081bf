//! The one versioned JSON document at the end of a run, and the table of its places if it had several.

use serde_json::{Value, json};

use super::sights::{End, Sight, Sights};
use crate::cli::pipeline::begun::Ended;
use crate::cli::screen::table::{Row, rows};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::history::state;
use crate::engine::{Ledger, Link, LinkState, StepState};
use crate::error::{Error, Kind};
use crate::history::PlaceRecord;
use crate::model::{AccessEntry, AssociatedPolicy};
use crate::plan::{Action, Plan, Step, describe};

/// The document's version; fields may be added within a version, never changed.
const VERSION: u32 = 1;

/// The results of a run, for machines.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    document: Value,
    is_empty: bool,
    places: Vec<PlaceEnd>,
}

/// How a place ended, as far as known.
#[derive(Clone, Debug)]
struct PlaceEnd {
    label: String,
    end: End,
    error: Option<Error>,
}

impl PlaceEnd {
    /// Writes it into the place's part of the document.
    fn tell(&self, value: &mut Value) {
        value["state"] = json!(self.end.as_str());
        if let Some(error) = &self.error {
            value["why"] = json!(error.to_string());
            value["hint"] = json!(error.hint);
        }
    }
}

impl Report {
    /// Begins a report: what was planned, by whom, where.
    pub(crate) fn new(verb: &str, seen: &Sights, plan: &Plan) -> Self {
        let mut document = json!({
            "version": VERSION,
            "verb": verb,
            "caller": seen.first().map(|seen| seen.caller.arn.to_string()),
            "account": seen.first().map(|seen| &seen.caller.arn.account),
        });
        if let Some(only) = seen.only() {
            document["cluster"] = json!(only.cluster.as_ref().map(|c| {
                json!({"arn": c.description.arn.to_string(), "status": c.description.status, "authenticationMode": c.description.mode.as_str()})
            }));
        }
        if let [place] = &seen.places[..] {
            tell_migration(place, &mut document);
        }
        document["plan"] = planned(plan);
        let mut report = Self { document, is_empty: plan.is_empty(), places: Vec::new() };
        report.ended(seen, plan, None);
        report
    }

    /// Begins the report for a file.
    pub(crate) fn of_file(verb: &str, file: &str, plan: &Plan) -> Self {
        let document = json!({"version": VERSION, "verb": verb, "file": file, "outcome": "", "plan": planned(plan)});
        Self { document, is_empty: plan.is_empty(), places: Vec::new() }
    }

    /// Adds the states of the steps.
    pub(crate) fn applied(&mut self, plan: &Plan, ledger: &Ledger) {
        let steps: Vec<_> = plan.steps.iter().map(|step| stood(step.id, ledger)).collect();
        self.document["applied"] = json!(steps);
        self.document["backups"] =
            json!(ledger.backups().iter().map(|path| path.display().to_string()).collect::<Vec<_>>());
        if self.places.len() > 1 {
            return;
        }
        let context = plan.steps.iter().find_map(|s| match &s.action {
            Action::WriteKubeconfig(write) => Some(json!({"path": write.path, "context": write.context})),
            _ => None,
        });
        self.document["kubeconfig"] = json!(context);
    }

    /// Adds how each place ended, from its steps, the places that refused, and the failed steps.
    pub(crate) fn ended(&mut self, seen: &Sights, plan: &Plan, outcome: Option<Outcome<'_>>) {
        let ends = seen.places.iter().enumerate().map(|(at, place)| {
            let steps = seen.steps(at, plan);
            let (end, error) =
                outcome.map_or_else(|| before(place, &steps), |outcome| outcome.of(at, place, (plan, &steps)));
            PlaceEnd { label: place.label(), end, error }
        });
        self.places = ends.collect();
        let places = seen.places.iter().zip(&self.places).enumerate().map(|(at, (place, ended))| {
            let mut value = json!({"id": place.id(), "scope": place.scope()});
            if seen.places.len() > 1 {
                tell_migration(place, &mut value);
            }
            ended.tell(&mut value);
            if let Some(outcome) = outcome {
                let states = seen.steps(at, plan).into_iter().map(|step| stood(step.id, outcome.ledger));
                value["applied"] = json!(states.collect::<Vec<_>>());
            }
            value
        });
        self.document["places"] = json!(places.collect::<Vec<_>>());
    }

    /// Adds the places that would refuse, found by a dry run.
    pub(crate) fn refused(&mut self, refused: &[(usize, Error)]) {
        for (at, error) in refused {
            if let (Some(place), Some(value)) = (self.places.get_mut(*at), self.document["places"].get_mut(*at)) {
                (place.end, place.error) = (End::Failed, Some(error.clone()));
                place.tell(value);
            }
        }
    }

    /// How the run ended, for its record.
    pub(crate) fn ending<'e>(&self, seen: &Sights, error: Option<&'e Error>) -> Ended<'e> {
        let places = seen.places.iter().zip(&self.places).map(|(place, ended)| PlaceRecord {
            id: place.id(),
            state: ended.end.as_str().to_owned(),
            why: ended.error.as_ref().map(ToString::to_string),
        });
        Ended { error, has_failed: self.has_failed_places(), places: places.collect() }
    }

    /// Whether a place's result can be proven: nothing in it failed.
    pub(crate) fn may_be_proven(&self, place: usize) -> bool {
        self.places.get(place).is_some_and(|place| matches!(place.end, End::Done | End::NothingToDo))
    }

    /// Whether one of several places failed or was skipped.
    pub(crate) fn has_failed_places(&self) -> bool {
        let is_bad = |place: &PlaceEnd| place.error.is_some() || place.end == End::Failed;
        self.places.len() > 1 && self.places.iter().any(is_bad)
    }

    /// The exit status where places failed: 4 where every failure is a conflict.
    pub(crate) fn failed_status(&self) -> u8 {
        let errors = self.places.iter().filter_map(|place| place.error.as_ref());
        let only_conflicts = errors.clone().count() > 0 && errors.clone().all(|e| e.kind == Kind::WorldChanged);
        if only_conflicts { Kind::WorldChanged.exit_code() } else { Kind::Failed.exit_code() }
    }

    /// Prints the table of several places, one line each.
    pub(crate) fn tell_places(&self, ui: &Ui) {
        if self.places.len() < 2 {
            return;
        }
        let all: Vec<Row> = self
            .places
            .iter()
            .map(|place| Row {
                is_good: place.error.is_none(),
                state: place.end.as_str().replace('-', " "),
                label: place.label.clone(),
                why: place.error.as_ref().map(ToString::to_string),
                hint: place.error.as_ref().and_then(|error| error.hint.clone()),
            })
            .collect();
        ui.text(&format!("\n{}", rows(ui, &all)));
    }

    /// Adds the proof of a place. `verified` is true only if every link is ok.
    pub(crate) fn verified(&mut self, place: usize, links: &[Link]) {
        let all = !links.is_empty() && links.iter().all(|l| l.state == LinkState::Ok);
        let reason = links.iter().find(|l| l.state != LinkState::Ok).map(|l| l.text.clone());
        if let Some(value) = self.document["places"].get_mut(place) {
            value["verified"] = json!(all);
        }
        if self.places.len() > 1 {
            if let (Some(value), Some(reason)) = (self.document["places"].get_mut(place), reason) {
                value["reason"] = json!(reason);
            }
            return;
        }
        self.document["verified"] = json!(all);
        self.document["reason"] = json!(reason);
        self.document["links"] = json!(links);
    }

    /// The name of the outcome of a run that was not interrupted by an error.
    pub(crate) fn outcome(&self) -> &'static str {
        match (self.has_failed_places(), self.is_empty) {
            (true, _) => "failed",
            (false, true) => "nothing-to-do",
            (false, false) => "applied",
        }
    }

    /// Prints the document, or its last event.
    pub(crate) fn print(&self, ui: &Ui, outcome: &str) {
        let mut document = self.document.clone();
        document["outcome"] = json!(outcome);
        ui.document(&document);
    }

    /// Prints the document of a run that failed in the middle.
    pub(crate) fn print_failed(&self, ui: &Ui, error: &Error) {
        let mut failed = self.clone();
        failed.document["error"] = error.to_json();
        failed.print(ui, if error.kind == Kind::Interrupted { "interrupted" } else { "failed" });
    }
}

/// The results of carrying out a plan.
#[derive(Clone, Copy)]
pub(crate) struct Outcome<'a> {
    /// The states of the steps.
    pub(crate) ledger: &'a Ledger,
    /// The places that refused before anything was written.
    pub(crate) refused: &'a [(usize, Error)],
    /// The steps that failed.
    pub(crate) failures: &'a [(usize, Error)],
    /// Why no further step was begun.
    pub(crate) rest: Option<&'a Error>,
}

impl Outcome<'_> {
    fn of(self, at: usize, place: &Sight, (plan, steps): (&Plan, &[&Step])) -> (End, Option<Error>) {
        if let Some(error) = place.failed() {
            return (place.end(error), Some(error.clone()));
        }
        if let Some((_, error)) = self.refused.iter().find(|(refused, _)| *refused == at) {
            return (End::Failed, Some(error.clone()));
        }
        if steps.is_empty() {
            return (End::NothingToDo, None);
        }
        let is_done = |step: &&&Step| {
            matches!(self.ledger.state(step.id), StepState::Done | StepState::AlreadySo | StepState::NotProven)
        };
        if steps.iter().all(|step| is_done(&step)) {
            return (End::Done, None);
        }
        // The place's own step, or another step in a scope that it shares: its account, its kubeconfig.
        let is_near = |failed: &Step| steps.iter().any(|step| step.scope == failed.scope && !is_done(&step));
        let failed = self.failures.iter().filter_map(|(id, error)| Some((plan.steps.get(id - 1)?, error)));
        let is_own = |failed: &Step| steps.iter().any(|step| step.id == failed.id);
        let own = failed.clone().find(|(step, _)| is_own(step));
        match own.or_else(|| failed.clone().find(|(step, _)| is_near(step))) {
            Some((step, error)) if step.scope.cluster().is_some() => (End::Failed, Some(error.clone())),
            Some((step, error)) => {
                let why = format!("{} failed: {error}", describe(step).object);
                (End::NotDone, Some(Error::new(error.kind, why)))
            }
            None => {
                let ended = || {
                    Error::failed("the run ended before reaching it")
                        .hint("run the same command again: it does only what is left")
                };
                (End::NotDone, Some(self.rest.cloned().unwrap_or_else(ended)))
            }
        }
    }
}

/// The state of a place before anything is carried out.
fn before(place: &Sight, steps: &[&Step]) -> (End, Option<Error>) {
    match place.failed() {
        Some(error) => (place.end(error), Some(error.clone())),
        None if steps.is_empty() => (End::NothingToDo, None),
        None => (End::NotDone, None),
    }
}

/// Adds what a migration makes of each mapping of a place.
fn tell_migration(place: &Sight, value: &mut Value) {
    if let Some(migration) = place.good().and_then(|(_, planned)| planned.migration.as_ref()) {
        value["rows"] = json!(migration.rows);
        value["notes"] = json!(migration.notes);
    }
}

/// How a step stands, with the access entries that EKS made by itself.
fn stood(id: usize, ledger: &Ledger) -> Value {
    let mut value = json!({"id": id, "state": state(&ledger.state(id))});
    let told = |entry: AccessEntry| {
        let policies: Vec<String> = entry.policies.iter().map(AssociatedPolicy::told).collect();
        json!({"principal": entry.principal, "type": entry.entry_type, "policies": policies})
    };
    let found: Vec<Value> = ledger.found(id).into_iter().map(told).collect();
    if !found.is_empty() {
        value["found"] = json!(found);
    }
    value
}

fn planned(plan: &Plan) -> Value {
    json!({"id": plan.id(), "class": plan.class(), "steps": plan.steps, "notes": plan.notes, "warnings": plan.warnings})
}
