//! Where `aws-auth` is gone and older ones are kept on this machine, putting one back comes before making a new one.

use super::args::BackupArgs;
use super::context::Context;
use super::local::Backups;
use crate::backup::{Kept, Store};
use crate::engine::ClusterRef;
use crate::error::shell_word;
use crate::model::{AwsAuthState, ClusterArn, ClusterState};

/// What to say of a cluster whose `aws-auth` is gone; `None` where it is there, does not count, or none is kept.
pub(crate) fn offer(context: &Context, backups: &Backups, cluster: &ClusterState) -> Option<String> {
    if cluster.aws_auth != AwsAuthState::Absent {
        return None;
    }
    let arn = &cluster.description.arn;
    let store = store(context, backups)?;
    let kept = store.list(arn).ok()?;
    let newest = kept.first()?;
    let many = if kept.len() == 1 { "one is kept".to_owned() } else { format!("{} are kept", kept.len()) };
    Some(format!(
        "cluster {} has no aws-auth, and {many} on this machine; before a new one is made, put the newest back: {}",
        arn.name,
        command(context, &store, arn, newest)
    ))
}

/// The command that puts one back.
fn command(context: &Context, store: &Store, arn: &ClusterArn, kept: &Kept) -> String {
    let place = match context.env.backup_dir() {
        Some(dir) if dir == store.root() => String::new(),
        _ => format!(" --backup-dir {}", shell_word(&store.root().display().to_string())),
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
pub(crate) fn newest(context: &Context, cluster: &ClusterRef) -> Option<String> {
    let store = store(context, &Backups::None)?;
    let newest = match &cluster.arn {
        Some(arn) => store.list(arn).ok()?.into_iter().next(),
        None => store.newest(&cluster.name, &cluster.region),
    };
    Some(newest?.id)
}
