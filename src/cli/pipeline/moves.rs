//! Reports a plan's steps while they are carried out: to the printer, and for several places as a line for each one in
//! progress.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::sights::Sights;
use crate::cli::screen::ui::Ui;
use crate::cli::screen::ui::phase::{Moving, Phase};
use crate::engine::{Event, StepState, Watch};
use crate::model::Scope;
use crate::plan::{Plan, Step};

/// The observer of a plan's steps.
pub(crate) struct Moves<'a> {
    ui: &'a Ui,
    now: RefCell<Option<Now<'a>>>,
}

/// A running phase.
struct Now<'a> {
    phase: Phase<'a>,
    /// For each place the steps that are not finished.
    open: Vec<BTreeSet<usize>>,
    /// The scopes with a step in progress, and which.
    lines: BTreeMap<Scope, (BTreeSet<usize>, Moving<'a>)>,
}

impl<'a> Moves<'a> {
    /// An observer without a running phase.
    pub(crate) fn new(ui: &'a Ui) -> Self {
        Self { ui, now: RefCell::default() }
    }

    /// Begins carrying out the steps of several places.
    pub(crate) fn begin(&self, doing: &str, sights: &Sights, plan: &Plan) {
        let open: Vec<BTreeSet<usize>> = (0..sights.places.len()).map(|at| own(&sights.steps(at, plan))).collect();
        let of = open.iter().filter(|steps| !steps.is_empty()).count();
        self.now.replace(Some(Now { phase: self.ui.phase(doing, of), open, lines: BTreeMap::new() }));
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        self.now.replace(None);
    }
}

impl Watch for Moves<'_> {
    fn event(&self, event: Event) {
        if let Some(now) = &mut *self.now.borrow_mut() {
            now.hear(&event);
        }
        self.ui.event(event);
    }
}

/// The steps after which a place is done: a file is written for all places together, at the end.
fn own(steps: &[&Step]) -> BTreeSet<usize> {
    let is_file = |step: &&&Step| matches!(step.scope, Scope::File(_));
    let all_are = steps.iter().all(|step| is_file(&step));
    steps.iter().filter(|step| all_are || !is_file(step)).map(|step| step.id).collect()
}

impl Now<'_> {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Step { id, object, scope, state: StepState::UnderWay, .. } => {
                let line = || (BTreeSet::new(), self.phase.moves(object));
                let (steps, line) = self.lines.entry(scope.clone()).or_insert_with(line);
                steps.insert(*id);
                line.says(object);
            }
            Event::Step { id, scope, state, .. } => {
                if let Some((steps, _)) = self.lines.get_mut(scope) {
                    steps.remove(id);
                    if steps.is_empty() {
                        self.lines.remove(scope);
                    }
                }
                self.ended(*id, *state == StepState::Failed);
            }
            Event::Waiting { scope, text } => {
                if let Some((_, line)) = self.lines.get(scope) {
                    line.says(text);
                }
            }
            Event::Found { .. } | Event::Kept { .. } => {}
        }
    }

    /// Records the end of a step, and of each place for which it was the last one; a failed step is the last of all of
    /// its places.
    fn ended(&mut self, step: usize, has_failed: bool) {
        for steps in &mut self.open {
            let was_open = steps.remove(&step);
            if was_open && has_failed {
                steps.clear();
            }
            if was_open && steps.is_empty() {
                self.phase.one_more();
            }
        }
    }
}
