//! The queue of calls. A run continues until it can only wait for answers; then one round is counted, and every waiting
//! call is answered, in order.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::channel::oneshot;

use super::fault::{Effect, Fault};
use super::state::State;
use crate::engine::{CallError, CallErrorKind, CallResult};

/// A call as recorded in the log and matched by faults.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The operation with its service: `iam:CreateRole`.
    pub(super) operation: &'static str,
    /// The object.
    pub(super) object: String,
    /// Whether it changes something.
    pub(super) writes: bool,
}

impl Call {
    /// A failure of the call.
    pub(super) fn failed(&self, kind: CallErrorKind) -> CallError {
        let told = CallError::new(self.operation, self.object.as_str(), kind, "said by the in-memory world");
        CallError { code: Some(format!("{kind:?}").into()), ..told }
    }
}

/// Answers a call; returns how many times it changed something.
type Answer = Box<dyn FnOnce(&mut State, Option<&Effect>) -> usize>;

/// A call that waits.
struct Pending {
    call: Call,
    answer: Answer,
}

/// All waiting calls, and the log of the answered ones.
#[derive(Default)]
pub(super) struct Gate {
    pending: RefCell<Vec<Pending>>,
    faults: RefCell<Vec<Fault>>,
    /// The operations of each round, sorted.
    rounds: RefCell<Vec<Vec<&'static str>>>,
    /// How often each write changed something, by operation and object.
    changes: RefCell<BTreeMap<String, usize>>,
    /// The number of writes, whatever their result.
    writes: RefCell<usize>,
    /// How many calls of one AWS service are answered per round; unlimited by default.
    lane: Cell<Option<usize>>,
}

/// The result of a round.
enum Round {
    /// No call waits.
    Idle,
    /// All waiting calls were answered.
    Answered,
    /// The run is killed here.
    Killed,
}

impl Gate {
    /// Waits until the call's round is answered. `act` runs once, or twice if the call is sent again.
    pub(super) async fn ask<T: 'static>(
        &self,
        call: Call,
        act: impl Fn(&mut State) -> Result<T, CallErrorKind> + 'static,
    ) -> CallResult<T> {
        let (send, receive) = oneshot::channel();
        let asked = call.clone();
        let answer = move |state: &mut State, effect: Option<&Effect>| {
            let mut changes = 0;
            let mut perform = |state: &mut State| {
                let before = state.clone();
                let answer = act(state).map_err(|kind| asked.failed(kind));
                changes += usize::from(asked.writes && *state != before);
                answer
            };
            let answer = match effect {
                Some(Effect::Refused(kind)) => Err(asked.failed(*kind)),
                Some(Effect::Lost) => perform(state).and(Err(asked.failed(CallErrorKind::Unreachable))),
                Some(Effect::SentAgain) => {
                    let _ = perform(state);
                    perform(state)
                }
                _ => perform(state),
            };
            // The caller may have stopped waiting.
            let _ = send.send(answer);
            changes
        };
        self.pending.borrow_mut().push(Pending { call, answer: Box::new(answer) });
        let answer = receive.await.expect("the gate answers every call");
        crate::engine::answered(&format!("memory-{}", self.rounds.borrow().len()));
        answer
    }

    /// Adds a fault.
    pub(super) fn arm(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    /// Clears the rounds and the number of writes, before another run.
    pub(super) fn clear_log(&self) {
        self.rounds.borrow_mut().clear();
        *self.writes.borrow_mut() = 0;
    }

    /// Limits the calls of one AWS service per round, first come, first served.
    pub(super) fn narrow(&self, lane: usize) {
        self.lane.set(Some(lane));
    }

    /// Removes all faults.
    pub(super) fn disarm(&self) {
        self.faults.borrow_mut().clear();
    }

    /// The operations of each round so far, sorted.
    pub(super) fn rounds(&self) -> Vec<Vec<&'static str>> {
        self.rounds.borrow().clone()
    }

    /// The number of writes.
    pub(super) fn writes(&self) -> usize {
        *self.writes.borrow()
    }

    /// The writes that changed the same thing more than once, since the world was created.
    pub(super) fn done_twice(&self) -> Vec<String> {
        self.changes.borrow().iter().filter(|(_, times)| **times > 1).map(|(what, _)| what.clone()).collect()
    }

    /// The calls that are answered now; those behind a full lane keep waiting.
    fn next_round(&self) -> Vec<Pending> {
        let lane = self.lane.get().unwrap_or(usize::MAX);
        let mut taken = BTreeMap::<&str, usize>::new();
        let fits = |waiting: &Pending| {
            let service = waiting.call.operation.split(':').next().unwrap_or_default();
            let count = taken.entry(service).or_default();
            *count += 1;
            service == "k8s" || *count <= lane
        };
        let (round, behind) = self.pending.take().into_iter().partition(fits);
        self.pending.replace(behind);
        round
    }

    fn answer_all(&self, state: &RefCell<State>) -> Round {
        let waiting = self.next_round();
        if waiting.is_empty() {
            return Round::Idle;
        }
        let mut names: Vec<_> = waiting.iter().map(|p| p.call.operation).collect();
        names.sort_unstable();
        self.rounds.borrow_mut().push(names);
        for Pending { call, answer } in waiting {
            *self.writes.borrow_mut() += usize::from(call.writes);
            let mut faults = self.faults.borrow_mut();
            // Every fault counts every call.
            let effect = faults.iter_mut().filter_map(|fault| fault.met_by(&call)).collect::<Vec<_>>().pop();
            drop(faults);
            match &effect {
                Some(Effect::KilledBefore) => return Round::Killed,
                Some(Effect::Overtaken(act)) => act(&mut state.borrow_mut()),
                _ => {}
            }
            let changed = answer(&mut state.borrow_mut(), effect.as_ref());
            if changed > 0 {
                *self.changes.borrow_mut().entry(format!("{} {}", call.operation, call.object)).or_default() += changed;
            }
            if matches!(effect, Some(Effect::KilledAfter)) {
                return Round::Killed;
            }
        }
        Round::Answered
    }
}

/// Whether a piece of work can continue by itself.
struct Stirred {
    yes: AtomicBool,
    outer: Waker,
}

impl Wake for Stirred {
    fn wake(self: Arc<Self>) {
        self.yes.store(true, Ordering::Relaxed);
        self.outer.wake_by_ref();
    }
}

/// Drives a piece of work, round by round; `None` if it was killed. If it only waits for time to pass, the paused clock
/// is advanced.
pub(super) fn drive<T>(gate: &Gate, state: &RefCell<State>, work: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let outcome = runtime.expect("a runtime").block_on(tokio::task::unconstrained(async {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            let stirred = Arc::new(Stirred { yes: AtomicBool::new(false), outer: context.waker().clone() });
            let waker = Waker::from(Arc::clone(&stirred));
            loop {
                if let Poll::Ready(value) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(Some(value));
                }
                if stirred.yes.swap(false, Ordering::Relaxed) {
                    continue;
                }
                match gate.answer_all(state) {
                    Round::Idle => return Poll::Pending,
                    Round::Answered => stirred.yes.store(false, Ordering::Relaxed),
                    Round::Killed => return Poll::Ready(None),
                }
            }
        })
        .await
    }));
    gate.pending.borrow_mut().clear();
    outcome
}
