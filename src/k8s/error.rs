//! Turns answers of an API server, and connection failures, into [`CallError`].
//!
//! The reasons are those of the Kubernetes API conventions, "Response Status Kind"
//! (<https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#response-status-kind>).

use std::time::Duration;

use kube::core::Status;

use crate::engine::admission::refuser;
use crate::engine::{CallError, CallErrorKind, Reach};
use crate::error::{Chained, one_line};
use crate::secrets::redact;
use crate::transport;

/// The attempts if the server itself fails (500): what it waits for, an admission webhook or etcd, rarely recovers in
/// that time.
const FAILED_ATTEMPTS: usize = 4;
/// The attempts while the server starts or stops (502, 503, 504).
const AWAY_ATTEMPTS: usize = 8;
/// The attempts if no connection can be established.
const CONNECT_ATTEMPTS: usize = 3;
/// The attempts if connections break.
const BROKEN_ATTEMPTS: usize = 6;
/// The attempts if the server accepts the request and does not answer.
const LATE_ATTEMPTS: usize = 2;
/// The longest pause accepted from a server's `Retry-After`.
const LONGEST_SERVER_PAUSE: Duration = Duration::from_secs(10);
/// A longer message, such as a proxy's page, is cut here.
const LONGEST_MESSAGE: usize = 600;

/// Turns the failure of `operation` on `object` at `server` into a [`CallError`].
pub fn call_error(operation: &'static str, object: &str, server: &str, error: kube::Error) -> CallError {
    let (kind, code, message) = match &error {
        kube::Error::Api(status) => {
            let code = Some(status.reason.as_str()).filter(|reason| !reason.is_empty()).map(Box::from);
            (kind_of(status), code, message_of(status))
        }
        kube::Error::SerdeError(error) => {
            (CallErrorKind::BadAnswer, None, format!("{server} did not answer with the object: {error}"))
        }
        kube::Error::FromUtf8(error) => {
            (CallErrorKind::BadAnswer, None, format!("{server} did not answer with text: {error}"))
        }
        other if transport::too_long(other) => {
            (CallErrorKind::BadAnswer, None, format!("{server} answered with more than 16 MiB, which was not read"))
        }
        other => (CallErrorKind::Unreachable, None, format!("{server} can't be reached: {}", reason(other))),
    };
    let told = CallError::new(operation, object, kind, told(&message));
    CallError { code, chained: Chained::of(error), ..told }
}

/// An answer that can't be valid for the request.
pub(super) fn bad_answer(operation: &'static str, object: &str, message: String) -> CallError {
    CallError::new(operation, object, CallErrorKind::BadAnswer, message)
}

/// How far a connection without an answer got.
pub(super) fn reach(error: &kube::Error) -> Reach {
    let why = told(&reason(error));
    let lower = why.to_ascii_lowercase();
    if transport::other_name(error) {
        Reach::OtherName(why)
    } else if transport::tls_refused(error) {
        Reach::Tls(why)
    } else if lower.contains("dns error") || lower.contains("lookup address") {
        Reach::NoName(why)
    } else if lower.contains("proxy") || lower.contains("tunnel") {
        Reach::Proxy(why)
    } else {
        Reach::Silent(why)
    }
}

/// The error for a connection that can't even be tried.
pub(super) fn connection_error(cluster: &str, message: String) -> CallError {
    CallError::new("k8s:Connect", format!("cluster {cluster}"), CallErrorKind::Invalid, message)
}

/// Whether the call should be sent again after its `attempt`-th failure, counted from 1.
pub(super) fn is_worth_another_try(error: &kube::Error, attempt: usize) -> bool {
    match error {
        kube::Error::Api(status) => match status.code {
            _ if refuser(&status.message).is_some() => false,
            429 => true,
            500 => attempt < FAILED_ATTEMPTS,
            501.. => attempt < AWAY_ATTEMPTS,
            _ => false,
        },
        kube::Error::Service(_) | kube::Error::HyperError(_) => {
            // Retries do not change a name, a certificate or a firewall; a server that starts up becomes ready.
            let (never, late) = (transport::never_connected(error), transport::timed_out(error));
            let enough = attempt >= BROKEN_ATTEMPTS
                || (never && attempt >= CONNECT_ATTEMPTS)
                || (late && (never || attempt >= LATE_ATTEMPTS));
            !transport::tls_refused(error) && !transport::too_long(error) && !enough
        }
        _ => false,
    }
}

/// The pause that the server asks for.
pub(super) fn server_pause(error: &kube::Error) -> Option<Duration> {
    let kube::Error::Api(status) = error else { return None };
    let seconds = status.details.as_ref()?.retry_after_seconds;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()).min(LONGEST_SERVER_PAUSE))
}

fn kind_of(status: &Status) -> CallErrorKind {
    use CallErrorKind as Kind;
    match status.code {
        400.. if refuser(&status.message).is_some() => Kind::Refused,
        401 => Kind::Unauthorized,
        403 => Kind::AccessDenied,
        404 => Kind::NotFound,
        409 if status.reason == "AlreadyExists" => Kind::AlreadyExists,
        409 => Kind::Conflict,
        429 => Kind::Throttled,
        422 => Kind::Refused,
        400 | 413 | 415 => Kind::Invalid,
        500.. => Kind::Unavailable,
        _ => Kind::Other,
    }
}

