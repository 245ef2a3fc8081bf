//! A job for the pipeline, what its stages share, and the messages where one ends early.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::time::{Instant, timeout_at};

use crate::cli::screen::ui::Ui;
use crate::cli::screen::ui::phase::Phase;
use crate::cli::world::bounds::Bounds;
use crate::cli::world::connect::World;
use crate::cli::world::context::Context;
use crate::cli::world::interrupt::interrupted;
use crate::cli::world::local::Machine;
use crate::cli::world::selected::{Accounts, Opened};
use crate::engine::{AccountRef, ClusterRef, Connect, Ledger, StepState};
use crate::error::{Error, Kind, Result, shell_word};
use crate::kubeconfig::document::Current;
use crate::model::ClusterDescription;
use crate::plan::{Desired, Plan, describe};

/// One job for the pipeline.
#[derive(Debug)]
pub(crate) struct Job {
    /// The verb's name in reports.
    pub(crate) verb: &'static str,
    /// What is desired.
    pub(crate) desired: Desired,
    /// The clusters; empty for a job in an account alone.
    pub(crate) clusters: Vec<ClusterRef>,
    /// Those described during the selection, until they are read.
    pub(crate) described: RefCell<Vec<(AccountRef, ClusterDescription)>>,
    /// Whether they were picked by a pattern, a tag or `--all-clusters` rather than named.
    pub(crate) picked: bool,
    /// The regions and accounts whose clusters could not be listed, and why.
    pub(crate) unlisted: Vec<(String, Error)>,
    /// When no further place is begun.
    pub(crate) bounds: Bounds,
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
    /// An untested result is a failure.
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
    accounts: Option<&'a Accounts<C>>,
    patience: Duration,
    deadline: Cell<Instant>,
    is_many: bool,
}

impl Job {
    /// A job in one cluster, or in an account alone.
    pub(crate) fn at(verb: &'static str, desired: Desired, cluster: Option<ClusterRef>) -> Self {
        let clusters = cluster.into_iter().collect();
        let (unlisted, proof, described) = (Vec::new(), Proof::None, RefCell::default());
        Self { verb, desired, clusters, described, picked: false, unlisted, bounds: Bounds::default(), proof }
    }

    /// Whether it has several places, each of which may fail alone.
    pub(crate) const fn is_many(&self) -> bool {
        self.clusters.len() + self.unlisted.len() > 1
    }
}

impl<'a, C: Connect> Stage<'a, C> {
    /// Starts the deadline.
    pub(crate) fn new(context: &'a Context, ui: &'a Ui, world: &'a C, machine: &'a Machine) -> Self {
        let patience = Duration::from_secs(context.global.timeout());
        let deadline = Cell::new(Instant::now() + patience);
        Self { context, ui, world, machine, accounts: None, patience, deadline, is_many: false }
    }

    /// The same with another time.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        let stage = Self { patience, ..self };
        stage.restart();
        stage
    }

    /// The same in these accounts; each of several places has its own time limit, and the whole has none.
    pub(crate) fn over(self, accounts: &'a Accounts<C>, is_many: bool) -> Self {
        Self { is_many, accounts: Some(accounts), ..self }
    }

    /// The same with the cloud of one place.
    pub(crate) fn at<'b>(&'b self, world: &'b C) -> Stage<'b, C> {
        let Self { context, ui, machine, accounts, patience, is_many, .. } = *self;
        Stage { context, ui, world, machine, accounts, patience, deadline: Cell::new(self.deadline.get()), is_many }
    }

    /// The cloud as an account's own calls see it.
    ///
    /// # Errors
    /// Its role could not be assumed.
    pub(crate) fn world_of(&self, account: &AccountRef) -> Result<&'a C> {
        self.accounts.map_or(Ok(self.world), |accounts| accounts.world_of(account, self.world))
    }

    /// When work begun now in a place must be done.
    pub(crate) fn deadline(&self) -> Instant {
        if self.is_many { Instant::now() + self.patience() } else { self.deadline.get() }
    }

    /// How long one place may take in a phase.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// How long work begun now may take.
    pub(crate) fn left(&self) -> Duration {
        if self.is_many { self.patience() } else { self.deadline().saturating_duration_since(Instant::now()) }
    }

    /// A place's work in a phase: the time of a single place is that of the whole, that of several is limited by
    /// `Beginning`.
    ///
    /// # Errors
    /// The work's own; the timeout.
    pub(crate) async fn in_place<T>(&self, doing: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let work = work.boxed_local();
        if self.is_many { work.await } else { self.within(doing, work).await }
    }

    /// Restarts the time, so that a person's thinking does not count.
    pub(crate) fn restart(&self) {
        self.deadline.set(Instant::now() + self.patience());
    }

    /// The error for work that was not done in its time.
    pub(crate) fn too_late(&self, doing: &str) -> Error {
        Error::failed(format!("{doing} did not finish within {} s", self.patience.as_secs()))
            .hint("allow more time: --timeout SECONDS")
    }

    /// Waits for a piece of work, the deadline or Ctrl-C, whichever is first.
    ///
    /// # Errors
    /// The work's own, the deadline, the interruption.
    pub(crate) async fn within<T>(&self, doing: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.ui.doing(doing);
        let work = work.boxed_local();
        let in_time = async {
            if self.is_many {
                return work.await;
            }
            timeout_at(self.deadline(), work).await.unwrap_or_else(|_| Err(self.too_late(doing)))
        };
        let outcome = heard(doing, in_time).await;
        self.ui.calm();
        outcome
    }

    /// Waits for the work of several places, or Ctrl-C, and shows progress. Each has its own time limit.
    ///
    /// # Errors
    /// The work's own, the interruption.
    pub(crate) async fn together<T>(
        &self,
        doing: &str,
        places: usize,
        work: impl AsyncFnOnce(Phase<'a>) -> Result<T>,
    ) -> Result<T> {
        let phase = self.ui.phase(doing, places);
        heard(doing, work(phase).boxed_local()).await
    }
}

