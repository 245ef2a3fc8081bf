//! The identity in a web-identity token, as far as AWS uses it.
//!
//! The claims of an OIDC token, unverified: they only distinguish identities; AWS verifies the token in the exchange.
//! Pure.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims by which AWS distinguishes bearers
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud` as JSON, as it may be a list, and `azp`, which AWS prefers if present.
    pub audience: String,
    /// The session tags and the source identity in the token, as JSON.
    pub session: String,
}

impl Claims {
    /// Reads a token `header.payload.signature`; `None` if it is invalid or has no issuer or subject.
    pub fn read(token: &str) -> Option<Self> {
        let payload = token.trim().split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
        let all = |names: [&str; 2]| {
            names.into_iter().map(|name| claims.get(name).cloned().unwrap_or_default()).collect::<Value>().to_string()
        };
        Some(Self {
            issuer: text("iss")?,
            subject: text("sub")?,
            audience: all(["aud", "azp"]),
            session: all(["https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln\n", part(&json!({"alg": "RS256"})), part(claims))
    }

    #[test]
    fn claims_are_read_from_the_token() {
        let claims =
            Claims::read(&token(&json!({"iss": "https://i", "sub": "s", "aud": ["a", "b"], "exp": 1}))).unwrap();
        assert_eq!((claims.issuer.as_str(), claims.subject.as_str()), ("https://i", "s"));
        assert_eq!(claims.audience, r#"[["a","b"],null]"#);
    }

    #[test]
    fn what_aws_distinguishes_is_distinguished() {
        let with = |name: &str, value: Value| {
            let mut claims = json!({"iss": "i", "sub": "s", "aud": "a"});
            claims[name] = value;
            Claims::read(&token(&claims)).unwrap()
        };
        let plain = with("exp", json!(1));
        assert_eq!(plain, with("exp", json!(2)), "a renewed token is the same identity");
        for (name, value) in [
            ("iss", json!("j")),
            ("sub", json!("t")),
            ("aud", json!("b")),
            ("azp", json!("z")),
            ("https://aws.amazon.com/tags", json!({"principal_tags": {"team": ["a"]}})),
            ("https://aws.amazon.com/source_identity", json!("ann")),
        ] {
            assert_ne!(plain, with(name, value), "{name}");
        }
    }

    #[test]
    fn an_invalid_token_has_no_claims() {
        for text in ["", "a", "a.b", "a.!!.c", "a.e30.c", &token(&json!({"iss": 1, "sub": "s"})), &token(&json!([]))] {
            assert_eq!(Claims::read(text), None, "{text}");
        }
    }
}
