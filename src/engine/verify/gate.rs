//! `plugin-gate`: whether kubectl runs the program of the context's exec section at all. Pure.

use super::inquiry::Inquiry;
use super::link::Link;
use crate::kubeconfig::locate::program_of;
use crate::kubeconfig::{ContextView, Gate};

const NAME: &str = "plugin-gate";

/// Judges the program of the context that kubectl would use, given with its file.
pub(super) fn link(inquiry: &Inquiry, chosen: Option<&(&str, ContextView)>) -> Link {
    let Some((path, command)) = chosen.and_then(|(path, view)| Some((path, view.beside.program.as_ref()?))) else {
        return Link::not_reached(NAME, "no context runs a program for this cluster");
    };
    match inquiry.machine.gate.judge(&program_of(path, command)) {
        Gate::Open => Link::ok(NAME, format!("kubectl runs {command}")),
        Gate::Shut { why, mend } => Link::broken(NAME, format!("kubectl will not run {command}: {why}"), mend),
        Gate::Unknown(why) => Link::unknown(NAME, format!("whether kubectl runs {command} is not known: {why}")),
    }
}
