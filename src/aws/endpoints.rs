//! The endpoints that are configured, judged before anything is sent to one.
//!
//! The places are those that the SDK reads
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).

use std::fmt;

use aws_config::profile::ProfileSet;
use aws_types::os_shim_internal::Env;

use super::config::{AwsSettings, ConfigError};
use crate::token::profile::service_endpoint;

/// The services that are asked, as a `services` section names them; in a variable's name they are in upper case.
const SERVICES: [&str; 7] = ["account", "iam", "sts", "eks", "sso", "sso_oidc", "signin"];

/// An endpoint that is refused: where it stands, what it is where that may be repeated, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrongEndpoint {
    place: String,
    shown: Option<String>,
    why: &'static str,
}

impl WrongEndpoint {
    /// The option, variable or setting that holds it.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for WrongEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, shown, why } = self;
        match shown {
            Some(url) => write!(f, "{place}: `{url}` can't be used as an endpoint: {why}"),
            None => write!(f, "{place} can't be used as an endpoint: {why}"),
        }
    }
}

/// Judges the option, the variables and the selected profile's settings.
///
/// # Errors
/// The first that can't be used.
pub(super) fn check(settings: &AwsSettings, profiles: &ProfileSet) -> Result<(), ConfigError> {
    let environment = Env::real();
    let variable = |name: &str| environment.get(name).ok().filter(|value| !value.trim().is_empty());
    let mut found: Vec<(String, String)> = Vec::new();
    found.extend(settings.endpoint_url.clone().map(|url| ("--endpoint-url".to_owned(), url)));
    let is_true = |value: &str| value.trim().eq_ignore_ascii_case("true");
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").map(|value| is_true(&value));
    if !ignored.unwrap_or_else(|| profiles.get("ignore_configured_endpoint_urls").is_some_and(is_true)) {
        let of_service = SERVICES.map(|service| format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()));
        let names = of_service.into_iter().chain(["AWS_ENDPOINT_URL".to_owned()]);
        found.extend(names.filter_map(|name| variable(&name).map(|url| (name, url))));
        found.extend(of_profile(profiles));
    }
    found.into_iter().try_for_each(|(place, url)| judge(&place, &url).map_err(ConfigError::Endpoint))
}

/// The settings of the selected profile and of the `services` section that it names.
fn of_profile(profiles: &ProfileSet) -> Vec<(String, String)> {
    let name = profiles.selected_profile();
    let own = profiles.get("endpoint_url").map(|url| (format!("endpoint_url of profile {name}"), url.to_owned()));
    let of_services = profiles.get("services").into_iter().flat_map(|section| {
        SERVICES.iter().filter_map(move |service| {
            let url = service_endpoint(profiles, section, service)?.to_owned();
            Some((format!("endpoint_url of {service} in the section [services {section}]"), url))
        })
    });
    own.into_iter().chain(of_services).collect()
}

/// An endpoint is `http` or `https` with a host; a path may follow.
fn judge(place: &str, url: &str) -> Result<(), WrongEndpoint> {
    // What may hold a password is not repeated.
    let shown = (!url.contains(['@', '?', '#'])).then(|| url.to_owned());
    let wrong = |why| Err(WrongEndpoint { place: place.to_owned(), shown: shown.clone(), why });
    if url.contains('@') {
        return wrong("it holds a user or a password, and AWS is asked with signatures alone");
    }
    if url.contains(['?', '#']) {
        return wrong("it holds a query or a fragment");
    }
    let is_web = |uri: &http::Uri| matches!(uri.scheme_str(), Some("http" | "https"));
    match url.parse::<http::Uri>() {
        Ok(uri) if is_web(&uri) && uri.host().is_some_and(|host| !host.is_empty()) => Ok(()),
        _ => wrong("expected a URL that begins with https:// or http:// and names a host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_whole_url() {
        let judged = |url: &str| judge("X", url);
        for url in ["https://iam.example.com", "http://127.0.0.1:4566", "http://localhost:1/x", "http://[::1]:4566"] {
            assert_eq!(judged(url), Ok(()), "{url}");
        }
        for url in ["", "localhost:4566", "127.0.0.1", "ftp://x", "https://", "http:///x", "https://x\ny"] {
            let error = judged(url).unwrap_err().to_string();
            assert!(error.contains(&format!("`{url}`")), "{error}");
        }
        for url in ["https://ann:secret@x", "https://secret@x", "x:secret@y", "https://x?secret", "https://x/#secret"] {
            let error = judged(url).unwrap_err().to_string();
            assert!(
                error.starts_with("X can't be used as an endpoint: it holds") && !error.contains("secret"),
                "{error}"
            );
        }
    }
}
