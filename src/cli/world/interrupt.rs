//! Handles SIGINT, SIGTERM and SIGHUP: the work stops, and what was done and what was not is reported.
//!
//! The handlers are installed for the whole run, so that no signal is lost between two pieces of work. Code that
//! carries something out also waits for [`interrupted`] and reports how far it came; all other work is ended by
//! [`unless_interrupted`].

use std::cell::{Cell, RefCell};

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Shared, select_all};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Kind, Result};

thread_local! {
    static ASKED: RefCell<Option<Shared<LocalBoxFuture<'static, ()>>>> = const { RefCell::new(None) };
    /// Whether a piece of work has noticed it and will report.
    static HEARD: Cell<bool> = const { Cell::new(false) };
}

/// Installs the handlers on the current runtime.
fn listen() {
    let hangup = (!hangup_is_ignored()).then(SignalKind::hangup);
    let kinds = [Some(SignalKind::interrupt()), Some(SignalKind::terminate()), hangup];
    let signals: Vec<Signal> = kinds.into_iter().flatten().filter_map(|kind| signal(kind).ok()).collect();
    let asked = async move {
        let mut signals = signals;
        if signals.is_empty() {
            return std::future::pending().await;
        }
        select_all(signals.iter_mut().map(|signal| signal.recv().boxed_local())).await;
    };
    HEARD.set(false);
    ASKED.set(Some(asked.boxed_local().shared()));
}

async fn asked() {
    match ASKED.with_borrow(Clone::clone) {
        Some(asked) => asked.await,
        None => std::future::pending().await,
    }
}

/// Returns when the process is asked to end; the caller then reports what was done.
pub(crate) async fn interrupted() {
    asked().await;
    HEARD.set(true);
}

/// While held, the work is not ended in the middle: it ends soon by itself.
pub(crate) struct Undisturbed(bool);

impl Undisturbed {
    pub(crate) fn new() -> Self {
        Self(HEARD.replace(true))
    }
}

impl Drop for Undisturbed {
    fn drop(&mut self) {
        HEARD.set(self.0);
    }
}

/// Runs a whole command, and ends it if the process is asked to end and no part of it has noticed.
///
/// # Errors
/// The command's own; the interruption.
pub(crate) async fn unless_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    listen();
    let unheard = async {
        asked().await;
        if HEARD.get() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = unheard => Err(Error::new(Kind::Interrupted, "interrupted")
            .because("nothing was changed")
            .hint("run the same command again")),
    }
}

/// Whether this process was started to outlive its terminal (`nohup`): a hangup is ignored then. Known on Linux only.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
