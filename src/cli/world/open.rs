//! From the command line and the environment to a world to work on: credentials, region, connections to the cluster.

use std::time::{Duration, SystemTime};

use crate::aws::{AwsSettings, ConfigError};
use crate::cli::args::ClusterArgs;
use crate::cli::screen::ui::Hush;
use crate::cli::world::aside::aside;
use crate::cli::world::connect::{World, WorldSettings};
use crate::cli::world::context::{Context, variable};
use crate::cli::world::factor::{Factor, Sight};
use crate::cli::world::prompt::ask_code;
use crate::engine::{AssumeRequest, CallErrorKind, ClusterRef};
use crate::error::{Error, Result, shell_word};
use crate::k8s::KubeSettings;
use crate::model::cluster_arn::check_cluster_name;
use crate::model::{ArnError, ClusterArn, Principal, PrincipalKind};
use crate::secrets::learn_url;
use crate::token::{Base, Decided, ProfileError, Settings, Undecided, UserFiles, Way, decide, default_session_name};

/// The ARN of the cluster, if it is named by one.
///
/// # Errors
/// Neither a name nor an ARN; a `--region` that contradicts the ARN.
fn named_arn(context: &Context, cluster: Option<&ClusterArgs>) -> Result<Option<ClusterArn>> {
    let Some(args) = cluster else { return Ok(None) };
    let Some(text) = args.cluster.as_deref() else { return Ok(None) };
    if !text.starts_with("arn:") {
        check_cluster_name(text).map_err(|e| Error::usage(format!("--cluster: {e}")))?;
        return Ok(None);
    }
    let arn: ClusterArn = text.parse().map_err(|e: crate::model::ArnError| Error::usage(format!("--cluster: {e}")))?;
    match context.global.region.as_ref().filter(|r| **r != arn.region) {
        Some(region) => {
            Err(Error::usage(format!("--region {region} contradicts the cluster's ARN, which is in {}", arn.region)))
        }
        None => Ok(Some(arn)),
    }
}

/// `--assume-role-arn` names a role by its ARN.
fn check_assumed(arn: Option<&str>) -> Result<()> {
    let Some(text) = arn else { return Ok(()) };
    let arn: Principal = text.parse().map_err(|e: ArnError| Error::usage(format!("--assume-role-arn: {e}")))?;
    if arn.kind == PrincipalKind::Role {
        return Ok(());
    }
    Err(Error::usage(format!("--assume-role-arn: {text} is not a role's ARN"))
        .hint(format!("--assume-role-arn arn:{}:iam::{}:role/NAME", arn.partition, arn.account)))
}

/// Limited by the command's timeout: reading a profile may hang.
async fn in_time<T>(context: &Context, work: impl Future<Output = T>) -> Result<T> {
    let patience = context.global.timeout();
    tokio::time::timeout(Duration::from_secs(patience), work).await.map_err(|_| {
        Error::failed(format!("the AWS profiles could not be read within {patience} s"))
            .hint("see which files are used: echo $AWS_CONFIG_FILE $AWS_SHARED_CREDENTIALS_FILE")
    })
}

/// The credentials that sign. If none can be found, the first call that needs them reports it.
async fn decided(context: &Context) -> Result<(Way, Option<String>, Settings)> {
    let inputs = context.inputs();
    let decide = aside(move || Ok(decide(&inputs, &UserFiles::from_lookup(variable), None, SystemTime::now())));
    let Decided { region, way, settings, .. } = in_time(context, decide).await??;
    let way = match way {
        Ok(way) => way,
        Err(error) if is_of_files(&error) => return Err(undecided(&error)),
        Err(error) => {
            let help = error.hint().filter(|_| !matches!(error, Undecided::NoCredentials));
            Way::of_base(Base::Nothing(error.to_string(), help), &format!("profile {}", settings.profile))
        }
    };
    Ok((way, region, settings))
}

/// Whether the fix is in a file or in a name on the command line.
const fn is_of_files(error: &Undecided) -> bool {
    let Undecided::Profile(error) = error else { return matches!(error, Undecided::Text(_)) };
    matches!(error, ProfileError::Missing { .. } | ProfileError::Unreadable { .. })
}

