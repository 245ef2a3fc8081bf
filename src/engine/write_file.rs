//! Writes a kubeconfig once for all of its contexts.

use tokio::time::timeout;

use super::ledger::StepState;
use super::port::Connect;
use super::work::Works;
use crate::error::{Error, Result};
use crate::plan::{Action, KubeconfigWrite, Step};

/// Carries out the steps that write one file; returns their results. They get the time of one place from now on, as the
/// file waits for all places.
pub(super) async fn write<'p, C: Connect>(
    steps: Vec<&'p Step>,
    works: &Works<'_, C>,
) -> Vec<(&'p Step, Result<StepState>)> {
    let write_of = |step: &'p Step| match &step.action {
        Action::WriteKubeconfig(write) => Some(write),
        _ => None,
    };
    let writes: Vec<&KubeconfigWrite> = steps.iter().filter_map(|step| write_of(step)).collect();
    let Some((first, work)) = steps.first().and_then(|first| Some((*first, works.of(first)?))) else {
        return Vec::new();
    };
    let ended = timeout(work.patience, work.local.write_kubeconfig(&writes)).await;
    let mut ended = ended.unwrap_or_else(|_| writes.iter().map(|_| Err(work.too_late(first))).collect()).into_iter();
    let of = |step: &'p Step| {
        let outcome = ended.next().unwrap_or_else(|| Err(Error::failed("the kubeconfig was not written")));
        let state = outcome.map(|(state, copy)| {
            if let Some(copy) = copy {
                work.ledger.keep(step.scope.clone(), copy, work.watch);
            }
            state
        });
        (step, state)
    };
    steps.into_iter().map(of).collect()
}
