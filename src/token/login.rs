//! The cache of `aws login` for a console session. Pure over the text.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::keys::Keys;

/// The file of a console session, as far as needed while its keys are fresh.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    access_token: AccessToken,
    // Needed to renew the keys: the AWS CLI ignores a file that lacks one of these.
    #[serde(rename = "clientId")]
    _client_id: String,
    #[serde(rename = "refreshToken")]
    _refresh_token: String,
    #[serde(rename = "dpopKey")]
    _dpop_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessToken {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expires_at: String,
}

/// The cached keys of a console session that are valid for `margin` longer than `now`.
pub fn fresh(text: &str, now: SystemTime, margin: Duration) -> Option<Keys> {
    let Login { access_token, .. } = serde_json::from_str(text).ok()?;
    let AccessToken { access_key_id, secret_access_key, session_token, expires_at } = access_token;
    let names = ["accessKeyId", "secretAccessKey", "sessionToken"];
    let keys = Keys::read(&access_key_id, &secret_access_key, Some(&session_token), names).ok()?;
    let keys = keys.ending(SystemTime::try_from(expires_at.parse::<jiff::Timestamp>().ok()?).ok()?);
    keys.live_for(now, margin).then_some(keys)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_taken_while_they_are_fresh_and_from_a_whole_file_only() {
        let whole = json!({"accessToken": {"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t",
            "accountId": "111122223333", "expiresAt": "1970-01-01T01:00:00Z"}, "tokenType": "aws_sigv4",
            "clientId": "c", "refreshToken": "r", "idToken": "i", "dpopKey": "k"});
        let at = |minutes: u64| SystemTime::UNIX_EPOCH + Duration::from_mins(minutes);
        let margin = Duration::from_mins(5);
        let keys = Keys::new("ASIA", "s", Some("t".into())).ending(at(60));
        assert_eq!(fresh(&whole.to_string(), at(54), margin), Some(keys));
        assert_eq!(fresh(&whole.to_string(), at(55), margin), None, "to be renewed");
        for field in ["accessToken", "clientId", "refreshToken", "dpopKey"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            assert_eq!(fresh(&less.to_string(), at(0), margin), None, "{field}");
        }
        assert_eq!(fresh("{", at(0), margin), None);
    }
}
