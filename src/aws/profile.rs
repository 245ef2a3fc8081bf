//! The profiles of `~/.aws/config` and `~/.aws/credentials`: what the SDK does not tell about them.
//!
//! Where the files are, and which profile is meant, is the SDK's own loader's business (`AWS_CONFIG_FILE`,
//! `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`).

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::config::ConfigError;

/// Reads the profiles; `name` is the one that was asked for, before `AWS_PROFILE`.
///
/// # Errors
/// [`ConfigError::ProfileFiles`] where a file can't be read as what it is, [`ConfigError::ProfileMissing`] where the
/// selected profile is in none of them. Only `default` may be absent, if nobody asked for it.
pub async fn read(name: Option<&str>) -> Result<ProfileSet, ConfigError> {
    // A file system that hangs, or a pipe without another end, holds up neither signals nor the deadline.
    let (name, runtime) = (name.map(str::to_owned), tokio::runtime::Handle::current());
    let read = move || runtime.block_on(read_from(&Fs::real(), &Env::real(), name.as_deref()));
    let read = tokio::task::spawn_blocking(read).await;
    read.unwrap_or_else(|error| Err(ConfigError::ProfileFiles(error.to_string())))
}

async fn read_from(fs: &Fs, env: &Env, name: Option<&str>) -> Result<ProfileSet, ConfigError> {
    let files = EnvConfigFiles::default();
    let profiles = aws_config::profile::load(fs, env, &files, name.map(|n| n.to_owned().into()))
        .await
        .map_err(|error| ConfigError::ProfileFiles(crate::transport::describe(&error)))?;
    let selected = profiles.selected_profile();
    if profiles.get_profile(selected).is_none() && (name.is_some() || selected != "default") {
        let mut existing: Vec<String> = profiles.profiles().map(str::to_owned).collect();
        existing.sort();
        return Err(ConfigError::ProfileMissing { profile: selected.to_owned(), existing });
    }
    Ok(profiles)
}

/// One `role_arn` on the way from the keys to the selected profile.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// The profile that holds it.
    pub profile: String,
    /// The role.
    pub role_arn: String,
    /// The serial number or ARN of the second factor.
    pub mfa_serial: Option<String>,
    /// The external id.
    pub external_id: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
    /// Seconds.
    pub duration: Option<i32>,
}

/// What signs the first link's call.
#[derive(Clone, Eq, PartialEq)]
pub enum Source {
    /// Keys that stand in a profile: id, secret, session token.
    Keys(String, String, Option<String>),
    /// Whatever this profile gives.
    Profile(String),
}

/// A profile that assumes roles, the first to be assumed first.
#[derive(Clone, Eq, PartialEq)]
pub struct RoleChain {
    /// What signs the first call.
    pub source: Source,
    /// The roles.
    pub links: Vec<Link>,
}

impl RoleChain {
    /// The link that asks for a second factor.
    pub fn mfa(&self) -> Option<&Link> {
        self.links.iter().find(|link| link.mfa_serial.is_some())
    }
}

/// The chain of `role_arn` and `source_profile` that the selected profile is; `None` where it assumes no role, or from
/// `credential_source` or a web identity, or where the chain is broken: the SDK's own provider then knows what to do or
/// to say.
pub fn role_chain(profiles: &ProfileSet) -> Option<RoleChain> {
    let mut profile = profiles.get_profile(profiles.selected_profile())?;
    let mut links: Vec<Link> = Vec::new();
    let source = loop {
        // Keys of a profile that is a source come before its own role, those of the selected profile after it.
        let keys = if links.is_empty() { None } else { keys_of(profile) };
        if let Some(keys) = keys {
            break keys;
        }
        let Some(link) = link_of(profile) else { break Source::Profile(profile.name().to_owned()) };
        let source = profile.get("source_profile")?;
        if links.iter().any(|seen| seen.profile == source) {
            return None;
        }
        links.push(link);
        if source == profile.name() {
            break keys_of(profile)?;
        }
        profile = profiles.get_profile(source)?;
    };
    links.reverse();
    (!links.is_empty()).then_some(RoleChain { source, links })
}

fn link_of(profile: &Profile) -> Option<Link> {
    if profile.get("web_identity_token_file").is_some() {
        return None;
    }
    let text = |key: &str| profile.get(key).map(str::to_owned);
    Some(Link {
        profile: profile.name().to_owned(),
        role_arn: text("role_arn")?,
        mfa_serial: text("mfa_serial"),
        external_id: text("external_id"),
        session_name: text("role_session_name"),
        duration: profile.get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
    })
}

fn keys_of(profile: &Profile) -> Option<Source> {
    let text = |key: &str| profile.get(key).map(str::to_owned);
    Some(Source::Keys(text("aws_access_key_id")?, text("aws_secret_access_key")?, text("aws_session_token")))
}

/// The profile on the selected one's way that signs in through IAM Identity Center: what `aws sso login` wants.
pub fn sso_profile(profiles: &ProfileSet) -> Option<String> {
    let mut profile = profiles.get_profile(profiles.selected_profile())?;
    for _ in profiles.profiles() {
        if profile.get("sso_session").or_else(|| profile.get("sso_start_url")).is_some() {
            return Some(profile.name().to_owned());
        }
        profile = profiles.get_profile(profile.get("source_profile")?)?;
    }
    None
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
