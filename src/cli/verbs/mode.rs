//! `mode`: where a cluster looks for identities, and the switch to the next mode.

use std::time::Duration;

use crate::cli::args::ModeVerbArgs;
use crate::cli::pipeline::cloud;
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::selected::open_selected;
use crate::error::Result;
use crate::plan::{AccessChange, Desired};

mod shown;

/// How long a switch may take in a cluster without `--timeout`.
const PATIENCE: Duration = Duration::from_mins(20);

/// Shows the mode, or switches it.
///
/// # Errors
/// See [`cloud::run`]; nothing could be looked at.
pub(crate) async fn mode(context: &Context, ui: &Ui, args: &ModeVerbArgs) -> Result<u8> {
    let opened = open_selected(context, &args.cluster).await?;
    let machine = Machine { backups: Backups::None };
    let stage = opened.stage(context, ui, &machine);
    let Some(to) = args.to else { return shown::show(&stage, &opened).await };
    let desired = Desired {
        access: Some(AccessChange::Mode(to.mode())),
        allow_lockout: args.allow_lockout.clone(),
        ..Desired::default()
    };
    let stage = stage.patient(context.global.timeout.map_or(PATIENCE, Duration::from_secs));
    cloud::run(&stage, &opened.job("mode", desired)?).await
}