/// Waits for a piece of work or Ctrl-C, whichever is first.
pub(crate) async fn heard<T>(doing: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = interrupted() => Err(Error::new(Kind::Interrupted, format!("interrupted while {doing}"))),
    }
}

impl Opened {
    /// The job of a verb in these clusters. With several, a context becomes current only if it is named.
    ///
    /// # Errors
    /// A wish for a single cluster with several clusters.
    pub(crate) fn job(&self, verb: &'static str, mut desired: Desired) -> Result<Job> {
        if let Some(wish) = desired.kubeconfig.as_mut().filter(|_| self.is_many()) {
            let of_one = [("--alias", wish.alias.is_some()), ("--user-alias", wish.user_alias.is_some())];
            if let Some((option, _)) = of_one.into_iter().find(|(_, said)| *said) {
                return Err(Error::usage(format!("{option} is for one cluster, but several are selected"))
                    .hint(format!("leave {option} out, or name one cluster: --cluster NAME")));
            }
            if wish.current == Current::Set {
                let error =
                    Error::usage("--set-current: several clusters are selected, but only one context can be current");
                let first = self.clusters.first().map(|cluster| shell_word(&cluster.name));
                return Err(error.hint(format!("name it: --set-current={}", first.unwrap_or("NAME".into()))));
            }
            wish.current = Current::Keep;
        }
        let (clusters, unlisted) = (self.clusters.clone(), self.unlisted.clone());
        let (picked, bounds) = (self.picked, self.bounds);
        let described = RefCell::new(self.described.clone());
        let job = Job::at(verb, desired, None);
        Ok(Job { clusters, described, picked, unlisted, bounds, ..job })
    }

    /// The stage for a job.
    pub(crate) fn stage<'a>(&'a self, context: &'a Context, ui: &'a Ui, machine: &'a Machine) -> Stage<'a, World> {
        Stage::new(context, ui, &*self.world, machine).over(&self.accounts, self.is_many())
    }
}

/// Adds that nothing was changed, for an interruption before the first write.
pub(crate) fn nothing_was_done(error: Error) -> Error {
    if error.kind != Kind::Interrupted {
        return error;
    }
    error.because("nothing was changed").hint("run the same command again")
}

/// Adds what was done and what was not.
pub(in crate::cli) fn how_far(error: Error, plan: &Plan, ledger: &Ledger) -> Error {
    let named = |wanted: &[StepState]| {
        let all: Vec<_> =
            plan.steps.iter().filter(|s| wanted.contains(&ledger.state(s.id))).map(|s| describe(s).object).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    };
    let done = named(&[StepState::Done, StepState::AlreadySo]);
    let open = named(&[StepState::Waiting, StepState::Failed]);
    let mut error = error.because(format!("done: {done}; not done: {open}"));
    if plan.steps.iter().any(|s| ledger.state(s.id) == StepState::UnderWay) {
        error = error.because(format!("in flight, outcome unknown: {}", named(&[StepState::UnderWay])));
    }
    if error.hint.is_none() {
        error = error.hint("run the same command again: it does only what is left");
    }
    error
}
