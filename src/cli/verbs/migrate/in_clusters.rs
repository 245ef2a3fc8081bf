//! `migrate` in clusters: the table of each, then the plan.

use std::time::Duration;

use super::shown;
use crate::cli::args::MigrateArgs;
use crate::cli::pipeline::cloud::InCloud;
use crate::cli::pipeline::run::{Site, go_on};
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::selected::open_selected;
use crate::error::Result;
use crate::plan::migrate::{MigrateWish, check_mode};
use crate::plan::{AccessChange, Desired};

/// How long a migration may take in a cluster without `--timeout`.
pub(super) const PATIENCE: Duration = Duration::from_mins(20);

/// Shows what becomes of each mapping, and carries it out.
///
/// # Errors
/// See [`go_on`]; the report can't be written; a cluster must leave `CONFIG_MAP`, and no mode was named.
pub(super) async fn migrate(context: &Context, ui: &Ui, args: &MigrateArgs) -> Result<u8> {
    let wish = MigrateWish {
        options: shown::options(args)?,
        to: args.to.map(crate::cli::args::ModeArg::mode),
        remove_mappings: args.remove_mappings,
    };
    let opened = open_selected(context, &args.clusters).await?;
    let machine = Machine { backups: Backups::choose(&args.backup, &context.env) };
    let stage = opened.stage(context, ui, &machine);
    let stage = stage.patient(context.global.timeout.map_or(PATIENCE, Duration::from_secs));
    let desired = Desired {
        access: Some(AccessChange::Migrate(Box::new(wish.clone()))),
        allow_lockout: args.allow_lockout.clone(),
        ..Desired::default()
    };
    let job = opened.job("migrate", desired)?;
    let site = InCloud { stage: &stage, job: &job };
    let looked = site.look().await?;
    let good = || looked.0.places.iter().filter_map(|place| place.good());
    let mut markdown = Vec::new();
    for (seen, planned) in good() {
        let Some(report) = &planned.migration else { continue };
        let name = seen.cluster.as_ref().map(|cluster| cluster.description.arn.to_string()).unwrap_or_default();
        if job.is_many() {
            ui.text(&name);
        }
        markdown.push(report.markdown(&name));
        shown::show(ui, report);
    }
    if let Some(path) = &args.report {
        shown::write(path, markdown.join("\n")).await?;
    }
    if !context.global.dry_run {
        good().filter_map(|(seen, _)| seen.cluster.as_ref()).try_for_each(|cluster| check_mode(&wish, cluster))?;
    }
    go_on(&site, looked).await
}
