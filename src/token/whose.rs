//! Whose keys are used: from the profiles and the environment to a [`Chain`], in the AWS CLI's order. Pure.
//!
//! `docs/credentials.md` documents the order; `tests/it/keys/rows.yaml` compares it with the AWS CLI.

use super::chain::{Base, Chain, LoginBase, RoleStep, SsoBase, WebIdentityBase};
use super::environment::{Environment, EnvironmentKeys};
use super::ini::Section;
use super::keys::Keys;
use super::profile::{Profile, ProfileError, Profiles};
use super::undecided::Undecided;
use super::words::{quoted, words};

type Result<T, E = Undecided> = std::result::Result<T, E>;

/// The profiles, the environment, and whether the environment may decide.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) profiles: &'a Profiles,
    pub(super) environment: &'a Environment,
    /// `--profile`: only that profile, ignoring keys and web-identity tokens in the environment.
    pub(super) only_profile: bool,
}

impl<'a> Whose<'a> {
    /// The chain of a profile, and its name; `None` if it has no credentials. A missing profile is empty.
    pub(super) fn of(&self, name: &str) -> Result<Option<(Chain, String)>> {
        let is_there = self.profiles.contains(name);
        let found = if is_there { Some(self.profiles.profile(name, None)?) } else { None };
        let source = format!("profile {name}");
        if let Some(profile) = found.filter(|profile| takes_a_role(profile)) {
            let (mut roles, mut seen) = (Vec::new(), Vec::new());
            let base = self.source(profile, &mut roles, &mut seen)?;
            roles.reverse();
            return Ok(Some((Chain { base, roles }, source)));
        }
        let empty = Profile::default();
        let profile = found.unwrap_or(&empty);
        let Some(base) = self.base(profile, !self.only_profile)? else { return Ok(None) };
        let of_environment =
            matches!(&base, Base::WebIdentity(web) if profile.text(TOKEN_FILE) != Some(&web.token_file));
        let source = match &base {
            Base::WebIdentity(web) if of_environment => format!("the web-identity token {}", web.token_file),
            _ => source,
        };
        Ok(Some((Chain { base, roles: Vec::new() }, source)))
    }

    /// The first keys of a profile with a role; adds the roles on the way, last one first.
    fn source(&self, profile: &'a Profile, roles: &mut Vec<RoleStep>, seen: &mut Vec<&'a str>) -> Result<Base> {
        seen.push(profile.name());
        roles.push(role_step(profile)?);
        let name = match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(name), None) => name,
            (None, Some(source)) => return self.credential_source(profile, source),
            (Some(_), Some(_)) => return Err(invalid(profile, "has both source_profile and credential_source")),
            (None, None) => {
                return Err(invalid(profile, "has a role_arn but no source_profile or credential_source"));
            }
        };
        let source = self.profiles.profile(name, Some(profile.name()))?;
        let has_keys = ["aws_access_key_id", "aws_secret_access_key"].iter().any(|key| source.get(key).is_some());
        if seen.contains(&name) && !(name == profile.name() && has_keys) {
            let circle = seen.iter().chain([&name]).map(|name| (*name).to_owned()).collect();
            return Err(ProfileError::Circle(circle).into());
        }
        // A source profile with keys is used for its keys, even if it has a role.
        if takes_a_role(source) && !has_keys {
            return self.source(source, roles, seen);
        }
        self.base(source, false)?.ok_or_else(|| ProfileError::NoCredentials(name.to_owned()).into())
    }

    /// The credentials of a profile without its role.
    fn base(&self, profile: &Profile, with_environment: bool) -> Result<Option<Base>> {
        if let Some(web) = self.web_identity(profile, with_environment)? {
            return Ok(Some(Base::WebIdentity(web)));
        }
        if let Some(sso) = self.sso(profile)? {
            return Ok(Some(Base::Sso(sso)));
        }
        if let Some(keys) = static_keys(profile, profile.credentials())? {
            return Ok(Some(Base::Keys(keys)));
        }
        if let Some(session) = profile.get("login_session") {
            let (session, profile) = (filled(profile, "login_session", session)?, profile.name().to_owned());
            return Ok(Some(Base::Login(LoginBase { profile, session, kept: None })));
        }
        if let Some(command) = profile.get("credential_process") {
            let command = filled(profile, "credential_process", command)?;
            let line = words(&command).and_then(|words| quoted(&words));
            return Ok(Some(Base::Process(
                line.ok_or_else(|| invalid(profile, "credential_process ends inside quotes"))?,
            )));
        }
        Ok(static_keys(profile, profile.config())?.map(Base::Keys))
    }

    /// Each of the three settings may be in the environment or in the profile.
    fn web_identity(&self, profile: &Profile, with_environment: bool) -> Result<Option<WebIdentityBase>> {
        let environment = Some(self.environment).filter(|_| with_environment);
        let of = |variable: fn(&Environment) -> Option<&String>, setting: &str| {
            let of_profile = || profile.text(setting).map(str::to_owned);
            environment.and_then(variable).cloned().or_else(of_profile)
        };
        let Some(token_file) = of(|e| e.web_identity_token_file.as_ref(), TOKEN_FILE) else { return Ok(None) };
        let role_arn = of(|e| e.role_arn.as_ref(), "role_arn");
        let Some(role_arn) = role_arn else {
            return Err(match profile.text(TOKEN_FILE) {
                Some(file) if file == token_file => invalid(profile, "has a web_identity_token_file but no role_arn"),
                _ => Undecided::NoRoleForToken,
            });
        };
        let session_name = of(|e| e.role_session_name.as_ref(), "role_session_name");
        Ok(Some(WebIdentityBase { token_file, role_arn, session_name, token: None }))
    }

    fn sso(&self, profile: &Profile) -> Result<Option<SsoBase>> {
        let (account, role) = match (profile.get("sso_account_id"), profile.get("sso_role_name")) {
            (Some(account), Some(role)) => (account, role),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(invalid(profile, "has sso_account_id without sso_role_name")),
            (None, Some(_)) => return Err(invalid(profile, "has sso_role_name without sso_account_id")),
        };
        let session = profile.get("sso_session");
        let section = session.map(|session| self.sso_session(profile, session)).transpose()?;
        let setting = |name: &str| {
            let value = section.map_or_else(|| profile.get(name), |section| section.get(name));
            value.filter(|value| !value.is_empty()).map(str::to_owned).ok_or_else(|| match session {
                None => invalid(profile, &format!("lacks {name}")),
                Some(session) => invalid(profile, &format!("its sso-session `{session}` lacks {name}")),
            })
        };
        Ok(Some(SsoBase {
            profile: profile.name().to_owned(),
            session: session.map(str::to_owned),
            start_url: setting("sso_start_url")?,
            region: setting("sso_region")?,
            account: account.to_owned(),
            role: role.to_owned(),
        }))
    }

    fn sso_session(&self, profile: &Profile, name: &str) -> Result<&'a Section> {
        let section = self.profiles.sso_session(name);
        let section = section.ok_or_else(|| invalid(profile, &format!("its sso-session `{name}` is missing")))?;
        if let Some(fault) = &section.fault {
            let (name, fault) = (profile.name().to_owned(), fault.clone());
            return Err(ProfileError::Unreadable { name, fault: Box::new(fault) }.into());
        }
        let differs = |(setting, value): &(&str, &str)| profile.get(setting).is_some_and(|own| own != *value);
        match section.settings().find(differs) {
            Some((setting, _)) => {
                Err(invalid(profile, &format!("its {setting} differs from that of its sso-session `{name}`")))
            }
            None => Ok(section),
        }
    }

    /// The keys of a `credential_source`, in exact spelling.
    fn credential_source(&self, profile: &Profile, source: &str) -> Result<Base> {
        match source {
            "Environment" => given(&self.environment.keys)?.map(Base::Keys).ok_or(Undecided::NoEnvironmentKeys),
            "EcsContainer" if self.environment.container => Ok(Base::Container),
            "EcsContainer" => Err(invalid(profile, "takes its keys from a container, but the environment names none")),
            "Ec2InstanceMetadata" if self.environment.metadata_disabled => {
                Err(invalid(profile, "takes its keys from the instance, but AWS_EC2_METADATA_DISABLED is true"))
            }
            "Ec2InstanceMetadata" => Ok(Base::InstanceMetadata),
            _ => {
                let why = format!(
                    "credential_source is {source:?}: expected Environment, EcsContainer or Ec2InstanceMetadata"
                );
                Err(invalid(profile, &why))
            }
        }
    }
}

