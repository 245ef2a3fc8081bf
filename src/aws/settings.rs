//! What is configured: whose keys sign, where to, and how long to try.

use std::path::PathBuf;
use std::time::Duration;

use crate::token::{Settings, Way};

/// What the clients are made of.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    /// Whose keys sign, as it was decided.
    pub way: Way,
    /// What the profile and the environment say beside credentials.
    pub beside: Settings,
    /// The region that the command line, the environment, the profile or a cluster's ARN names.
    pub region: Option<String>,
    /// `--endpoint-url`: for every service, before `AWS_ENDPOINT_URL…` and the profile's `endpoint_url`.
    pub endpoint_url: Option<String>,
    /// How long one call may take with all its attempts.
    pub timeout: Duration,
    /// `AWS_CA_BUNDLE`: certificates that are trusted beside the system's; the profile's `ca_bundle` where absent.
    pub ca_bundle: Option<PathBuf>,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count.
    pub proxy_from_env: bool,
    /// What the second factor of a role on the way shows.
    pub mfa_code: Option<String>,
}
