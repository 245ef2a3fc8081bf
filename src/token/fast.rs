//! Whether a token can be printed at once, and if not, what is left to be asked over the network.
//!
//! In: what was asked for ([`Inputs`]), the texts of files when they are needed, the cache. Out: a [`Decision`]. No
//! client, no runtime, no clock of its own, no environment.
//!
//! Whose keys they are is the same for all verbs: a profile named on the command line goes before everything, as in the
//! AWS CLI; else keys in the environment; then the profile that `AWS_PROFILE` names, or `default`; then a web-identity
//! token that the environment names; then the container; then the instance. That is the SDK's default chain; the CLI
//! differs where a profile without a role stands beside a web-identity token in the environment.

use std::cell::OnceCell;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::cache::{Cache, Lookup, RENEWAL_MARGIN, say_once};
use super::cache_key::{CacheKey, KeyInputs, Source};
use super::chain::{Base, Chain, RoleStep, WebIdentityBase, roles_text};
use super::environment::{Environment, EnvironmentKeys};
use super::files::{TextError, Texts};
use super::keys::Keys;
use super::profile::{DEFAULT_PROFILE, ProfileError, Profiles};
use super::web_identity::Claims;
use crate::model::arn::Partition;

/// What was asked for on the command line, and the environment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inputs {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`, or the region of the cluster's ARN.
    pub region: Option<String>,
    /// `--endpoint-url`.
    pub sts_endpoint: Option<String>,
    /// The role to assume at the end, with its options.
    pub role: Option<RoleStep>,
    /// The environment.
    pub environment: Environment,
}

/// Why nobody's keys can be found.
#[derive(Debug, thiserror::Error)]
pub enum FastError {
    /// A file can't be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A profile leads nowhere.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Half of the keys is in the environment.
    #[error("the environment holds half a pair of access keys: {0} is not set")]
    HalfKeys(&'static str),
    /// A profile takes its keys from the environment, which has none.
    #[error("the profile takes its keys from the environment (credential_source), and AWS_ACCESS_KEY_ID is not set")]
    NoEnvironmentKeys,
    /// The web-identity token has no role.
    #[error("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")]
    NoRoleForToken,
    /// Nothing anywhere.
    #[error(
        "there are no AWS credentials: none in the environment, none in a profile, and AWS_EC2_METADATA_DISABLED is true"
    )]
    NoCredentials,
    /// Nobody names a region.
    #[error("no region is named: by --region, the cluster's ARN, AWS_REGION or the profile")]
    NoRegion,
}

impl FastError {
    /// The command or setting that helps, where there is one.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Profile(ProfileError::Missing { .. }) => Some("`aws configure list-profiles` shows which there are"),
            Self::Profile(_) | Self::Text(_) => None,
            Self::HalfKeys(_) => Some("set both variables, or unset both"),
            Self::NoEnvironmentKeys => Some("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            Self::NoRoleForToken => Some("set AWS_ROLE_ARN to the role that trusts the token's issuer"),
            Self::NoCredentials => Some("`aws configure sso` or `aws configure` sets a profile up"),
            Self::NoRegion => Some("give --region"),
        }
    }
}

/// What a token needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decided {
    /// The region to sign for.
    pub region: String,
    /// The way to the keys.
    pub decision: Decision,
}

/// The way to the keys that sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// They are here: sign.
    Ready(Keys),
    /// They have to be asked for.
    Network(Box<Way>),
}

/// What is left to be asked over the network: the base's keys where they are not known, then each role in turn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Way {
    /// Where the first keys come from; with [`Base::Keys`] STS is all that is needed.
    pub base: Base,
    /// The roles in the order in which they are assumed.
    pub roles: Vec<RoleStep>,
    known_mfa_serial: Option<String>,
    cache_key: Option<CacheKey>,
    inputs: KeyInputs,
}

impl Way {
    /// Under which name the result is kept; `None` where the base must be asked first (then [`Way::cache_key_with`]) or
    /// where there is nothing to keep.
    pub const fn cache_key(&self) -> Option<&CacheKey> {
        self.cache_key.as_ref()
    }

    /// Under which name the result is kept once the base's access key id is known; `None` where no role is assumed, for
    /// then the base's keys are the result and the base's own to keep.
    pub fn cache_key_with(&self, access_key_id: &str) -> Option<CacheKey> {
        let roles = with_factors(&self.roles, self.known_mfa_serial.as_deref());
        let (_, before) = roles.split_last()?;
        let source = match &self.cache_key {
            Some(key) => return Some(key.clone()),
            None if before.is_empty() => Source::Base { access_key_id: access_key_id.to_owned() },
            None => through(&json!(["base", access_key_id]), before),
        };
        Some(CacheKey::of(&KeyInputs { source, ..self.inputs.clone() }))
    }