/// The keys in the environment. A secret without an access key id is ignored.
pub(super) fn given(keys: &EnvironmentKeys) -> Result<Option<Keys>> {
    match keys {
        EnvironmentKeys::Absent | EnvironmentKeys::SecretAlone => Ok(None),
        EnvironmentKeys::IdAlone => Err(Undecided::IdAlone),
        EnvironmentKeys::Refused(bad) => Err(Undecided::BadKeys(*bad)),
        EnvironmentKeys::Present(keys) => Ok(Some(keys.clone())),
    }
}

/// The setting for a web-identity token.
const TOKEN_FILE: &str = "web_identity_token_file";

fn invalid(profile: &Profile, why: &str) -> Undecided {
    ProfileError::Invalid { profile: profile.name().to_owned(), why: why.to_owned() }.into()
}

fn filled(profile: &Profile, setting: &str, value: &str) -> Result<String> {
    if value.is_empty() {
        return Err(invalid(profile, &format!("its {setting} is empty")));
    }
    Ok(value.to_owned())
}

/// Whether it assumes a role; a role for a web-identity token is a base.
fn takes_a_role(profile: &Profile) -> bool {
    profile.get("role_arn").is_some() && profile.get(TOKEN_FILE).is_none()
}

fn role_step(profile: &Profile) -> Result<RoleStep> {
    let owned = |setting: &str| profile.text(setting).map(str::to_owned);
    Ok(RoleStep {
        role_arn: filled(profile, "role_arn", profile.get("role_arn").unwrap_or_default())?,
        external_id: owned("external_id"),
        session_name: owned("role_session_name"),
        // An invalid number is ignored.
        duration: profile.text("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        mfa_serial: owned("mfa_serial"),
    })
}

/// The keys in one of the two files.
fn static_keys(profile: &Profile, section: Option<&Section>) -> Result<Option<Keys>> {
    let Some(id) = section.and_then(|section| section.get("aws_access_key_id")) else { return Ok(None) };
    let get = |name: &str| section.and_then(|section| section.get(name));
    let Some(secret) = get("aws_secret_access_key") else {
        return Err(invalid(profile, "has aws_access_key_id without aws_secret_access_key"));
    };
    let token = get("aws_security_token").or_else(|| get("aws_session_token")).filter(|token| !token.is_empty());
    let names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
    let keys = Keys::read(id, secret, token, names);
    keys.map(Some).map_err(|bad| invalid(profile, &bad.to_string()))
}

#[cfg(test)]
#[path = "whose_tests.rs"]
mod tests;
