//! The one pipeline of all verbs that change something: look and plan, show, confirm, try, carry out, prove, report. What
//! the stages are about is a [`Site`]: the cloud with this machine, or a manifest in a file.

#![allow(async_fn_in_trait, reason = "the pipeline runs on one thread and is generic over its sites")]

use futures::FutureExt as _;

use super::show;
use crate::cli::pipeline::confirm::{confirm, world_changed};
use crate::cli::pipeline::report::Report;
use crate::cli::pipeline::sights::Proven;
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::engine::LinkState;
use crate::error::{Error, Kind, Result};
use crate::plan::Plan;

/// What a run is about, as far as its stages differ.
pub(crate) trait Site {
    /// What was looked at.
    type Seen;

    /// The command line and the environment.
    fn context(&self) -> &Context;
    /// The printer.
    fn ui(&self) -> &Ui;
    /// Looks as deep as the wish needs, plans, and judges the plan by all that was seen.
    ///
    /// # Errors
    /// What can't be seen, planned or allowed; nothing was changed.
    async fn look(&self) -> Result<(Self::Seen, Plan)>;
    /// What a dry run finds out besides: warnings of the plan. Gives those of several places that would refuse, counted
    /// from 0, and why.
    ///
    /// # Errors
    /// Why the plan can't be carried out.
    async fn try_dry(&self, seen: &Self::Seen, plan: &mut Plan) -> Result<Vec<(usize, Error)>>;
    /// Shows the plan.
    fn show(&self, seen: &Self::Seen, plan: &Plan);
    /// The report's beginning.
    fn report(&self, seen: &Self::Seen, plan: &Plan) -> Report;
    /// Whether a plan that takes something away is asked about.
    fn asks(&self) -> bool {
        true
    }
    /// A person has answered: deadlines run from now on.
    fn resume(&self) {}
    /// Looks again once a person has agreed to a plan: the world may have moved. Gives what is to be carried out.
    ///
    /// # Errors
    /// As [`Self::look`]; the plan is another now.
    async fn look_again(&self, seen: Self::Seen, plan: Plan) -> Result<(Self::Seen, Plan)> {
        drop(seen);
        look_whole_again(self, &plan).await
    }
    /// Carries the plan out, an empty one too, and completes the report. The plan is the one that was shown. Of several
    /// places one that fails is told by the report, and is not the end of the others.
    ///
    /// # Errors
    /// What ended it; what was done by then was said.
    async fn carry_out(&self, seen: &Self::Seen, plan: &Plan, report: &mut Report) -> Result<()>;
    /// Proves that it works, place by place, and completes the report; nothing where the command promises nothing.
    ///
    /// # Errors
    /// The deadline, the interruption.
    async fn prove(&self, seen: &Self::Seen, plan: &Plan, report: &mut Report) -> Result<Vec<Proven>>;
    /// Whether what could not be tested is a failure.
    fn requires_proof(&self) -> bool {
        false
    }
}

/// Runs it to its end and gives the exit status.
///
/// # Errors
/// Whatever ended it; what was done by then was said.
pub(crate) async fn run<S: Site>(site: &S) -> Result<u8> {
    let looked = site.look().await?;
    go_on(site, looked).boxed_local().await
}

/// The same from where the site was looked at and the plan was made.
///
/// # Errors
/// As [`run`].
pub(crate) async fn go_on<S: Site>(site: &S, looked: (S::Seen, Plan)) -> Result<u8> {
    let (mut seen, mut plan) = looked;
    let (ui, global) = (site.ui(), &site.context().global);
    let tried = if global.dry_run { site.try_dry(&seen, &mut plan).await } else { Ok(Vec::new()) };
    show_plan(site, &seen, &plan);
    let mut report = site.report(&seen, &plan);
    if global.dry_run {
        report.refused(&tried.inspect_err(|error| report.print_failed(ui, error))?);
        return Ok(finish_dry_run(site, &report, &plan));
    }
    if site.asks() && confirm(global, ui, &plan).await.inspect_err(|error| report.print_failed(ui, error))? {
        site.resume();
        let shown = plan.id();
        (seen, plan) = site.look_again(seen, plan).await?;
        if plan.id() != shown {
            tell_plan(ui, &plan);
            report = site.report(&seen, &plan);
        }
    }
    site.carry_out(&seen, &plan, &mut report).boxed_local().await?;
    let proofs = site.prove(&seen, &plan, &mut report).await?;
    finish(site, &report, &proofs)
}

/// Looks at all of it again, and ends the run where the plan is another now.
///
/// # Errors
/// It is; what can't be seen now.
pub(crate) async fn look_whole_again<S: Site + ?Sized>(site: &S, plan: &Plan) -> Result<(S::Seen, Plan)> {
    let again = site.look().await?;
    if again.1.id() == plan.id() {
        return Ok(again);
    }
    show_plan(site, &again.0, &again.1);
    Err(world_changed("the plan changed while it was being confirmed"))
}

/// Shows the plan, with what the reader should worry about before it.
fn show_plan<S: Site + ?Sized>(site: &S, seen: &S::Seen, plan: &Plan) {
    plan.warnings.iter().for_each(|warning| site.ui().warn(warning));
    site.show(seen, plan);
    tell_plan(site.ui(), plan);
}

fn tell_plan(ui: &Ui, plan: &Plan) {
    ui.json_line(&serde_json::json!({"event": "plan", "scope": null, "id": plan.id(), "plan": plan}));
}

fn finish_dry_run<S: Site>(site: &S, report: &Report, plan: &Plan) -> u8 {
    if report.has_failed_places() {
        report.tell_places(site.ui());
    }
    report.print(site.ui(), if plan.is_empty() { "nothing-to-do" } else { "pending" });
    if report.has_failed_places() {
        return report.failed_status();
    }
    if site.context().global.detailed_exitcode && !plan.is_empty() { 3 } else { 0 }
}

fn finish<S: Site>(site: &S, report: &Report, proofs: &[Proven]) -> Result<u8> {
    let ui = site.ui();
    match proofs {
        [] => {}
        [Proven { place: None, links, .. }] => {
            ui.text(&format!("\n{}\n{}", show::verdict(links), show::links(ui, links)));
        }
        several => ui.text(&format!("\n{}", show::proofs(ui, several))),
    }
    for Proven { scope, links, .. } in proofs {
        ui.json_line(&serde_json::json!({"event": "verify", "scope": scope, "links": links}));
    }
    report.tell_places(ui);
    report.print(ui, report.outcome());
    if report.has_failed_places() {
        return Ok(report.failed_status());
    }
    let is = |state: LinkState| proofs.iter().flat_map(|proof| &proof.links).any(|l| l.state == state);
    if is(LinkState::Broken) {
        return Ok(Kind::Broken.exit_code());
    }
    if site.requires_proof() && is(LinkState::Unknown) {
        return Err(Error::failed("every step succeeded, but the access could not be verified")
            .because("--require-verify requires a full test")
            .hint("run it with an identity that may assume the role"));
    }
    Ok(0)
}
