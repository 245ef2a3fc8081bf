//! The one pipeline of all verbs that change something: observe, plan, show, confirm, apply, verify, report.

use super::kept;
use super::show;
use crate::cli::pipeline::begun::{begin_record, finish_record};
use crate::cli::pipeline::confirm::{confirm, world_changed};
use crate::cli::pipeline::rehearse::{dry_run, try_first, work_of};
use crate::cli::pipeline::report::Report;
use crate::cli::pipeline::stage::{Job, Proof, Stage, how_far, nothing_was_done};
use crate::cli::verbs::history::written_trusts;
use crate::engine::{Connect, Denied, Ledger, Link, LinkState, apply, census, observe, verify};
use crate::error::{Error, Kind, Result};
use crate::model::{ClusterState, Observed};
use crate::plan::{self, AccessChange, Plan, Planned};

/// Runs a job to its end and gives the exit status.
///
/// # Errors
/// Whatever ended it; what was done by then was said.
pub(crate) async fn run<C: Connect>(stage: &Stage<'_, C>, job: &Job) -> Result<u8> {
    let looked = look(stage, job).await?;
    go_on(stage, job, looked).await
}

/// The same from where the world was looked at and the plan was made.
///
/// # Errors
/// As [`run`].
pub(crate) async fn go_on<C: Connect>(stage: &Stage<'_, C>, job: &Job, looked: (Observed, Planned)) -> Result<u8> {
    let (mut seen, mut planned) = looked;
    let tried = dry_run(stage, job, &seen, &mut planned.plan).await;
    let mut report = begin(stage, job, &seen, &planned.plan);
    if stage.context.global.dry_run {
        return finish_dry_run(stage, &report, &planned.plan, tried);
    }
    let asked = confirm(stage, &planned.plan).await.inspect_err(|error| report.print_failed(stage.ui, error))?;
    if asked {
        // Somebody thought it over: the world may have moved meanwhile.
        let again = look(stage, job).await?;
        if again.1.plan.id() != planned.plan.id() {
            show_plan(stage, job, &again.0, &again.1.plan);
            return Err(world_changed("the plan changed while it was being confirmed"));
        }
        (seen, planned) = again;
    }
    carry_out(stage, job, &seen, &planned.plan, &mut report).await?;
    let links = prove(stage, job, &seen, &planned).await?;
    report.verified(links.as_deref());
    finish(stage, job, &report, links.as_deref())
}

/// Shows the plan, with what the reader should worry about before it.
fn begin<C: Connect>(stage: &Stage<'_, C>, job: &Job, seen: &Observed, plan: &Plan) -> Report {
    plan.warnings.iter().for_each(|warning| stage.ui.warn(warning));
    show_plan(stage, job, seen, plan);
    Report::new(job.verb, seen, plan)
}

/// Looks at the world as deep as the wish needs, and plans; what the plan takes away is judged by everybody who has access.
///
/// # Errors
/// What can't be seen, planned or allowed; nothing was changed.
pub(crate) async fn look<C: Connect>(stage: &Stage<'_, C>, job: &Job) -> Result<(Observed, Planned)> {
    let mut seen = stage
        .within("looking at what is there", observe(stage.world, &job.desired, job.cluster.as_ref()))
        .await
        .map_err(nothing_was_done)?;
    if let Some(cluster) = &mut seen.cluster {
        let kept = stage.machine.kept_entries(&cluster.description.arn);
        if let Some(AccessChange::Restore(id)) = &job.desired.access {
            cluster.kept_map = Some(kept::read(stage, &cluster.description.arn, id).await.map_err(nothing_was_done)?);
        }
        cluster.kept_entries = stage.within("looking for kept access entries", kept).await.map_err(nothing_was_done)?;
        if !matches!(job.desired.access, Some(AccessChange::Restore(_))) {
            seen.warnings.extend(kept::offer(stage, cluster).await.map_err(nothing_was_done)?);
        }
    }
    if let Some(role) = &seen.role {
        let written = written_trusts(stage).await.map_err(nothing_was_done)?;
        seen.role_facts.written = written.of(role).cloned();
    }
    check_authority(job, &seen)?;
    let mut planned = plan::plan(&job.desired, &seen)?;
    if planned.effects.takes_away {
        planned.plan.warnings.extend(count(stage, &mut seen).await?);
    }
    let mut planned = planned.judged(&job.desired, &seen)?;
    planned.plan.rest_on("backup", stage.machine.backups.told());
    Ok((seen, planned))
}

/// The proof asks the Kubernetes API, which no one can trust without the cluster's certificate authority: found out before
/// anything is written. What goes through IAM and EKS alone needs none.
fn check_authority(job: &Job, seen: &Observed) -> Result<()> {
    let Some(ClusterState { description, .. }) = &seen.cluster else { return Ok(()) };
    if job.proof == Proof::None || !description.is_usable() || description.certificate_authority.is_some() {
        return Ok(());
    }
    Err(plan::kubeconfig::no_authority(description, "the proof needs").because("nothing was changed"))
}

