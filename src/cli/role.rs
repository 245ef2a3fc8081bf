//! `role`: the IAM role that is only a key, and who may take it.

use super::args::{BackupArgs, RoleVerbArgs};
use super::context::Context;
use super::desire::role_wish;
use super::local::{Backups, Machine};
use super::open::open;
use super::run::run;
use super::stage::{Job, Proof, Stage};
use super::ui::Ui;
use crate::error::Result;
use crate::plan::Desired;

/// Runs it.
///
/// # Errors
/// See [`run`].
pub(crate) async fn role(context: &Context, ui: &Ui, args: &RoleVerbArgs) -> Result<u8> {
    let desired = Desired { role: Some(role_wish(&args.role, &args.role_args)?), ..Desired::default() };
    let (world, _) = open(context, None).await?;
    let machine = Machine { backups: Backups::choose(&BackupArgs::default(), &context.env) };
    let job = Job { verb: "role", desired, cluster: None, proof: Proof::None };
    run(&Stage::new(context, ui, &world, &machine), &job).await
}
