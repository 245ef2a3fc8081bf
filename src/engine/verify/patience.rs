//! How long a link is tried. A new object may need time to propagate: then a link is retried until the deadline,
//! visibly.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use tokio::time::Instant;

use crate::engine::clock::waited;
use crate::engine::ledger::{Event, Watch};
use crate::model::Scope;

/// Once, or until a deadline.
#[derive(Clone, Copy)]
pub(super) enum Patience<'a> {
    /// Every link is tried once.
    Once,
    /// With growing pauses until then, extended by the time that calls wait for a lane; the observer is told the reason
    /// and the place.
    Until(Instant, &'a Heard<'a>),
}

/// The observer, and the place of the link.
pub(super) struct Heard<'a> {
    pub(super) watch: &'a dyn Watch,
    pub(super) scope: Scope,
}

impl Patience<'_> {
    /// Tries until it succeeds, fails for a final reason, or the time is over.
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
            Self::Until(deadline, ..) => {
                let left = (deadline + waited()).saturating_duration_since(Instant::now());
                pauses.without_max_times().with_total_delay(Some(left))
            }
        };
        let tell = |_: &E, _| {
            if let Self::Until(_, Heard { watch, scope }) = self {
                watch.event(Event::Waiting { scope: scope.clone(), text: what.to_owned() });
            }
        };
        ask.retry(pauses).when(may_come).notify(tell).await
    }
}
