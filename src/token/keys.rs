//! The keys that sign.
//!
//! Pure: the access key id says who, the other two fields are secret and appear in no `Debug` output.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use crate::secrets::learn;

/// AWS credentials as a token is signed with them, and when they end. Those made by [`Keys::new`] are known as secrets to
/// every exit.
#[derive(Clone, Eq, PartialEq)]
pub struct Keys {
    /// `AKIA…` of an IAM user or `ASIA…` of a session; no secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
    /// When STS stops to accept them; `None` for a user's keys, or where nobody says.
    pub expires_at: Option<SystemTime>,
}

impl Keys {
    /// A user's keys, or a session's with its token, of which no end is known.
    pub fn new(access_key_id: impl Into<String>, secret: impl Into<String>, session_token: Option<String>) -> Self {
        let secret = secret.into();
        learn(&secret);
        learn(session_token.as_deref().unwrap_or_default());
        Self { access_key_id: access_key_id.into(), secret, session_token, expires_at: None }
    }

    /// The same keys with the moment at which they end.
    #[must_use]
    pub fn ending(self, expires_at: SystemTime) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    /// Whether the keys still work at `now` and for `margin` longer; keys without an end always do.
    pub fn live_for(&self, now: SystemTime, margin: Duration) -> bool {
        match (self.expires_at, now.checked_add(margin)) {
            (Some(end), Some(needed)) => end > needed,
            (None, _) => true,
            (Some(_), None) => false,
        }
    }
}

impl From<&Credentials> for Keys {
    fn from(credentials: &Credentials) -> Self {
        let token = credentials.session_token().map(str::to_owned);
        let keys = Self::new(credentials.access_key_id(), credentials.secret_access_key(), token);
        Self { expires_at: credentials.expiry(), ..keys }
    }
}

impl From<&Keys> for Credentials {
    fn from(keys: &Keys) -> Self {
        Self::new(&keys.access_key_id, &keys.secret, keys.session_token.clone(), keys.expires_at, "eksaccess")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("access_key_id", &self.access_key_id)
            .field("secret", &"**")
            .field("session_token", &self.session_token.as_ref().map(|_| "**"))
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_who_and_never_a_secret() {
        let keys = Keys::new("ASIAEXAMPLE", "the-secret", Some("the-session-token".into()));
        let shown = format!("{keys:?} {keys:#?}");
        assert!(shown.contains("ASIAEXAMPLE"));
        assert!(!shown.contains("the-secret") && !shown.contains("the-session-token"), "{shown}");
    }

    #[test]
    fn keys_live_until_their_end_less_the_margin() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let margin = Duration::from_mins(5);
        let keys = Keys::new("A", "s", None);
        assert!(keys.live_for(now, margin));
        assert!(keys.clone().ending(now + Duration::from_secs(301)).live_for(now, margin));
        assert!(!keys.clone().ending(now + margin).live_for(now, margin));
        assert!(!keys.ending(now - margin).live_for(now, Duration::ZERO));
    }

    #[test]
    fn the_sdk_type_and_ours_hold_the_same() {
        let keys = Keys::new("A", "s", Some("t".into())).ending(SystemTime::UNIX_EPOCH + Duration::from_secs(9));
        assert_eq!(Keys::from(&Credentials::from(&keys)), keys);
    }
}
