//! The environment as far as it decides whose token it is. Pure: the values come from the caller. The variables are those
//! that the SDK reads, so that no verb takes somebody else for the caller.

use std::time::SystemTime;

use super::keys::Keys;

/// The values of the variables; an empty one counts as not set, as for the AWS CLI.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Environment {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`.
    pub keys: EnvironmentKeys,
    /// `AWS_PROFILE`.
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
    /// `AWS_MFA_SERIAL`, the second factor for a role that refuses without.
    pub mfa_serial: Option<String>,
    /// `AWS_ENDPOINT_URL_STS`, else `AWS_ENDPOINT_URL`.
    pub sts_endpoint: Option<String>,
    /// Whether `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`.
    pub ignore_endpoints: bool,
}

/// Keys in the environment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum EnvironmentKeys {
    /// None.
    #[default]
    Absent,
    /// One of the two is missing: the variable's name.
    Lacks(&'static str),
    /// Both are there.
    Present(Keys),
}

impl Environment {
    /// Reads what matters through `variable`, which gives a variable's value.
    pub fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let first = |names: [&str; 2]| names.into_iter().find_map(get);
        let says_true = |name: &str| get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        Self {
            keys: environment_keys(get),
            profile: get("AWS_PROFILE"),
            region: first(["AWS_REGION", "AWS_DEFAULT_REGION"]),
            web_identity_token_file: get("AWS_WEB_IDENTITY_TOKEN_FILE"),
            role_arn: get("AWS_ROLE_ARN"),
            role_session_name: get("AWS_ROLE_SESSION_NAME"),
            container: first(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])
                .is_some(),
            metadata_disabled: says_true("AWS_EC2_METADATA_DISABLED"),
            mfa_serial: get("AWS_MFA_SERIAL"),
            sts_endpoint: first(["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]),
            ignore_endpoints: says_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
        }
    }
}

fn environment_keys(get: impl Fn(&str) -> Option<String>) -> EnvironmentKeys {
    match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
        (None, None) => EnvironmentKeys::Absent,
        (Some(_), None) => EnvironmentKeys::Lacks("AWS_SECRET_ACCESS_KEY"),
        (None, Some(_)) => EnvironmentKeys::Lacks("AWS_ACCESS_KEY_ID"),
        (Some(id), Some(secret)) => {
            let token = get("AWS_SESSION_TOKEN");
            let keys = Keys::new(id, secret, token);
            let end = get("AWS_CREDENTIAL_EXPIRATION").and_then(|text| text.trim().parse::<jiff::Timestamp>().ok());
            EnvironmentKeys::Present(match end.and_then(|end| SystemTime::try_from(end).ok()) {
                Some(end) => keys.ending(end),
                None => keys,
            })
        }
    }
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
        assert_eq!(environment(&[id]).keys, EnvironmentKeys::Lacks("AWS_SECRET_ACCESS_KEY"));
        assert_eq!(environment(&[secret]).keys, EnvironmentKeys::Lacks("AWS_ACCESS_KEY_ID"));
        assert_eq!(environment(&[id, secret]).keys, EnvironmentKeys::Present(Keys::new("AKIA", "s", None)));
        let token = ("AWS_SESSION_TOKEN", "t");
        let keys = Keys::new("AKIA", "s", Some("t".into()));
        assert_eq!(environment(&[id, secret, token]).keys, EnvironmentKeys::Present(keys.clone()));
        let end = ("AWS_CREDENTIAL_EXPIRATION", "1970-01-01T00:01:00+00:00");
        let ending = keys.clone().ending(SystemTime::UNIX_EPOCH + Duration::from_mins(1));
        assert_eq!(environment(&[id, secret, token, end]).keys, EnvironmentKeys::Present(ending));
        let odd = ("AWS_CREDENTIAL_EXPIRATION", "soon");
        assert_eq!(environment(&[id, secret, token, odd]).keys, EnvironmentKeys::Present(keys));
    }

    #[test]
    fn the_more_special_variable_goes_before_the_general_one() {
        let both = |special, general| environment(&[(special, "s"), (general, "g")]);
        assert_eq!(both("AWS_REGION", "AWS_DEFAULT_REGION").region.as_deref(), Some("s"));
        assert_eq!(both("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL").sts_endpoint.as_deref(), Some("s"));
        assert_eq!(environment(&[("AWS_DEFAULT_REGION", "g")]).region.as_deref(), Some("g"));
    }

    #[test]
    fn switches_are_true_only_when_they_say_so() {
        assert!(environment(&[("AWS_EC2_METADATA_DISABLED", "True")]).metadata_disabled);
        assert!(!environment(&[("AWS_EC2_METADATA_DISABLED", "1")]).metadata_disabled);
        assert!(environment(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1")]).container);
    }
}
