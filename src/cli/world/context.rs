//! The only reader of the environment, read once.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::args::GlobalArgs;
use crate::secrets::{learn, learn_url};
use crate::token::{self, Inputs};

/// The values from the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// `HOME`.
    pub(crate) home: Option<PathBuf>,
    /// `XDG_STATE_HOME`.
    pub(crate) state_home: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub(crate) cache_home: Option<PathBuf>,
    /// `KUBECONFIG`.
    pub(crate) kubeconfig: Option<String>,
    /// `KUBERC`.
    pub(crate) kuberc: Option<String>,
    /// `KUBECTL_KUBERC`, which disables it.
    pub(crate) kuberc_feature: Option<String>,
    /// `NO_COLOR`, set and not empty.
    pub(crate) no_color: bool,
    /// `AWS_CA_BUNDLE`.
    pub(crate) ca_bundle: Option<PathBuf>,
    /// `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`.
    pub(crate) aws_profile: Option<String>,
    /// `TERM` is `dumb`: the terminal shows neither colour nor redrawn lines.
    pub(crate) dumb_terminal: bool,
    /// `KUBERNETES_EXEC_INFO`.
    pub(crate) exec_info: Option<String>,
    /// `USER`.
    pub(crate) user: Option<String>,
    /// `RUST_LOG`.
    pub(crate) log: Option<String>,
}

/// Variables that hold a secret.
const SECRETS: [&str; 4] =
    ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];

/// Variables whose URL may hold a password.
const URLS: [&str; 9] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_EKS",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/// The value of a variable by name; `None` if it is unset or not text.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The command line's arguments that are text.
pub(crate) fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().filter_map(|argument| argument.into_string().ok())
}

/// The first argument after the program's name.
pub(crate) fn first_argument() -> Option<OsString> {
    std::env::args_os().nth(1)
}

/// Whether access keys in the environment take precedence over a profile that a variable names.
pub(crate) fn has_keys() -> bool {
    token::Environment::from_lookup(variable).keys.decide()
}

/// How long an access entry is left to act before it is compared with its mapping: EKS caches what it told each API server,
/// for two minutes by the webhook's default. A build for tests takes another time from the environment.
pub(crate) fn settle() -> Duration {
    let said = if cfg!(debug_assertions) { variable("EKSACCESS_TEST_SETTLE_MS") } else { None };
    said.and_then(|text| text.parse().ok()).map_or(Duration::from_mins(2), Duration::from_millis)
}

/// The directory of this program.
pub(crate) fn own_directory() -> Option<PathBuf> {
    std::env::current_exe().ok()?.parent().map(PathBuf::from)
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v: &OsString| !v.is_empty()).map(PathBuf::from)
}

impl Environment {
    /// Reads it, and registers its secrets.
    pub(crate) fn read() -> Self {
        SECRETS.iter().filter_map(|name| text(name)).for_each(|value| learn(&value));
        for name in URLS {
            [text(name), text(&name.to_ascii_lowercase())].into_iter().flatten().for_each(|url| learn_url(&url));
        }
        Self {
            home: path("HOME"),
            state_home: path("XDG_STATE_HOME"),
            cache_home: path("XDG_CACHE_HOME"),
            kubeconfig: text("KUBECONFIG"),
            kuberc: text("KUBERC"),
            kuberc_feature: text("KUBECTL_KUBERC"),
            no_color: text("NO_COLOR").is_some(),
            ca_bundle: path("AWS_CA_BUNDLE"),
            aws_profile: token::Environment::from_lookup(variable).profile,
            dumb_terminal: text("TERM").as_deref() == Some("dumb"),
            exec_info: text("KUBERNETES_EXEC_INFO"),
            user: text("USER").or_else(|| text("LOGNAME")),
            log: text("RUST_LOG"),
        }
    }

    /// The directory for data that outlives a run: in `XDG_STATE_HOME`, else in the home directory.
    pub(crate) fn state_dir(&self) -> Option<PathBuf> {
        let named = self.state_home.clone().filter(|p| p.is_absolute());
        let state = named.or_else(|| Some(self.home.clone()?.join(".local").join("state")))?;
        Some(state.join("eksaccess"))
    }

    /// The directory of cached role sessions: in `XDG_CACHE_HOME`, else in the home directory.
    pub(crate) fn token_cache_dir(&self) -> Option<PathBuf> {
        let text = |path: &Option<PathBuf>| path.as_ref().and_then(|p| p.to_str().map(str::to_owned));
        crate::token::cache_directory(text(&self.cache_home).as_deref(), text(&self.home).as_deref())
    }
}

/// What every verb runs with.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The options of every verb.
    pub(crate) global: GlobalArgs,
    /// The environment.
    pub(crate) env: Environment,
}

impl Context {
    /// What the command line and the environment say about the credentials to use.
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs {
            profile: self.global.profile.clone().filter(|profile| !profile.is_empty()),
            region: self.global.region.clone(),
            sts_endpoint: self.global.endpoint_url.clone(),
            role: None,
            environment: token::Environment::from_lookup(variable),
        }
    }
}
