//! The SDK's errors as [`CallError`]: a kind from the service's code, the texts and the request id.
//!
//! The codes are those of the services' own references (IAM "Common errors", STS, EKS API `CommonErrors`), and the
//! general ones of every AWS front end (<https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>).

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_types::request_id::RequestId;

use crate::engine::{CallError, CallErrorKind, CallResult};
use crate::error::{Chained, one_line};
use crate::transport;

/// Turns the failure of `operation` (spelled as an IAM action) on `object` into a [`CallError`].
pub fn call_error<E>(operation: &'static str, object: impl Into<String>, error: SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let told = told(operation, object.into(), &error);
    match error.into_source() {
        // A refused signature is answered with the canonical request: only its first line is kept.
        Ok(source) if told.kind != CallErrorKind::BadCredentials => told.carrying(Chained::boxed(source)),
        _ => told,
    }
}

fn told<E>(operation: &'static str, object: String, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let metadata = context.err().meta();
            let id = metadata.request_id().or_else(|| error.request_id()).map(Box::from);
            service_error(operation, object, metadata, status, id)
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            let kind = kind_of_status(status);
            let message = format!("HTTP {status} that could not be read: {}", transport::describe(error));
            let request_id = error.request_id().map(Box::from);
            CallError { request_id, ..CallError::new(operation, object, kind, message) }
        }
        SdkError::TimeoutError(_) => CallError::new(operation, object, CallErrorKind::Unreachable, "no answer in time"),
        _ => unsent(operation, object, error),
    }
}

/// An answer that can't be valid for the request.
pub(super) fn bad_answer(operation: &'static str, object: impl Into<String>, message: String) -> CallError {
    CallError::new(operation, object, CallErrorKind::BadAnswer, message)
}

/// Turns absence into `None`.
pub(super) fn found<T>(answer: CallResult<T>) -> CallResult<Option<T>> {
    match answer {
        Err(error) if error.is(CallErrorKind::NotFound) => Ok(None),
        other => other.map(Some),
    }
}

/// Drops an answer whose content is not needed.
pub(super) fn done<T>(answer: CallResult<T>) -> CallResult<()> {
    answer.map(|_| ())
}

/// What a service answered.
fn service_error(
    operation: &'static str,
    object: String,
    metadata: &ErrorMetadata,
    status: u16,
    request_id: Option<Box<str>>,
) -> CallError {
    let (code, text) = (metadata.code(), metadata.message().unwrap_or_default());
    let kind = code.map_or_else(|| kind_of_status(status), |code| kind_of(operation, code, text, status));
    let message = match (text.lines().next().unwrap_or_default().trim(), code) {
        ("", None) => format!("HTTP {status} without an error code; is this the service's endpoint?"),
        ("", Some(_)) => format!("HTTP {status}"),
        // The answer to a refused signature repeats the canonical request, session token included: only its first line
        // is kept.
        (first, _) if kind == CallErrorKind::BadCredentials => first.to_owned(),
        _ => text.trim().to_owned(),
    };
    let code = code.map(|code| one_line(code).into());
    CallError { code, request_id, ..CallError::new(operation, object, kind, one_line(&message)) }
}

/// The request was not sent, or no answer came: a failure of the credentials or of the connection.
fn unsent(operation: &'static str, object: String, error: &(dyn Error + 'static)) -> CallError {
    if let Some(inner) = transport::find::<CallError>(error) {
        return inner.clone();
    }
    if let Some(credentials) = transport::find::<CredentialsError>(error) {
        return told_credentials(operation, object, credentials);
    }
    if transport::too_long(error) {
        let message = "the answer is longer than 16 MiB and was not read to the end";
        return CallError::new(operation, object, CallErrorKind::BadAnswer, message);
    }
    let dispatched = transport::find::<aws_smithy_runtime_api::client::result::ConnectorError>(error).is_some();
    let kind = if dispatched { CallErrorKind::Unreachable } else { CallErrorKind::Other };
    CallError::new(operation, object, kind, transport::describe(error))
}

/// Credentials that could not be obtained: none, expired, refused, or unreachable.
pub(super) fn credentials_error(operation: &'static str, object: String, error: CredentialsError) -> CallError {
    told_credentials(operation, object, &error).carrying(Chained::of(error))
}

