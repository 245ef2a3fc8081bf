//! The stage before anything is written, and the last one of a dry run: tries what can be tried.

use std::collections::BTreeMap;
use std::rc::Rc;

use futures::future::join_all;

use super::sights::Sights;
use crate::cli::pipeline::stage::{Job, Stage, how_far};
use crate::cli::screen::ui::phase::Phase;
use crate::cli::world::context::settle;
use crate::engine::{
    AccountRef, Again, Clock, Connect, Denied, JudgedRole, Ledger, Rehearsed, Watch, Work, Works, rehearse,
};
use crate::error::{Error, Kind, Result};
use crate::plan::{Plan, Step};

/// What is needed to carry out a plan's steps, place by place. A place that could not be read has no steps and no work.
pub(crate) fn works_of<'a, C: Connect>(
    stage: &'a Stage<'_, C>,
    job: &'a Job,
    sights: &'a Sights,
    (ledger, watch, plan): (&'a Ledger, &'a dyn Watch, &str),
) -> Works<'a, C> {
    // A role belongs to an account: it is read again once for all of the account's clusters.
    let mut again: BTreeMap<AccountRef, Rc<Again>> = BTreeMap::new();
    let places = sights.places.iter().map(|place| {
        let (seen, planned) = place.good()?;
        let world = stage.world_of(&place.account()).ok()?;
        Some(Work {
            world,
            local: stage.machine,
            watch,
            ledger,
            caller: &seen.caller,
            role: seen.role.as_ref().map(|role| JudgedRole::of(role, &planned.plan.steps)),
            again: again.entry(place.account()).or_default().clone(),
            cluster: seen.cluster.as_ref(),
            patience: stage.left(),
            clock: Clock::default(),
            allow_lockout: &job.desired.allow_lockout,
            plan: plan.to_owned(),
            entries: &planned.effects.entries,
            settle: settle(),
            rehearsed: Rehearsed::default(),
        })
    });
    Works::new(places.collect(), &sights.place_of)
}

/// The results of trying: warnings, and the places that would refuse.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// What is worth a warning.
    pub(crate) warnings: Vec<String>,
    /// The places, of several, that would refuse, and why.
    pub(crate) failed: Vec<(usize, Error)>,
}

/// The results of a dry run: warnings, which are added to the plan, and the places, of several, that would refuse.
///
/// # Errors
/// Why the plan can't be carried out.
pub(crate) async fn dry_run<C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    sights: &Sights,
    plan: &mut Plan,
) -> Result<Vec<(usize, Error)>> {
    let ledger = Ledger::new(plan);
    let works = works_of(stage, job, sights, (&ledger, stage.ui, &plan.id()));
    let Tried { warnings, failed } = try_first(stage, job, (sights, plan), &works, Denied::Warns).await?;
    plan.warnings.extend(warnings);
    Ok(failed)
}

/// Tries what can be tried, before anything is written. One of several places that refuses does not stop the others.
///
/// # Errors
/// The API server's refusal; nothing was changed.
pub(crate) async fn try_first<C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    (sights, plan): (&Sights, &Plan),
    works: &Works<'_, C>,
    denied: Denied,
) -> Result<Tried> {
    let asked = (0..sights.places.len()).filter_map(|at| Some((at, works.at(at)?, sights.steps(at, plan))));
    let asked: Vec<(usize, &Work<'_, C>, Vec<&Step>)> = asked.filter(|(.., steps)| !steps.is_empty()).collect();
    let trying = async |phase: Option<Phase<'_>>| {
        let (sights, phase) = (sights, phase.as_ref());
        let ask = async |(at, work, steps): &(usize, &Work<'_, C>, Vec<&Step>)| {
            let _line = phase.map(|phase| phase.moves(&sights.places[*at].label()));
            let outcome = rehearse(steps, work, denied).await;
            if let Some(phase) = phase {
                phase.one_more();
            }
            (*at, outcome)
        };
        Ok(join_all(asked.iter().map(ask)).await)
    };
    let doing = "asking the API server whether it accepts the change";
    let all = if job.is_many() && !asked.is_empty() {
        stage.together(doing, asked.len(), async |phase| trying(Some(phase)).await).await
    } else {
        stage.within(doing, trying(None)).await
    };
    let ledger = works.ledger();
    let mut tried = Tried::default();
    for (at, outcome) in all.map_err(|error| not_begun(error, plan, ledger))? {
        match outcome {
            Ok(warnings) => tried.warnings.extend(warnings),
            Err(error) if job.is_many() => tried.failed.push((at, error)),
            Err(error) => return Err(not_begun(error, plan, ledger)),
        }
    }
    Ok(tried)
}

/// Adds that nothing was changed.
fn not_begun(error: Error, plan: &Plan, ledger: Option<&Ledger>) -> Error {
    match (error.kind, ledger) {
        (Kind::Interrupted, _) | (_, None) => error.because("nothing was changed").hint("run the same command again"),
        (_, Some(ledger)) => how_far(error, plan, ledger),
    }
}
