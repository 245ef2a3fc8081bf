//! A job in the cloud, in the stages of the pipeline: accounts, and any number of their clusters. A failure in a single
//! place ends the run; among several it is reported at the end.

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::sync::OnceCell;

use super::beginning::Beginning;
use super::current::choose_current;
use super::moves::Moves;
use super::proving::Proving;
use super::run::{self, Site};
use super::sights::{Proven, Sight, Sights};
use super::{kept, show};
use crate::cli::pipeline::begun::{begin_record, finish_record};
use crate::cli::pipeline::per_account::{Lookings, looking};
use crate::cli::pipeline::rehearse::{dry_run, try_first, works_of};
use crate::cli::pipeline::report::{Outcome, Report};
use crate::cli::pipeline::stage::{Job, Proof, Stage, how_far, nothing_was_done};
use crate::cli::screen::ui::Ui;
use crate::cli::screen::ui::phase::Phase;
use crate::cli::verbs::history::{WrittenTrusts, written_trusts};
use crate::cli::world::context::Context;
use crate::engine::{AccountRef, ClusterRef, Connect, Denied, Ledger, Looking, Writers, apply, census};
use crate::error::{Error, Result};
use crate::model::{ClusterState, Observed};
use crate::plan::kubeconfig::{lost_current, settle};
use crate::plan::{self, AccessChange, Plan, Planned};

/// A job and what carries it out.
pub(crate) struct InCloud<'a, C: Connect> {
    /// What the stages share.
    pub(crate) stage: &'a Stage<'a, C>,
    /// The job.
    pub(crate) job: &'a Job,
}

/// Runs a job and returns the exit status.
///
/// # Errors
/// Whatever ended the run; the completed steps are reported.
pub(crate) async fn run<C: Writers>(stage: &Stage<'_, C>, job: &Job) -> Result<u8> {
    run::run(&InCloud { stage, job }).await
}

impl<C: Writers> Site for InCloud<'_, C> {
    type Seen = Sights;

    fn context(&self) -> &Context {
        self.stage.context
    }

    fn ui(&self) -> &Ui {
        self.stage.ui
    }

    async fn look(&self) -> Result<(Sights, Plan)> {
        let job = self.job;
        let places = if job.is_many() {
            let doing = format!("checking {} clusters", job.clusters.len());
            let seen = self.sights(&doing, job.clusters.clone()).await?;
            let unlisted = job.unlisted.iter().map(|(place, error)| Sight::unlisted(place, error));
            seen.into_iter().chain(unlisted).collect()
        } else {
            let only = job.clusters.first();
            let (accounts, written) = (self.accounts()?, OnceCell::new());
            let looking = accounts.of(&only.map(|only| only.account.clone()).unwrap_or_default())?;
            vec![Sight::of(only.cloned(), Ok(self.look_at(looking, only, &written).boxed_local().await?))]
        };
        let (sights, plan) = self.merged(places)?;
        sights.check_users(job.desired.group.as_ref())?;
        Ok((sights, plan))
    }

    /// Of several places only those with steps are read again. Where the steps are now different, that place is skipped
    /// and its new plan shown; the others continue.
    async fn look_again(&self, seen: Sights, plan: Plan) -> Result<(Sights, Plan)> {
        if !self.job.is_many() {
            return run::look_whole_again(self, &plan).await;
        }
        let places: Vec<usize> = (0..seen.places.len()).filter(|at| !seen.steps_of[*at].is_empty()).collect();
        let clusters = places.iter().filter_map(|at| seen.places[*at].cluster.clone()).collect();
        let again = self.sights(&format!("checking {} clusters again", places.len()), clusters).await?;
        let (places, moved) = seen.renewed(places.into_iter().zip(again));
        for (label, plan) in moved {
            let heading = format!("{label}: the plan changed while it was being confirmed; it is now");
            self.ui().text(&format!("\n{}", show::plan(self.ui(), &plan, &heading)));
        }
        self.merged(places)
    }

    async fn try_dry(&self, seen: &Sights, plan: &mut Plan) -> Result<Vec<(usize, Error)>> {
        dry_run(self.stage, self.job, seen, plan).await
    }

    fn show(&self, seen: &Sights, plan: &Plan) {
        let id = if plan.is_empty() { String::new() } else { format!(" {}", plan.id()) };
        let whom = seen.first().map_or_else(String::new, |seen| format!(", as {}", seen.caller.arn));
        let heading = format!("{} plan{id}: {}{whom}", self.job.verb, where_it_is(seen));
        if self.job.is_many() {
            self.ui().text(&show::grouped(self.ui(), plan, &heading));
        } else {
            self.ui().text(&show::plan(self.ui(), plan, &heading));
        }
        for (places, error) in seen.failures() {
            let whose = match &places[..] {
                [one] => one.label(),
                [first, ..] if !self.ui().is_verbose() => format!("{} and {} more", first.label(), places.len() - 1),
                all => all.iter().map(|place| place.label()).collect::<Vec<_>>().join(", "),
            };
            self.ui().warn(&format!("{whose}: {error}"));
        }
    }

    fn report(&self, seen: &Sights, plan: &Plan) -> Report {
        Report::new(self.job.verb, seen, plan)
    }

    fn resume(&self) {
        self.stage.restart();
    }

    async fn carry_out(&self, seen: &Sights, plan: &Plan, report: &mut Report) -> Result<()> {
        let Self { stage, job } = self;
        if plan.is_empty() {
            self.forget_entries(seen, plan).await;
            return Ok(());
        }
        stage
            .within("checking that the local files can be written", stage.machine.check(plan))
            .await
            .map_err(nothing_was_done)?;
        let (ledger, moves) = (Ledger::new(plan), Moves::new(stage.ui));
        let mut works = works_of(stage, job, seen, (&ledger, &moves, &plan.id()));
        let refused = try_first(stage, job, (seen, plan), &works, Denied::Fails).await;
        (works.max_failures, works.until) = (job.bounds.most, job.bounds.until);
        let refused = refused.inspect_err(|error| report.print_failed(stage.ui, error))?.failed;
        for (place, _) in &refused {
            works.stop(seen.scopes_of(*place, plan));
        }
        let run = begin_record(stage, job.verb, seen, plan).await?;
        stage.ui.text("");
        let doing = "carrying out the plan";
        if job.is_many() {
            moves.begin(doing, seen, plan);
        }
        let outcome = stage.within(doing, async { Ok(apply(plan, &works).await) }).await;
        moves.end();
        report.applied(plan, &ledger);
        let outcome = outcome.and_then(|failures| match failures.first() {
            Some((_, error)) if !job.is_many() => Err(error.clone()),
            _ => Ok(failures),
        });
        let failures = outcome.as_ref().map_or(&[][..], Vec::as_slice);
        let rest = job.bounds.end(refused.len() + failures.len());
        let outcomes = Outcome { ledger: &ledger, refused: &refused, failures, rest: rest.as_ref() };
        report.ended(seen, plan, Some(outcomes));
        let ended = report.ending(seen, outcome.as_ref().err());
        finish_record(stage, run, (seen, plan), &ledger, ended).await;
        if outcome.is_ok() {
            self.forget_entries(seen, plan).await;
        }
        outcome.map(drop).map_err(|error| {
            let error = how_far(error, plan, &ledger);
            report.print_failed(stage.ui, &error);
            error
        })
    }

    async fn prove(&self, seen: &Sights, _: &Plan, report: &mut Report) -> Result<Vec<Proven>> {
        if self.job.proof == Proof::None {
            return Ok(Vec::new());
        }
        let places = (0..seen.places.len()).filter(|at| report.may_be_proven(*at)).collect();
        let proofs = Proving::new(self.stage, self.job, seen, places).all().await;
        Ok(proofs?
            .into_iter()
            .map(|(at, proof)| {
                report.verified(at, &proof.links);
                proof
            })
            .collect())
    }

    fn requires_proof(&self) -> bool {
        self.job.proof == Proof::Required
    }
}

