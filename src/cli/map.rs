//! `map`: what a role or user is inside a cluster.

use super::args::MapVerbArgs;
use super::context::Context;
use super::desire::access_wish;
use super::local::{Backups, Machine};
use super::open::open;
use super::run::{Job, Proof, Stage, run};
use super::ui::Ui;
use crate::error::Result;
use crate::model::Desired;
use crate::model::desired::DEFAULT_ROLE;
use crate::plan::{Extras, Judgement};

/// Runs it.
///
/// # Errors
/// See [`run`].
pub(crate) async fn map(context: &Context, ui: &Ui, args: &MapVerbArgs) -> Result<u8> {
    let principal = args.principal.principal.as_deref().or(args.principal.role.as_deref()).unwrap_or(DEFAULT_ROLE);
    let desired = Desired { access: Some(access_wish(principal, &args.access)?), ..Desired::default() };
    let extras = Extras { judgement: Judgement::Allowing(args.access.allow_lockout.clone()), ..Extras::default() };
    let (world, cluster) = open(context, Some(&args.cluster)).await?;
    let machine = Machine { backups: Backups::choose(&args.access.backup, &context.env) };
    let job = Job { verb: "map", desired, extras, cluster, proof: Proof::None };
    run(&Stage::new(context, ui, &world, &machine), &job).await
}
