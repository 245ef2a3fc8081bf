//! What is tried again, and how long.
//!
//! The SDK's standard mode tries again what was throttled, answered with 5xx or dropped. Added here: where there was
//! never a connection it is given up sooner, and at once where TLS refused.

use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::transport;

/// How often a call is tried in all.
const ATTEMPTS: u32 = 8;
/// How often it is tried where no connection comes about.
const CONNECT_ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Standard mode, 8 attempts, pauses of at most 5 s.
pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

/// 5 s to connect, 30 s an attempt, `overall` for a call with all its attempts.
pub(super) fn timeouts(overall: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(overall))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT.min(overall))
        .operation_timeout(overall)
        .build()
}

/// Forbids what can't help: a third connection that does not come about, and any after TLS has refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct GiveUp;

impl ClassifyRetry for GiveUp {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let Some(error) = error.as_connector_error() else { return RetryAction::NoActionIndicated };
        let attempt = context.request().and_then(|r| r.headers().get("amz-sdk-request")).and_then(attempt_of);
        let enough = attempt.is_some_and(|n| n >= CONNECT_ATTEMPTS);
        if transport::tls_refused(error) || (enough && transport::never_connected(error)) {
            return RetryAction::RetryForbidden;
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "give up where no connection comes about"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// The number of the attempt in the SDK's own header, `attempt=3; max=8`.
fn attempt_of(header: &str) -> Option<u32> {
    header.split(';').find_map(|part| part.trim().strip_prefix("attempt="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempt_is_read_from_the_header() {
        assert_eq!(attempt_of("attempt=3; max=8"), Some(3));
        assert_eq!(attempt_of("ttl=20261124T000000Z; attempt=12; max=8"), Some(12));
        assert_eq!(attempt_of("max=8"), None);
    }
}
