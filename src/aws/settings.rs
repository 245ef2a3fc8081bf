//! What is configured: whose keys sign, the endpoints, and the timeouts.

use std::path::PathBuf;
use std::time::Duration;

use crate::token::{Settings, Way};

/// What the clients are made of.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    /// The credential chain that was chosen.
    pub way: Way,
    /// What the profile and the environment configure besides credentials.
    pub beside: Settings,
    /// The region that the command line, the environment, the profile or a cluster's ARN names.
    pub region: Option<String>,
    /// `--endpoint-url`: for every service, before `AWS_ENDPOINT_URL…` and the profile's `endpoint_url`.
    pub endpoint_url: Option<String>,
    /// How long one call may take with all its attempts.
    pub timeout: Duration,
    /// `AWS_CA_BUNDLE`: certificates trusted in addition to the system's; the profile's `ca_bundle` where absent.
    pub ca_bundle: Option<PathBuf>,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are used.
    pub proxy_from_env: bool,
    /// The MFA code for a role in the chain.
    pub mfa_code: Option<String>,
}
