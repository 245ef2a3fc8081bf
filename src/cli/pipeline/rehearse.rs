//! The stage before anything is written, and the last one of a dry run: what can be tried is tried.

use crate::cli::pipeline::stage::{Job, Stage, how_far};
use crate::engine::{Connect, Denied, JudgedRole, Ledger, Rehearsed, Work, rehearse};
use crate::error::{Error, Kind, Result};
use crate::model::Observed;
use crate::plan::{Action, Plan};

/// Everything that a plan's steps are carried out with.
pub(crate) fn work_of<'a, C: Connect>(
    stage: &'a Stage<'_, C>,
    job: &'a Job,
    (seen, plan): (&'a Observed, &Plan),
    ledger: &'a Ledger,
) -> Work<'a, C> {
    let trust_changes = plan.steps.iter().any(|step| matches!(step.action, Action::UpdateTrust { .. }));
    Work {
        world: stage.world,
        local: stage.machine,
        watch: stage.ui,
        ledger,
        caller: &seen.caller,
        role: seen.role.as_ref().map(|role| JudgedRole { role, trust_changes }),
        cluster: seen.cluster.as_ref(),
        deadline: stage.deadline(),
        allow_lockout: &job.desired.allow_lockout,
        rehearsed: Rehearsed::default(),
    }
}

/// What a dry run finds out: warnings, or why the plan can't be carried out. Nothing where it is no dry run.
pub(crate) async fn dry_run<C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    seen: &Observed,
    plan: &mut Plan,
) -> Result<()> {
    if !stage.context.global.dry_run {
        return Ok(());
    }
    let ledger = Ledger::new(plan);
    let work = work_of(stage, job, (seen, plan), &ledger);
    let warnings = try_first(stage, plan, &work, Denied::Warns).await?;
    plan.warnings.extend(warnings);
    Ok(())
}

/// Tries what can be tried, before anything is written.
///
/// # Errors
/// What the API server says; nothing was changed.
pub(crate) async fn try_first<C: Connect>(
    stage: &Stage<'_, C>,
    plan: &Plan,
    work: &Work<'_, C>,
    denied: Denied,
) -> Result<Vec<String>> {
    let trying = rehearse(plan, work, denied);
    stage
        .within("asking the API server whether it takes the change", trying)
        .await
        .map_err(|error| not_begun(error, plan, work.ledger))
}

/// Says that nothing was changed.
fn not_begun(error: Error, plan: &Plan, ledger: &Ledger) -> Error {
    match error.kind {
        Kind::Interrupted => error.because("nothing was changed").hint("run the same command again"),
        _ => how_far(error, plan, ledger),
    }
}
