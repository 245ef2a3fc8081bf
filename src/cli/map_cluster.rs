//! Changes of a cluster's `aws-auth` that are named outright: a mapping or an account removed, an account added.

use super::args::MapVerbArgs;
use super::context::Context;
use super::desire::check_principal;
use super::kept;
use super::local::{Backups, Machine};
use super::map_change::{change_of, said};
use super::open::open;
use super::run::{carry_out_plan, count};
use super::stage::Stage;
use super::ui::Ui;
use crate::aws_auth::Opened;
use crate::engine::observe;
use crate::engine::observe::read_aws_auth;
use crate::error::{Error, Result};
use crate::model::{AwsAuthMap, AwsAuthState, ClusterState, Desired, Observed, Principal};
use crate::plan::{Judge, Plan, awaited, plan_changes_of};

/// Runs `map --remove` and `map --account` on a cluster.
///
/// # Errors
/// The cluster does not read `aws-auth` or can't be asked; the change can't be made; somebody would be locked out.
pub(crate) async fn change_in_cluster(context: &Context, ui: &Ui, args: &MapVerbArgs) -> Result<u8> {
    let name = said(args).filter(|name| !name.starts_with("arn:"));
    if let Some(name) = name {
        check_principal("--role or --principal", name)?;
    }
    let (world, cluster) = open(context, args.place.cluster().as_ref()).await?;
    let machine = Machine { backups: Backups::choose(&args.access.backup, &context.env) };
    let stage = Stage::new(context, ui, &world, &machine);
    let nothing = Desired::default();
    let looking = observe(&world, &nothing, cluster.as_ref(), name);
    let mut seen = stage.within("looking at what is there", looking).await?;
    let Some(found) = &mut seen.cluster else { return Err(Error::usage("no cluster was named")) };
    found.aws_auth = stage.within("reading aws-auth", read_aws_auth(&world, &found.description)).await?;
    seen.warnings.extend(kept::offer(&stage, found).await?);
    let data = map_of(found)?.map(AwsAuthMap::data).unwrap_or_default();
    count(&stage, &mut seen).await?;
    let arn = match name {
        Some(name) => Some(resolved(name, &seen).to_string()),
        None => said(args).map(str::to_owned),
    };
    let mut plan = Plan { warnings: seen.warnings.clone(), ..Plan::default() };
    let opened = Opened::new(&data);
    let change = change_of(args, arn.as_deref(), &opened.reading)?;
    plan_changes_of(&mut plan, opened, &[change], judge(&seen)?, &args.access.allow_lockout)?;
    carry_out_plan(&stage, "map", &seen, plan, &args.access.allow_lockout).await
}

/// A named principal's ARN. A role that is gone had the name's own ARN, as far as `aws-auth` tells.
fn resolved(name: &str, seen: &Observed) -> Principal {
    let caller = &seen.caller.arn;
    seen.principal.clone().unwrap_or_else(|| Principal::role(caller.partition, &caller.account, "/", name))
}

/// The judge of a change in the cluster that was seen.
///
/// # Errors
/// No cluster was named.
pub(crate) fn judge(seen: &Observed) -> Result<Judge<'_>> {
    let cluster = seen.cluster.as_ref().ok_or_else(|| Error::usage("no cluster was named"))?;
    let resource_version = map_of(cluster)?.map(AwsAuthMap::resource_version);
    Ok(Judge::Cluster { cluster, caller: &seen.caller, resource_version })
}

/// The `aws-auth` of a cluster that reads it; `None` where there is none.
///
/// # Errors
/// The cluster does not read it, or it could not be seen.
pub(crate) fn map_of(cluster: &ClusterState) -> Result<Option<&AwsAuthMap>> {
    let name = &cluster.description.arn.name;
    match &cluster.aws_auth {
        AwsAuthState::Absent => Ok(None),
        AwsAuthState::Present(map) => Ok(Some(map)),
        AwsAuthState::Unseen(why) => {
            Err(Error::failed(format!("aws-auth of cluster {name} could not be read; nothing was changed"))
                .because(why.clone())
                .hint("run this where the cluster's endpoint can be reached"))
        }
        AwsAuthState::NotLooked if cluster.description.mode.has_config_map() => {
            Err(Error::failed(format!("cluster {name} is {} and can't be asked", cluster.description.status))
                .hint(awaited(&cluster.description.arn)))
        }
        AwsAuthState::NotLooked => {
            Err(Error::usage(format!("cluster {name} is in mode API and does not read aws-auth")).hint(format!(
                "see its access entries: aws eks list-access-entries --cluster-name {name} --region {}",
                cluster.description.arn.region
            )))
        }
    }
}