/// Looks at everybody who has access, so that the guard can judge what a plan takes away; gives what could not be seen.
async fn count<C: Connect>(stage: &Stage<'_, C>, seen: &mut Observed) -> Result<Vec<String>> {
    let Some(cluster) = seen.cluster.as_mut().filter(|cluster| cluster.census.is_none()) else { return Ok(Vec::new()) };
    let looking = census(stage.world, &seen.caller, &cluster.description);
    let (census, warnings) = stage.within("looking at who else has access", looking).await?;
    cluster.census = Some(census);
    Ok(warnings)
}

fn show_plan<C: Connect>(stage: &Stage<'_, C>, job: &Job, seen: &Observed, plan: &Plan) {
    let whom = &seen.caller.arn;
    let place = seen.cluster.as_ref().map_or_else(
        || format!("account {}", whom.account),
        |c| {
            format!(
                "cluster {} in {}, account {}",
                c.description.arn.name, c.description.arn.region, c.description.arn.account
            )
        },
    );
    let id = if plan.is_empty() { String::new() } else { format!(" {}", plan.id()) };
    let heading = format!("{} plan{id}: {place}, as {whom}", job.verb);
    stage.ui.text(&show::plan(stage.ui, plan, &heading));
    stage.ui.json_line(&serde_json::json!({"event": "plan", "id": plan.id(), "plan": plan}));
}

fn finish_dry_run<C: Connect>(stage: &Stage<'_, C>, report: &Report, plan: &Plan, tried: Result<()>) -> Result<u8> {
    tried.inspect_err(|error| report.print_failed(stage.ui, error))?;
    report.print(stage.ui, if plan.is_empty() { "nothing-to-do" } else { "pending" });
    Ok(if stage.context.global.detailed_exitcode && !plan.is_empty() { 3 } else { 0 })
}

async fn carry_out<C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    seen: &Observed,
    plan: &Plan,
    report: &mut Report,
) -> Result<()> {
    if plan.is_empty() {
        forget_entries(stage, seen, plan).await;
        return Ok(());
    }
    stage
        .within("looking whether this machine takes what is to be written", stage.machine.check(plan))
        .await
        .map_err(nothing_was_done)?;
    let ledger = Ledger::new(plan);
    let work = work_of(stage, job, (seen, plan), &ledger);
    try_first(stage, plan, &work, Denied::Fails).await.inspect_err(|error| report.print_failed(stage.ui, error))?;
    let run = begin_record(stage, job.verb, seen, plan).await?;
    stage.ui.text("");
    let outcome = stage.within("carrying the plan out", apply(plan, &work)).await;
    report.applied(plan, &ledger);
    finish_record(stage, run, (seen, plan), &ledger, outcome.as_ref().err()).await;
    if outcome.is_ok() {
        forget_entries(stage, seen, plan).await;
    }
    outcome.map_err(|error| {
        let error = how_far(error, plan, &ledger);
        report.print_failed(stage.ui, &error);
        error
    })
}

async fn forget_entries<C: Connect>(stage: &Stage<'_, C>, seen: &Observed, plan: &Plan) {
    if let Some(cluster) = &seen.cluster {
        stage.machine.forget_entries(plan, cluster).await;
    }
}

async fn prove<C: Connect>(
    stage: &Stage<'_, C>,
    job: &Job,
    seen: &Observed,
    planned: &Planned,
) -> Result<Option<Vec<Link>>> {
    if job.proof == Proof::None {
        return Ok(None);
    }
    let Some(role) = &planned.role else {
        return Ok(Some(vec![Link {
            name: "assume".to_owned(),
            state: LinkState::Unknown,
            text: "the role is no part of this run and could not be seen, so whether it opens the cluster could not be tested"
                .to_owned(),
            hint: None,
        }]));
    };
    let question = crate::cli::pipeline::proof::question(stage, job, seen, planned, role);
    let proof = async { Ok(verify(stage.world, &question, stage.ui).await) };
    stage.within("proving that it works", proof).await.map(Some)
}

fn finish<C: Connect>(stage: &Stage<'_, C>, job: &Job, report: &Report, links: Option<&[Link]>) -> Result<u8> {
    if let Some(links) = links {
        stage.ui.text(&format!("\n{}\n{}", verdict(links), show::links(stage.ui, links)));
        stage.ui.json_line(&serde_json::json!({"event": "verify", "links": links}));
    }
    report.print(stage.ui, report.outcome());
    let is = |state: LinkState| links.unwrap_or_default().iter().any(|l| l.state == state);
    if is(LinkState::Broken) {
        return Ok(Kind::Broken.exit_code());
    }
    if job.proof == Proof::Required && is(LinkState::Unknown) {
        return Err(Error::failed("everything was done, but the way could not be tested to its end")
            .because("--require-verify asks for a full test")
            .hint("run it as somebody who may assume the role"));
    }
    Ok(0)
}

/// One line over the links.
fn verdict(links: &[Link]) -> &'static str {
    if links.iter().any(|l| l.state == LinkState::Broken) {
        "verified: broken"
    } else if links.iter().all(|l| l.state == LinkState::Ok) {
        "verified: it works"
    } else {
        "not verified to the end"
    }
}
