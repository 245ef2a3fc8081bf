//! Where `aws-auth` is gone and older ones are saved on this machine, restoring one is proposed before creating a new
//! one.

use crate::backup::{Kept, Store, StoreError};
use crate::cli::args::BackupArgs;
use crate::cli::pipeline::stage::Stage;
use crate::cli::world::aside::aside;
use crate::cli::world::context::Context;
use crate::cli::world::local::Backups;
use crate::engine::{ClusterRef, Connect};
use crate::error::{Error, Result, shell_word};
use crate::model::{AwsAuthState, ClusterArn, ClusterState, KeptMap, MapContent};

/// The warning for a cluster whose `aws-auth` is gone; `None` where it exists, is not used, or none is saved.
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
    let kept = stage.within("looking for backups of aws-auth", looking).await?;
    Ok(kept.first().map(|newest| told(&store, arn, newest, kept.len())))
}

fn told(store: &Store, arn: &ClusterArn, newest: &Kept, count: usize) -> String {
    let many = if count == 1 { "a backup is".to_owned() } else { format!("{count} backups are") };
    format!(
        "cluster {} has no aws-auth, but {many} on this machine; restore the newest before creating a new one: {}",
        arn.name,
        command(store, arn, newest)
    )
}

/// The command that restores one.
fn command(store: &Store, arn: &ClusterArn, kept: &Kept) -> String {
    let place = if store.is_usual() {
        String::new()
    } else {
        format!(" --backup-dir {}", shell_word(&store.root().display().to_string()))
    };
    let (name, region) = (shell_word(&arn.name), shell_word(&arn.region));
    format!("eksaccess restore --cluster {name} --region {region}{place} {}", shell_word(&kept.id))
}

/// Where this run saves what it replaces; the default place if it saves nothing.
fn store(context: &Context, backups: &Backups) -> Option<Store> {
    of_every_run(context, backups).ok()
}

/// The newest backup of a cluster known by name and region only; `None` where several accounts have one of that name.
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

/// Reads a saved `aws-auth` to restore.
///
/// # Errors
/// None is saved under that id, or it can't be read; the deadline, or Ctrl-C.
pub(crate) async fn read<C: Connect>(stage: &Stage<'_, C>, cluster: &ClusterArn, id: &str) -> Result<KeptMap> {
    let store = of_every_run(stage.context, &stage.machine.backups)?;
    let (arn, id) = (cluster.clone(), id.to_owned());
    let load = aside(move || store.load(&arn, &id).map_err(|e| unknown(e, &arn)));
    let (kept, object) = stage.within("reading the backup", load).await?;
    Ok(KeptMap { id: kept.id, content: MapContent::of(&object) })
}

/// Every saved `aws-auth` of a cluster that can be read, newest first; none where no place is known.
///
/// # Errors
/// The deadline, or Ctrl-C.
pub(crate) async fn all<C: Connect>(stage: &Stage<'_, C>, cluster: &ClusterArn) -> Result<Vec<KeptMap>> {
    let (Some(store), arn) = (store(stage.context, &stage.machine.backups), cluster.clone()) else {
        return Ok(Vec::new());
    };
    let load = move || {
        let kept = store.list(&arn).unwrap_or_default().into_iter().filter_map(|kept| store.load(&arn, &kept.id).ok());
        Ok(kept.map(|(kept, object)| KeptMap { id: kept.id, content: MapContent::of(&object) }).collect())
    };
    stage.in_place("reading the backups of aws-auth", aside(load)).await
}

/// Where earlier runs saved what they replaced; a run without backups may restore an older one.
///
/// # Errors
/// No place is known.
pub(crate) fn of_every_run(context: &Context, backups: &Backups) -> Result<Store> {
    match backups {
        Backups::None => Backups::choose(&BackupArgs::default(), &context.env).store().cloned(),
        other => other.store().cloned(),
    }
}

/// What is wrong with a saved manifest, or with the store.
pub(crate) fn unknown(error: StoreError, cluster: &ClusterArn) -> Error {
    Error::failed(format!("restoring aws-auth of cluster {}", cluster.name))
        .because_of(error)
        .hint(format!("list the backups: eksaccess restore --cluster {cluster} --list"))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn what_the_system_said_of_a_kept_manifest_is_carried_with_its_type() {
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap();
        let read = StoreError::Read { path: PathBuf::from("k.json"), source: io::ErrorKind::PermissionDenied.into() };
        let error = unknown(read, &arn);
        let system = error.source().and_then(|store| store.source()).and_then(|e| e.downcast_ref::<io::Error>());
        assert_eq!(system.map(io::Error::kind), Some(io::ErrorKind::PermissionDenied));
        assert!(
            error.render_with_sources().contains("  source: permission denied\n"),
            "{}",
            error.render_with_sources()
        );
    }
}
