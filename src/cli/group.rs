//! `group`: the IAM group whose members may assume the role.

use super::args::{BackupArgs, GroupVerbArgs};
use super::context::Context;
use super::desire::group_wish;
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
pub(crate) async fn group(context: &Context, ui: &Ui, args: &GroupVerbArgs) -> Result<u8> {
    let desired = Desired { group: Some(group_wish(&args.role, &args.group)?), ..Desired::default() };
    let (world, _) = open(context, None).await?;
    let machine = Machine { backups: Backups::choose(&BackupArgs::default(), &context.env) };
    let job = Job { verb: "group", desired, cluster: None, proof: Proof::None };
    run(&Stage::new(context, ui, &world, &machine), &job).await
}
