//! The state of a run: its steps, the request ids of their calls, and the backups of what was replaced.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use super::request_ids::RequestIds;
use crate::model::{AccessEntry, ClusterArn, Scope};
use crate::plan::describe::Words;
use crate::plan::{Action, Plan, Step, describe};

/// The state of a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Begun; whether it was done is unknown.
    UnderWay,
    /// Done.
    Done,
    /// The same change had been made already; nothing was left to do.
    AlreadySo,
    /// Done, and the proof that others wait for did not come about.
    NotProven,
    /// Failed.
    Failed,
}

/// An event while a plan is carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A step begins or ends.
    Step {
        /// Its id.
        id: usize,
        /// Its object, `role KubernetesAdmin`.
        object: String,
        /// What is done to it.
        summary: String,
        /// Where it acts.
        scope: Scope,
        /// Its state.
        state: StepState,
    },
    /// The run waits for something.
    Waiting {
        /// Where.
        scope: Scope,
        /// What, and why.
        text: String,
    },
    /// An access entry that EKS made by itself.
    Found {
        /// Where.
        scope: Scope,
        /// The step during which it was found, in words.
        object: String,
        /// The entry.
        entry: Box<AccessEntry>,
    },
    /// An old `aws-auth`, or the old text of a file that had to be written in place, is saved.
    Kept {
        /// Where it was replaced.
        scope: Scope,
        /// The copy.
        path: PathBuf,
    },
}

/// Observes events.
pub trait Watch {
    /// Handles an event.
    fn event(&self, event: Event);
}

/// The states of a plan's steps and the request ids of their calls, readable while they change: an interrupted run
/// reports from here.
#[derive(Debug, Default)]
pub struct Ledger {
    states: RefCell<Vec<StepState>>,
    words: Vec<Words>,
    scopes: Vec<Scope>,
    answers: Vec<RequestIds>,
    backups: RefCell<Vec<PathBuf>>,
    found: RefCell<Vec<(usize, AccessEntry)>>,
}

impl Ledger {
    /// All waiting. Over several clusters or accounts each step is labelled with its own.
    pub fn new(plan: &Plan) -> Self {
        let clusters: BTreeSet<_> = plan.steps.iter().filter_map(|step| step.scope.cluster()).collect();
        let accounts = plan.accounts().len();
        let is_many = clusters.len() > 1 || accounts > 1;
        let told = |step: &Step| if is_many { located(step, accounts > 1) } else { describe(step) };
        Self {
            states: RefCell::new(vec![StepState::Waiting; plan.steps.len()]),
            words: plan.steps.iter().map(told).collect(),
            scopes: plan.steps.iter().map(|step| step.scope.clone()).collect(),
            answers: plan.steps.iter().map(|_| RequestIds::default()).collect(),
            backups: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// The state of a step; steps are counted from 1.
    pub fn state(&self, id: usize) -> StepState {
        self.states.borrow()[id - 1].clone()
    }

    /// The request ids of a step's calls to AWS and the API server.
    pub fn request_ids(&self, id: usize) -> Vec<String> {
        self.answers[id - 1].list()
    }

    /// The collector of a step's request ids, including those of its dry run.
    pub(super) fn answers(&self, step: &Step) -> &RequestIds {
        &self.answers[step.id - 1]
    }

    pub(super) fn set(&self, id: usize, state: StepState, watch: &dyn Watch) {
        self.states.borrow_mut()[id - 1] = state.clone();
        let Words { object, summary, .. } = self.words[id - 1].clone();
        let scope = self.scopes[id - 1].clone();
        watch.event(Event::Step { id, object, summary, scope, state });
    }

    /// The backups of replaced manifests and files, in order.
    pub fn backups(&self) -> Vec<PathBuf> {
        self.backups.borrow().clone()
    }

    /// Records the backup of something that was replaced, and reports it.
    pub(super) fn keep(&self, scope: Scope, path: PathBuf, watch: &dyn Watch) {
        self.backups.borrow_mut().push(path.clone());
        watch.event(Event::Kept { scope, path });
    }

    /// The access entries that EKS made by itself, as a step found them.
    pub fn found(&self, id: usize) -> Vec<AccessEntry> {
        self.found.borrow().iter().filter(|(step, _)| *step == id).map(|(_, entry)| entry.clone()).collect()
    }

    /// Remembers an access entry that EKS made by itself, and tells it.
    pub(super) fn find(&self, id: usize, entry: AccessEntry, watch: &dyn Watch) {
        let (scope, object) = (self.scopes[id - 1].clone(), self.words[id - 1].object.clone());
        watch.event(Event::Found { scope, object, entry: Box::new(entry.clone()) });
        self.found.borrow_mut().push((id, entry));
    }

    pub(super) fn is_ready(&self, step: &Step) -> bool {
        // What is not proven is left out by a write, and holds back everything else.
        let takes_part = matches!(step.action, Action::WriteAwsAuth(_) | Action::SwitchMode { .. });
        let done = |id: &usize| match self.state(*id) {
            StepState::Done | StepState::AlreadySo => true,
            StepState::NotProven => takes_part,
            _ => false,
        };
        self.state(step.id) == StepState::Waiting && step.after.iter().all(done)
    }
}

/// A step in words, with its cluster, its account if there are several, or the context that it writes.
fn located(step: &Step, by_account: bool) -> Words {
    let words = describe(step);
    let object = &words.object;
    let object = match (&step.scope, &step.action) {
        (Scope::Cluster(ClusterArn { name, region, account, .. }), _) if by_account => {
            format!("{object} in {name} ({region}, {account})")
        }
        (Scope::Cluster(ClusterArn { name, region, .. }), _) => format!("{object} in {name} ({region})"),
        (Scope::Account(_, account), _) if by_account => format!("{object} in account {account}"),
        (_, Action::WriteKubeconfig(write)) => format!("{object}, context {}", write.context),
        _ => object.clone(),
    };
    Words { object, ..words }
}
