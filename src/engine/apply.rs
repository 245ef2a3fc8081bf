//! Doing: the steps of a plan, each as soon as those before it are done, independent ones together.
//!
//! A step that fails stops the other steps of its scope that were not begun, and all that wait for it; the other scopes go on.
//! What is under way is waited for, so that what is reported is true.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::ledger::StepState;
use super::port::{Connect, Writers};
use super::run_step::run_step;
use super::work::{Work, Works};
use crate::error::{Error, Result};
use crate::model::Scope;
use crate::plan::{Plan, Step};

/// Carries a plan out; gives each step that failed, by its id, in the order in which they did.
pub async fn apply<C: Writers>(plan: &Plan, works: &Works<'_, C>) -> Vec<(usize, Error)> {
    let mut running = FuturesUnordered::new();
    let mut failed: Vec<(usize, Error)> = Vec::new();
    let mut stopped =
        Stopped { scopes: works.stopped.clone(), most: works.max_failures, until: works.until, ..Stopped::default() };
    loop {
        for (step, work) in plan.steps.iter().filter_map(|step| Some((step, works.of(step)?))) {
            if work.ledger.is_ready(step) && !stopped.holds(step) && !waits_for_file(plan, step, work) {
                stopped.begun.insert(step.scope.clone());
                work.ledger.set(step.id, StepState::UnderWay, work.watch);
                running.push(async move { (step, work, carry_out(step, work).boxed_local().await) });
            }
        }
        let Some((step, work, outcome)) = running.next().await else { break };
        match outcome {
            Ok(state) => work.ledger.set(step.id, state, work.watch),
            Err(error) => {
                work.ledger.set(step.id, StepState::Failed, work.watch);
                stopped.scopes.insert(step.scope.clone());
                failed.push((step.id, error));
            }
        }
    }
    failed
}

async fn carry_out<C: Writers>(step: &Step, work: &Work<'_, C>) -> Result<StepState> {
    work.ledger.answers(step).collect(work.in_time(step, run_step(step, work))).await
}

/// Whether another step writes the same file: its changes come one after the other.
fn waits_for_file<C: Connect>(plan: &Plan, step: &Step, work: &Work<'_, C>) -> bool {
    let is_under_way = |other: &&Step| other.scope == step.scope && work.ledger.state(other.id) == StepState::UnderWay;
    matches!(step.scope, Scope::File(_)) && plan.steps.iter().any(|other| is_under_way(&other))
}

/// The scopes in which no new step is begun.
#[derive(Default)]
struct Stopped {
    /// Those in which one failed.
    scopes: BTreeSet<Scope>,
    /// Those in which any was begun.
    begun: BTreeSet<Scope>,
    /// How many may fail before no new one is begun.
    most: Option<usize>,
    /// When no new one is begun any more.
    until: Option<Instant>,
}

impl Stopped {
    fn holds(&self, step: &Step) -> bool {
        let is_late = self.until.is_some_and(|until| Instant::now() >= until);
        let is_full = is_late || self.most.is_some_and(|most| self.scopes.len() > most);
        self.scopes.contains(&step.scope) || (is_full && !self.begun.contains(&step.scope))
    }
}
