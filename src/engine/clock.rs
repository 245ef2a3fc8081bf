//! The time that a place itself uses. Waiting for a lane, behind the calls of other places, does not count; and a place
//! that has only waited for its first call is not begun.
//!
//! Places run concurrently on one thread, so each piece of work has its own clock.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often waiting work without time left is checked for progress.
const AGAIN: Duration = Duration::from_millis(100);

/// The clock of a place in a phase; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The time used before `since`.
    used: Cell<Duration>,
    /// When it was started; `None` before that, and while a call waits.
    since: Cell<Option<Instant>>,
    is_started: Cell<bool>,
    /// How many calls wait for a lane.
    waiting: Cell<usize>,
    /// Whether any call had its turn.
    has_called: Cell<bool>,
    /// How long calls waited, and since when they do.
    waited: Cell<Duration>,
    waits_since: Cell<Option<Instant>>,
}

tokio::task_local! {
    static CURRENT: Clock;
}

impl Clock {
    /// Runs work on this clock, for as long as the clock allows; `None` if the time is over.
    pub async fn bound<T>(&self, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
        self.start();
        let mut work = pin!(self.measure(work));
        let mut alarm = pin!(sleep(self.left(patience)));
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            while alarm.as_mut().poll(cx).is_ready() {
                let left = self.left(patience);
                let is_waiting = self.0.waiting.get() > 0;
                if left.is_zero() && !is_waiting {
                    return Poll::Ready(None);
                }
                alarm.as_mut().reset(Instant::now() + if is_waiting { left.max(AGAIN) } else { left });
            }
            Poll::Pending
        })
        .await
    }

    /// Runs work on this clock.
    pub async fn measure<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// What is left of a time limit; the first call starts the clock.
    pub fn left(&self, patience: Duration) -> Duration {
        self.start();
        patience.saturating_sub(self.0.used.get() + self.0.since.get().map_or(Duration::ZERO, |since| since.elapsed()))
    }

    /// How long calls waited for a lane.
    fn waited(&self) -> Duration {
        self.0.waited.get() + self.0.waits_since.get().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Whether work that was polled once has done more than wait for its first call.
    pub fn is_begun(&self) -> bool {
        self.0.has_called.get() || self.0.waiting.get() == 0
    }

    fn start(&self) {
        if !self.0.is_started.replace(true) && self.0.waiting.get() == 0 {
            self.0.since.set(Some(Instant::now()));
        }
    }

    fn pause(&self) {
        let inner = &self.0;
        if let Some(since) = inner.since.take() {
            inner.used.set(inner.used.get() + since.elapsed());
        }
        inner.waiting.set(inner.waiting.get() + 1);
        inner.waits_since.set(inner.waits_since.get().or_else(|| Some(Instant::now())));
    }

    fn go_on(&self) {
        let inner = &self.0;
        inner.waiting.set(inner.waiting.get().saturating_sub(1));
        if inner.waiting.get() > 0 {
            return;
        }
        inner.waited.set(self.waited());
        inner.waits_since.set(None);
        if inner.is_started.get() {
            inner.since.set(Some(Instant::now()));
        }
    }
}

/// A wait that does not count for the place's clock.
struct Uncounted;

impl Uncounted {
    fn begin() -> Self {
        // Outside a clock nothing is paused.
        let _ = CURRENT.try_with(Clock::pause);
        Self
    }
}

impl Drop for Uncounted {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(Clock::go_on);
    }
}

/// How long calls of the current place waited for a lane.
pub fn waited() -> Duration {
    CURRENT.try_with(Clock::waited).unwrap_or_default()
}

/// Waits for a call's turn while the clock of its place is paused.
pub async fn turn<T>(wait: impl Future<Output = T>) -> T {
    let uncounted = Uncounted::begin();
    let turn = wait.await;
    let _ = CURRENT.try_with(|clock| clock.0.has_called.set(true));
    drop(uncounted);
    turn
}

#[cfg(test)]
mod tests {
    use futures::future::join;
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_a_turn_uses_no_time_and_a_call_does() {
        let clock = Clock::default();
        let work = async {
            turn(sleep(100 * SECOND)).await;
            sleep(3 * SECOND).await;
        };
        assert_eq!(clock.bound(5 * SECOND, work).await, Some(()));
        assert_eq!((clock.left(5 * SECOND), clock.waited()), (2 * SECOND, 100 * SECOND));
        assert_eq!(clock.bound(5 * SECOND, sleep(3 * SECOND)).await, None, "two seconds were left");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_a_turn_never_times_out_and_a_call_that_hangs_does() {
        let clock = Clock::default();
        let hung = clock.bound(5 * SECOND, async {
            turn(async {}).await;
            std::future::pending::<()>().await;
        });
        assert_eq!(hung.await, None);
        let waiting = Clock::default();
        let waits = waiting.bound(5 * SECOND, turn(std::future::pending::<()>()));
        assert!(tokio::time::timeout(1000 * SECOND, waits).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_of_one_place_share_its_clock_and_those_of_another_have_their_own() {
        let (one, other) = (Clock::default(), Clock::default());
        let waits = one.bound(5 * SECOND, turn(sleep(20 * SECOND)));
        let hangs = one.bound(5 * SECOND, sleep(22 * SECOND));
        let begun = Instant::now();
        let (both, others) = join(join(waits, hangs), other.bound(5 * SECOND, sleep(22 * SECOND))).await;
        assert_eq!((both, others), ((Some(()), Some(())), None), "the clock stood while one of them waited");
        assert_eq!(begun.elapsed(), 22 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_begun_with_its_first_call() {
        let clock = Clock::default();
        let work = clock.measure(async {
            turn(sleep(SECOND)).await;
            sleep(SECOND).await;
        });
        let look = async {
            tokio::task::yield_now().await;
            let before = clock.is_begun();
            sleep(3 * SECOND / 2).await;
            (before, clock.is_begun())
        };
        assert_eq!(join(work, look).await.1, (false, true));
        let dropped = Clock::default();
        drop(tokio::time::timeout(SECOND, dropped.measure(turn(std::future::pending::<()>()))).await);
        assert!(dropped.is_begun(), "nothing waits any more");
    }
}
