//! A call to AWS or to a Kubernetes API that failed, as the engine sees it: a kind to decide by, texts to show.

use std::fmt;

use crate::error::{Chained, one_line};

/// What a call gives.
pub type CallResult<T> = Result<T, CallError>;

/// What kind of failure it was. Decided by codes, never by message texts (but for EKS's one "invalid principal", and for
/// admission, which has no code of its own).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallErrorKind {
    /// The object is not there (`NoSuchEntity`, `ResourceNotFoundException`, 404).
    NotFound,
    /// It is there already (`EntityAlreadyExists`, EKS `ResourceInUseException` on create, 409 `AlreadyExists`).
    AlreadyExists,
    /// The caller may not (`AccessDenied…`, 403).
    AccessDenied,
    /// The caller is unknown to the cluster (401).
    Unauthorized,
    /// The version it was planned on is gone (409 `Conflict`, `ConcurrentModification`).
    Conflict,
    /// A principal is absent or not yet propagated (`MalformedPolicyDocument` "Invalid principal", EKS "invalid principal").
    InvalidPrincipal,
    /// The cluster's authentication mode does not allow it.
    WrongMode,
    /// The request itself is wrong (400).
    Invalid,
    /// A Kubernetes API refuses the object itself: by admission (a webhook, a policy, a quota), or by its own rules (422).
    Refused,
    /// Throttled for longer than the deadline.
    Throttled,
    /// 5xx, as often as it was tried.
    Unavailable,
    /// No credentials were found.
    NoCredentials,
    /// The credentials are expired.
    ExpiredCredentials,
    /// The credentials are refused: unknown key, wrong signature, disabled region.
    BadCredentials,
    /// No connection: name, route, TLS, proxy, or no answer in time.
    Unreachable,
    /// An answer that can't be what was asked for: another object, another shape, too long.
    BadAnswer,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallError {
    /// The operation with its service, as IAM actions are spelled: `iam:CreateRole`, `k8s:ReplaceConfigMap`.
    pub operation: &'static str,
    /// On what: `role KubernetesAdmin`, `configmap kube-system/aws-auth`.
    pub object: Box<str>,
    /// What kind of failure.
    pub kind: CallErrorKind,
    /// The service's error code.
    pub code: Option<Box<str>>,
    /// The service's message, or the transport's chain of causes; never a secret.
    pub message: String,
    /// The command that helps, where the caller of AWS knows it.
    pub help: Option<Box<str>>,
    /// The service's request id.
    pub request_id: Option<Box<str>>,
    /// The SDK's or the HTTP client's own error, where there is one.
    pub chained: Chained,
}

impl CallError {
    /// A failure to which no service has given a code.
    pub fn new(
        operation: &'static str,
        object: impl Into<String>,
        kind: CallErrorKind,
        message: impl Into<String>,
    ) -> Self {
        let (object, message, chained) = (object.into().into(), message.into(), Chained::default());
        Self { operation, object, kind, code: None, message, help: None, request_id: None, chained }
    }

    /// Says the command that helps.
    #[must_use]
    pub fn helped_by(self, command: Option<&str>) -> Self {
        Self { help: command.map(Box::from), ..self }
    }

    /// Carries what it was told from.
    #[must_use]
    pub fn carrying(self, chained: Chained) -> Self {
        Self { chained, ..self }
    }

    /// Whether it is of this kind.
    pub fn is(&self, kind: CallErrorKind) -> bool {
        self.kind == kind
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}: ", self.operation, one_line(&self.object))?;
        if let Some(code) = &self.code {
            write!(f, "{}: ", one_line(code))?;
        }
        f.write_str(&one_line(&self.message))?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {})", one_line(id))?;
        }
        Ok(())
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.chained.source()
    }
}
