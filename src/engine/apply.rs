//! Carries out the steps of a plan: each as soon as those before it are done, independent ones concurrently.
//!
//! A failed step stops the steps of its scope that were not begun, and all that depend on it; the other scopes
//! continue. Steps in flight are awaited, so that the report is true.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::ledger::StepState;
use super::port::{Connect, Writers};
use super::run_step::run_step;
use super::work::Works;
use super::write_file;
use crate::error::{Error, Result};
use crate::model::Scope;
use crate::plan::{Plan, Step};

/// Carries out a plan; returns the failed steps by id, in the order of their failures.
pub async fn apply<C: Writers>(plan: &Plan, works: &Works<'_, C>) -> Vec<(usize, Error)> {
    let mut running = FuturesUnordered::new();
    let mut failed: Vec<(usize, Error)> = Vec::new();
    let mut stopped =
        Stopped { scopes: works.stopped.clone(), most: works.max_failures, until: works.until, ..Stopped::default() };
    loop {
        for step in plan.steps.iter().filter(|step| !is_of_file(step) && is_ready(step, works)) {
            if !stopped.holds(step) {
                stopped.begin(step, works);
                running.push(async move { vec![(step, carry_out(step, works).await)] }.boxed_local());
            }
        }
        // A file is written once, when all other steps are done.
        if running.is_empty() {
            for steps in by_file(plan.steps.iter().filter(|step| is_ready(step, works) && !stopped.holds(step))) {
                for step in &steps {
                    stopped.begin(step, works);
                }
                running.push(write_file::write(steps, works).boxed_local());
            }
        }
        let Some(ended) = running.next().await else { break };
        stopped.scopes.extend(scope_that_failed(&ended));
        for (step, outcome) in ended {
            let state = match outcome {
                Ok(state) => state,
                Err(error) => {
                    failed.push((step.id, error));
                    StepState::Failed
                }
            };
            if let Some(work) = works.of(step) {
                work.ledger.set(step.id, state, work.watch);
            }
        }
    }
    failed
}

async fn carry_out<C: Writers>(step: &Step, works: &Works<'_, C>) -> Result<StepState> {
    let Some(work) = works.of(step) else { return Ok(StepState::Waiting) };
    work.ledger.answers(step).collect(work.in_time(step, run_step(step, work)).boxed_local()).await
}

fn is_ready<C: Connect>(step: &Step, works: &Works<'_, C>) -> bool {
    works.of(step).is_some_and(|work| work.ledger.is_ready(step))
}

const fn is_of_file(step: &Step) -> bool {
    matches!(step.scope, Scope::File(_))
}

/// Steps by the file that they write.
fn by_file<'p>(steps: impl Iterator<Item = &'p Step>) -> Vec<Vec<&'p Step>> {
    let mut files: BTreeMap<&Scope, Vec<&Step>> = BTreeMap::new();
    for step in steps.filter(|step| is_of_file(step)) {
        files.entry(&step.scope).or_default().push(step);
    }
    files.into_values().collect()
}

/// The scope of steps that all failed.
fn scope_that_failed(ended: &[(&Step, Result<StepState>)]) -> Option<Scope> {
    let scope = ended.first().map(|(step, _)| step.scope.clone());
    scope.filter(|_| ended.iter().all(|(_, outcome)| outcome.is_err()))
}

/// The scopes in which no new step is begun.
#[derive(Default)]
struct Stopped {
    /// Those with a failed step.
    scopes: BTreeSet<Scope>,
    /// Those with a step that was begun.
    begun: BTreeSet<Scope>,
    /// How many may fail before no other one is begun.
    most: Option<usize>,
    /// When no other one is begun.
    until: Option<Instant>,
}

impl Stopped {
    fn begin<C: Connect>(&mut self, step: &Step, works: &Works<'_, C>) {
        self.begun.insert(step.scope.clone());
        if let Some(work) = works.of(step) {
            work.ledger.set(step.id, StepState::UnderWay, work.watch);
        }
    }

    fn holds(&self, step: &Step) -> bool {
        let is_late = self.until.is_some_and(|until| Instant::now() >= until);
        let is_full = is_late || self.most.is_some_and(|most| self.scopes.len() > most);
        // The file's step is the last one of a place that was begun.
        let goes_on = is_of_file(step) && !step.after.is_empty();
        self.scopes.contains(&step.scope) || (is_full && !goes_on && !self.begun.contains(&step.scope))
    }
}
