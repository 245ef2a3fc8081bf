//! How to get the keys that sign: the first keys, then each role in turn; and the cache name of the result.

use serde_json::{Value, json};

use super::cache_key::{CacheKey, KeyInputs, Source};
use super::chain::{Base, Chain, LoginBase, RoleStep, roles_text};
use super::files::Texts;
use super::keys::Keys;
use super::web_identity::Claims;
use crate::error::shell_word;
use crate::model::arn::Partition;

/// The source of the first keys, and the roles that are assumed with them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Way {
    /// The source of the first keys; with [`Base::Keys`] only STS is needed.
    pub base: Base,
    /// The roles in the order in which they are assumed.
    pub roles: Vec<RoleStep>,
    source: String,
    known_mfa_serial: Option<String>,
    cache_key: Option<CacheKey>,
    inputs: KeyInputs,
}

impl Way {
    /// The way of a chain; `source` names its first keys.
    pub(super) fn new(
        (chain, source): (Chain, String),
        known_mfa_serial: Option<String>,
        region: Option<&str>,
        sts_endpoint: Option<String>,
        texts: &dyn Texts,
    ) -> Self {
        let Chain { mut base, roles } = chain;
        if let Base::WebIdentity(web) = &mut base {
            web.token = texts.web_identity_token(&web.token_file);
        }
        let named = with_factors(&roles, known_mfa_serial.as_deref());
        let (last, before) = named.split_last().map_or((None, &[][..]), |(last, before)| (Some(last), before));
        let who = who(&base, before, last.is_some(), texts);
        let session_name = match (last, &base) {
            (Some(role), _) => role.session_name.clone(),
            (None, Base::WebIdentity(web)) => web.session_name.clone(),
            (None, _) => None,
        };
        let region = region.unwrap_or_default();
        let inputs = KeyInputs {
            source: who.clone().unwrap_or(Source::Base { access_key_id: String::new() }),
            role_arn: last.map(|role| role.role_arn.clone()),
            external_id: last.and_then(|role| role.external_id.clone()),
            session_name,
            duration: last.and_then(|role| role.duration),
            mfa_serial: last.and_then(|role| role.mfa_serial.clone()),
            sts_endpoint,
            partition: Partition::of_region(region),
            region: region.to_owned(),
        };
        let is_kept = who.is_some() && !region.is_empty() && (base.at_hand().is_none() || last.is_some());
        let cache_key = is_kept.then(|| CacheKey::of(&inputs));
        Self { base, roles, source, known_mfa_serial, cache_key, inputs }
    }

    /// Keys that are at hand, with the name `source`.
    pub fn of_keys(keys: Keys, source: &str) -> Self {
        Self { base: Base::Keys(keys), ..Self::of_base(Base::Container, source) }
    }

    /// The first keys alone, without a role; not cached.
    pub fn of_base(base: Base, source: &str) -> Self {
        let inputs = KeyInputs {
            source: Source::Base { access_key_id: String::new() },
            role_arn: None,
            external_id: None,
            session_name: None,
            duration: None,
            mfa_serial: None,
            sts_endpoint: None,
            partition: Partition::Aws,
            region: String::new(),
        };
        let (source, roles) = (source.to_owned(), Vec::new());
        Self { base, roles, source, known_mfa_serial: None, cache_key: None, inputs }
    }

    /// The keys, if they are at hand and no role is assumed.
    pub fn keys(&self) -> Option<Keys> {
        self.base.at_hand().filter(|_| self.roles.is_empty()).cloned()
    }

    /// The keys' name in an error: `profile work`, `the environment (AWS_ACCESS_KEY_ID)`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The command that signs in again, if the first keys come from a sign-in.
    pub fn sign_in(&self) -> Option<String> {
        match &self.base {
            Base::Sso(sso) => Some(format!("aws sso login --profile {}", shell_word(&sso.profile))),
            Base::Login(login) => Some(format!("aws login --profile {}", shell_word(&login.profile))),
            _ => None,
        }
    }

    /// The MFA device that a role in the chain names.
    pub fn mfa_serial(&self) -> Option<&str> {
        self.roles.iter().find_map(|role| role.mfa_serial.as_deref())
    }

    /// The same, with this device for the first role: its call is signed with a user's keys, and only a user has a
    /// device.
    #[must_use]
    pub fn with_mfa_serial(mut self, serial: &str) -> Self {
        if let Some(role) = self.roles.first_mut() {
            role.mfa_serial.get_or_insert_with(|| serial.to_owned());
        }
        self
    }

    /// The cache name of the result; `None` if the base must be fetched first (then [`Way::cache_key_with`]) or nothing
    /// is cached.
    pub const fn cache_key(&self) -> Option<&CacheKey> {
        self.cache_key.as_ref()
    }

    /// The cache name of the result once the base's access key id is known; `None` without a role, as the base's keys
    /// are then the result and cached by their own provider.
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

    /// The MFA device for a role that names none and is refused without MFA: `AWS_MFA_SERIAL`, or the one next to a
    /// profile's keys.
    pub fn known_mfa_serial(&self) -> Option<&str> {
        self.known_mfa_serial.as_deref()
    }
}

/// The roles, each with its own or the known device: the cache name does not depend on where the device was named.
fn with_factors(roles: &[RoleStep], known: Option<&str>) -> Vec<RoleStep> {
    let with = |role: &RoleStep| RoleStep {
        mfa_serial: role.mfa_serial.clone().or_else(|| known.map(str::to_owned)),
        ..role.clone()
    };
    roles.iter().map(with).collect()
}

/// What identifies the keys that assume the last role, or are the result if `assumes` is false; `None` if the base must
/// be fetched first.
fn who(base: &Base, before: &[RoleStep], assumes: bool, texts: &dyn Texts) -> Option<Source> {
    let (base, identity) = match base {
        Base::Keys(keys) | Base::Login(LoginBase { kept: Some(keys), .. }) => {
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
        Base::Process(_) | Base::Login(_) | Base::Container | Base::InstanceMetadata | Base::Nothing(..) => {
            return None;
        }
    };
    // The session of a web-identity role has a name of its own, which the role assumed with it does not inherit.
    let through_web = assumes && matches!(identity, Source::WebIdentity { .. });
    Some(if before.is_empty() && !through_web { identity } else { through(&base, before) })
}

/// The access tokens of the logins at a start URL, `None` without a login: after another login the cached credentials
/// may be another person's. They are only used for the key's hash.
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
