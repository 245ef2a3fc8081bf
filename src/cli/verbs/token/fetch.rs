//! Fetches keys that are not at hand: the base's, if needed, then those of each role of the chain in turn, signed with
//! the previous keys. A role's keys are cached.

use std::time::SystemTime;

use crate::aws::ConfigError;
use crate::cli::world::connect::{World, WorldSettings};
use crate::cli::world::context::Context;
use crate::cli::world::open::{aws_settings, config_error};
use crate::cli::world::prompt::ask_code;
use crate::cli::world::runtime::on_runtime;
use crate::engine::{AssumeRequest, CallError, CallErrorKind, CallResult, Connect, explain};
use crate::error::{Error, Result, shell_word};
use crate::k8s::KubeSettings;
use crate::model::Principal;
use crate::token::{
    Base, Cache, CacheKey, CacheLock, Keys, LOCK_WAIT, RENEWAL_MARGIN, RoleStep, Settings, Turn, Way,
    default_session_name,
};

/// What fetching needs besides the chain.
pub(super) struct Fetch<'a> {
    pub(super) context: &'a Context,
    pub(super) region: &'a str,
    /// What the profile and the environment configure besides credentials.
    pub(super) settings: Settings,
    /// The cluster as named, for a proposed command.
    pub(super) cluster: &'a str,
    pub(super) cache: Option<&'a Cache>,
    /// Whether an MFA code may be asked for: not if kubectl reports a non-interactive session.
    pub(super) may_ask: bool,
}

/// The result of waiting for the lock.
enum Seat {
    /// Another process fetched the keys in the meantime.
    Found(Keys),
    /// This process fetches them; the lock, if any, is held until the keys are cached.
    Ours(Option<CacheLock>),
}

