//! The configured endpoints, checked before anything is sent to one.
//!
//! The places are those that the SDK reads
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).

use aws_types::os_shim_internal::Env;

use super::failure::{ConfigError, WrongEndpoint};
use super::settings::AwsSettings;
use crate::token::Settings;
use crate::token::settings::SERVICES;

/// Checks the option, the variables and the selected profile's settings.
///
/// # Errors
/// The first that can't be used.
pub(super) fn check(settings: &AwsSettings) -> Result<(), ConfigError> {
    let environment = Env::real();
    let variable = |name: &str| environment.get(name).ok().filter(|value| !value.trim().is_empty());
    let mut found: Vec<(String, String)> = Vec::new();
    found.extend(settings.endpoint_url.clone().map(|url| ("--endpoint-url".to_owned(), url)));
    if !settings.beside.ignore_endpoints {
        let of_service = SERVICES.map(|service| format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()));
        let names = of_service.into_iter().chain(["AWS_ENDPOINT_URL".to_owned()]);
        found.extend(names.filter_map(|name| variable(&name).map(|url| (name, url))));
        found.extend(of_profile(&settings.beside));
    }
    found.into_iter().try_for_each(|(place, url)| judge(&place, &url).map_err(ConfigError::Endpoint))
}

/// The settings of the selected profile and of the `services` section that it names.
fn of_profile(beside: &Settings) -> Vec<(String, String)> {
    let own = beside.endpoint_url.iter();
    let own = own.map(|url| (format!("endpoint_url of profile {}", beside.profile), url.clone()));
    let (section, of_services) = &beside.services;
    let place = |service| format!("endpoint_url of {service} in the section [services {section}]");
    own.chain(of_services.iter().map(|(service, url)| (place(service), url.clone()))).collect()
}

/// An endpoint is `http` or `https` with a host; a path may follow.
fn judge(place: &str, url: &str) -> Result<(), WrongEndpoint> {
    // A URL that may hold a password is not repeated.
    let shown = (!url.contains(['@', '?', '#'])).then(|| url.to_owned());
    let wrong = |why| Err(WrongEndpoint { place: place.to_owned(), shown: shown.clone(), why });
    if url.contains('@') {
        return wrong("it holds a user name or password, but AWS requests use only signatures");
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
