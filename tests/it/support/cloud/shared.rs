//! What the threads of a cloud share.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cloud::Cloud;
use super::faults::{Armed, names};
use super::gate::Gate;
use super::log::Log;
use super::state::State;
use super::time::{Millis, machine_now};
use super::under_way::UnderWay;

/// An action of a test just before a call.
pub type Action = Box<dyn FnOnce(&Cloud) + Send>;

/// An action, the calls that it waits for, and how many of them are left.
struct Hook {
    operation: String,
    left: u32,
    action: Option<Action>,
}

/// A cloud's shared state. Locks are taken one at a time, never nested.
pub struct Shared {
    state: Mutex<State>,
    log: Mutex<Log>,
    faults: Mutex<Armed>,
    hooks: Mutex<Vec<Hook>>,
    hung: Mutex<usize>,
    hung_changed: Condvar,
    /// Lets calls through in rounds.
    pub gate: Gate,
    /// Counts the calls in flight.
    pub under_way: UnderWay,
    /// Milliseconds added to every call.
    pub latency: AtomicU64,
    /// Milliseconds by which the cloud's clock is ahead of the machine's.
    pub clock_offset: AtomicI64,
    pub runtime: tokio::runtime::Handle,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn new(runtime: tokio::runtime::Handle) -> Self {
        Self {
            state: Mutex::new(State::new(machine_now())),
            log: Mutex::default(),
            faults: Mutex::default(),
            hooks: Mutex::default(),
            hung: Mutex::default(),
            hung_changed: Condvar::new(),
            gate: Gate::default(),
            under_way: UnderWay::default(),
            latency: AtomicU64::new(0),
            clock_offset: AtomicI64::new(0),
            runtime,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }

    pub fn faults(&self) -> MutexGuard<'_, Armed> {
        lock(&self.faults)
    }

    /// The cloud's clock.
    pub fn now(&self) -> Millis {
        machine_now() + self.clock_offset.load(Ordering::Relaxed)
    }

    pub fn add_hook(&self, operation: &str, nth: u32, action: Action) {
        lock(&self.hooks).push(Hook { operation: operation.to_owned(), left: nth.max(1), action: Some(action) });
    }

    /// Counts a call and returns the actions that are due.
    pub fn due_hooks(&self, service: &str, operation: &str, mutating: bool) -> Vec<Action> {
        let mut hooks = lock(&self.hooks);
        let mut due = Vec::new();
        for hook in hooks.iter_mut().filter(|h| names(&h.operation, service, operation, mutating)) {
            hook.left -= 1;
            if hook.left == 0 {
                due.extend(hook.action.take());
            }
        }
        hooks.retain(|hook| hook.left > 0);
        due
    }

    /// Counts one more call that was done and is never answered.
    pub fn tell_hung(&self) {
        *lock(&self.hung) += 1;
        self.hung_changed.notify_all();
    }

    /// Waits until a call hangs that was not reported yet.
    pub fn wait_hung(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut hung = lock(&self.hung);
        while *hung == 0 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            hung = self.hung_changed.wait_timeout(hung, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *hung -= 1;
        true
    }
}
