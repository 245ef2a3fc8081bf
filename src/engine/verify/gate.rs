//! `plugin-gate`: whether kubectl allows the program of the context's exec section. Pure.

use super::inquiry::Inquiry;
use super::link::Link;
use crate::kubeconfig::{ContextView, Gate};

const NAME: &str = "plugin-gate";

/// Checks the program of the context that kubectl would use, given with its file.
pub(super) fn link(inquiry: &Inquiry, chosen: Option<&(&str, ContextView)>) -> Link {
    let program = |view: &ContextView| Some((view.beside.program.clone()?, inquiry.kubeconfig.program_of(view)?));
    let Some((command, looked_for)) = chosen.and_then(|(_, view)| program(view)) else {
        return Link::not_reached(NAME, "no context for this cluster runs a program");
    };
    match inquiry.machine.gate.judge(&looked_for) {
        Gate::Open => Link::ok(NAME, format!("kubectl runs {command}")),
        Gate::Shut { why, mend } => Link::broken(NAME, format!("kubectl will not run {command}: {why}"), mend),
        Gate::Unknown(why) => Link::unknown(NAME, format!("whether kubectl runs {command} is not known: {why}")),
    }
}
