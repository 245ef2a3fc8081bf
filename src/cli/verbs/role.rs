//! `role`: the IAM role without permissions of its own, and who may assume it.

use crate::cli::args::{BackupArgs, RoleVerbArgs};
use crate::cli::pipeline::cloud::run;
use crate::cli::pipeline::stage::{Job, Stage};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::role_wish_by_arn;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::open::open;
use crate::error::Result;
use crate::plan::Desired;

/// Runs it.
///
/// # Errors
/// See [`run`].
pub(crate) async fn role(context: &Context, ui: &Ui, args: &RoleVerbArgs) -> Result<u8> {
    let desired = Desired { role: Some(role_wish_by_arn(&args.role, &args.role_args)?), ..Desired::default() };
    let (world, _) = open(context, None).await?;
    let machine = Machine { backups: Backups::choose(&BackupArgs::default(), &context.env) };
    let job = Job::at("role", desired, None);
    run(&Stage::new(context, ui, &world, &machine), &job).await
}
