//! A job for the pipeline, what its stages share, and what is said where one ends early.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::cli::world::interrupt::interrupted;
use crate::cli::world::local::Machine;
use crate::engine::{ClusterRef, Connect, Ledger, StepState};
use crate::error::{Error, Kind, Result};
use crate::plan::{Desired, Plan, describe};

/// One job for the pipeline.
#[derive(Debug)]
pub(crate) struct Job {
    /// The verb, as reports name it.
    pub(crate) verb: &'static str,
    /// What is wished.
    pub(crate) desired: Desired,
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

/// Who stops a run while it looks wants to hear that it had not begun.
pub(crate) fn nothing_was_done(error: Error) -> Error {
    if error.kind != Kind::Interrupted {
        return error;
    }
    error.because("nothing was changed").hint("run the same command again")
}

/// Says what was done and what was not.
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
        error = error.because(format!("under way, and not known: {}", named(&[StepState::UnderWay])));
    }
    if error.hint.is_none() {
        error = error.hint("run the same command again: it does only what is left");
    }
    error
}
