//! The AWS config and credentials files: from their texts and a profile's name to a [`Chain`]. Pure over the texts.
//!
//! The files are parsed by the SDK's own parser, so that both ways to a token read them alike. What a profile means
//! follows the AWS CLI (<https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html>), which unlike the
//! Rust SDK honours `mfa_serial` and `duration_seconds`.

use aws_runtime::env_config::error::EnvConfigFileLoadError;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::parse::EnvConfigParseError;
use aws_runtime::env_config::property::PropertiesKey;
use aws_runtime::env_config::section::{EnvConfigSections, Profile};
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env, Fs};
use futures::FutureExt;

use super::chain::{Base, Chain, RoleStep, SsoBase, WebIdentityBase};
use super::keys::Keys;

/// The profile that is meant where none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// Why a profile leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A text can't be taken.
    #[error("the AWS config files can't be read")]
    Unreadable(#[source] EnvConfigFileLoadError),
    /// A file can't be parsed.
    #[error("the AWS config files can't be read: {0}")]
    Unparsable(#[source] EnvConfigParseError),
    /// There is no such profile.
    #[error("there is no AWS profile `{name}`{}: {}", asked(from.as_deref()), those(existing))]
    Missing {
        /// The profile's name.
        name: String,
        /// The profile whose `source_profile` it is.
        from: Option<String>,
        /// The profiles that exist.
        existing: Vec<String>,
    },
    /// `source_profile` leads back to where it came from.
    #[error("the source profiles go round in a circle: {}", .0.join(" → "))]
    Circle(Vec<String>),
    /// A setting is wrong or lacks its companion.
    #[error("profile `{profile}`: {why}")]
    Invalid {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        why: String,
    },
    /// The profile is there and says nothing of credentials.
    #[error("profile `{0}` holds no credentials and says nothing of where to get some")]
    NoCredentials(String),
}

fn asked(from: Option<&str>) -> String {
    from.map(|name| format!(", the source_profile of `{name}`")).unwrap_or_default()
}

fn those(existing: &[String]) -> String {
    if existing.is_empty() {
        "no profiles are defined".to_owned()
    } else {
        format!("there are {}", existing.join(", "))
    }
}

/// The profiles of both files; what the credentials file says of one goes before what the config file says.
#[derive(Clone)]
pub struct Profiles(EnvConfigSections);

impl Profiles {
    /// Parses the texts of the config file and the credentials file, each empty where there is none.
    ///
    /// # Errors
    /// [`ProfileError::Unparsable`] with the line.
    #[expect(clippy::missing_panics_doc, reason = "texts at hand are ready at the first look")]
    pub fn read(config: &str, credentials: &str) -> Result<Self, ProfileError> {
        let files = EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, config)
            .with_contents(EnvConfigFileKind::Credentials, credentials)
            .build();
        let (nobodys_files, empty) = (Fs::from_slice(&[]), Env::from_slice(&[]));
        // Over texts at hand the SDK's future has nothing to wait for.
        let source = source::load(&empty, &nobodys_files, &files).now_or_never();
        let source = source.expect("no file is read").map_err(ProfileError::Unreadable)?;
        EnvConfigSections::parse(source).map(Self).map_err(ProfileError::Unparsable)
    }

    /// Whether there is a profile of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.get_profile(name).is_some()
    }

    /// A setting of a profile, without white space around it; an empty one counts as not there.
    pub fn get(&self, profile: &str, setting: &str) -> Option<&str> {
        get(self.0.get_profile(profile)?, setting)
    }

    /// The STS endpoint that a profile configures, in its `services` section or for all services.
    pub fn sts_endpoint(&self, profile: &str) -> Option<&str> {
        let of_services = || service_endpoint(&self.0, self.get(profile, "services")?, "sts");
        of_services().or_else(|| self.get(profile, "endpoint_url"))
    }

    /// Follows a profile through its source profiles to the first keys; `None` where it says nothing of credentials.
    ///
    /// # Errors
    /// [`ProfileError`] for a profile that is missing, contradicts itself or goes in a circle.
    pub fn chain(&self, name: &str) -> Result<Option<Chain>, ProfileError> {
        let mut roles = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut at = name;
        let base = loop {
            let from = seen.last().map(|name| (*name).to_owned());
            if seen.contains(&at) {
                return Err(ProfileError::Circle(seen.into_iter().chain([at]).map(str::to_owned).collect()));
            }
            let profile = self.0.get_profile(at).ok_or_else(|| self.missing(at, from))?;
            seen.push(profile.name());
            // A source profile with keys is meant for its keys, whatever role it has beside them.
            if let Some(keys) = static_keys(profile)?.filter(|_| seen.len() > 1) {
                break Some(Base::Keys(keys));
            }
            let Some(role) = role_step(profile)? else { break self.base(profile)? };
            roles.push(role);
            match (get(profile, "source_profile"), get(profile, "credential_source")) {
                (Some(source), None) if source == profile.name() => break self.base(profile)?,
                (Some(source), None) => at = source,
                (None, Some(_)) => break self.base(profile)?,
                (Some(_), Some(_)) => return Err(invalid(profile, "has both source_profile and credential_source")),
                (None, None) => {
                    return Err(invalid(profile, "has a role_arn but no source_profile or credential_source"));
                }
            }
        };
        roles.reverse();
        match base {
            Some(base) => Ok(Some(Chain { base, roles })),
            None if roles.is_empty() => Ok(None),
            None => Err(ProfileError::NoCredentials(seen.pop().unwrap_or(name).to_owned())),
        }
    }

    fn missing(&self, name: &str, from: Option<String>) -> ProfileError {
        let mut existing: Vec<String> = self.0.profiles().map(str::to_owned).collect();
        existing.sort();
        ProfileError::Missing { name: name.to_owned(), from, existing }
    }

    /// What a profile holds when its role is left aside, in the SDK's order.
    fn base(&self, profile: &Profile) -> Result<Option<Base>, ProfileError> {
        if let Some(source) = get(profile, "credential_source") {
            return credential_source(profile, source).map(Some);
        }
        if let Some(web_identity) = web_identity(profile)? {
            return Ok(Some(Base::WebIdentity(web_identity)));
        }
        if let Some(sso) = self.sso(profile)? {
            return Ok(Some(Base::Sso(sso)));
        }
        let login = get(profile, "login_session").map(|session| Base::Login(session.to_owned()));
        let process = || get(profile, "credential_process").map(|command| Base::Process(command.to_owned()));
        match login.or_else(process) {
            Some(base) => Ok(Some(base)),
            None => Ok(static_keys(profile)?.map(Base::Keys)),
        }
    }

    fn sso(&self, profile: &Profile) -> Result<Option<SsoBase>, ProfileError> {
        let (account, role) = match (get(profile, "sso_account_id"), get(profile, "sso_role_name")) {
            (Some(account), Some(role)) => (account, role),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(invalid(profile, "has sso_account_id without sso_role_name")),
            (None, Some(_)) => return Err(invalid(profile, "has sso_role_name without sso_account_id")),
        };
        let session = get(profile, "sso_session");
        let setting = |name: &str| match session {
            None => get(profile, name),
            Some(session) => self.0.sso_session(session).and_then(|found| found.get(name)).map(str::trim),
        };
        let lacks = |name: &str| match session {
            None => invalid(profile, &format!("lacks {name}")),
            Some(session) => invalid(profile, &format!("its sso-session `{session}` is missing or lacks {name}")),
        };
        Ok(Some(SsoBase {
            session: session.map(str::to_owned),
            start_url: setting("sso_start_url").ok_or_else(|| lacks("sso_start_url"))?.to_owned(),
            region: setting("sso_region").ok_or_else(|| lacks("sso_region"))?.to_owned(),
            account: account.to_owned(),
            role: role.to_owned(),
        }))
    }
}

