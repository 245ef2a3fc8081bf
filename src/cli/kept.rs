//! Where `aws-auth` is gone and older ones are kept on this machine, putting one back comes before making a new one.

use super::args::BackupArgs;
use super::aside::aside;
use super::context::Context;
use super::local::Backups;
use super::stage::Stage;
use crate::backup::{Kept, Store};
use crate::engine::{ClusterRef, Connect};
use crate::error::{Result, shell_word};
use crate::model::{AwsAuthState, ClusterArn, ClusterState};

/// What to say of a cluster whose `aws-auth` is gone; `None` where it is there, does not count, or none is kept.
///
/// # Errors
/// The deadline, or Ctrl-C.
pub(crate) async fn offer<C: Connect>(stage: &Stage<'_, C>, cluster: &ClusterState) -> Result<Option<String>> {
    let Some(store) = store(stage.context, &stage.machine.backups).filter(|_| cluster.aws_auth == AwsAuthState::Absent)
    else {
        return Ok(None);
    };
    let arn = &cluster.description.arn;
    let (looked, whose) = (store.clone(), arn.clone());
    let looking = aside(move || Ok(looked.list(&whose).unwrap_or_default()));
    let kept = stage.within("looking for kept manifests", looking).await?;
    Ok(kept.first().map(|newest| told(&store, arn, newest, kept.len())))
}

fn told(store: &Store, arn: &ClusterArn, newest: &Kept, count: usize) -> String {
    let many = if count == 1 { "one is kept".to_owned() } else { format!("{count} are kept") };
    format!(
        "cluster {} has no aws-auth, and {many} on this machine; before a new one is made, put the newest back: {}",
        arn.name,
        command(store, arn, newest)
    )
}

/// The command that puts one back.
fn command(store: &Store, arn: &ClusterArn, kept: &Kept) -> String {
    let place = if store.is_usual() {
        String::new()
    } else {
        format!(" --backup-dir {}", shell_word(&store.root().display().to_string()))
    };
    let (name, region) = (shell_word(&arn.name), shell_word(&arn.region));
    format!("eksaccess restore --cluster {name} --region {region}{place} {}", shell_word(&kept.id))
}

/// Where this run keeps what it replaces; where it keeps nothing, the usual place.
fn store(context: &Context, backups: &Backups) -> Option<Store> {
    match backups {
        Backups::Kept(store) => Some(store.clone()),
        _ => Backups::choose(&BackupArgs::default(), &context.env).store().ok().cloned(),
    }
}

/// The newest that is kept of a cluster which is known by its name and region alone; `None` where several accounts have one
/// of that name.
pub(crate) async fn newest(context: &Context, cluster: &ClusterRef) -> Option<String> {
    let store = store(context, &Backups::None)?;
    let cluster = cluster.clone();
    let look = aside(move || {
        Ok(match &cluster.arn {
            Some(arn) => store.list(arn).unwrap_or_default().into_iter().next(),
            None => store.newest(&cluster.name, &cluster.region),
        })
    });
    Some(look.await.ok()??.id)
}
