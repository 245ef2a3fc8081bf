//! `group`: the IAM group whose members may assume the role.

use crate::cli::args::{BackupArgs, GroupVerbArgs};
use crate::cli::pipeline::cloud::run;
use crate::cli::pipeline::stage::{Job, Stage};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::group_wish;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::open::open;
use crate::error::Result;
use crate::plan::Desired;

/// Runs it.
///
/// # Errors
/// See [`run`].
pub(crate) async fn group(context: &Context, ui: &Ui, args: &GroupVerbArgs) -> Result<u8> {
    let desired = Desired { group: Some(group_wish(&args.role, &args.group)?), ..Desired::default() };
    let (world, _) = open(context, None).await?;
    let machine = Machine { backups: Backups::choose(&BackupArgs::default(), &context.env) };
    let job = Job::at("group", desired, None);
    run(&Stage::new(context, ui, &world, &machine), &job).await
}
