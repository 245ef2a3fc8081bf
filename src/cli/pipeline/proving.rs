//! The proof of each place, run concurrently.

use std::collections::BTreeMap;

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::sync::OnceCell;

use super::proof;
use super::sights::{Proven, Sights};
use crate::cli::pipeline::stage::{Job, Stage};
use crate::cli::screen::ui::phase::Phase;
use crate::engine::verify::members;
use crate::engine::{AccountRef, CallResult, Connect, Known, Link, Watch, verify};
use crate::error::Result;
use crate::model::CallerIdentity;

/// The places to prove, in order, and what several of them share.
pub(crate) struct Proving<'a, C: Connect> {
    stage: &'a Stage<'a, C>,
    job: &'a Job,
    sights: &'a Sights,
    places: Vec<usize>,
    /// What is known of each account.
    accounts: BTreeMap<AccountRef, Known<'a, C>>,
    /// The identity of the base credentials, once known.
    base: OnceCell<CallResult<CallerIdentity>>,
}

impl<'a, C: Connect> Proving<'a, C> {
    /// An empty state: nothing is proven.
    pub(crate) fn new(stage: &'a Stage<'a, C>, job: &'a Job, sights: &'a Sights, places: Vec<usize>) -> Self {
        let accounts = places.iter().map(|at| sights.places[*at].account());
        let known = |account| Some((stage.world_of(&account).ok().map(Known::new)?, account));
        let accounts = accounts.filter_map(known).map(|(known, account)| (account, known)).collect();
        Self { stage, job, sights, places, accounts, base: OnceCell::new() }
    }

    /// Proves all of them.
    ///
    /// # Errors
    /// The deadline, for a single place; the interruption.
    pub(crate) async fn all(&self) -> Result<Vec<(usize, Proven)>> {
        let doing = "verifying access";
        if !self.job.is_many() {
            return self.stage.within(doing, async { Ok(self.proofs(None).await) }).await;
        }
        let proofs = async |phase: Phase<'_>| Ok(self.proofs(Some(&phase)).await);
        self.stage.together(doing, self.places.len(), proofs).await
    }

    async fn proofs(&self, phase: Option<&Phase<'_>>) -> Vec<(usize, Proven)> {
        let prove = async |(nth, at): (usize, &usize)| {
            let place = &self.sights.places[*at];
            let line = phase.map(|phase| phase.moves(&place.label()));
            let watch = line.as_ref().map_or(self.stage.ui as &dyn Watch, |line| line);
            let links = self.proof(nth, watch).boxed_local().await;
            if let Some(phase) = phase {
                phase.one_more();
            }
            (*at, Proven { place: phase.map(|_| place.label()), scope: place.scope(), links })
        };
        join_all(self.places.iter().enumerate().map(prove)).await
    }

    /// The proof of one of them.
    async fn proof(&self, nth: usize, watch: &dyn Watch) -> Vec<Link> {
        let Self { stage, job, sights, places, accounts, base } = self;
        let at = places[nth];
        let Some((seen, planned)) = sights.places[at].good() else { return Vec::new() };
        let account = sights.places[at].account();
        let Some(role) = &planned.role else { return vec![proof::role_not_seen()] };
        let Some(known) = accounts.get(&account) else { return Vec::new() };
        let mut question = proof::question(stage, job, seen, planned, role);
        // The members belong to an account: they are simulated once.
        if sights.is_later_of_its_account(at, &places[..nth]) {
            question.members.clear();
        }
        if account.role.is_none() {
            return verify(known, &question, watch).await;
        }
        // A role signs the account's calls; the chain into the cluster begins with the base credentials.
        match proof::tester(base.get_or_init(|| stage.world.caller()).await, &role.arn) {
            Ok(base) => {
                question.signer = base;
                verify(known, &question, watch).await
            }
            Err(untested) => {
                let members = members(known.world(), &question, watch).await;
                std::iter::once(untested).chain(members).collect()
            }
        }
    }
}
