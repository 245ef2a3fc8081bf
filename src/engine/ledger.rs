//! The memory of a run: how its steps stand, and what their calls were answered under.

use std::cell::RefCell;
use std::path::PathBuf;

use super::request_ids::RequestIds;
use crate::plan::{Plan, Step};

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

    pub(super) fn set(&self, id: usize, state: StepState, watch: &dyn Watch) {
        self.states.borrow_mut()[id - 1] = state.clone();
        watch.event(Event::Step(id, state));
    }

    pub(super) fn is_ready(&self, step: &Step) -> bool {
        let done = |id: &usize| matches!(self.state(*id), StepState::Done | StepState::AlreadySo);
        self.state(step.id) == StepState::Waiting && step.after.iter().all(done)
    }
}
