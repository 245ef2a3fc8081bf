//! How long a link is tried. What was just written may need time to spread: then a link is tried until the deadline, visibly.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use tokio::time::Instant;

use crate::engine::ledger::{Event, Watch};

/// Once, or until a deadline.
#[derive(Clone, Copy)]
pub(super) enum Patience<'a> {
    /// Every link is tried once.
    Once,
    /// With growing pauses until then; who watches is told what is waited for.
    Until(Instant, &'a dyn Watch),
}

impl Patience<'_> {
    /// Tries until it succeeds, fails for what is not waited for, or the time is over.
    pub(super) async fn try_for<T, E, F: Future<Output = Result<T, E>>>(
        self,
        what: &str,
        ask: impl FnMut() -> F,
        may_come: impl FnMut(&E) -> bool,
    ) -> Result<T, E> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(3))
            .with_jitter();
        let pauses = match self {
            Self::Once => pauses.with_max_times(0),
            Self::Until(deadline, _) => {
                let left = deadline.saturating_duration_since(Instant::now());
                pauses.without_max_times().with_total_delay(Some(left))
            }
        };
        let tell = |_: &E, _| {
            if let Self::Until(_, watch) = self {
                watch.event(Event::Waiting(what.to_owned()));
            }
        };
        ask.retry(pauses).when(may_come).notify(tell).await
    }
}
