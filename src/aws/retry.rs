//! What is retried, and for how long.
//!
//! The SDK retries what was throttled, answered with 5xx or dropped ([`super::pace`]: how fast). Added here: a
//! connection that was never established is given up sooner, and at once where TLS refused.

use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::transport;

/// The fewest attempts of a call in all.
const LEAST_ATTEMPTS: u32 = 4;
/// The part of a call's time for the average pauses between its attempts: so the last answer of AWS is reported, and
/// not a timeout.
const PAUSES: f64 = 0.7;
/// How many attempts are made where no connection is established.
const CONNECT_ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Standard mode, pauses of at most 5 s, and as many attempts as fit into `overall`.
pub(super) fn retries(overall: Duration) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(attempts(overall))
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

/// How many attempts fill the time: the SDK sleeps a random part, half on average, of a pause that doubles.
fn attempts(overall: Duration) -> u32 {
    let (mut attempts, mut pause, mut slept) = (1, FIRST_PAUSE, Duration::ZERO);
    while slept + pause / 2 < overall.mul_f64(PAUSES) {
        slept += pause / 2;
        pause = (pause * 2).min(LONGEST_PAUSE);
        attempts += 1;
    }
    attempts.max(LEAST_ATTEMPTS)
}

/// 5 s to connect, 30 s an attempt, `overall` for a call with all its attempts.
pub(super) fn timeouts(overall: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(overall))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT.min(overall))
        .operation_timeout(overall)
        .build()
}

/// A connection that gives up where a retry can't help: at the third failure to connect, and at once where TLS refused.
#[derive(Clone, Debug)]
pub(super) struct GivesUp(pub(super) SharedHttpConnector);

impl HttpConnector for GivesUp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let attempt = request.headers().get("amz-sdk-request").and_then(attempt_of);
        let asked = asked(&request);
        let begin = Instant::now();
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            let outcome = match &answer {
                Ok(response) => response.status().as_u16().to_string(),
                Err(error) => transport::describe(error),
            };
            tracing::debug!("{asked}: {outcome} after {} ms", begin.elapsed().as_millis());
            answer.map_err(|error| if is_final(&error, attempt) { never_again(error) } else { error })
        })
    }
}

/// What a log may contain of a request: method, host and path, and the operation where it is in the body or a header.
/// The rest holds signatures, policies and tokens.
fn asked(request: &HttpRequest) -> String {
    let uri: http::Uri = request.uri().parse().unwrap_or_default();
    let action = request.body().bytes().and_then(|body| {
        let text = std::str::from_utf8(body).ok()?;
        text.strip_prefix("Action=")?.split('&').next()
    });
    let target = request.headers().get("x-amz-target").and_then(|t| t.rsplit('.').next());
    let operation = action.or(target).map(|name| format!(" {name}")).unwrap_or_default();
    format!("{} {}{}{operation}", request.method(), uri.host().unwrap_or_default(), uri.path())
}

fn is_final(error: &ConnectorError, attempt: Option<u32>) -> bool {
    let enough = attempt.is_some_and(|n| n >= CONNECT_ATTEMPTS);
    transport::tls_refused(error) || (enough && transport::never_connected(error))
}

/// The same failure, of a kind that the SDK does not retry.
fn never_again(error: ConnectorError) -> ConnectorError {
    ConnectorError::other(Box::new(error), None)
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

    #[test]
    fn the_attempts_fill_the_time_and_leave_some_for_the_answers() {
        let seconds = |s| attempts(Duration::from_secs(s));
        assert_eq!((seconds(0), seconds(120)), (LEAST_ATTEMPTS, 38));
        assert!(seconds(10) < seconds(20) && seconds(1200) > 300);
    }

    #[test]
    fn a_refused_certificate_is_final_and_a_dropped_connection_is_not() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(is_final(&ConnectorError::io(std::io::Error::other(tls).into()), Some(1)));
        let dropped = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let dropped = ConnectorError::io(dropped.into());
        assert!(!is_final(&dropped, Some(7)));
        assert_eq!(transport::describe(&never_again(dropped)), "connection reset");
    }
}
