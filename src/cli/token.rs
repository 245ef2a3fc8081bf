//! `token`: the exec plugin. Where the keys are at hand it signs and prints; a runtime and clients are built only where
//! the network is needed.

use std::time::SystemTime;

use super::args::{OutputFormat, TokenArgs};
use super::connect::{World, WorldSettings};
use super::context::{Context, variable};
use super::dispatch::on_runtime;
use super::open::{aws_settings, config_error};
use super::prompt::ask_code;
use super::ui::{Ui, write_stdout};
use crate::aws::ConfigError;
use crate::engine::{AssumeRequest, CallErrorKind, Connect, explain};
use crate::error::{Error, Result};
use crate::model::arn::check_cluster_name;
use crate::model::{ArnError, ClusterArn, Partition, Principal};
use crate::token::fast::{Decided, Decision, Inputs, Way, decide};
use crate::token::{
    Cache, CacheKey, Environment, ExecInfo, Keys, LOCK_WAIT, RENEWAL_MARGIN, Request, RoleStep, Turn, UserFiles,
    check_session_name, default_session_name, exec_credential, presign,
};

/// Runs it; gives the exit status.
pub(crate) fn token(context: &Context, args: &TokenArgs) -> u8 {
    match make(context, args) {
        Ok(text) => {
            write_stdout(&text);
            0
        }
        Err(error) => {
            Ui::new(&context.global, context.env.no_color).error(&error);
            error.kind.exit_code()
        }
    }
}

/// The line for stdout.
fn make(context: &Context, args: &TokenArgs) -> Result<String> {
    if args.clear_cache {
        return clear(context);
    }
    let cluster = cluster(args)?;
    let inputs = inputs(context, args, cluster.region.clone())?;
    let cache = cache(context, args);
    let files = UserFiles::from_lookup(variable);
    let Decided { region, decision } = decide(&inputs, &files, cache.as_ref(), SystemTime::now())
        .map_err(|e| hinted(Error::failed(e.to_string()), e.hint()))?;
    let keys = match decision {
        Decision::Ready(keys) => keys,
        Decision::Network(way) => on_runtime(fetch(context, &inputs, &region, &way, cache.as_ref()))?,
    };
    let partition = cluster.partition.unwrap_or_else(|| Partition::of_region(&region));
    let signed = presign(&Request { cluster_id: cluster.id, region, partition }, &keys, SystemTime::now())
        .map_err(|e| Error::failed(e.to_string()))?;
    if args.token_only {
        return Ok(format!("{}\n", signed.text()));
    }
    let info = ExecInfo::read(context.env.exec_info.as_deref());
    if let Some(warning) = &info.warning {
        Ui::new(&context.global, context.env.no_color).warn(warning);
    }
    Ok(exec_credential(&signed, info.api_version) + "\n")
}

