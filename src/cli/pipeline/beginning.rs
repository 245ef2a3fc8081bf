//! Which of several places are begun in a phase, and when: enough at a time to fill the lanes of their account and
//! region, and no more once too many failed or the time is over.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use tokio::sync::{Notify, Semaphore};

use crate::cli::pipeline::stage::Stage;
use crate::cli::screen::ui::phase::Phase;
use crate::cli::world::bounds::Bounds;
use crate::engine::{AccountRef, Clock, ClusterRef, Connect};
use crate::error::{Error, Result};

/// How many places of an account and region are worked on at a time: several times a lane's width, so that the lane
/// stays full while most of them wait for Kubernetes.
const WIDTH: usize = 48;

/// The result of a place.
pub(crate) enum Came<T> {
    /// It was begun.
    Begun(Result<T>),
    /// It was not begun, for this reason; no call was made in it.
    NotBegun(Error),
}

/// The places of a phase.
pub(crate) struct Beginning<'a, C: Connect> {
    stage: &'a Stage<'a, C>,
    phase: Phase<'a>,
    /// What is done in each, for the error of one that is too late.
    doing: &'a str,
    bounds: Bounds,
    failed: Cell<usize>,
    widths: RefCell<BTreeMap<(AccountRef, String), Rc<Semaphore>>>,
    one_failed: Notify,
}

impl<'a, C: Connect> Beginning<'a, C> {
    /// `failed` places and accounts failed before this phase.
    pub(crate) fn new(
        stage: &'a Stage<'a, C>,
        phase: &Phase<'a>,
        doing: &'a str,
        (bounds, failed): (Bounds, usize),
    ) -> Self {
        let (widths, one_failed) = (RefCell::default(), Notify::new());
        Self { stage, phase: phase.clone(), doing, bounds, failed: Cell::new(failed), widths, one_failed }
    }

    /// Does a place's work in its turn and within its own time, unless the phase ended before.
    pub(crate) async fn at<T>(&self, cluster: &ClusterRef, work: impl Future<Output = Result<T>>) -> Came<T> {
        let came = self.in_turn(cluster, work).await;
        if let Came::Begun(Err(_)) = &came {
            self.failed.set(self.failed.get() + 1);
            self.one_failed.notify_waiters();
        }
        self.phase.one_more();
        came
    }

    /// A place of an account whose role could not be assumed: nothing is done in it, and the account counts as failed.
    pub(crate) fn closed<T>(&self, why: &Error) -> Came<T> {
        self.phase.one_more();
        Came::Begun(Err(why.clone()))
    }

    async fn in_turn<T>(&self, cluster: &ClusterRef, work: impl Future<Output = Result<T>>) -> Came<T> {
        let width = self.width(cluster);
        let _turn = tokio::select! {
            biased;
            why = self.end() => return Came::NotBegun(why),
            turn = width.acquire() => turn,
        };
        let (clock, mut line) = (Clock::default(), None);
        let label = cluster.label();
        let mut work = pin!(clock.bound(self.stage.patience(), work));
        let mut end = pin!(self.end());
        poll_fn(|cx| {
            // A future that was never polled waits for nothing.
            if !clock.is_begun()
                && let Poll::Ready(why) = end.as_mut().poll(cx)
            {
                return Poll::Ready(Came::NotBegun(why));
            }
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Came::Begun(done.unwrap_or_else(|| Err(self.stage.too_late(self.doing)))));
            }
            if clock.is_begun() {
                line.get_or_insert_with(|| self.phase.moves(&label));
                return Poll::Pending;
            }
            end.as_mut().poll(cx).map(Came::NotBegun)
        })
        .await
    }

    fn width(&self, cluster: &ClusterRef) -> Rc<Semaphore> {
        let of = (cluster.account.clone(), cluster.region.clone());
        self.widths.borrow_mut().entry(of).or_insert_with(|| Rc::new(Semaphore::new(WIDTH))).clone()
    }

    /// Returns once no further place is begun.
    async fn end(&self) -> Error {
        loop {
            let one_failed = self.one_failed.notified();
            if let Some(why) = self.bounds.end(self.failed.get()) {
                return why;
            }
            match self.bounds.until {
                Some(until) => drop(tokio::time::timeout_at(until, one_failed).await),
                None => one_failed.await,
            }
        }
    }
}
