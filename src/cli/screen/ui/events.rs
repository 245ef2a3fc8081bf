//! Events while a plan is carried out, for people and for programs.

use anstyle::Style;
use serde_json::json;

use super::{BAD, CHANGED, FAINT, GOOD, Ui};
use crate::engine::{Event, StepState, Watch};
use crate::model::{AccessEntry, AssociatedPolicy, Scope};

impl Watch for Ui {
    fn event(&self, event: Event) {
        match event {
            Event::Step { id, object, summary, scope, state } => {
                self.step_event(id, (&object, &summary), &scope, &state);
            }
            Event::Waiting { scope, text } => {
                self.json_line(&json!({"event": "waiting", "scope": scope, "text": text}));
                tracing::info!("{text}");
                self.doing(&text);
            }
            Event::Found { scope, object, entry } => {
                let AccessEntry { principal, entry_type, .. } = &*entry;
                let policies: Vec<String> = entry.policies.iter().map(AssociatedPolicy::told).collect();
                self.json_line(&json!({"event": "found", "scope": scope, "entry": principal, "type": entry_type, "policies": policies}));
                let gives = if policies.is_empty() { "no access policy".to_owned() } else { policies.join("; ") };
                let text =
                    format!("{object}: EKS created the access entry of {principal} by itself ({entry_type}, {gives})");
                self.text(&self.marked(FAINT, "found", &text));
            }
            Event::Kept { scope, path } => {
                let path = path.display().to_string();
                self.json_line(&json!({"event": "kept", "scope": scope, "path": path}));
                self.text(&self.marked(FAINT, "saved", &format!("the old version in {path}")));
            }
        }
    }
}

impl Ui {
    fn step_event(&self, id: usize, (object, summary): (&str, &str), scope: &Scope, state: &StepState) {
        let name = match state {
            StepState::Waiting => return,
            StepState::UnderWay => "begun",
            StepState::Done => "done",
            StepState::AlreadySo => "already-so",
            StepState::NotProven => "not-proven",
            StepState::Failed => "failed",
        };
        self.json_line(&json!({"event": "step", "id": id, "scope": scope, "state": name, "object": object}));
        let text = format!("{object}: {summary}");
        match state {
            StepState::UnderWay => self.doing(&text),
            StepState::Done => self.text(&self.marked(GOOD, "done", &text)),
            StepState::AlreadySo => self.text(&self.marked(FAINT, "already so", &text)),
            StepState::NotProven => self.text(&self.marked(CHANGED, "not proven", &text)),
            _ => self.text(&self.marked(BAD, "failed", &text)),
        }
    }

    /// A line that begins with the result of a step.
    fn marked(&self, style: Style, mark: &str, text: &str) -> String {
        let lines = self.wrapped(Style::new(), &format!("{mark} {text}"), 2, 5);
        lines.replacen(mark, &self.styled(style, mark), 1)
    }
}