fn hinted(error: Error, hint: Option<&str>) -> Error {
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn clear(context: &Context) -> Result<String> {
    let Some(dir) = context.env.token_cache_dir() else { return Ok(String::new()) };
    let failed =
        |e: crate::token::CacheError| Error::failed("clearing the cache of role sessions").because(e.to_string());
    let count = if dir.exists() { Cache::open(dir).and_then(|c| c.clear()).map_err(failed)? } else { 0 };
    Ok(match context.global.output {
        OutputFormat::Text => format!("{count} cached role sessions removed\n"),
        _ => format!("{{\"version\":1,\"verb\":\"token\",\"outcome\":\"cleared\",\"removed\":{count}}}\n"),
    })
}

/// What the token is signed for.
struct Target {
    id: String,
    region: Option<String>,
    partition: Option<Partition>,
}

fn cluster(args: &TokenArgs) -> Result<Target> {
    let usage = |flag: &str, e: &ArnError| Error::usage(format!("{flag}: {e}"));
    match (&args.cluster, &args.cluster_id) {
        (Some(text), _) if text.starts_with("arn:") => {
            let arn: ClusterArn = text.parse().map_err(|e| usage("--cluster", &e))?;
            Ok(Target { id: arn.name, region: Some(arn.region), partition: Some(arn.partition) })
        }
        (Some(name), _) => {
            check_cluster_name(name).map_err(|e| usage("--cluster", &e))?;
            Ok(Target { id: name.clone(), region: None, partition: None })
        }
        (None, Some(id)) => Ok(Target { id: id.clone(), region: None, partition: None }),
        (None, None) => Err(Error::usage("no cluster was named").hint("eksaccess token --cluster NAME")),
    }
}

fn inputs(context: &Context, args: &TokenArgs, region: Option<String>) -> Result<Inputs> {
    let role = args.role.as_ref().map(|arn| role_step(arn, args)).transpose()?;
    Ok(Inputs {
        profile: context.global.profile.clone(),
        region: context.global.region.clone().or(region),
        sts_endpoint: context.global.endpoint_url.clone(),
        role,
        environment: Environment::from_lookup(variable),
    })
}

fn role_step(arn: &str, args: &TokenArgs) -> Result<RoleStep> {
    let parsed: Principal = arn.parse().map_err(|e: ArnError| {
        Error::usage(format!("--role: {e}")).hint("a token needs the role's full ARN, arn:aws:iam::ACCOUNT:role/NAME")
    })?;
    if !matches!(parsed.kind, crate::model::PrincipalKind::Role) {
        return Err(Error::usage(format!("--role: {arn} is no role's ARN, and only a role can be assumed")));
    }
    if let Some(name) = &args.session_name {
        check_session_name(name).map_err(|e| Error::usage(format!("--session-name: {e}")))?;
    }
    if let Some(id) = &args.external_id {
        super::desire::check_external_id(id)?;
    }
    Ok(RoleStep {
        role_arn: arn.to_owned(),
        external_id: args.external_id.clone(),
        session_name: args.session_name.clone(),
        duration: args.duration.and_then(|d| u32::try_from(d).ok()),
        mfa_serial: args.mfa_serial.clone(),
    })
}

/// A cache that can't be used is no reason to fail: the token is then made without.
fn cache(context: &Context, args: &TokenArgs) -> Option<Cache> {
    if args.no_cache
        || (args.role.is_none() && context.global.profile.is_none() && variable("AWS_ACCESS_KEY_ID").is_some())
    {
        return None;
    }
    Cache::open(context.env.token_cache_dir()?).ok()
}

/// Asks for the keys over the network, and keeps what a role gave.
async fn fetch(context: &Context, inputs: &Inputs, region: &str, way: &Way, cache: Option<&Cache>) -> Result<Keys> {
    let now = SystemTime::now();
    let mut held = None;
    if let (Some(cache), Some(key)) = (cache, way.cache_key()) {
        match cache.turn(key, now, RENEWAL_MARGIN, LOCK_WAIT) {
            Turn::Found(keys) => return Ok(keys),
            Turn::Mine(lock) => held = Some(lock),
            Turn::Without => {}
        }
    }
    let world = open(context, region).await?;
    let base = world.config().base().keys().await.map_err(|e| explain("finding credentials", &e))?;
    let keys = match &inputs.role {
        None => base,
        Some(role) => {
            // Behind a base that had to be asked, the name is known only now.
            let late = late_key(way, &base);
            if let (Some(cache), Some(key)) = (cache, &late) {
                match cache.turn(key, now, RENEWAL_MARGIN, LOCK_WAIT) {
                    Turn::Found(keys) => return Ok(keys),
                    Turn::Mine(lock) => held = Some(lock),
                    Turn::Without => {}
                }
            }
            let keys = assume(context, &world, role).await?;
            if let (Some(cache), Some(key)) = (cache, way.cache_key().or(late.as_ref())) {
                // Without it the next call asks again.
                let _ = cache.put(key, &keys);
            }
            drop(held);
            return Ok(keys);
        }
    };
    if let (Some(cache), Some(key)) = (cache, way.cache_key()) {
        let _ = cache.put(key, &keys);
    }
    drop(held);
    Ok(keys)
}

fn late_key(way: &Way, base: &Keys) -> Option<CacheKey> {
    if way.cache_key().is_some() || way.roles.len() != 1 { None } else { way.cache_key_with(&base.access_key_id) }
}

async fn open(context: &Context, region: &str) -> Result<World> {
    let mut settings = WorldSettings { aws: aws_settings(context, None), ..WorldSettings::default() };
    settings.aws.region = Some(region.to_owned());
    crate::transport::seed_tls_early();
    match World::open(&settings).await {
        Err(ConfigError::MfaNeeded { serial, .. }) => {
            settings.aws.mfa_code = Some(ask_code(&serial)?);
            World::open(&settings).await
        }
        other => other,
    }
    .map_err(|e| config_error(&e))
}

/// Assumes the role. A second factor that was named is asked for at once; one that is only known (`AWS_MFA_SERIAL`) when
/// the role refuses without.
async fn assume(context: &Context, world: &World, role: &RoleStep) -> Result<Keys> {
    let mut request = AssumeRequest {
        role_arn: role.role_arn.clone(),
        session_name: match &role.session_name {
            Some(name) => name.clone(),
            None => default_name(context, world).await,
        },
        external_id: role.external_id.clone(),
        duration: role.duration.and_then(|d| i32::try_from(d).ok()),
        mfa: None,
    };
    if let Some(serial) = &role.mfa_serial {
        request.mfa = Some((serial.clone(), ask_code(serial)?));
    }
    let doing = format!("assuming {}", role.role_arn);
    match world.assume(&request).await {
        Ok(session) => Ok(session.keys().clone()),
        Err(error) if error.kind == CallErrorKind::AccessDenied && request.mfa.is_none() => match variable("AWS_MFA_SERIAL") {
            Some(serial) => {
                request.mfa = Some((serial.clone(), ask_code(&serial)?));
                world.assume(&request).await.map(|s| s.keys().clone()).map_err(|e| explain(&doing, &e))
            }
            None => Err(explain(&doing, &error)
                .hint("the caller's policies, the role's trust, an external id (-e) or a second factor (--mfa-serial): eksaccess verify --cluster NAME --role ROLE")),
        },
        Err(error) => Err(explain(&doing, &error)),
    }
}

/// The session is named after who asks, so that the audit log tells.
async fn default_name(context: &Context, world: &World) -> String {
    let caller = world.caller().await.ok();
    default_session_name(caller.as_ref().map(|c| &c.arn), context.env.user.as_deref())
}
