//! Settings of the selected profile and the environment besides credentials: certificates, hosts, endpoints. Pure.

use super::environment::{Environment, is_true};
use super::profile::Profiles;
use super::sts_host::Hosts;

/// The services that are called, as named in a `services` section; in variable names they are in upper case.
pub const SERVICES: [&str; 7] = ["account", "iam", "sts", "eks", "sso", "sso_oidc", "signin"];

/// The addresses of the instance metadata, over IPv4 and over IPv6.
const METADATA: [&str; 2] = ["http://169.254.169.254", "http://[fd00:ec2::254]"];

/// The settings.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings {
    /// The selected profile.
    pub profile: String,
    /// Its `ca_bundle`.
    pub ca_bundle: Option<String>,
    /// `AWS_USE_FIPS_ENDPOINT` or `use_fips_endpoint`, and the same for dual stack.
    pub hosts: Hosts,
    /// Whether configured endpoints are ignored.
    pub ignore_endpoints: bool,
    /// The profile's `endpoint_url`.
    pub endpoint_url: Option<String>,
    /// The name of the profile's `services` section, and the endpoints there.
    pub services: (String, Vec<(&'static str, String)>),
    /// The address of the instance metadata.
    pub metadata: String,
}

impl Settings {
    /// Reads them; unreadable ones are left out.
    pub fn read(profiles: &Profiles, profile: &str, environment: &Environment) -> Self {
        let get = |setting: &str| profiles.get(profile, setting);
        let owned = |setting: &str| get(setting).map(str::to_owned);
        let switch = |of_environment: Option<bool>, setting: &str| {
            of_environment.unwrap_or_else(|| get(setting).is_some_and(is_true))
        };
        let endpoint = |service: &'static str| Some((service, profiles.service_endpoint(profile, service)?.to_owned()));
        let mode = environment.metadata_mode.as_deref().or_else(|| get("ec2_metadata_service_endpoint_mode"));
        let is_ipv6 = mode.is_some_and(|mode| mode.trim().eq_ignore_ascii_case("ipv6"));
        let metadata = environment.metadata_endpoint.clone().or_else(|| owned("ec2_metadata_service_endpoint"));
        Self {
            profile: profile.to_owned(),
            ca_bundle: owned("ca_bundle"),
            hosts: Hosts {
                fips: switch(environment.fips, "use_fips_endpoint"),
                dual_stack: switch(environment.dual_stack, "use_dualstack_endpoint"),
            },
            ignore_endpoints: switch(environment.ignore_endpoints, "ignore_configured_endpoint_urls"),
            endpoint_url: owned("endpoint_url"),
            services: (owned("services").unwrap_or_default(), SERVICES.into_iter().filter_map(endpoint).collect()),
            metadata: metadata.unwrap_or_else(|| METADATA[usize::from(is_ipv6)].to_owned()),
        }
    }

    /// The configured STS endpoint, which is part of a session's identity.
    pub fn sts_endpoint(&self, environment: &Environment) -> Option<String> {
        if self.ignore_endpoints {
            return None;
        }
        let of_service = || self.services.1.iter().find(|(name, _)| *name == "sts").map(|(_, url)| url.clone());
        environment.sts_endpoint.clone().or_else(of_service).or_else(|| self.endpoint_url.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::files::Text;

    #[test]
    fn the_environment_takes_precedence_over_the_profile() {
        let text = "[default]\nuse_fips_endpoint = true\nca_bundle = /ca\nendpoint_url = http://a\nservices = s\n\
                    ec2_metadata_service_endpoint_mode = IPv6\n[services s]\nsts =\n  endpoint_url = http://b\n";
        let profiles = Profiles::read(&Text { text: text.into(), ..Text::default() }, &Text::default());
        let of = |variables: &[(&str, &str)]| {
            let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            let environment = Environment::from_lookup(lookup);
            let settings = Settings::read(&profiles, "default", &environment);
            let sts = settings.sts_endpoint(&environment);
            (settings, sts)
        };
        let (settings, sts) = of(&[]);
        assert_eq!(settings.hosts, Hosts { fips: true, dual_stack: false });
        assert_eq!((settings.ca_bundle.as_deref(), sts.as_deref()), (Some("/ca"), Some("http://b")));
        assert_eq!(settings.metadata, "http://[fd00:ec2::254]");
        let (settings, sts) = of(&[
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "TRUE"),
            ("AWS_ENDPOINT_URL", "http://c"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://m"),
        ]);
        assert_eq!(settings.hosts, Hosts { fips: false, dual_stack: true });
        assert_eq!((settings.metadata.as_str(), sts.as_deref()), ("http://m", Some("http://c")));
        assert_eq!(of(&[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]).1, None);
    }
}