/// Why the signing credentials are ambiguous, as an error.
pub(crate) fn undecided(error: &Undecided) -> Error {
    let told = if is_of_files(error) { Error::usage(error.to_string()) } else { Error::failed(error.to_string()) };
    match error.hint() {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

/// Opens the world and names the cluster in it.
///
/// # Errors
/// A configuration that can't be used.
pub(crate) async fn open(context: &Context, cluster: Option<&ClusterArgs>) -> Result<(World, Option<ClusterRef>)> {
    let arn = named_arn(context, cluster)?;
    check_assumed(context.global.assume_role_arn.as_deref())?;
    let region = arn.as_ref().map(|arn| arn.region.clone()).or_else(|| cluster.and_then(|args| args.region.clone()));
    let (way, decided_region, beside) = decided(context).await?;
    let aws = aws_settings(context, way, beside, decided_region.or(region));
    let mut settings = settings(context, cluster, aws);
    crate::transport::seed_tls_early();
    let world = if let Some(serial) = settings.aws.way.mfa_serial().map(str::to_owned) {
        with_factor(context, cluster, &mut settings, arn.as_ref(), &serial).await?;
        in_time(context, World::open(&settings)).await?
    } else {
        let world = in_time(context, World::open(&settings)).await?;
        match world.as_ref().ok() {
            Some(opened) => match refusing_without(&settings.aws.way, opened).await {
                Some(serial) => {
                    settings.aws.way = settings.aws.way.clone().with_mfa_serial(&serial);
                    with_factor(context, cluster, &mut settings, arn.as_ref(), &serial).await?;
                    World::open(&settings).await
                }
                None => world,
            },
            None => world,
        }
    }
    .map_err(|e| config_error(&e))?;
    let cluster = cluster.and_then(|args| args.cluster.as_deref()).map(|name| match arn {
        Some(arn) => ClusterRef::of(arn),
        None => ClusterRef::named(name, world.region()),
    });
    Ok((world, cluster))
}

/// MFA for a role in the credential chain: a session cached by `token`, else the code is asked for.
async fn with_factor(
    context: &Context,
    cluster: Option<&ClusterArgs>,
    settings: &mut WorldSettings,
    arn: Option<&ClusterArn>,
    serial: &str,
) -> Result<()> {
    let region = settings.aws.region.as_deref().or(arn.map(|arn| arn.region.as_str()));
    if let Sight::Kept(keys) = Factor::new(context, Hush::default()).look(None, region) {
        let profile = &settings.aws.beside.profile;
        let source = format!("the session that `eksaccess token` saved for profile {profile}");
        settings.aws.way = Way::of_keys(keys, &source);
    } else {
        let serial = serial.to_owned();
        let code = aside(move || ask_code(&serial)).await;
        settings.aws.mfa_code = Some(code.map_err(|e| keep_first(e, context, cluster))?);
    }
    Ok(())
}

/// The device of `AWS_MFA_SERIAL`, if a profile's own role is refused without MFA.
async fn refusing_without(way: &Way, world: &World) -> Option<String> {
    let serial = way.known_mfa_serial().filter(|_| !way.roles.is_empty())?.to_owned();
    let answer = world.config().base().keys().await;
    answer.is_err_and(|error| error.is(CallErrorKind::AccessDenied)).then_some(serial)
}

/// Adds a hint where no code can be asked for: run `token` on a terminal, which caches the profile's session for every
/// verb.
fn keep_first(error: Error, context: &Context, cluster: Option<&ClusterArgs>) -> Error {
    let Some(name) = cluster.and_then(|args| args.cluster.as_deref()) else {
        return error.hint(
            "run `eksaccess token` for one of the account's clusters once on a terminal: this saves the session, which this command then uses",
        );
    };
    let name = shell_word(name);
    let flag = |flag: &str, value: &Option<String>| match value {
        Some(value) => format!(" {flag} {}", shell_word(value)),
        None => String::new(),
    };
    let region = flag("--region", &context.global.region);
    let profile = flag("--profile", &context.global.profile);
    error.hint(format!(
        "eksaccess token --cluster {name}{region}{profile} > /dev/null   (once, on a terminal: this saves the session, which this command then uses)"
    ))
}

/// The AWS settings from the command line and the environment, with the chosen keys.
pub(crate) fn aws_settings(context: &Context, way: Way, beside: Settings, region: Option<String>) -> AwsSettings {
    AwsSettings {
        way,
        beside,
        region,
        endpoint_url: context.global.endpoint_url.clone(),
        timeout: Duration::from_secs(context.global.timeout()),
        ca_bundle: context.env.ca_bundle.clone(),
        proxy_from_env: true,
        mfa_code: None,
    }
}

fn settings(context: &Context, cluster: Option<&ClusterArgs>, aws: AwsSettings) -> WorldSettings {
    cluster.and_then(|c| c.proxy_url.as_deref()).into_iter().for_each(learn_url);
    let kube = KubeSettings {
        server: cluster.and_then(|c| c.server.clone()),
        tls_server_name: cluster.and_then(|c| c.tls_server_name.clone()),
        proxy_url: cluster.and_then(|c| c.proxy_url.clone()),
        proxy_from_env: true,
        read_timeout: None,
        patience: Some(Duration::from_secs(context.global.timeout())),
    };
    let assume_role = context.global.assume_role_arn.clone().map(|role_arn| AssumeRequest {
        role_arn,
        session_name: default_session_name(None, context.env.user.as_deref()),
        ..AssumeRequest::default()
    });
    WorldSettings { aws, kube, assume_role }
}

/// A configuration that can't be used, as an error.
pub(crate) fn config_error(error: &ConfigError) -> Error {
    let hint = match error {
        ConfigError::NoRegion { .. } => "name it: --region REGION, or name the cluster by its ARN",
        ConfigError::CaBundle { .. } => "set AWS_CA_BUNDLE to a file of PEM certificates",
        ConfigError::Endpoint(wrong) => {
            let hint = format!("set {} to only the service's URL, or unset it", wrong.place);
            return Error::usage(error.to_string()).hint(hint);
        }
    };
    Error::usage(error.to_string()).hint(hint)
}
