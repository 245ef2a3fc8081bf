//! `restore`: shows what is kept of an `aws-auth` and puts one back, through the same pipeline.

use serde_json::json;

use super::args::RestoreArgs;
use super::aside::aside;
use super::context::Context;
use super::desire::check_lockouts;
use super::local::{Backups, Machine};
use super::map_cluster::map_of;
use super::open::open;
use super::run::{carry_out_plan, count};
use super::stage::Stage;
use super::ui::Ui;
use crate::backup::{Kept, StoreError};
use crate::engine::observe;
use crate::engine::observe::read_aws_auth;
use crate::error::{Error, Result, one_line, printable};
use crate::model::{ClusterArn, Desired, MapContent};
use crate::plan::{diff, plan_restore};

/// Runs it.
///
/// # Errors
/// Nothing is kept, the id is unknown, the cluster can't be talked to, somebody would be locked out.
pub(crate) async fn restore(context: &Context, ui: &Ui, args: &RestoreArgs) -> Result<u8> {
    let backups = Backups::choose(&args.backup, &context.env);
    // Without a backup of today's state one can still put an older one back.
    let source = if args.backup.no_backup {
        Backups::choose(&super::args::BackupArgs::default(), &context.env)
    } else {
        backups.clone()
    };
    let store = source.store()?.clone();
    check_lockouts(&args.allow_lockout)?;
    let (world, cluster) = open(context, Some(&args.cluster)).await?;
    let machine = Machine { backups };
    let stage = Stage::new(context, ui, &world, &machine);
    let mut seen =
        stage.within("looking at what is there", observe(&world, &Desired::default(), cluster.as_ref(), None)).await?;
    let Some(found) = &mut seen.cluster else { return Err(Error::usage("no cluster was named")) };
    let arn = found.description.arn.clone();
    if args.list {
        let kept = aside(move || store.list(&arn).map_err(|e| unknown(&e, &arn)).map(|all| (arn, all)));
        let (arn, all) = stage.within("looking for what is kept", kept).await?;
        return Ok(list(ui, &arn, &all));
    }
    let id = args.id.as_ref().or(args.diff.as_ref()).cloned().unwrap_or_default();
    let load = aside(move || store.load(&arn, &id).map_err(|e| unknown(&e, &arn)));
    let (kept, object) = stage.within("reading what is kept", load).await?;
    found.aws_auth = stage.within("reading aws-auth", read_aws_auth(&world, &found.description)).await?;
    let older = MapContent::of(&object);
    if args.diff.is_some() {
        let now = map_of(found)?.map(|map| MapContent::of(&map.object)).unwrap_or_default();
        return Ok(show_difference(ui, &kept, &diff::of_content(&now, &older)));
    }
    count(&stage, &mut seen).await?;
    let map = seen.cluster.as_ref().map(map_of).transpose()?.flatten();
    let plan = plan_restore(&seen, map, &kept.id, &older, &args.allow_lockout)?;
    carry_out_plan(&stage, "restore", &seen, plan, &args.allow_lockout).await
}

fn unknown(error: &StoreError, cluster: &ClusterArn) -> Error {
    Error::failed(format!("restoring aws-auth of cluster {}", cluster.name))
        .because(error.to_string())
        .hint(format!("see what is kept: eksaccess restore --cluster {} --list", cluster.name))
}

fn list(ui: &Ui, cluster: &ClusterArn, all: &[Kept]) -> u8 {
    if all.is_empty() {
        ui.note(&format!("no aws-auth of cluster {} is kept", cluster.name));
    }
    for kept in all {
        ui.text(&format!("{}  {}", one_line(&kept.id), one_line(&kept.path.display().to_string())));
    }
    let rows: Vec<_> = all.iter().map(|k| json!({"id": k.id, "path": k.path})).collect();
    ui.document(&json!({"version": 1, "verb": "restore", "outcome": "listed", "kept": rows}));
    0
}

fn show_difference(ui: &Ui, kept: &Kept, text: &str) -> u8 {
    ui.text(&printable(if text.is_empty() { "no difference" } else { text.trim_end() }));
    ui.document(&json!({"version": 1, "verb": "restore", "outcome": "diff", "id": kept.id, "diff": text}));
    0
}
