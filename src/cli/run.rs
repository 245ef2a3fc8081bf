//! The one pipeline of all verbs that change something: observe, plan, show, confirm, apply, verify, report.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::begun::{begin_record, finish_record};
use super::confirm::{confirm, world_changed};
use super::context::Context;
use super::history::written_trusts;
use super::interrupt::interrupted;
use super::local::Machine;
use super::rehearse::{dry_run, try_first, work_of};
use super::report::Report;
use super::show;
use super::ui::Ui;
use crate::engine::{ClusterRef, Connect, Denied, Ledger, Link, LinkState, StepState, apply, census, observe, verify};
use crate::error::{Error, Kind, Result};
use crate::model::{ClusterState, Desired, Observed};
use crate::plan::{self, Extras, Judgement, Plan, Planned, describe};

/// One job for the pipeline.
#[derive(Debug)]
pub(crate) struct Job {
    /// The verb, as reports name it.
    pub(crate) verb: &'static str,
    /// What is wished.
    pub(crate) desired: Desired,
    /// Files and lockouts.
    pub(crate) extras: Extras,
    /// The cluster.
    pub(crate) cluster: Option<ClusterRef>,
    /// Whether the result is proven, and how strictly.
    pub(crate) proof: Proof,
}

/// Whether and how a result is proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proof {
    /// It is not.
    None,
    /// As far as the caller can test it.
    AsPossible,
    /// What could not be tested is a failure.
    Required,
}

/// Everything that the stages share.
pub(crate) struct Stage<'a, C: Connect> {
    /// The command line and the environment.
    pub(crate) context: &'a Context,
    /// The printer.
    pub(crate) ui: &'a Ui,
    /// The cloud.
    pub(crate) world: &'a C,
    /// This machine.
    pub(crate) machine: &'a Machine,
    deadline: Cell<Instant>,
}

impl<'a, C: Connect> Stage<'a, C> {
    /// The deadline begins now.
    pub(crate) fn new(context: &'a Context, ui: &'a Ui, world: &'a C, machine: &'a Machine) -> Self {
        let stage = Self { context, ui, world, machine, deadline: Cell::new(Instant::now()) };
        stage.restart();
        stage
    }

    /// When everything must be done.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    /// The time runs from now on: a person's thinking does not count.
    pub(crate) fn restart(&self) {
        self.deadline.set(Instant::now() + Duration::from_secs(self.context.global.timeout));
    }

    fn too_late(&self, doing: &str) -> Error {
        Error::failed(format!("{doing} was not done within {} s", self.context.global.timeout))
            .hint("give it longer: --timeout SECONDS")
    }

    /// Waits for a piece of work, the deadline or Ctrl-C, whichever is first.
    ///
    /// # Errors
    /// The work's own, the deadline, the interruption.
    pub(crate) async fn within<T>(&self, doing: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.ui.doing(doing);
        let outcome = tokio::select! {
            done = timeout_at(self.deadline(), work) => done.unwrap_or_else(|_| Err(self.too_late(doing))),
            () = interrupted() => Err(Error::new(Kind::Interrupted, format!("interrupted while {doing}"))),
        };
        self.ui.calm();
        outcome
    }
}

