//! The only reader of the environment: everything that the verbs need to know of it, read once.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::GlobalArgs;

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_STATE_HOME`.
    pub state_home: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub cache_home: Option<PathBuf>,
    /// `KUBECONFIG`.
    pub kubeconfig: Option<String>,
    /// `NO_COLOR`, set and not empty.
    pub no_color: bool,
    /// `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<PathBuf>,
    /// `AWS_PROFILE`.
    pub aws_profile: Option<String>,
    /// `AWS_MFA_SERIAL`.
    pub mfa_serial: Option<String>,
    /// `KUBERNETES_EXEC_INFO`.
    pub exec_info: Option<String>,
    /// `USER`.
    pub user: Option<String>,
    /// `HTTPS_PROXY`, in either case.
    pub https_proxy: Option<String>,
    /// `NO_PROXY`, in either case.
    pub no_proxy: Option<String>,
    /// `RUST_LOG`.
    pub log: Option<String>,
}

/// The value of a variable, for those who look up by name; unset where it is no text.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What stands behind the program's name on the command line.
pub(crate) fn first_argument() -> Option<OsString> {
    std::env::args_os().nth(1)
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
    /// Reads it.
    pub fn read() -> Self {
        Self {
            home: path("HOME"),
            state_home: path("XDG_STATE_HOME"),
            cache_home: path("XDG_CACHE_HOME"),
            kubeconfig: text("KUBECONFIG"),
            no_color: text("NO_COLOR").is_some(),
            ca_bundle: path("AWS_CA_BUNDLE"),
            aws_profile: text("AWS_PROFILE"),
            mfa_serial: text("AWS_MFA_SERIAL"),
            exec_info: text("KUBERNETES_EXEC_INFO"),
            user: text("USER").or_else(|| text("LOGNAME")),
            https_proxy: text("HTTPS_PROXY").or_else(|| text("https_proxy")),
            no_proxy: text("NO_PROXY").or_else(|| text("no_proxy")),
            log: text("RUST_LOG"),
        }
    }

    /// Where this program keeps what should outlive a run: below `XDG_STATE_HOME`, else below home.
    pub fn state_dir(&self) -> Option<PathBuf> {
        let named = self.state_home.clone().filter(|p| p.is_absolute());
        let state = named.or_else(|| Some(self.home.clone()?.join(".local").join("state")))?;
        Some(state.join("eksaccess"))
    }

    /// Where role sessions are cached: below `XDG_CACHE_HOME`, else below home.
    pub fn token_cache_dir(&self) -> Option<PathBuf> {
        let text = |path: &Option<PathBuf>| path.as_ref().and_then(|p| p.to_str().map(str::to_owned));
        crate::token::cache_directory(text(&self.cache_home).as_deref(), text(&self.home).as_deref())
    }
}

/// What every verb runs with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The options of every verb.
    pub global: GlobalArgs,
    /// The environment.
    pub env: Environment,
}
