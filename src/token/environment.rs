//! The part of the environment that decides on the identity of a token. Pure: the values come from the caller. The
//! variables are those that the SDK reads, so that every verb has the same caller.

use std::time::SystemTime;

use super::keys::{BadKey, Keys};

/// The values of the variables; an empty one counts as unset, as in the AWS CLI.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Environment {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`.
    pub keys: EnvironmentKeys,
    /// `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`.
    pub profile: Option<String>,
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`.
    pub web_identity_token_file: Option<String>,
    /// `AWS_ROLE_ARN`, the role for the web-identity token.
    pub role_arn: Option<String>,
    /// `AWS_ROLE_SESSION_NAME`, likewise.
    pub role_session_name: Option<String>,
    /// Whether `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI` is set.
    pub container: bool,
    /// Whether `AWS_EC2_METADATA_DISABLED` is `true`.
    pub metadata_disabled: bool,
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    pub metadata_endpoint: Option<String>,
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.
    pub metadata_mode: Option<String>,
    /// `AWS_MFA_SERIAL`, the MFA device for a role that is refused without MFA.
    pub mfa_serial: Option<String>,
    /// `AWS_ENDPOINT_URL_STS`, else `AWS_ENDPOINT_URL`.
    pub sts_endpoint: Option<String>,
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, if set: whether it is `true`.
    pub ignore_endpoints: Option<bool>,
    /// `AWS_USE_FIPS_ENDPOINT`, likewise.
    pub fips: Option<bool>,
    /// `AWS_USE_DUALSTACK_ENDPOINT`, likewise.
    pub dual_stack: Option<bool>,
}

/// Keys in the environment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum EnvironmentKeys {
    /// None.
    #[default]
    Absent,
    /// An access key id without its secret.
    IdAlone,
    /// A secret without its access key id, which the AWS CLI ignores.
    SecretAlone,
    /// Both are set, and one is invalid.
    Refused(BadKey),
    /// Both are set.
    Present(Keys),
}

impl EnvironmentKeys {
    /// Whether they take precedence over a profile that `AWS_PROFILE` names: they sign, or are an error. A secret alone
    /// is ignored.
    pub const fn decide(&self) -> bool {
        matches!(self, Self::IdAlone | Self::Refused(_) | Self::Present(_))
    }
}

impl Environment {
    /// Reads the variables through `variable`.
    pub fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let first = |names: [&str; 2]| names.into_iter().find_map(get);
        let switch = |name: &str| get(name).map(|value| is_true(&value));
        Self {
            keys: environment_keys(|name| variable(name).filter(|value| !value.is_empty())),
            profile: first(["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]),
            region: first(["AWS_REGION", "AWS_DEFAULT_REGION"]),
            web_identity_token_file: get("AWS_WEB_IDENTITY_TOKEN_FILE"),
            role_arn: get("AWS_ROLE_ARN"),
            role_session_name: get("AWS_ROLE_SESSION_NAME"),
            container: first(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])
                .is_some(),
            metadata_disabled: switch("AWS_EC2_METADATA_DISABLED").unwrap_or_default(),
            metadata_endpoint: get("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
            metadata_mode: get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
            mfa_serial: get("AWS_MFA_SERIAL"),
            sts_endpoint: first(["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]),
            ignore_endpoints: switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
            fips: switch("AWS_USE_FIPS_ENDPOINT"),
            dual_stack: switch("AWS_USE_DUALSTACK_ENDPOINT"),
        }
    }
}

/// Whether a switch is on.
pub(super) fn is_true(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
}

fn environment_keys(get: impl Fn(&str) -> Option<String>) -> EnvironmentKeys {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let (id, secret) = match (get(names[0]), get(names[1])) {
        (None, None) => return EnvironmentKeys::Absent,
        (Some(_), None) => return EnvironmentKeys::IdAlone,
        (None, Some(_)) => return EnvironmentKeys::SecretAlone,
        (Some(id), Some(secret)) => (id, secret),
    };
    let token = get("AWS_SECURITY_TOKEN").or_else(|| get(names[2]));
    let keys = match Keys::read(&id, &secret, token.as_deref(), names) {
        Ok(keys) => keys,
        Err(bad) => return EnvironmentKeys::Refused(bad),
    };
    // An invalid expiry is ignored: STS knows when they expire.
    let end = get("AWS_CREDENTIAL_EXPIRATION").and_then(|text| text.trim().parse::<jiff::Timestamp>().ok());
    EnvironmentKeys::Present(match end.and_then(|end| SystemTime::try_from(end).ok()) {
        Some(end) => keys.ending(end),
        None => keys,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::from_lookup(|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn keys_need_both_their_parts() {
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s"));
        assert_eq!(environment(&[]).keys, EnvironmentKeys::Absent);
        assert_eq!(environment(&[("AWS_ACCESS_KEY_ID", "")]).keys, EnvironmentKeys::Absent);
        assert_eq!(environment(&[id]).keys, EnvironmentKeys::IdAlone);
        assert_eq!(environment(&[secret]).keys, EnvironmentKeys::SecretAlone);
        assert_eq!(environment(&[id, secret]).keys, EnvironmentKeys::Present(Keys::new("AKIA", "s", None)));
        let token = ("AWS_SESSION_TOKEN", "t");
        let keys = Keys::new("AKIA", "s", Some("t".into()));
        assert_eq!(environment(&[id, secret, token]).keys, EnvironmentKeys::Present(keys.clone()));
        let (older, other) = (("AWS_SECURITY_TOKEN", "t"), ("AWS_SESSION_TOKEN", "u"));
        assert_eq!(environment(&[id, secret, older, other]).keys, EnvironmentKeys::Present(keys.clone()));
        let broken = ("AWS_SESSION_TOKEN", "a\nb");
        assert!(matches!(environment(&[id, secret, broken]).keys, EnvironmentKeys::Refused(_)));
        let end = ("AWS_CREDENTIAL_EXPIRATION", "1970-01-01T00:01:00+00:00");
        let ending = keys.clone().ending(SystemTime::UNIX_EPOCH + Duration::from_mins(1));
        assert_eq!(environment(&[id, secret, token, end]).keys, EnvironmentKeys::Present(ending));
        let odd = ("AWS_CREDENTIAL_EXPIRATION", "soon");
        assert_eq!(environment(&[id, secret, token, odd]).keys, EnvironmentKeys::Present(keys));
    }

    #[test]
    fn the_more_special_variable_takes_precedence_over_the_general_one() {
        let both = |special, general| environment(&[(special, "s"), (general, "g")]);
        assert_eq!(both("AWS_REGION", "AWS_DEFAULT_REGION").region.as_deref(), Some("s"));
        assert_eq!(both("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL").sts_endpoint.as_deref(), Some("s"));
        assert_eq!(both("AWS_PROFILE", "AWS_DEFAULT_PROFILE").profile.as_deref(), Some("s"));
        assert_eq!(environment(&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "g")]).profile.as_deref(), Some("g"));
        assert_eq!(environment(&[("AWS_DEFAULT_REGION", "g")]).region.as_deref(), Some("g"));
    }

    #[test]
    fn switches_are_true_only_when_they_say_so() {
        assert!(environment(&[("AWS_EC2_METADATA_DISABLED", "True")]).metadata_disabled);
        assert!(!environment(&[("AWS_EC2_METADATA_DISABLED", "1")]).metadata_disabled);
        assert_eq!(environment(&[("AWS_USE_FIPS_ENDPOINT", "no")]).fips, Some(false));
        assert_eq!(environment(&[("AWS_USE_DUALSTACK_ENDPOINT", "")]).dual_stack, None);
        assert!(environment(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1")]).container);
    }

    #[test]
    fn keys_that_sign_or_are_an_error_go_before_a_profile() {
        for (id, secret, decide) in [
            ("AKIAIOSFODNN7EXAMPLE", "s", true),
            ("AKIAIOSFODNN7EXAMPLE", "", true),
            ("'AKIA'", "s", true),
            ("", "s", false),
            ("", "", false),
        ] {
            let value = |name: &str| match name {
                "AWS_ACCESS_KEY_ID" => Some(id.to_owned()),
                "AWS_SECRET_ACCESS_KEY" => Some(secret.to_owned()),
                _ => None,
            };
            assert_eq!(Environment::from_lookup(value).keys.decide(), decide, "{id:?} {secret:?}");
        }
    }
}
