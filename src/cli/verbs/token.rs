//! `token`: the exec plugin. With keys at hand it signs and prints; a runtime and clients are created only if the
//! network is needed.

use std::io::ErrorKind;
use std::time::SystemTime;

use crate::cli::args::{OutputFormat, TokenArgs};
use crate::cli::screen::ui::{Ui, unwritten, write_stdout};
use crate::cli::world::context::{Context, variable};
use crate::cli::world::open::undecided;
use crate::engine::renew;
use crate::error::{Error, Result};
use crate::model::cluster_arn::check_cluster_name;
use crate::model::{ArnError, ClusterArn, Partition, Principal};
use crate::token::{
    Cache, Decided, EnvironmentKeys, ExecInfo, Inputs, Request, RoleStep, TokenError, Undecided, UserFiles, Way,
    check_session_name, decide, exec_credential, presign,
};

mod fetch;

/// Runs it; returns the exit status.
pub(crate) fn token(context: &Context, args: &TokenArgs) -> u8 {
    let written = make(context, args).and_then(|text| match write_stdout(&text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(unwritten(&error.to_string()).hint("make stdout writable and run the same command again"))
        }
        _ => Ok(()),
    });
    let Err(error) = written else { return 0 };
    Ui::new(&context.global, &context.env).error(&error);
    error.kind.exit_code()
}

/// The line for stdout.
fn make(context: &Context, args: &TokenArgs) -> Result<String> {
    if args.clear_cache {
        return clear(context);
    }
    crate::cli::screen::log::start(context.global.verbose, context.env.log.as_deref());
    let cluster = cluster(args)?;
    let inputs = inputs(context, args, cluster.region.clone())?;
    let cache = cache(context, args, &inputs);
    let files = UserFiles::from_lookup(variable);
    let info = ExecInfo::read(context.env.exec_info.as_deref());
    let Decided { region, way, ready, settings } = decide(&inputs, &files, cache.as_ref(), SystemTime::now());
    let way = way.map_err(|e| undecided(&e))?;
    let region = region.ok_or_else(|| undecided(&Undecided::NoRegion))?;
    let hosts = settings.hosts;
    let keys = if let Some(keys) = ready {
        keys
    } else {
        let may_ask = info.interactive != Some(false);
        let (region, cluster, cache) = (&region, &cluster.id, cache.as_ref());
        fetch::Fetch { context, region, settings, cluster, cache, may_ask }.keys(&way)?
    };
    let partition = cluster.partition.unwrap_or_else(|| Partition::of_region(&region));
    let signed = presign(&Request { cluster_id: cluster.id, region, partition, hosts }, &keys, SystemTime::now())
        .map_err(|e| unsigned(&e, &way))?;
    if args.token_only {
        return Ok(format!("{}\n", signed.text()));
    }
    if let Some(warning) = &info.warning {
        Ui::new(&context.global, &context.env).warn(warning);
    }
    Ok(exec_credential(&signed, info.api_version) + "\n")
}

fn unsigned(error: &TokenError, way: &Way) -> Error {
    let renewed = renew(way.sign_in().as_deref());
    let hint = match error {
        TokenError::TooLong { .. } => {
            "use credentials with a shorter session: fewer session tags, no session policy, or a role assumed by an IAM user"
        }
        TokenError::Expired { .. } => &renewed,
        TokenError::Region(_) => "name the cluster's region: --region REGION",
        TokenError::Cluster(_) => "name the cluster as EKS lists it: aws eks list-clusters",
        TokenError::Sign { .. } => "see which keys are used: aws configure list",
    };
    Error::failed(error.to_string()).hint(hint)
}

fn clear(context: &Context) -> Result<String> {
    let Some(dir) = context.env.token_cache_dir() else { return Ok(String::new()) };
    let failed = |e: crate::token::CacheError| Error::failed("clearing the cache of role sessions").because_of(e);
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

/// The variable that aws-iam-authenticator reads if no cluster is named.
const CLUSTER_VARIABLE: &str = "KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID";

/// A variable's value; an empty one counts as unset.
fn set(name: &str) -> Option<String> {
    variable(name).filter(|value| !value.trim().is_empty())
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
        (None, None) => match set(CLUSTER_VARIABLE) {
            Some(id) => Ok(Target { id, region: None, partition: None }),
            None => Err(Error::usage("no cluster was named").hint("name it with --cluster")),
        },
    }
}

fn inputs(context: &Context, args: &TokenArgs, region: Option<String>) -> Result<Inputs> {
    let role = role(args).map(|arn| role_step(arn, args)).transpose()?;
    let inputs = context.inputs();
    Ok(Inputs { region: inputs.region.or(region), role, ..inputs })
}

/// The role; an empty `DEFAULT_ROLE` names none, and `--role ''` is an error.
fn role(args: &TokenArgs) -> Option<&str> {
    let is_unset = |role: &str| role.trim().is_empty() && variable("DEFAULT_ROLE").as_deref() == Some(role);
    args.role.as_deref().filter(|role| !is_unset(role))
}

fn role_step(arn: &str, args: &TokenArgs) -> Result<RoleStep> {
    let parsed: Principal = arn.parse().map_err(|e: ArnError| {
        Error::usage(format!("--role: {e}")).hint("a token needs the role's full ARN, arn:aws:iam::ACCOUNT:role/NAME")
    })?;
    if !matches!(parsed.kind, crate::model::PrincipalKind::Role) {
        return Err(Error::usage(format!("--role: {arn} is not a role's ARN, and only a role can be assumed")));
    }
    if let Some(name) = &args.session_name {
        check_session_name(name).map_err(|e| Error::usage(format!("--session-name: {e}")))?;
    }
    if let Some(id) = &args.external_id {
        crate::cli::verbs::desire::check_external_id(id)?;
    }
    Ok(RoleStep {
        role_arn: arn.to_owned(),
        external_id: args.external_id.clone(),
        session_name: args.session_name.clone(),
        duration: args.duration.and_then(|d| u32::try_from(d).ok()),
        mfa_serial: args.mfa_serial.clone(),
    })
}

/// The cache; `None` if it can't be used, and the token is made without it.
fn cache(context: &Context, args: &TokenArgs, inputs: &Inputs) -> Option<Cache> {
    let has_keys = matches!(inputs.environment.keys, EnvironmentKeys::Present(_));
    if args.no_cache || (inputs.role.is_none() && inputs.profile.is_none() && has_keys) {
        return None;
    }
    Cache::open(context.env.token_cache_dir()?).ok()
}
