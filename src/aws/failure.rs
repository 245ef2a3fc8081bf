//! Why the configuration of the AWS clients could not be loaded.

use std::fmt;
use std::path::PathBuf;

/// Why the configuration of the AWS clients could not be loaded.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// No region is configured.
    #[error("no AWS region is known: neither --region nor AWS_REGION nor the profile `{profile}` names one")]
    NoRegion {
        /// The selected profile.
        profile: String,
    },
    /// A certificate bundle is unusable.
    #[error("the certificate bundle {} can't be used: {reason}", path.display())]
    CaBundle {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An endpoint can't be used.
    #[error("{0}")]
    Endpoint(WrongEndpoint),
}

/// An endpoint that is refused: where it is configured, its value where that may be repeated, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrongEndpoint {
    /// The option, variable or setting that holds it.
    pub place: String,
    /// The value, where it may be repeated.
    pub shown: Option<String>,
    /// Why it is refused.
    pub why: &'static str,
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
