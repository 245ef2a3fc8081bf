//! `migrate --rollback`: back from access entries to `aws-auth`, in the one pipeline.

use std::time::Duration;

use super::in_clusters::PATIENCE;
use crate::cli::args::MigrateArgs;
use crate::cli::pipeline::cloud;
use crate::cli::pipeline::manifest::ManifestFile;
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::selected::open_selected;
use crate::error::{Error, Result};
use crate::model::{KeptMap, MapContent};
use crate::plan::migrate::RollbackWish;
use crate::plan::{AccessChange, Desired};

/// Undoes a migration.
///
/// # Errors
/// See [`cloud::run`]; no cluster is selected, or several with one file; the file can't be read.
pub(super) async fn roll_back(context: &Context, ui: &Ui, args: &MigrateArgs) -> Result<u8> {
    if args.clusters.names_none() {
        return Err(Error::usage("--rollback needs a cluster").hint("name it with --cluster"));
    }
    let file = match &args.aws_auth {
        Some(name) => Some(old_map(name).await?),
        None => None,
    };
    let opened = open_selected(context, &args.clusters).await?;
    if file.is_some() {
        opened.only("--aws-auth")?;
    }
    let machine = Machine { backups: Backups::choose(&args.backup, &context.env) };
    let stage = opened.stage(context, ui, &machine);
    let stage = stage.patient(context.global.timeout.map_or(PATIENCE, Duration::from_secs));
    let desired = Desired {
        access: Some(AccessChange::Rollback(Box::new(RollbackWish { run: args.run.clone(), file }))),
        allow_lockout: args.allow_lockout.clone(),
        ..Desired::default()
    };
    cloud::run(&stage, &opened.job("migrate", desired)?).await
}

/// The data of a manifest: its other parts are not what was in the cluster.
async fn old_map(name: &str) -> Result<KeptMap> {
    let file = ManifestFile::read(name).await?;
    let data = file.lenient_manifest()?.data().clone();
    Ok(KeptMap { id: file.shown().to_owned(), content: MapContent { data, ..MapContent::default() } })
}