fn message_of(status: &Status) -> String {
    let text = redact(status.message.trim());
    if text.is_empty() {
        return format!("HTTP {}", status.code);
    }
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// The causes below kube's own error layers.
fn reason(error: &kube::Error) -> String {
    let text = match error {
        kube::Error::HyperError(inner) => transport::describe(inner),
        kube::Error::Service(inner) => transport::describe(inner.as_ref()),
        other => transport::describe(other),
    };
    if transport::timed_out(error) { format!("no answer in time ({text})") } else { text }
}

/// The server's message, in one line and with secrets redacted, as a proxy might repeat one.
fn told(text: &str) -> String {
    one_line(&redact(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(code: u16, reason: &str, message: &str) -> kube::Error {
        kube::Error::Api(Status::failure(message, reason).with_code(code).boxed())
    }

    fn error(code: u16, reason: &str, message: &str) -> CallError {
        call_error("k8s:GetConfigMap", "configmap kube-system/aws-auth", "https://x", api(code, reason, message))
    }

    #[test]
    fn the_status_decides() {
        use CallErrorKind as Kind;
        for (code, reason, kind) in [
            (401, "Unauthorized", Kind::Unauthorized),
            (403, "Forbidden", Kind::AccessDenied),
            (404, "NotFound", Kind::NotFound),
            (409, "AlreadyExists", Kind::AlreadyExists),
            (409, "Conflict", Kind::Conflict),
            (422, "Invalid", Kind::Refused),
            (400, "BadRequest", Kind::Invalid),
            (429, "TooManyRequests", Kind::Throttled),
            (503, "ServiceUnavailable", Kind::Unavailable),
            (500, "InternalError", Kind::Unavailable),
            (410, "Gone", Kind::Other),
        ] {
            let seen = error(code, reason, "why");
            assert_eq!((seen.kind, seen.code.as_deref()), (kind, Some(reason)));
        }
    }

    #[test]
    fn admission_is_distinguished_from_authorization_whatever_the_status() {
        use CallErrorKind as Kind;
        let webhook = "admission webhook \"a.b\" denied the request: no";
        let policy =
            "configmaps \"aws-auth\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no";
        let rbac = "configmaps \"aws-auth\" is forbidden: User \"x\" cannot update resource \"configmaps\"";
        for code in [400, 401, 403, 404, 409, 413, 422, 429, 500, 503] {
            assert_eq!(error(code, "", webhook).kind, Kind::Refused, "{code}");
            assert_eq!(error(code, "", policy).kind, Kind::Refused, "{code}");
        }
        assert_eq!(error(403, "Forbidden", rbac).kind, Kind::AccessDenied);
        assert_eq!(error(403, "", "<html>blocked</html>").kind, Kind::AccessDenied);
    }

    #[test]
    fn the_servers_own_words_are_kept() {
        let text = "ConfigMap \"aws-auth\" is invalid: data: Forbidden: field is immutable when `immutable` is set";
        assert_eq!(error(422, "Invalid", text).message, text);
        assert_eq!(error(401, "", "").message, "HTTP 401");
    }

    #[test]
    fn a_page_is_cut_and_a_token_is_taken_out() {
        assert!(error(502, "", &"ä".repeat(5000)).message.len() < 2000);
        let seen = error(400, "", "bad header Bearer k8s-aws-v1.aHR0cHM6Ly9zdHM_abc-d== in request");
        assert_eq!(seen.message, "bad header Bearer ** in request");
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_can_not_is_not() {
        for code in [429, 500, 502, 503, 504] {
            assert!(is_worth_another_try(&api(code, "", ""), 3), "{code}");
            assert_eq!(is_worth_another_try(&api(code, "", ""), 50), code == 429, "{code}");
            let refused = "admission webhook \"a.b\" denied the request: no";
            assert!(!is_worth_another_try(&api(code, "", refused), 1), "{code}: a refusal is an answer");
        }
        for code in [400, 401, 403, 404, 409, 422] {
            assert!(!is_worth_another_try(&api(code, "", ""), 1), "{code}");
        }
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(!is_worth_another_try(&kube::Error::Service(Box::new(std::io::Error::other(tls))), 1));
        let late = || kube::Error::Service(Box::new(std::io::Error::from(std::io::ErrorKind::TimedOut)));
        assert!(is_worth_another_try(&late(), 1) && !is_worth_another_try(&late(), 2));
        let dropped = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert!(is_worth_another_try(&kube::Error::Service(Box::new(dropped)), 4));
    }

    #[test]
    fn the_server_may_ask_for_a_pause_but_not_for_a_long_one() {
        let asked = |seconds| {
            let mut status = Status::failure("", "").with_code(429);
            status.details = serde_json::from_value(serde_json::json!({"retryAfterSeconds": seconds})).unwrap();
            server_pause(&kube::Error::Api(status.boxed()))
        };
        assert_eq!(asked(0), None);
        assert_eq!(asked(2), Some(Duration::from_secs(2)));
        assert_eq!(asked(3600), Some(LONGEST_SERVER_PAUSE));
    }
}
