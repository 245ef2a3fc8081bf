//! The keys that sign.
//!
//! Pure: the access key id is an identifier, the other two fields are secret and appear in no `Debug` output.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use crate::secrets::learn;

/// AWS credentials for signing a token, and their expiry. Those created by [`Keys::new`] are registered as secrets.
#[derive(Clone, Eq, PartialEq)]
pub struct Keys {
    /// `AKIA…` of an IAM user or `ASIA…` of a session; not a secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
    /// When STS stops accepting them; `None` for a user's keys, or if it is not known.
    pub expires_at: Option<SystemTime>,
}

/// A value that can't be part of a key; AWS would refuse its signatures.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{name} {why}")]
pub struct BadKey {
    /// The value's name in its source.
    pub name: &'static str,
    /// The fault.
    pub why: &'static str,
}

impl Keys {
    /// Keys from a text, trimmed; `names` are those of id, secret and session token there.
    ///
    /// # Errors
    /// [`BadKey`] for an impossible value, whose signatures would be refused, or could not be sent.
    pub fn read(id: &str, secret: &str, token: Option<&str>, names: [&'static str; 3]) -> Result<Self, BadKey> {
        let of = |at: usize, value: &str, odd: &[char]| match fault(value.trim(), odd) {
            Some(why) => Err(BadKey { name: names[at], why }),
            None => Ok(value.trim().to_owned()),
        };
        let id = of(0, id, &['"', '\'', '/', '#', ';', ','])?;
        let secret = of(1, secret, &['"', '\''])?;
        let token = token.map(|token| of(2, token, &['"', '\''])).transpose()?;
        Ok(Self::new(id, secret, token))
    }

    /// A user's keys, or a session's with its token, without a known expiry.
    pub fn new(access_key_id: impl Into<String>, secret: impl Into<String>, session_token: Option<String>) -> Self {
        let secret = secret.into();
        learn(&secret);
        learn(session_token.as_deref().unwrap_or_default());
        Self { access_key_id: access_key_id.into(), secret, session_token, expires_at: None }
    }

    /// The same keys with their expiry.
    #[must_use]
    pub fn ending(self, expires_at: SystemTime) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    /// Whether the keys still work at `now` and for `margin` longer; keys without an expiry always do.
    pub fn live_for(&self, now: SystemTime, margin: Duration) -> bool {
        match (self.expires_at, now.checked_add(margin)) {
            (Some(end), Some(needed)) => end > needed,
            (None, _) => true,
            (Some(_), None) => false,
        }
    }
}

/// Why a value can't be part of a key.
fn fault(value: &str, odd: &[char]) -> Option<&'static str> {
    if value.is_empty() {
        Some("is empty")
    } else if value.contains(['\n', '\r']) {
        Some("holds a line break")
    } else if value.contains(odd) || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("holds a space, a quote or another character that a key can't have")
    } else {
        None
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
    fn what_no_key_has_is_refused_by_name_and_what_a_copy_leaves_is_left_out() {
        let read =
            |id: &str, secret: &str, token: Option<&str>| Keys::read(id, secret, token, ["ID", "SECRET", "TOKEN"]);
        assert_eq!(read(" AKIA\n", "s/+=\r\n", Some("t\n")), Ok(Keys::new("AKIA", "s/+=", Some("t".into()))));
        let why = |id: &str, secret: &str, token: Option<&str>| read(id, secret, token).unwrap_err().to_string();
        assert_eq!(why("A\nB", "s", None), "ID holds a line break");
        assert_eq!(why(" ", "s", None), "ID is empty");
        assert_eq!(why("A", "", None), "SECRET is empty");
        assert_eq!(why("A", "s", Some("t\ru")), "TOKEN holds a line break");
        for id in ["A # of ann", "\"A\"", "A/b", "Ä"] {
            assert!(why(id, "s", None).starts_with("ID holds a space"), "{id}");
        }
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