impl Fetch<'_> {
    /// Waits for the cache's lock before a runtime starts: the wait blocks, and Ctrl-C ends it.
    ///
    /// # Errors
    /// No keys were found, or a role was refused.
    pub(super) fn keys(&self, way: &Way) -> Result<Keys> {
        match self.seat(way.cache_key()) {
            Seat::Found(keys) => Ok(keys),
            Seat::Ours(_lock) => on_runtime(self.over_the_network(way)),
        }
    }

    fn seat(&self, key: Option<&CacheKey>) -> Seat {
        let (Some(cache), Some(key)) = (self.cache, key) else { return Seat::Ours(None) };
        match cache.turn(key, SystemTime::now(), RENEWAL_MARGIN, LOCK_WAIT) {
            Turn::Found(keys) => Seat::Found(keys),
            Turn::Mine(lock) => Seat::Ours(Some(lock)),
            Turn::Without => Seat::Ours(None),
        }
    }

    async fn over_the_network(&self, way: &Way) -> Result<Keys> {
        let base = if let Some(keys) = way.base.at_hand() {
            keys.clone()
        } else {
            let world = self.world(way.base.clone(), way.source()).await?;
            world.config().base().keys().await.map_err(|e| explain("finding credentials", &e))?
        };
        if way.cache_key().is_some() {
            return self.assume_all(way, base, way.cache_key()).await;
        }
        // With a fetched base the cache key is known only now. Blocking here delays nothing else.
        let late = way.cache_key_with(&base.access_key_id);
        match self.seat(late.as_ref()) {
            Seat::Found(keys) => Ok(keys),
            Seat::Ours(_lock) => self.assume_all(way, base, late.as_ref()).await,
        }
    }

    /// A world in which exactly these keys sign, regardless of the environment and the profiles.
    async fn world(&self, base: Base, source: &str) -> Result<World> {
        let (way, region) = (Way::of_base(base, source), Some(self.region.to_owned()));
        let aws = aws_settings(self.context, way, self.settings.clone(), region);
        crate::transport::seed_tls_early();
        let settings = WorldSettings { aws, kube: KubeSettings::default(), assume_role: None };
        World::open(&settings).await.map_err(|e: ConfigError| config_error(&e))
    }

    async fn assume_all(&self, way: &Way, base: Keys, key: Option<&CacheKey>) -> Result<Keys> {
        let mut keys = base;
        let mut caller: Option<Option<Principal>> = None;
        for role in &way.roles {
            let world = self.world(Base::Keys(keys), way.source()).await?;
            let name = match (&role.session_name, &caller) {
                (Some(name), _) => name.clone(),
                (None, known) => {
                    // The session is named after the first signer, for the audit log.
                    let arn = match known {
                        Some(arn) => arn.clone(),
                        None => world.caller().await.ok().map(|caller| caller.arn),
                    };
                    caller = Some(arn.clone());
                    default_session_name(arn.as_ref(), self.context.env.user.as_deref())
                }
            };
            keys = self.assume(&world, role, name, way.known_mfa_serial()).await?;
        }
        if let (Some(cache), Some(key)) = (self.cache, key) {
            // If it is not cached, the next call fetches it again.
            let _ = cache.put(key, &keys);
        }
        Ok(keys)
    }

    /// Assumes one role. The code of a device that the role's profile names is asked for at once; that of a known
    /// device (`AWS_MFA_SERIAL`, or next to a profile's keys) only when the role is refused without MFA.
    async fn assume(&self, world: &World, role: &RoleStep, session_name: String, known: Option<&str>) -> Result<Keys> {
        let mut request = AssumeRequest {
            role_arn: role.role_arn.clone(),
            session_name,
            external_id: role.external_id.clone(),
            duration: role.duration.and_then(|d| i32::try_from(d).ok()),
            mfa: None,
        };
        if let Some(serial) = &role.mfa_serial {
            request.mfa = Some((serial.clone(), self.code(serial, role)?));
        }
        let known = known.filter(|_| request.mfa.is_none());
        let answer = match (keys_of(world, &request).await, known) {
            (Err(error), Some(serial)) if error.is(CallErrorKind::AccessDenied) => {
                request.mfa = Some((serial.to_owned(), self.code(serial, role)?));
                keys_of(world, &request).await
            }
            (answer, _) => answer,
        };
        answer.map_err(|error| self.refused(&role.role_arn, &error))
    }

    /// The command that obtains the same session.
    fn command(&self, role: &RoleStep) -> String {
        let mut command = format!(
            "eksaccess token --cluster {} --region {} --role {}",
            shell_word(self.cluster),
            self.region,
            role.role_arn
        );
        let profile = self.context.global.profile.as_ref();
        for (flag, value) in [
            ("--external-id", &role.external_id),
            ("--session-name", &role.session_name),
            ("--profile", &profile.cloned()),
        ] {
            if let Some(value) = value {
                command = format!("{command} {flag} {}", shell_word(value));
            }
        }
        command
    }

    fn refused(&self, role: &str, error: &CallError) -> Error {
        let explained = explain(&format!("assuming {role}"), error);
        if !error.is(CallErrorKind::AccessDenied) {
            return explained;
        }
        explained.hint(format!(
            "see which side refuses, the caller's policies or the role's trust: eksaccess verify --cluster {} --region {} --role {role}",
            shell_word(self.cluster),
            self.region
        ))
    }

    fn code(&self, serial: &str, role: &RoleStep) -> Result<String> {
        if self.may_ask {
            return ask_code(serial);
        }
        Err(Error::failed(format!(
            "assuming {} needs the MFA code from {serial}, and kubectl does not allow prompts",
            role.role_arn
        ))
        .because("the exec plugin was started with interactive false (KUBERNETES_EXEC_INFO)")
        .hint(format!(
            "get the session once on a terminal, and it is saved: {} --mfa-serial {serial} > /dev/null",
            self.command(role)
        )))
    }
}

async fn keys_of(world: &World, request: &AssumeRequest) -> CallResult<Keys> {
    world.assume(request).await.map(|session| session.keys().clone())
}