/// The endpoint of one service in a `services` section.
pub(crate) fn service_endpoint<'a>(sections: &'a EnvConfigSections, section: &str, service: &str) -> Option<&'a str> {
    let key = PropertiesKey::builder()
        .section_key("services")
        .section_name(section)
        .property_name(service)
        .sub_property_name("endpoint_url")
        .build()
        .ok()?;
    sections.other_sections().get(&key).map(|url| url.trim()).filter(|url| !url.is_empty())
}

fn get<'a>(profile: &'a Profile, setting: &str) -> Option<&'a str> {
    profile.get(setting).map(str::trim).filter(|value| !value.is_empty())
}

fn owned(profile: &Profile, setting: &str) -> Option<String> {
    get(profile, setting).map(str::to_owned)
}

fn invalid(profile: &Profile, why: &str) -> ProfileError {
    ProfileError::Invalid { profile: profile.name().to_owned(), why: why.to_owned() }
}

fn static_keys(profile: &Profile) -> Result<Option<Keys>, ProfileError> {
    match (get(profile, "aws_access_key_id"), get(profile, "aws_secret_access_key")) {
        (Some(id), Some(secret)) => Ok(Some(Keys::new(id, secret, owned(profile, "aws_session_token")))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(invalid(profile, "has aws_access_key_id without aws_secret_access_key")),
        (None, Some(_)) => Err(invalid(profile, "has aws_secret_access_key without aws_access_key_id")),
    }
}

/// The role of a profile; a role that is reached with a web-identity token is no step but a base.
fn role_step(profile: &Profile) -> Result<Option<RoleStep>, ProfileError> {
    let Some(role_arn) = owned(profile, "role_arn").filter(|_| get(profile, "web_identity_token_file").is_none())
    else {
        return Ok(None);
    };
    let duration = get(profile, "duration_seconds").map(str::parse).transpose();
    Ok(Some(RoleStep {
        role_arn,
        external_id: owned(profile, "external_id"),
        session_name: owned(profile, "role_session_name"),
        duration: duration.map_err(|_| invalid(profile, "duration_seconds is no number"))?,
        mfa_serial: owned(profile, "mfa_serial"),
    }))
}

fn web_identity(profile: &Profile) -> Result<Option<WebIdentityBase>, ProfileError> {
    let Some(token_file) = owned(profile, "web_identity_token_file") else { return Ok(None) };
    let Some(role_arn) = owned(profile, "role_arn") else {
        return Err(invalid(profile, "has a web_identity_token_file but no role_arn"));
    };
    let session_name = owned(profile, "role_session_name");
    Ok(Some(WebIdentityBase { token_file, role_arn, session_name, token: None }))
}

fn credential_source(profile: &Profile, source: &str) -> Result<Base, ProfileError> {
    match source {
        "Environment" => Ok(Base::Environment),
        "EcsContainer" => Ok(Base::Container),
        "Ec2InstanceMetadata" => Ok(Base::InstanceMetadata),
        _ => {
            let why =
                format!("credential_source is {source:?}: expected Environment, EcsContainer or Ec2InstanceMetadata");
            Err(invalid(profile, &why))
        }
    }
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
