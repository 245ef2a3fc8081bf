//! The pipeline of all verbs that change something: look and plan, show, confirm, try, carry out, prove, report. The
//! stages work on a [`Site`]: the cloud with this machine, or a manifest in a file.

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

/// The object of a run, as far as its stages differ.
pub(crate) trait Site {
    /// What was read.
    type Seen;

    /// The command line and the environment.
    fn context(&self) -> &Context;
    /// The printer.
    fn ui(&self) -> &Ui;
    /// Reads as deeply as the verb needs, plans, and checks the plan against everything that was read.
    ///
    /// # Errors
    /// What can't be read, planned or allowed; nothing was changed.
    async fn look(&self) -> Result<(Self::Seen, Plan)>;
    /// Tries what a dry run can try, and adds warnings to the plan. Returns which of several places would refuse,
    /// counted from 0, and why.
    ///
    /// # Errors
    /// Why the plan can't be carried out.
    async fn try_dry(&self, seen: &Self::Seen, plan: &mut Plan) -> Result<Vec<(usize, Error)>>;
    /// Shows the plan.
    fn show(&self, seen: &Self::Seen, plan: &Plan);
    /// The report's beginning.
    fn report(&self, seen: &Self::Seen, plan: &Plan) -> Report;
    /// Whether a confirmation is asked for a plan that removes something.
    fn asks(&self) -> bool {
        true
    }
    /// Restarts the deadlines after a person has answered.
    fn resume(&self) {}
    /// Looks again after a person has confirmed a plan, as the state may have changed. Returns what is to be carried
    /// out.
    ///
    /// # Errors
    /// As [`Self::look`]; the plan is different now.
    async fn look_again(&self, seen: Self::Seen, plan: Plan) -> Result<(Self::Seen, Plan)> {
        drop(seen);
        look_whole_again(self, &plan).await
    }
    /// Carries out the plan that was shown, also an empty one, and completes the report. The failure of one of several
    /// places is in the report and does not stop the others.
    ///
    /// # Errors
    /// Whatever ended it; the completed steps are reported.
    async fn carry_out(&self, seen: &Self::Seen, plan: &Plan, report: &mut Report) -> Result<()>;
    /// Proves that the result works, place by place, and completes the report; does nothing where the command promises
    /// nothing.
    ///
    /// # Errors
    /// The deadline; the interruption.
    async fn prove(&self, seen: &Self::Seen, plan: &Plan, report: &mut Report) -> Result<Vec<Proven>>;
    /// Whether an untested result is a failure.
    fn requires_proof(&self) -> bool {
        false
    }
}

/// Runs the pipeline and returns the exit status.
///
/// # Errors
/// Whatever ended the run; the completed steps are reported.
pub(crate) async fn run<S: Site>(site: &S) -> Result<u8> {
    let looked = site.look().await?;
    go_on(site, looked).boxed_local().await
}

/// The same, with the site already read and the plan made.
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

/// Reads everything again, and ends the run if the plan is different now.
///
/// # Errors
/// The plan is different; the state can't be read now.
pub(crate) async fn look_whole_again<S: Site + ?Sized>(site: &S, plan: &Plan) -> Result<(S::Seen, Plan)> {
    let again = site.look().await?;
    if again.1.id() == plan.id() {
        return Ok(again);
    }
    show_plan(site, &again.0, &again.1);
    Err(world_changed("the plan changed while it was being confirmed"))
}

/// Shows the plan, after its warnings.
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
