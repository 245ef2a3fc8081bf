//! Whether a plan may be carried out, by its class, the flags, and a person at a terminal.

use crate::cli::args::GlobalArgs;
use crate::cli::screen::ui::{Ui, ask};
use crate::cli::world::interrupt::interrupted;
use crate::error::{Error, Kind, Result};
use crate::plan::{Class, Plan};

/// Checks that the plan may be carried out. Returns true if a person was asked, which may have taken a while.
///
/// # Errors
/// The plan is not the approved one; a confirmation could not be asked for; the answer was no, or Ctrl-C.
pub(crate) async fn confirm(global: &GlobalArgs, ui: &Ui, plan: &Plan) -> Result<bool> {
    if let Some(id) = &global.approve {
        return if plan.is_empty() || *id == plan.id() {
            Ok(false)
        } else {
            Err(world_changed(&format!("plan {id} was approved, but the plan is now {}", plan.id())))
        };
    }
    if !plan.asks() || global.yes {
        return Ok(false);
    }
    match plan.class() {
        None => Ok(false),
        Some(class) if !ui.can_ask() => Err(Error::new(
            Kind::ConfirmationNeeded,
            match class {
                Class::Additive => {
                    "the plan changes clusters that were selected, not named, and there is no terminal to ask on; nothing was changed"
                        .to_owned()
                }
                class => format!("the plan has {class} steps, and there is no terminal to ask on; nothing was changed"),
            },
        )
        .hint(format!("look at the plan, then add --approve {} (exactly this plan) or --yes", plan.id()))),
        Some(_) => {
            if let Some(lost) = ui.lost_output() {
                let why = lost.causes.concat();
                return Err(Error::failed("the plan could not be shown on stdout; nothing was changed")
                    .because(why)
                    .hint("make stdout writable and run the same command again"));
            }
            agreed(ui, "Carry this plan out?".to_owned()).await?;
            Ok(true)
        }
    }
}

/// Asks a person on the terminal, and returns if the answer is yes.
///
/// # Errors
/// It is no, or Ctrl-C.
pub(crate) async fn agreed(ui: &Ui, question: String) -> Result<()> {
    // Reading from a terminal blocks; on a thread of its own it does not delay Ctrl-C.
    let answer = tokio::task::spawn_blocking(move || ask(&question));
    tokio::select! {
        answer = answer => match answer {
            Ok(true) => Ok(()),
            _ => Err(Error::failed("not confirmed; nothing was changed")),
        },
        () = interrupted() => {
            ui.note("");
            Err(Error::new(Kind::Interrupted, "interrupted; nothing was changed"))
        }
    }
}

/// The plan is no longer the one that was shown.
pub(crate) fn world_changed(message: &str) -> Error {
    Error::new(Kind::WorldChanged, format!("{message}; nothing was changed"))
        .hint("look at the new plan and run the command again")
}
