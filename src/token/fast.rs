//! Decides for every verb whose keys sign, and finds them if no network is needed.
//!
//! From [`Inputs`], the texts of files as needed, and the cache, to [`Decided`]: the keys, or the [`Way`] to them, and
//! the profile's other settings. No client, no runtime, no clock of its own, no environment.
//!
//! The order is the AWS CLI's: only the profile if one is named on the command line; else keys in the environment; then
//! the role of the profile; then a web-identity token, the environment's before the profile's; then the profile's other
//! credentials; then the container; then the instance. [`super::whose`] walks the profiles.

use std::cell::OnceCell;
use std::time::SystemTime;

use super::cache::{Cache, Lookup, RENEWAL_MARGIN, say_once};
use super::chain::{Base, Chain, RoleStep};
use super::environment::{Environment, EnvironmentKeys};
use super::files::Texts;
use super::keys::Keys;
use super::login;
use super::profile::{DEFAULT_PROFILE, ProfileError, Profiles};
use super::settings::Settings;
use super::undecided::Undecided;
use super::way::Way;
use super::whose::{Whose, given};

/// The command line's options, and the environment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inputs {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`, or the region of the cluster's ARN.
    pub region: Option<String>,
    /// `--endpoint-url`.
    pub sts_endpoint: Option<String>,
    /// The last role to assume, with its options.
    pub role: Option<RoleStep>,
    /// The environment.
    pub environment: Environment,
}

/// The decision.
#[derive(Debug)]
pub struct Decided {
    /// The region that the command line, the environment or the profile names.
    pub region: Option<String>,
    /// How to get the keys that sign; an error if they are missing or ambiguous.
    pub way: Result<Way, Undecided>,
    /// The keys, if they are at hand.
    pub ready: Option<Keys>,
    /// What the profile and the environment configure besides credentials.
    pub settings: Settings,
}

/// Decides which keys sign, and finds them if no network is needed.
///
/// Files are read once. Keys of the environment are used whatever the files' state, unless a profile was named.
pub fn decide(inputs: &Inputs, texts: &dyn Texts, cache: Option<&Cache>, now: SystemTime) -> Decided {
    let (files, environment) = (Files::new(inputs, texts), &inputs.environment);
    let named = inputs.region.as_ref().or(environment.region.as_ref()).cloned();
    let region = named.or_else(|| files.setting("region"));
    let settings = files.settings(environment);
    let way = whose(inputs, &files).map(|(mut chain, source)| {
        let known_mfa_serial = known_mfa_serial(inputs, &files, &chain);
        if let Base::Login(login) = &mut chain.base {
            login.kept = texts.login(&login.session).and_then(|text| login::fresh(&text, now, RENEWAL_MARGIN));
        }
        chain.roles.extend(inputs.role.clone());
        let sts_endpoint = inputs.sts_endpoint.clone().or_else(|| settings.sts_endpoint(environment));
        Way::new((chain, source), known_mfa_serial, region.as_deref(), sts_endpoint, texts)
    });
    let ready = way.as_ref().ok().and_then(|way| way.keys().or_else(|| kept(way, cache, now)));
    Decided { region, way, ready, settings }
}

/// The device for a role that is refused without MFA: only a user has one.
fn known_mfa_serial(inputs: &Inputs, files: &Files<'_>, chain: &Chain) -> Option<String> {
    let is_of_environment = inputs.profile.is_none() && matches!(inputs.environment.keys, EnvironmentKeys::Present(_));
    let is_of_user = matches!(chain.base, Base::Keys(_)) && chain.roles.is_empty() && !is_of_environment;
    let beside_keys = || files.setting("mfa_serial").filter(|_| is_of_user);
    inputs.environment.mfa_serial.clone().or_else(beside_keys)
}

/// The session that an earlier call cached.
fn kept(way: &Way, cache: Option<&Cache>, now: SystemTime) -> Option<Keys> {
    match cache?.get(way.cache_key()?, now, RENEWAL_MARGIN) {
        Lookup::Found(keys) => Some(keys),
        Lookup::Refused(why) => {
            say_once(&format_args!("a saved session is not used: {why}"));
            None
        }
        _ => None,
    }
}

/// The keys before any role of the command line, and their name.
fn whose(inputs: &Inputs, files: &Files<'_>) -> Result<(Chain, String), Undecided> {
    let environment = &inputs.environment;
    let alone = |base: Base, source: &str| (Chain { base, roles: Vec::new() }, source.to_owned());
    if files.named {
        // A named profile must exist, whatever keys there are.
        files.profiles()?.profile(files.name, None)?;
    }
    let only_profile = inputs.profile.is_some();
    if !only_profile && let Some(keys) = given(&environment.keys)? {
        return Ok(alone(Base::Keys(keys), "the environment (AWS_ACCESS_KEY_ID)"));
    }
    let of_profiles = Whose { profiles: files.profiles()?, environment, only_profile };
    if let Some(found) = of_profiles.of(files.name)? {
        return Ok(found);
    }
    let base = match (environment.container, environment.metadata_disabled) {
        (true, _) => Base::Container,
        (false, false) => Base::InstanceMetadata,
        (false, true) => return Err(nothing(inputs, files)),
    };
    let what = base.what();
    Ok(alone(base, what))
}

/// Why there are no keys.
fn nothing(inputs: &Inputs, files: &Files<'_>) -> Undecided {
    match &inputs.environment.keys {
        EnvironmentKeys::SecretAlone if inputs.profile.is_none() => Undecided::SecretAlone,
        _ if files.named => ProfileError::NoCredentials(files.name.to_owned()).into(),
        _ => Undecided::NoCredentials,
    }
}

/// The selected profile; its files are read on demand.
struct Files<'a> {
    name: &'a str,
    named: bool,
    texts: &'a dyn Texts,
    read: OnceCell<Profiles>,
}

impl<'a> Files<'a> {
    fn new(inputs: &'a Inputs, texts: &'a dyn Texts) -> Self {
        let name = inputs.profile.as_deref().or(inputs.environment.profile.as_deref());
        Self { name: name.unwrap_or(DEFAULT_PROFILE), named: name.is_some(), texts, read: OnceCell::new() }
    }

    fn profiles(&self) -> Result<&Profiles, Undecided> {
        if let Some(profiles) = self.read.get() {
            return Ok(profiles);
        }
        let profiles = Profiles::read(&self.texts.config()?, &self.texts.credentials()?);
        Ok(self.read.get_or_init(|| profiles))
    }

    /// A setting of the profile; `None` if the files can't be read.
    fn setting(&self, setting: &str) -> Option<String> {
        self.profiles().ok()?.get(self.name, setting).map(str::to_owned)
    }

    fn settings(&self, environment: &Environment) -> Settings {
        let none = Profiles::default();
        Settings::read(self.profiles().unwrap_or(&none), self.name, environment)
    }
}

#[cfg(test)]
#[path = "fast_tests.rs"]
mod tests;