    /// The MFA device for a role that names none and refuses without: `AWS_MFA_SERIAL`, or what stands beside the keys of
    /// a profile.
    pub fn known_mfa_serial(&self) -> Option<&str> {
        self.known_mfa_serial.as_deref()
    }
}

/// Decides how to come to the keys that sign, and finds them where no network is needed.
///
/// Files are read only where the decision needs them: keys in the environment without a role need none.
///
/// # Errors
/// [`FastError`] where nobody's keys are meant, or it is not clear whose.
pub fn decide(
    inputs: &Inputs,
    texts: &dyn Texts,
    cache: Option<&Cache>,
    now: SystemTime,
) -> Result<Decided, FastError> {
    let files = Files::new(inputs, texts);
    let mut chain = whose(inputs, &files)?;
    let beside_keys = matches!(chain.base, Base::Keys(_)) && chain.roles.is_empty() && files.read.get().is_some();
    let of_profile = || if beside_keys { files.setting("mfa_serial") } else { None };
    let known_mfa_serial = inputs.environment.mfa_serial.clone().or_else(of_profile);
    chain.roles.extend(inputs.role.clone());
    let named = inputs.region.as_ref().or(inputs.environment.region.as_ref()).cloned();
    let region = named.or_else(|| files.setting("region")).ok_or(FastError::NoRegion)?;
    if let (Base::Keys(keys), []) = (&chain.base, &chain.roles[..]) {
        return Ok(Decided { region, decision: Decision::Ready(keys.clone()) });
    }
    let way = way(chain, known_mfa_serial, &region, files.sts_endpoint(inputs), texts);
    let found = cache.zip(way.cache_key()).map(|(cache, key)| cache.get(key, now, RENEWAL_MARGIN));
    let decision = match found {
        Some(Lookup::Found(keys)) => Decision::Ready(keys),
        Some(Lookup::Refused(why)) => {
            say_once(&format_args!("a kept session is refused: {why}"));
            Decision::Network(Box::new(way))
        }
        _ => Decision::Network(Box::new(way)),
    };
    Ok(Decided { region, decision })
}

/// Whose keys are meant, before any role of the command line.
fn whose(inputs: &Inputs, files: &Files<'_>) -> Result<Chain, FastError> {
    let environment = &inputs.environment;
    let alone = |base| Chain { base, roles: Vec::new() };
    if inputs.profile.is_none() {
        match &environment.keys {
            EnvironmentKeys::Present(keys) => return Ok(alone(Base::Keys(keys.clone()))),
            EnvironmentKeys::Lacks(name) => return Err(FastError::HalfKeys(name)),
            EnvironmentKeys::Absent => {}
        }
    }
    let chain = files.chain()?.map(|chain| fill_in(chain, environment)).transpose()?;
    if let Some(name) = &inputs.profile {
        return chain.ok_or_else(|| ProfileError::NoCredentials(name.clone()).into());
    }
    if let Some(chain) = chain {
        return Ok(chain);
    }
    if let Some(token_file) = environment.web_identity_token_file.clone() {
        let role_arn = environment.role_arn.clone().ok_or(FastError::NoRoleForToken)?;
        let session_name = environment.role_session_name.clone();
        return Ok(alone(Base::WebIdentity(WebIdentityBase { token_file, role_arn, session_name, token: None })));
    }
    match (environment.container, environment.metadata_disabled) {
        (true, _) => Ok(alone(Base::Container)),
        (false, true) => Err(FastError::NoCredentials),
        (false, false) => Ok(alone(Base::InstanceMetadata)),
    }
}

/// Puts the environment's keys where a profile says `credential_source = Environment`.
fn fill_in(chain: Chain, environment: &Environment) -> Result<Chain, FastError> {
    match (&chain.base, &environment.keys) {
        (Base::Environment, EnvironmentKeys::Present(keys)) => Ok(Chain { base: Base::Keys(keys.clone()), ..chain }),
        (Base::Environment, EnvironmentKeys::Lacks(name)) => Err(FastError::HalfKeys(name)),
        (Base::Environment, EnvironmentKeys::Absent) => Err(FastError::NoEnvironmentKeys),
        _ => Ok(chain),
    }
}

/// The roles, each with the device that it names or would be asked with: under which name a session is kept does not
/// depend on where the device was named.
fn with_factors(roles: &[RoleStep], known: Option<&str>) -> Vec<RoleStep> {
    let with = |role: &RoleStep| RoleStep {
        mfa_serial: role.mfa_serial.clone().or_else(|| known.map(str::to_owned)),
        ..role.clone()
    };
    roles.iter().map(with).collect()
}

