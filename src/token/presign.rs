//! The token: a presigned `GetCallerIdentity` with the cluster's name as a signed header.
//!
//! The text is sent by `kubectl` as a bearer token. Pure: no clock, no file, no environment. The rules are those of its
//! reader, aws-iam-authenticator (`pkg/token`).

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningError, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::keys::Keys;
use super::sts_host::{Hosts, sts_host};
use crate::model::arn::Partition;

/// The prefix of every token.
pub const TOKEN_PREFIX: &str = "k8s-aws-v1.";
/// The size limit of the control plane in bytes; it answers a longer token with a bare 401.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// The header with the cluster: signed here, sent by the control plane.
pub const CLUSTER_HEADER: &str = "x-k8s-aws-id";
/// How long a token is used: STS accepts the URL for 15 minutes from its date, clients stop one minute earlier.
pub const TOKEN_LIFE: Duration = Duration::from_mins(14);

/// `X-Amz-Expires` in seconds, as sent by all clients. STS ignores it.
const URL_EXPIRES: Duration = Duration::from_mins(1);
/// The characters that `SigV4` does not encode.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The cluster that a token is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// The cluster's name; for a local cluster on Outposts its id.
    pub cluster_id: String,
    /// The region in which the token is signed: the cluster's own.
    pub region: String,
    /// The partition of that region; it decides the host.
    pub partition: Partition,
    /// The kind of the region's host in it.
    pub hosts: Hosts,
}

/// A bearer token and its expiry. `Debug` hides the text.
#[derive(Clone, Eq, PartialEq)]
pub struct Token {
    text: String,
    expires_at: SystemTime,
}

impl Token {
    /// The token itself, `k8s-aws-v1.…`: a secret until it expires.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When to ask for a new one: 14 minutes after signing, or when the keys expire if that is earlier.
    pub const fn expires_at(&self) -> SystemTime {
        self.expires_at
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("text", &"**").field("expires_at", &self.expires_at).finish()
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The text is longer than the limit of the control plane.
    #[error(
        "the token for cluster `{cluster}` is {bytes} bytes long, but the control plane reads at most {MAX_TOKEN_BYTES}: the session token of these credentials alone has {session_token_bytes} bytes (session tags and session policies make it grow)"
    )]
    TooLong {
        /// The cluster asked for.
        cluster: String,
        /// The length of the refused token.
        bytes: usize,
        /// The length of the session token in it.
        session_token_bytes: usize,
    },
    /// The keys expired before the token was signed.
    #[error("the credentials {access_key_id} expired at {ended}: a token signed with them would be rejected")]
    Expired {
        /// The access key id.
        access_key_id: String,
        /// The expiry, in RFC 3339.
        ended: String,
    },
    /// The region's name can't be part of a host name.
    #[error("`{0}` is not an AWS region: expected a name like eu-west-1")]
    Region(String),
    /// The cluster's name or id can't be part of a header.
    #[error("{0:?} is not the name or id of a cluster: expected 1 to 253 visible ASCII characters")]
    Cluster(String),
    /// The keys can't be used for signing.
    #[error("the credentials {access_key_id} could not sign a token for cluster `{cluster}`")]
    Sign {
        /// The cluster asked for.
        cluster: String,
        /// The access key id.
        access_key_id: String,
        /// The signer's error.
        source: SigningError,
    },
}

/// Signs a token for `request` with `keys` at `now`.
///
/// The token is valid for [`TOKEN_LIFE`], but never longer than the keys.
///
/// # Errors
/// [`TokenError::TooLong`] past [`MAX_TOKEN_BYTES`], [`TokenError::Expired`] for keys that expired at or before `now`,
/// [`TokenError::Region`] and [`TokenError::Cluster`] for names that can't exist in AWS, [`TokenError::Sign`] if the
/// signer fails.
pub fn presign(request: &Request, keys: &Keys, now: SystemTime) -> Result<Token, TokenError> {
    let host = sts_host(&request.region, request.partition, request.hosts);
    let host = host.ok_or_else(|| TokenError::Region(request.region.clone()))?;
    check_cluster_id(&request.cluster_id)?;
    if let Some(end) = keys.expires_at.filter(|end| *end <= now) {
        return Err(TokenError::Expired { access_key_id: keys.access_key_id.clone(), ended: timestamp(end) });
    }
    let url = signed_url(request, &host, keys, now).map_err(|source| TokenError::Sign {
        cluster: request.cluster_id.clone(),
        access_key_id: keys.access_key_id.clone(),
        source,
    })?;
    let mut text = String::with_capacity(TOKEN_PREFIX.len() + url.len() * 4 / 3 + 4);
    text.push_str(TOKEN_PREFIX);
    URL_SAFE_NO_PAD.encode_string(url, &mut text);
    if text.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::TooLong {
            cluster: request.cluster_id.clone(),
            bytes: text.len(),
            session_token_bytes: keys.session_token.as_ref().map_or(0, String::len),
        });
    }
    let end = now + TOKEN_LIFE;
    Ok(Token { text, expires_at: keys.expires_at.map_or(end, |keys_end| keys_end.min(end)) })
}

/// Checks that an id can be the value of a header. EKS accepts letters, digits, `-` and `_`; clusters that run the
/// authenticator themselves have other ids, so only what could break the request is refused.
fn check_cluster_id(id: &str) -> Result<(), TokenError> {
    let good = (1..=253).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(()) } else { Err(TokenError::Cluster(id.to_owned())) }
}

fn signed_url(request: &Request, host: &str, keys: &Keys, now: SystemTime) -> Result<String, SigningError> {
    let mut url = format!("https://{host}/?Action=GetCallerIdentity&Version=2011-06-15");
    let identity = Credentials::from(keys).into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(URL_EXPIRES);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&request.region)
        .name("sts")
        .time(now)
        .settings(settings)
        .build()
        .expect("every field that the builder asks for is set above")
        .into();
    let headers = std::iter::once((CLUSTER_HEADER, request.cluster_id.as_str()));
    let signable = SignableRequest::new("GET", url.as_str(), headers, SignableBody::empty())?;
    // The signer traces what it signs, which must not reach a log.
    let signed =
        tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::new(), || sign(signable, &params));
    let (_, query) = signed?.into_parts().0.into_parts();
    for (name, value) in query {
        url.push('&');
        url.push_str(name);
        url.push('=');
        url.push_str(&Cow::from(utf8_percent_encode(&value, ENCODED)));
    }
    Ok(url)
}

/// A moment in RFC 3339, in UTC and whole seconds, rounded down.
pub(super) fn timestamp(at: SystemTime) -> String {
    let seconds =
        at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX));
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}

#[cfg(test)]
#[path = "presign_tests.rs"]
mod tests;
