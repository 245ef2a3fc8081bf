//! The one versioned JSON document that a run ends with.

use serde_json::{Value, json};

use crate::cli::screen::ui::Ui;
use crate::cli::verbs::history::state;
use crate::engine::{Ledger, Link, LinkState};
use crate::error::{Error, Kind};
use crate::model::Observed;
use crate::plan::{Action, Plan};

/// The document's version; fields are added under the same one, never changed.
const VERSION: u32 = 1;

/// What a run did, for machines.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    document: Value,
    is_empty: bool,
}

impl Report {
    /// Begins with what was planned, by whom, where.
    pub(crate) fn new(verb: &str, seen: &Observed, plan: &Plan) -> Self {
        let cluster = seen.cluster.as_ref().map(|c| {
            json!({"arn": c.description.arn.to_string(), "status": c.description.status, "authenticationMode": c.description.mode.as_str()})
        });
        let document = json!({
            "version": VERSION,
            "verb": verb,
            "caller": seen.caller.arn.to_string(),
            "account": seen.caller.arn.account,
            "cluster": cluster,
            "plan": planned(plan),
        });
        Self { document, is_empty: plan.is_empty() }
    }

    /// Begins with what was planned of a file.
    pub(crate) fn of_file(verb: &str, file: &str, plan: &Plan) -> Self {
        let document = json!({"version": VERSION, "verb": verb, "file": file, "outcome": "", "plan": planned(plan)});
        Self { document, is_empty: plan.is_empty() }
    }

    /// Adds how far the steps came.
    pub(crate) fn applied(&mut self, plan: &Plan, ledger: &Ledger) {
        let state = |id| state(&ledger.state(id));
        let steps: Vec<_> = plan.steps.iter().map(|s| json!({"id": s.id, "state": state(s.id)})).collect();
        self.document["applied"] = json!(steps);
        self.document["backups"] =
            json!(ledger.backups().iter().map(|path| path.display().to_string()).collect::<Vec<_>>());
        let context = plan.steps.iter().find_map(|s| match &s.action {
            Action::WriteKubeconfig(write) => Some(json!({"path": write.path, "context": write.context})),
            _ => None,
        });
        self.document["kubeconfig"] = json!(context);
    }

    /// Adds the proof. `verified` is true only where every link holds.
    pub(crate) fn verified(&mut self, links: Option<&[Link]>) {
        let Some(links) = links else { return };
        let all = !links.is_empty() && links.iter().all(|l| l.state == LinkState::Ok);
        let reason = links.iter().find(|l| l.state != LinkState::Ok).map(|l| l.text.clone());
        self.document["verified"] = json!(all);
        self.document["reason"] = json!(reason);
        self.document["links"] = json!(links);
    }

    /// The outcome's name after a run that reached its end.
    pub(crate) const fn outcome(&self) -> &'static str {
        if self.is_empty { "nothing-to-do" } else { "applied" }
    }

    /// Prints the document, or its last event.
    pub(crate) fn print(&self, ui: &Ui, outcome: &str) {
        let mut document = self.document.clone();
        document["outcome"] = json!(outcome);
        ui.document(&document);
    }

    /// Prints the document of a run that failed in the middle.
    pub(crate) fn print_failed(&self, ui: &Ui, error: &Error) {
        let mut failed = self.clone();
        failed.document["error"] = error.to_json();
        failed.print(ui, if error.kind == Kind::Interrupted { "interrupted" } else { "failed" });
    }
}

fn planned(plan: &Plan) -> Value {
    json!({"id": plan.id(), "class": plan.class(), "steps": plan.steps, "notes": plan.notes, "warnings": plan.warnings})
}
