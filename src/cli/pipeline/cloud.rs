//! A job in the cloud, as the pipeline's stages carry it out: an account, and at most one cluster of it.

use super::run::{self, Site};
use super::{kept, proof, show};
use crate::cli::pipeline::begun::{begin_record, finish_record};
use crate::cli::pipeline::rehearse::{dry_run, try_first, work_of};
use crate::cli::pipeline::report::Report;
use crate::cli::pipeline::stage::{Job, Proof, Stage, how_far, nothing_was_done};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::history::written_trusts;
use crate::cli::world::context::Context;
use crate::engine::{Connect, Denied, Ledger, Link, LinkState, apply, census, observe, verify};
use crate::error::Result;
use crate::model::{ClusterState, Observed};
use crate::plan::{self, AccessChange, Plan, Planned};

/// A job and what it is carried out with.
pub(crate) struct InCloud<'a, C: Connect> {
    /// What the stages share.
    pub(crate) stage: &'a Stage<'a, C>,
    /// The job.
    pub(crate) job: &'a Job,
}

/// Runs a job to its end and gives the exit status.
///
/// # Errors
/// Whatever ended it; what was done by then was said.
pub(crate) async fn run<C: Connect>(stage: &Stage<'_, C>, job: &Job) -> Result<u8> {
    run::run(&InCloud { stage, job }).await
}

impl<C: Connect> Site for InCloud<'_, C> {
    type Seen = Observed;

    fn context(&self) -> &Context {
        self.stage.context
    }

    fn ui(&self) -> &Ui {
        self.stage.ui
    }

    async fn look(&self) -> Result<(Observed, Planned)> {
        let Self { stage, job } = self;
        let mut seen = stage
            .within("looking at what is there", observe(stage.world, &job.desired, job.cluster.as_ref()))
            .await
            .map_err(nothing_was_done)?;
        self.look_at_what_is_kept(&mut seen).await.map_err(nothing_was_done)?;
        if let Some(role) = &seen.role {
            let written = written_trusts(stage).await.map_err(nothing_was_done)?;
            seen.role_facts.written = written.of(role).cloned();
        }
        self.check_authority(&seen)?;
        let mut planned = plan::plan(&job.desired, &seen)?;
        if planned.effects.takes_away {
            planned.plan.warnings.extend(self.count(&mut seen).await?);
        }
        let mut planned = planned.judged(&job.desired, &seen)?;
        planned.plan.rest_on("backup", stage.machine.backups.told());
        Ok((seen, planned))
    }

    async fn try_dry(&self, seen: &Observed, plan: &mut Plan) -> Result<()> {
        dry_run(self.stage, self.job, seen, plan).await
    }

    fn show(&self, seen: &Observed, plan: &Plan) {
        let whom = &seen.caller.arn;
        let place = seen.cluster.as_ref().map_or_else(
            || format!("account {}", whom.account),
            |c| {
                let arn = &c.description.arn;
                format!("cluster {} in {}, account {}", arn.name, arn.region, arn.account)
            },
        );
        let id = if plan.is_empty() { String::new() } else { format!(" {}", plan.id()) };
        let heading = format!("{} plan{id}: {place}, as {whom}", self.job.verb);
        self.ui().text(&show::plan(self.ui(), plan, &heading));
    }

    fn report(&self, seen: &Observed, plan: &Plan) -> Report {
        Report::new(self.job.verb, seen, plan)
    }

    fn resume(&self) {
        self.stage.restart();
    }

    async fn carry_out(&self, seen: &Observed, plan: &Plan, report: &mut Report) -> Result<()> {
        let Self { stage, job } = self;
        if plan.is_empty() {
            self.forget_entries(seen, plan).await;
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
            self.forget_entries(seen, plan).await;
        }
        outcome.map_err(|error| {
            let error = how_far(error, plan, &ledger);
            report.print_failed(stage.ui, &error);
            error
        })
    }

    async fn prove(&self, seen: &Observed, planned: &Planned) -> Result<Option<Vec<Link>>> {
        let Self { stage, job } = self;
        if job.proof == Proof::None {
            return Ok(None);
        }
        let Some(role) = &planned.role else {
            let text = "the role is no part of this run and could not be seen, so whether it opens the cluster could not be tested";
            let (name, text) = ("assume".to_owned(), text.to_owned());
            return Ok(Some(vec![Link { name, state: LinkState::Unknown, text, hint: None }]));
        };
        let question = proof::question(stage, job, seen, planned, role);
        let proof = async { Ok(verify(stage.world, &question, stage.ui).await) };
        stage.within("proving that it works", proof).await.map(Some)
    }

    fn requires_proof(&self) -> bool {
        self.job.proof == Proof::Required
    }
}

impl<C: Connect> InCloud<'_, C> {
    /// Adds what earlier runs kept on this machine: what is to be put back, entries whose recreation was not finished, and
    /// the warning where an older `aws-auth` is kept and none is there.
    async fn look_at_what_is_kept(&self, seen: &mut Observed) -> Result<()> {
        let Self { stage, job } = self;
        let Some(cluster) = &mut seen.cluster else { return Ok(()) };
        let arn = cluster.description.arn.clone();
        let restores = match &job.desired.access {
            Some(AccessChange::Restore(id)) => Some(id),
            _ => None,
        };
        if let Some(id) = restores {
            cluster.kept_map = Some(kept::read(stage, &arn, id).await?);
        }
        let entries = stage.machine.kept_entries(&arn);
        cluster.kept_entries = stage.within("looking for kept access entries", entries).await?;
        if restores.is_none() {
            seen.warnings.extend(kept::offer(stage, cluster).await?);
        }
        Ok(())
    }

    /// The proof asks the Kubernetes API, which no one can trust without the cluster's certificate authority: found out
    /// before anything is written. What goes through IAM and EKS alone needs none.
    fn check_authority(&self, seen: &Observed) -> Result<()> {
        let Some(ClusterState { description, .. }) = &seen.cluster else { return Ok(()) };
        let needs_none = self.job.proof == Proof::None || !description.is_usable();
        if needs_none || description.certificate_authority.is_some() {
            return Ok(());
        }
        Err(plan::kubeconfig::no_authority(description, "the proof needs").because("nothing was changed"))
    }

    /// Looks at everybody who has access, so that the guard can judge what a plan takes away; gives what could not be seen.
    async fn count(&self, seen: &mut Observed) -> Result<Vec<String>> {
        let Some(cluster) = seen.cluster.as_mut().filter(|cluster| cluster.census.is_none()) else {
            return Ok(Vec::new());
        };
        let looking = census(self.stage.world, &seen.caller, &cluster.description);
        let (census, warnings) = self.stage.within("looking at who else has access", looking).await?;
        cluster.census = Some(census);
        Ok(warnings)
    }

    async fn forget_entries(&self, seen: &Observed, plan: &Plan) {
        if let Some(cluster) = &seen.cluster {
            self.stage.machine.forget_entries(plan, cluster).await;
        }
    }
}