/// Runs a job to its end and gives the exit status.
///
/// # Errors
/// Whatever ended it; what was done by then was said.
pub(crate) async fn run<C: Connect>(stage: &Stage<'_, C>, job: &Job) -> Result<u8> {
    let (mut seen, mut planned) = look(stage, job).await?;
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

/// Shows, confirms and carries out a plan that a verb made itself.
///
/// # Errors
/// As [`run`].
pub(crate) async fn carry_out_plan<C: Connect>(
    stage: &Stage<'_, C>,
    verb: &'static str,
    seen: &Observed,
    mut plan: Plan,
    allow_lockout: &[String],
) -> Result<u8> {
    let extras = Extras { judgement: Judgement::Allowing(allow_lockout.to_vec()), ..Extras::default() };
    let job = Job { verb, desired: Desired::default(), extras, cluster: None, proof: Proof::None };
    plan.rest_on("allow-lockout", allow_lockout);
    plan.rest_on("backup", stage.machine.backups.told());
    let tried = dry_run(stage, &job, seen, &mut plan).await;
    let mut report = begin(stage, &job, seen, &plan);
    if stage.context.global.dry_run {
        return finish_dry_run(stage, &report, &plan, tried);
    }
    // The write carries the version that was planned on, so a world that moves meanwhile is seen there.
    confirm(stage, &plan).await.inspect_err(|error| report.print_failed(stage.ui, error))?;
    carry_out(stage, &job, seen, &plan, &mut report).await?;
    finish(stage, &job, &report, None)
}

/// Shows the plan, with what the reader should worry about before it.
fn begin<C: Connect>(stage: &Stage<'_, C>, job: &Job, seen: &Observed, plan: &Plan) -> Report {
    plan.warnings.iter().for_each(|warning| stage.ui.warn(warning));
    show_plan(stage, job, seen, plan);
    Report::new(job.verb, seen, plan)
}

async fn look<C: Connect>(stage: &Stage<'_, C>, job: &Job) -> Result<(Observed, Planned)> {
    let mut seen = stage
        .within(
            "looking at what is there",
            observe(stage.world, &job.desired, job.cluster.as_ref(), job.extras.role_name.as_deref()),
        )
        .await
        .map_err(nothing_was_done)?;
    if let Some(cluster) = &mut seen.cluster {
        let kept = stage.machine.kept_entries(&cluster.description.arn);
        cluster.kept_entries = stage.within("looking for kept access entries", kept).await.map_err(nothing_was_done)?;
        seen.warnings.extend(super::kept::offer(stage.context, &stage.machine.backups, cluster).await);
    }
    if let Some(role) = &seen.role {
        seen.role_facts.written = written_trusts(&stage.context.env).await.of(role).cloned();
    }
    check_authority(job, &seen)?;
    let draft = plan::draft(&job.desired, &job.extras, &seen)?;
    let mut planned = if draft.takes_away() {
        count(stage, &mut seen).await?;
        plan::plan(&job.desired, &job.extras, &seen)?
    } else {
        draft.settled(&seen)
    };
    planned.plan.rest_on("allow-lockout", job.extras.judgement.allowed());
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

/// Who stops a run while it looks wants to hear that it had not begun.
pub(crate) fn nothing_was_done(error: Error) -> Error {
    if error.kind != Kind::Interrupted {
        return error;
    }
    error.because("nothing was changed").hint("run the same command again")
}

/// Looks at everybody who has access, so that the guard can judge what a plan takes away.
pub(crate) async fn count<C: Connect>(stage: &Stage<'_, C>, seen: &mut Observed) -> Result<()> {
    if let Some(cluster) = &mut seen.cluster {
        let looking = census(stage.world, &seen.caller, &cluster.description);
        let (census, warnings) = stage.within("looking at who else has access", looking).await?;
        cluster.census = Some(census);
        seen.warnings.extend(warnings);
    }
    Ok(())
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
    let work = work_of(stage, job, seen);
    try_first(stage, plan, &work, &ledger, Denied::Fails)
        .await
        .inspect_err(|error| report.print_failed(stage.ui, error))?;
    let run = begin_record(stage, job.verb, seen, plan).await?;
    stage.ui.text("");
    stage.ui.watch_plan(plan);
    let outcome = stage.within("carrying the plan out", apply(plan, &work, &ledger)).await;
    report.applied(plan, &ledger, &stage.ui.kept());
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

/// Says what was done and what was not.
pub(super) fn how_far(error: Error, plan: &Plan, ledger: &Ledger) -> Error {
    let named = |wanted: &[StepState]| {
        let all: Vec<_> =
            plan.steps.iter().filter(|s| wanted.contains(&ledger.state(s.id))).map(|s| describe(s).object).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    };
    let done = named(&[StepState::Done, StepState::AlreadySo]);
    let open = named(&[StepState::Waiting, StepState::Failed]);
    let mut error = error.because(format!("done: {done}; not done: {open}"));
    if plan.steps.iter().any(|s| ledger.state(s.id) == StepState::UnderWay) {
        error = error.because(format!("under way, and not known: {}", named(&[StepState::UnderWay])));
    }
    if error.hint.is_none() {
        error = error.hint("run the same command again: it does only what is left");
    }
    error
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
    let question = super::proof::question(stage, job, seen, planned, role);
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