/// The cluster or account, or how many there are.
fn where_it_is(seen: &Sights) -> String {
    let Some(only) = seen.only() else {
        let accounts = seen.accounts();
        let clusters = format!("{} clusters", seen.places.len());
        return match accounts.first() {
            None => clusters,
            Some(one) if accounts.len() == 1 => format!("{clusters} in account {one}"),
            Some(_) => format!("{clusters} in {} accounts", accounts.len()),
        };
    };
    only.cluster.as_ref().map_or_else(
        || format!("account {}", only.caller.arn.account),
        |c| {
            let arn = &c.description.arn;
            format!("cluster {} in {}, account {}", arn.name, arn.region, arn.account)
        },
    )
}

impl<C: Connect> InCloud<'_, C> {
    /// Reads several places concurrently, each begun in its turn.
    async fn sights(&self, doing: &str, clusters: Vec<ClusterRef>) -> Result<Vec<Sight>> {
        let Self { stage, job } = self;
        let (accounts, written) = (self.accounts()?, OnceCell::new());
        let looking = async |phase: Phase<'_>| {
            let closed = accounts.closed();
            let bounds = (job.bounds, job.unlisted.len() + closed);
            let beginning = Beginning::new(stage, &phase, "reading the current state", bounds);
            let look = async |cluster: &ClusterRef| {
                let came = match accounts.of(&cluster.account) {
                    Ok(looking) => {
                        beginning.at(cluster, self.look_at(looking, Some(cluster), &written).boxed_local()).await
                    }
                    Err(why) => beginning.closed(&why),
                };
                Sight::that(cluster.clone(), came)
            };
            Ok(join_all(clusters.iter().map(look)).await)
        };
        stage.together(doing, clusters.len(), looking).await.map_err(nothing_was_done)
    }

    /// The plans of all places as one, with what is written into each file.
    ///
    /// # Errors
    /// The context for `--set-current` is not in any place; the only place can't be written.
    fn merged(&self, mut places: Vec<Sight>) -> Result<(Sights, Plan)> {
        let kubeconfig = self.job.desired.kubeconfig.as_ref();
        if let Some(wish) = kubeconfig {
            choose_current(wish, &mut places)?;
        }
        loop {
            let (sights, mut plan) = Sights::merged(places, self.job.picked);
            let failed = kubeconfig.map(|wish| settle(&mut plan, &wish.files)).unwrap_or_default();
            match &failed[..] {
                [] => {
                    plan.warnings
                        .extend(kubeconfig.and_then(|wish| lost_current(&plan, &wish.files, &sights.contexts())));
                    plan.rest_on("backup", self.stage.machine.backups.told());
                    return Ok((sights, plan));
                }
                [(_, error), ..] if !self.job.is_many() => return Err(error.clone()),
                _ => places = sights.without(failed),
            }
        }
    }

    /// The accounts to read, each once for all of its clusters.
    fn accounts(&self) -> Result<Lookings<'_, C>> {
        let named = self.job.clusters.iter().map(|cluster| cluster.account.clone());
        let named = named.chain(self.job.clusters.is_empty().then(AccountRef::default));
        let all = Lookings::new(
            named,
            |account| self.stage.world_of(account),
            |account, world| looking(account, world, &self.job.desired),
        )?;
        // The clusters were described a moment ago; a second look describes them again.
        all.know(self.job.described.take());
        Ok(all)
    }

    /// Reads one place as deeply as the verb needs, plans, and checks the plan against everything that was read.
    async fn look_at(
        &self,
        looking: &Looking<'_, C>,
        cluster: Option<&ClusterRef>,
        written: &OnceCell<WrittenTrusts>,
    ) -> Result<(Observed, Planned)> {
        let Self { stage, job } = self;
        let mut seen =
            stage.in_place("reading the current state", looking.at(cluster)).await.map_err(nothing_was_done)?;
        self.look_at_what_is_kept(&mut seen).await.map_err(nothing_was_done)?;
        if let Some(role) = &seen.role {
            let written = written.get_or_try_init(|| written_trusts(stage)).await.map_err(nothing_was_done)?;
            seen.role_facts.written = written.of(role).cloned();
        }
        self.check_authority(&seen)?;
        let mut planned = plan::plan(&job.desired, &seen)?;
        if planned.effects.takes_away {
            planned.plan.warnings.extend(self.count(looking, &mut seen).await?);
        }
        let planned = planned.judged(&job.desired, &seen)?;
        Ok((seen, planned))
    }

    /// Adds what earlier runs saved on this machine: what is to be restored, entries whose recreation was not finished,
    /// and a warning where a cluster has no `aws-auth` but an older one is saved.
    async fn look_at_what_is_kept(&self, seen: &mut Observed) -> Result<()> {
        let Self { stage, job } = self;
        let Some(cluster) = &mut seen.cluster else { return Ok(()) };
        let arn = cluster.description.arn.clone();
        match &job.desired.access {
            Some(AccessChange::Restore(id)) => cluster.kept_maps = vec![kept::read(stage, &arn, id).await?],
            Some(AccessChange::Rollback(_)) => cluster.kept_maps = kept::all(stage, &arn).await?,
            _ => {}
        }
        let entries = stage.machine.kept_entries(&arn);
        cluster.kept_entries = stage.in_place("looking for backups of access entries", entries).await?;
        if cluster.kept_maps.is_empty() {
            seen.warnings.extend(kept::offer(stage, cluster).await?);
        }
        Ok(())
    }

    /// The proof calls the Kubernetes API, which can't be trusted without the cluster's certificate authority: checked
    /// before anything is written. Changes in IAM and EKS alone do not need it.
    fn check_authority(&self, seen: &Observed) -> Result<()> {
        let Some(ClusterState { description, .. }) = &seen.cluster else { return Ok(()) };
        let needs_none = self.job.proof == Proof::None || !description.is_usable();
        if needs_none || description.certificate_authority.is_some() {
            return Ok(());
        }
        Err(plan::kubeconfig::no_authority(description, "the proof needs").because("nothing was changed"))
    }

    /// Lists every principal with access, so that the guard can check what a plan removes; returns what could not be
    /// read.
    async fn count(&self, looking: &Looking<'_, C>, seen: &mut Observed) -> Result<Vec<String>> {
        let Some(cluster) = seen.cluster.as_mut().filter(|cluster| cluster.census.is_none()) else {
            return Ok(Vec::new());
        };
        let looking = census(looking.world(), looking.asked(), &seen.caller, &cluster.description);
        let (census, warnings) = self.stage.in_place("checking who else has access", looking).await?;
        cluster.census = Some(census);
        Ok(warnings)
    }

    async fn forget_entries(&self, seen: &Sights, plan: &Plan) {
        for cluster in seen.places.iter().filter_map(|place| place.good()?.0.cluster.as_ref()) {
            self.stage.machine.forget_entries(plan, cluster).await;
        }
    }
}
