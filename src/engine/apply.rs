//! Doing: the steps of a plan, each as soon as those before it are done, independent ones together.
//!
//! A step that fails stops new ones from starting; those under way are waited for, so that what is reported is true.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;
use tokio::time::Instant;

use super::port::Connect;
use super::rehearse::Rehearsed;
use super::request_ids::RequestIds;
use super::run_step::run_step;
use crate::error::Result;
use crate::model::{AccessEntry, CallerIdentity, ClusterArn, ClusterState};
use crate::plan::{KubeconfigWrite, Plan, Step};

/// What the engine needs of this machine.
pub trait Local {
    /// Keeps an `aws-auth` before it is replaced; gives the file. `None` where the user wants no backup.
    fn keep_backup<'a>(&'a self, cluster: &ClusterArn, object: &Value) -> LocalBoxFuture<'a, Result<Option<PathBuf>>>;
    /// Keeps an access entry before it is deleted to be made again.
    fn keep_entry<'a>(&'a self, cluster: &ClusterArn, entry: &AccessEntry) -> LocalBoxFuture<'a, Result<()>>;
    /// Takes a backup back whose replacement did not happen.
    fn discard_backup(&self, path: PathBuf) -> LocalBoxFuture<'_, ()>;
    /// Writes a kubeconfig. Where the file is no longer what it was planned on, the entry is merged again: the same
    /// changes go on, others stop. Gives the copy of the old file where it had to be written in place.
    fn write_kubeconfig<'a>(&'a self, write: &'a KubeconfigWrite) -> LocalBoxFuture<'a, Result<Written>>;
}

/// How the writing of a file ended, and the copy of the old one where it had to be written in place.
pub type Written = (StepState, Option<PathBuf>);

/// How a step ended, or did not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Begun; whether it was done is not known.
    UnderWay,
    /// Done.
    Done,
    /// Somebody had done the very same; nothing was left to do.
    AlreadySo,
    /// Failed.
    Failed,
}

/// What happens while a plan is carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A step begins or ends.
    Step(usize, StepState),
    /// Somebody is waited for: what, and why.
    Waiting(String),
    /// An old `aws-auth`, or the old text of a file that had to be written in place, is kept here.
    Kept(PathBuf),
}

/// Hears what happens.
pub trait Watch {
    /// Something happened.
    fn event(&self, event: Event);
}

/// Everything that steps are carried out with.
pub struct Work<'a, C: Connect> {
    /// The cloud.
    pub world: &'a C,
    /// This machine.
    pub local: &'a dyn Local,
    /// Who hears of it.
    pub watch: &'a dyn Watch,
    /// Who signs.
    pub caller: &'a CallerIdentity,
    /// The cluster as it was observed.
    pub cluster: Option<&'a ClusterState>,
    /// When everything must be done.
    pub deadline: Instant,
    /// Who may be locked out.
    pub allow_lockout: &'a [String],
    /// What the API server was asked about before anything is written.
    pub rehearsed: Rehearsed,
}

impl<C: Connect> Work<'_, C> {
    /// The time that is left.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// The states of a plan's steps and what their calls were answered under, readable while they change: an interrupted run
/// reports from here.
#[derive(Debug, Default)]
pub struct Ledger {
    states: RefCell<Vec<StepState>>,
    answers: Vec<RequestIds>,
}

impl Ledger {
    /// All waiting.
    pub fn new(plan: &Plan) -> Self {
        let answers = plan.steps.iter().map(|_| RequestIds::default()).collect();
        Self { states: RefCell::new(vec![StepState::Waiting; plan.steps.len()]), answers }
    }

    /// Where a step stands; steps are counted from 1.
    pub fn state(&self, id: usize) -> StepState {
        self.states.borrow()[id - 1].clone()
    }

    /// The ids of the answers that a step got from AWS and the API server.
    pub fn request_ids(&self, id: usize) -> Vec<String> {
        self.answers[id - 1].list()
    }

    /// Where the ids of a step's answers are collected, those of its dry run among them.
    pub(super) fn answers(&self, step: &Step) -> &RequestIds {
        &self.answers[step.id - 1]
    }

    fn set(&self, id: usize, state: StepState, watch: &dyn Watch) {
        self.states.borrow_mut()[id - 1] = state.clone();
        watch.event(Event::Step(id, state));
    }

    fn is_ready(&self, step: &Step) -> bool {
        let done = |id: &usize| matches!(self.state(*id), StepState::Done | StepState::AlreadySo);
        self.state(step.id) == StepState::Waiting && step.after.iter().all(done)
    }
}

/// Carries a plan out.
///
/// # Errors
/// The first step that failed; the ledger tells how far the others came.
pub async fn apply<C: Connect>(plan: &Plan, work: &Work<'_, C>, ledger: &Ledger) -> Result<()> {
    let mut running = FuturesUnordered::new();
    let mut failure = None;
    loop {
        if failure.is_none() {
            for step in plan.steps.iter().filter(|s| ledger.is_ready(s)) {
                ledger.set(step.id, StepState::UnderWay, work.watch);
                running.push(async move { (step.id, ledger.answers(step).collect(run_step(step, work)).await) });
            }
        }
        let Some((id, outcome)) = running.next().await else { break };
        match outcome {
            Ok(state) => ledger.set(id, state, work.watch),
            Err(error) => {
                ledger.set(id, StepState::Failed, work.watch);
                failure = failure.or(Some(error));
            }
        }
    }
    failure.map_or(Ok(()), Err)
}
