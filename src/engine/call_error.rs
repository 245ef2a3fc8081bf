//! A call to AWS or to a Kubernetes API that failed, in the engine's terms: a kind to decide by, texts to show.

use std::fmt;

use crate::error::{Chained, one_line};

/// The result of a call.
pub type CallResult<T> = Result<T, CallError>;

/// The kind of failure. Derived from codes, not from messages (except EKS's "invalid principal", and admission, which
/// has no code of its own).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallErrorKind {
    /// The object does not exist (`NoSuchEntity`, `ResourceNotFoundException`, 404).
    NotFound,
    /// It exists already (`EntityAlreadyExists`, EKS `ResourceInUseException` on create, 409 `AlreadyExists`).
    AlreadyExists,
    /// The caller is not allowed to (`AccessDenied…`, 403).
    AccessDenied,
    /// The caller is unknown to the cluster (401).
    Unauthorized,
    /// The planned version no longer exists (409 `Conflict`, `ConcurrentModification`).
    Conflict,
    /// A principal is absent or not yet propagated (`MalformedPolicyDocument` "Invalid principal", EKS "invalid principal").
    InvalidPrincipal,
    /// The cluster's authentication mode does not allow it.
    WrongMode,
    /// The request itself is wrong (400).
    Invalid,
    /// A Kubernetes API refuses the object: by admission (a webhook, a policy, a quota), or by validation (422).
    Refused,
    /// Throttled for longer than the deadline.
    Throttled,
    /// 5xx after all attempts.
    Unavailable,
    /// No credentials were found.
    NoCredentials,
    /// The credentials are expired.
    ExpiredCredentials,
    /// The credentials are refused: unknown key, wrong signature, disabled region.
    BadCredentials,
    /// No connection: name, route, TLS, proxy, or no answer in time.
    Unreachable,
    /// An answer that can't be valid for the request: another object, another shape, too long.
    BadAnswer,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallError {
    /// The operation with its service, spelled as an IAM action: `iam:CreateRole`, `k8s:ReplaceConfigMap`.
    pub operation: &'static str,
    /// The object: `role KubernetesAdmin`, `configmap kube-system/aws-auth`.
    pub object: Box<str>,
    /// What kind of failure.
    pub kind: CallErrorKind,
    /// The service's error code.
    pub code: Option<Box<str>>,
    /// The service's message, or the transport's chain of causes; never a secret.
    pub message: String,
    /// The command that helps, if the adapter knows one.
    pub help: Option<Box<str>>,
    /// The service's request id.
    pub request_id: Option<Box<str>>,
    /// The SDK's or the HTTP client's own error, if there is one.
    pub chained: Chained,
}

impl CallError {
    /// A failure without a code of a service.
    pub fn new(
        operation: &'static str,
        object: impl Into<String>,
        kind: CallErrorKind,
        message: impl Into<String>,
    ) -> Self {
        let (object, message, chained) = (object.into().into(), message.into(), Chained::default());
        Self { operation, object, kind, code: None, message, help: None, request_id: None, chained }
    }

    /// Adds the command that helps.
    #[must_use]
    pub fn helped_by(self, command: Option<&str>) -> Self {
        Self { help: command.map(Box::from), ..self }
    }

    /// Adds the errors behind it.
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
