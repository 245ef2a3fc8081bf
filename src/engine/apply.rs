//! Doing: the steps of a plan, each as soon as those before it are done, independent ones together.
//!
//! A step that fails stops new ones from starting; those under way are waited for, so that what is reported is true.

use futures::stream::{FuturesUnordered, StreamExt};

use super::ledger::StepState;
use super::port::Connect;
use super::run_step::run_step;
use super::work::Work;
use crate::error::Result;
use crate::plan::Plan;

/// Carries a plan out.
///
/// # Errors
/// The first step that failed; the ledger tells how far the others came.
pub async fn apply<C: Connect>(plan: &Plan, work: &Work<'_, C>) -> Result<()> {
    let ledger = work.ledger;
    let mut running = FuturesUnordered::new();
    let mut failure = None;
    loop {
        if failure.is_none() {
            for step in plan.steps.iter().filter(|s| ledger.is_ready(s)) {
                ledger.set(step.id, StepState::UnderWay, work.watch);
                running.push(async move { (step.id, ledger.answers(step).collect(run_step(step, work)).await) });
            }
        }
        let Some((id, outcome)) = running.next().await else { break };
        match outcome {
            Ok(state) => ledger.set(id, state, work.watch),
            Err(error) => {
                ledger.set(id, StepState::Failed, work.watch);
                failure = failure.or(Some(error));
            }
        }
    }
    failure.map_or(Ok(()), Err)
}