fn told_credentials(operation: &'static str, object: String, error: &CredentialsError) -> CallError {
    if let Some(inner) = transport::find::<CallError>(error) {
        return inner.clone();
    }
    let text = in_plain_words(&transport::describe(error), &object);
    let inner = assume_code(error).map(|code| kind_of("sts:AssumeRole", &code, &text, 400));
    let kind = match (error, inner) {
        (_, Some(kind)) => kind,
        (CredentialsError::CredentialsNotLoaded(_), None) => CallErrorKind::NoCredentials,
        (CredentialsError::ProviderTimedOut(_), None) => CallErrorKind::Unreachable,
        (CredentialsError::InvalidConfiguration(_), None) => CallErrorKind::Invalid,
        _ if text.contains("SSO token has expired") => CallErrorKind::ExpiredCredentials,
        _ => CallErrorKind::NoCredentials,
    };
    CallError::new(operation, object, kind, text)
}

/// The SDK says "was not enabled" for each place in which it found nothing.
fn in_plain_words(text: &str, object: &str) -> String {
    const NOT_ENABLED: &str = "the credential provider was not enabled";
    if text == NOT_ENABLED {
        return format!("{object} holds no credentials");
    }
    let text = text.replace(&format!("{NOT_ENABLED}: "), "").replace(NOT_ENABLED, "none");
    text.replace("no credentials found in chain. Attempted: ", "nothing in any of: ")
}

/// The code with which STS refused a profile's `role_arn`.
fn assume_code(error: &CredentialsError) -> Option<String> {
    use aws_sdk_sts::operation::assume_role::AssumeRoleError;
    use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
    let assume = transport::find::<AssumeRoleError>(error).and_then(ProvideErrorMetadata::code);
    let web = || transport::find::<AssumeRoleWithWebIdentityError>(error).and_then(ProvideErrorMetadata::code);
    assume.or_else(web).map(str::to_owned)
}

/// The kind of a service's code. A few codes have two meanings, told apart by the operation, or by the text of EKS and
/// IAM.
pub(super) fn kind_of(operation: &str, code: &str, message: &str, status: u16) -> CallErrorKind {
    use CallErrorKind as Kind;
    let says = |text: &str| message.to_ascii_lowercase().contains(text);
    match code.strip_suffix("Exception").unwrap_or(code) {
        "NoSuchEntity" | "ResourceNotFound" => Kind::NotFound,
        "EntityAlreadyExists" => Kind::AlreadyExists,
        "ResourceInUse" if operation == "eks:CreateAccessEntry" => Kind::AlreadyExists,
        "ResourceInUse" | "ConcurrentModification" | "EntityTemporarilyUnmodifiable" | "DeleteConflict" => {
            Kind::Conflict
        }
        "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" | "Unauthorized" | "Forbidden" => Kind::AccessDenied,
        "ExpiredToken" | "RequestExpired" => Kind::ExpiredCredentials,
        "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "SignatureDoesNotMatch"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "InvalidToken"
        | "OptInRequired"
        | "RegionDisabled"
        | "NotSignedUp" => Kind::BadCredentials,
        "Throttling" | "Throttled" | "TooManyRequests" | "RequestLimitExceeded" | "RequestThrottled" | "SlowDown" => {
            Kind::Throttled
        }
        "MalformedPolicyDocument" | "InvalidParameter" if says("invalid principal") => Kind::InvalidPrincipal,
        "InvalidRequest" if says("authentication mode") => Kind::WrongMode,
        "InvalidPrincipal" => Kind::InvalidPrincipal,
        "MalformedPolicyDocument"
        | "InvalidParameter"
        | "InvalidRequest"
        | "InvalidInput"
        | "Validation"
        | "ValidationError"
        | "LimitExceeded"
        | "ResourceLimitExceeded"
        | "UnmodifiableEntity"
        | "PackedPolicyTooLarge" => Kind::Invalid,
        _ => kind_of_status(status),
    }
}

/// The kind where only the HTTP status is known; a bare 404 does not come from the service.
const fn kind_of_status(status: u16) -> CallErrorKind {
    match status {
        401 | 403 => CallErrorKind::AccessDenied,
        400 => CallErrorKind::Invalid,
        429 => CallErrorKind::Throttled,
        500.. => CallErrorKind::Unavailable,
        _ => CallErrorKind::Other,
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
