//! Who signs: the base credentials, resolved once, and those of a role that signs for them.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use futures::lock::Mutex;

use super::error::credentials_error;
use super::sts::StsClient;
use crate::engine::{AssumeRequest, CallError, CallErrorKind, CallResult};
use crate::token::Keys;

/// Credentials that expire sooner than this are refreshed.
const MARGIN: Duration = Duration::from_mins(1);
pub(super) const OPERATION: &str = "aws:GetCredentials";

/// The base credentials: from the profile, the environment, the container or the instance. Resolved once, and refreshed
/// shortly before they expire.
#[derive(Clone)]
pub struct BaseCredentials(Arc<Base>);

struct Base {
    provider: SharedCredentialsProvider,
    source: String,
    sign_in: Option<String>,
    cached: Mutex<Option<Credentials>>,
}

impl BaseCredentials {
    /// Credentials of a provider; `source` names them in an error, and `sign_in` is the command that signs in.
    pub(super) fn new(provider: SharedCredentialsProvider, source: String, sign_in: Option<String>) -> Self {
        Self(Arc::new(Base { provider, source, sign_in, cached: Mutex::new(None) }))
    }

    /// The keys, for signing a token.
    ///
    /// # Errors
    /// Of the kinds `NoCredentials`, `ExpiredCredentials`, `BadCredentials` or `Unreachable`, or what STS answered.
    pub async fn keys(&self) -> CallResult<Keys> {
        self.resolve().await.map(|credentials| Keys::from(&credentials))
    }

    /// Their name in an error.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The command that signs in again, for credentials of a sign-in.
    pub fn sign_in(&self) -> Option<&str> {
        self.0.sign_in.as_deref()
    }

    async fn resolve(&self) -> CallResult<Credentials> {
        let mut cached = self.0.cached.lock().await;
        if let Some(credentials) = cached.as_ref().filter(|c| lives(c.expiry())) {
            return Ok(credentials.clone());
        }
        let credentials = self.0.provider.provide_credentials().await.map_err(|error| self.explain(error))?;
        // Registers them as secrets, whatever their source.
        let _ = Keys::from(&credentials);
        let (id, secret) = (credentials.access_key_id(), credentials.secret_access_key());
        let names = ["the access key id", "the secret access key", "the session token"];
        let read = Keys::read(id, secret, credentials.session_token(), names).map_err(|bad| {
            CallError::new(OPERATION, self.0.source.as_str(), CallErrorKind::BadCredentials, bad.to_string())
        })?;
        let credentials = Credentials::from(&Keys { expires_at: credentials.expiry(), ..read });
        if credentials.expiry().is_some_and(|end| end <= SystemTime::now()) {
            return Err(self.expired("they have already expired"));
        }
        *cached = Some(credentials.clone());
        Ok(credentials)
    }

    fn explain(&self, error: CredentialsError) -> CallError {
        let failed = credentials_error(OPERATION, self.0.source.clone(), error);
        let ours = failed.operation == OPERATION && failed.kind != CallErrorKind::Unreachable;
        if self.0.sign_in.is_none() || !ours {
            return failed;
        }
        let told = match not_allowed(&failed.message) {
            Some(operation) => {
                CallError::new(operation, self.0.source.as_str(), CallErrorKind::AccessDenied, failed.message)
            }
            // A cached sign-in is missing or expired: the SDK reports it in several ways.
            None => self.expired(&failed.message),
        };
        told.carrying(failed.chained)
    }

    fn expired(&self, why: &str) -> CallError {
        CallError::new(OPERATION, self.0.source.as_str(), CallErrorKind::ExpiredCredentials, why)
            .helped_by(self.sign_in())
    }
}

/// The operation that the signed-in identity may not call: signing in again would not help. The SDK's providers report
/// it in the text only.
fn not_allowed(message: &str) -> Option<&'static str> {
    if message.contains("insufficient permissions") {
        Some("signin:CreateOAuth2Token")
    } else if message.contains("ForbiddenException") {
        Some("sso:GetRoleCredentials")
    } else {
        None
    }
}

impl fmt::Debug for BaseCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BaseCredentials").field(&self.0.source).finish()
    }
}

impl ProvideCredentials for BaseCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.resolve().await.map_err(CredentialsError::provider_error) })
    }
}

/// Credentials of an assumed role, fetched at the first call and refreshed before they expire.
#[derive(Clone)]
pub struct AssumedCredentials(Arc<Assumed>);

struct Assumed {
    sts: StsClient,
    request: AssumeRequest,
    cached: Mutex<Option<Keys>>,
}

impl AssumedCredentials {
    /// Credentials of the role in `request`, assumed by the signer of `sts`.
    pub fn new(sts: StsClient, request: AssumeRequest) -> Self {
        Self(Arc::new(Assumed { sts, request, cached: Mutex::new(None) }))
    }

    /// The role's ARN.
    pub fn role_arn(&self) -> &str {
        &self.0.request.role_arn
    }

    /// The role's account, empty where its ARN can't be parsed.
    pub fn account(&self) -> &str {
        self.role_arn().split(':').nth(4).unwrap_or_default()
    }

    /// The keys, for signing a token.
    ///
    /// # Errors
    /// What STS answered.
    pub async fn keys(&self) -> CallResult<Keys> {
        let mut cached = self.0.cached.lock().await;
        if let Some(keys) = cached.as_ref().filter(|keys| lives(keys.expires_at)) {
            return Ok(keys.clone());
        }
        let keys = self.0.sts.assume(&self.0.request).await?;
        *cached = Some(keys.clone());
        Ok(keys)
    }
}

impl fmt::Debug for AssumedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AssumedCredentials").field(&self.0.request.role_arn).finish()
    }
}

impl ProvideCredentials for AssumedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.keys().await.map(|keys| Credentials::from(&keys)).map_err(CredentialsError::provider_error)
        })
    }
}

fn lives(end: Option<SystemTime>) -> bool {
    end.is_none_or(|end| end > SystemTime::now() + MARGIN)
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
