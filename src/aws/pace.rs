//! The pace of calls, kept separately for each account, region and service: throttling in one account does not slow
//! down another.
//!
//! A pace has two parts. A *lane* bounds how many calls are in flight, and narrows while AWS throttles. The *retry
//! permits* end retries where a service is down; the SDK's own are one pool for a service and region, shared by all
//! accounts.
//!
//! The lane is a wrapper around each call of an adapter. An interceptor of the SDK can't wait, and a connector would
//! wait within the call's timeouts, which waiting for a lane must not use up; nor does it use up the cluster's
//! (`engine::clock`). A call keeps its place in the lane until it is done, with all its attempts and the pauses between
//! them.
//!
//! The SDK's adaptive mode is not used: its limiter keeps no order among the waiting calls. Of 500 calls to an account
//! that accepts one each second it lost up to 15 to their timeouts; the narrowing lane, which is first come, first
//! served, loses none and is as fast (`pace_tests.rs`).

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_sdk_sts::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::lane::Lane;
use crate::engine::clock::turn;

/// Retry permits, throttling excluded: a 5xx answer costs 5, a failed connection 10.
const PERMITS: usize = 10_000;

/// The paces of a run, by account, region and service; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Paces(Arc<Mutex<BTreeMap<String, Pace>>>);

impl Paces {
    /// The pace of a service in a region of an account, the same one each time.
    pub(super) fn of(&self, service: &str, region: &str, account: &str) -> Pace {
        let name = format!("{service}-{region}-{account}");
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paces.entry(name.clone()).or_insert_with(|| Pace::new(name)).clone()
    }
}

/// How fast and how often one service is called in one account and region; clones share it.
#[derive(Clone, Debug)]
pub struct Pace {
    partition: RetryPartition,
    lane: Lane,
}

impl Pace {
    fn new(name: String) -> Self {
        // A throttled call costs no permit: the lane slows it down, and its own timeout ends it.
        let permits = TokenBucket::builder().capacity(PERMITS).throttling_retry_cost(0).build();
        Self { partition: RetryPartition::custom(name).token_bucket(permits).build(), lane: Lane::default() }
    }

    /// A pace shared with nothing else, for the calls that find credentials.
    pub(super) fn lone() -> Self {
        Self::new("lone".to_owned())
    }

    /// The permits, for a client's configuration.
    pub(super) fn partition(&self) -> RetryPartition {
        self.partition.clone()
    }

    /// The observer that reports AWS's throttling to the lane, for a client's configuration.
    pub(super) fn heed(&self) -> Heed {
        Heed(self.lane.clone())
    }
}

/// An SDK client at its pace. Every call goes through [`Paced::pass`].
#[derive(Clone, Debug)]
pub(super) struct Paced<C> {
    client: C,
    lane: Lane,
}

impl<C> Paced<C> {
    /// `client`, whose configuration has the pace's [`Pace::partition`] and [`Pace::heed`].
    pub(super) fn new(client: C, pace: Pace) -> Self {
        Self { client, lane: pace.lane }
    }

    /// Makes a call as soon as there is a place in the lane. The SDK's futures are large: on the heap they do not
    /// enlarge the futures that await them.
    pub(super) fn pass<'a, T: 'a>(&'a self, call: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
        let (lane, call) = (&self.lane, call.boxed());
        async move {
            let _place = turn(lane.enter()).await;
            call.await
        }
        .boxed()
    }
}

impl<C> Deref for Paced<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.client
    }
}

/// Inspects the answer to each attempt, and makes the lane as wide as AWS allows.
#[derive(Debug)]
pub(super) struct Heed(Lane);

impl Intercept for Heed {
    fn name(&self) -> &'static str {
        "Heed"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(answer) = context.response() else { return Ok(()) };
        if throttles(answer) {
            self.0.narrow();
        } else {
            self.0.widen();
        }
        Ok(())
    }
}

/// Whether AWS throttled the call.
fn throttles(answer: &HttpResponse) -> bool {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return false;
    }
    let body = || std::str::from_utf8(answer.body().bytes().unwrap_or_default()).unwrap_or_default();
    // The query protocol has its code in the body only, the others in a header too.
    let code = match answer.headers().get("x-amzn-errortype") {
        Some(code) => code.split([':', ' ']).next(),
        None => body().split_once("<Code>").and_then(|(_, rest)| rest.split('<').next()),
    };
    status.as_u16() == 429 || code.is_some_and(|code| THROTTLING_ERRORS.contains(&code))
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