fn way(
    Chain { mut base, roles }: Chain,
    known_mfa_serial: Option<String>,
    region: &str,
    sts_endpoint: Option<String>,
    texts: &dyn Texts,
) -> Way {
    if let Base::WebIdentity(web) = &mut base {
        web.token = texts.web_identity_token(&web.token_file);
    }
    let named = with_factors(&roles, known_mfa_serial.as_deref());
    let (last, before) = named.split_last().map_or((None, &[][..]), |(last, before)| (Some(last), before));
    let source = source(&base, before, last.is_some(), texts);
    let session_name = match (last, &base) {
        (Some(role), _) => role.session_name.clone(),
        (None, Base::WebIdentity(web)) => web.session_name.clone(),
        (None, _) => None,
    };
    let inputs = KeyInputs {
        source: source.clone().unwrap_or(Source::Base { access_key_id: String::new() }),
        role_arn: last.map(|role| role.role_arn.clone()),
        external_id: last.and_then(|role| role.external_id.clone()),
        session_name,
        duration: last.and_then(|role| role.duration),
        mfa_serial: last.and_then(|role| role.mfa_serial.clone()),
        sts_endpoint,
        partition: Partition::of_region(region),
        region: region.to_owned(),
    };
    let cache_key = source.map(|_| CacheKey::of(&inputs));
    Way { base, roles, known_mfa_serial, cache_key, inputs }
}

/// What identifies the keys that assume the last role, or are the result where `assumes` is false; `None` where the base
/// must be asked first.
fn source(base: &Base, before: &[RoleStep], assumes: bool, texts: &dyn Texts) -> Option<Source> {
    let (base, identity) = match base {
        Base::Keys(keys) => {
            let access_key_id = keys.access_key_id.clone();
            (json!(["keys", access_key_id]), Source::StaticOrEnv { access_key_id })
        }
        Base::Sso(sso) => {
            let logins = access_tokens(&texts.sso_logins(), &sso.start_url)?;
            let session = json!([sso.session, sso.start_url, sso.region, logins]).to_string();
            let (account, role) = (sso.account.clone(), sso.role.clone());
            (json!(["sso", session, account, role]), Source::Sso { session, account, role })
        }
        Base::WebIdentity(web) => {
            let claims = Claims::read(web.token.as_deref()?)?;
            let Claims { issuer, subject, audience, session } = claims;
            let role = web.role_arn.clone();
            let text = json!(["web-identity", issuer, subject, audience, session, role, web.session_name]);
            (text, Source::WebIdentity { issuer, subject, audience, session, role })
        }
        Base::Environment | Base::Process(_) | Base::Login(_) | Base::Container | Base::InstanceMetadata => {
            return None;
        }
    };
    // The session of a web-identity role has a name of its own, which the role assumed with it does not carry.
    let through_web = assumes && matches!(identity, Source::WebIdentity { .. });
    Some(if before.is_empty() && !through_web { identity } else { through(&base, before) })
}

/// The access tokens of the logins at a start URL, `None` where nobody is logged in: after another login the kept
/// credentials are another person's. They enter the key's hash and nothing else.
fn access_tokens(logins: &[String], start_url: &str) -> Option<Vec<String>> {
    let token = |login: &String| {
        let login: Value = serde_json::from_str(login).ok()?;
        let here = login.get("startUrl")?.as_str()?.trim_end_matches('/') == start_url.trim_end_matches('/');
        login.get("accessToken")?.as_str().filter(|_| here).map(str::to_owned)
    };
    let tokens: Vec<String> = logins.iter().filter_map(token).collect();
    if tokens.is_empty() { None } else { Some(tokens) }
}

fn through(base: &Value, before: &[RoleStep]) -> Source {
    Source::Profile { resolved: json!([base, roles_text(before)]).to_string() }
}

/// The profile that counts, its files read when it is first asked for.
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

    fn profiles(&self) -> Result<&Profiles, FastError> {
        if let Some(profiles) = self.read.get() {
            return Ok(profiles);
        }
        let profiles = Profiles::read(&self.texts.config()?, &self.texts.credentials()?)?;
        Ok(self.read.get_or_init(|| profiles))
    }

    /// The profile's chain; `None` where it holds none, or nobody named one and there is no default.
    fn chain(&self) -> Result<Option<Chain>, FastError> {
        let profiles = self.profiles()?;
        if self.named || profiles.contains(self.name) { Ok(profiles.chain(self.name)?) } else { Ok(None) }
    }

    /// A setting of the profile; files that can't be read have none.
    fn setting(&self, setting: &str) -> Option<String> {
        self.profiles().ok()?.get(self.name, setting).map(str::to_owned)
    }

    /// The STS endpoint that is configured: it is part of who answers.
    fn sts_endpoint(&self, inputs: &Inputs) -> Option<String> {
        if inputs.sts_endpoint.is_some() || inputs.environment.ignore_endpoints {
            return inputs.sts_endpoint.clone();
        }
        let of_environment = inputs.environment.sts_endpoint.clone();
        of_environment.or_else(|| self.profiles().ok()?.sts_endpoint(self.name).map(str::to_owned))
    }
}

#[cfg(test)]
#[path = "fast_tests.rs"]
mod tests;
