//! Progress over several places: lines and a bar on a terminal, and elsewhere a line for every tenth of many places.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Ui;
use crate::cli::screen::progress::Lines;
use crate::engine::{Event, Watch};

/// Without a bar, progress is printed from this number of places on.
const MANY: usize = 10;

/// A phase of a run over several places; clones share it.
#[derive(Clone)]
pub(crate) struct Phase<'u>(Rc<Shown<'u>>);

struct Shown<'u> {
    ui: &'u Ui,
    name: String,
    of: usize,
    done: Cell<usize>,
    lines: Option<RefCell<Lines>>,
}

impl Ui {
    /// Begins a phase over `of` places.
    pub(crate) fn phase(&self, name: &str, of: usize) -> Phase<'_> {
        self.calm();
        self.in_phase.set(true);
        let progress = self.progress.as_ref().filter(|_| self.has_bars);
        let lines = progress.map(|progress| RefCell::new(progress.places(name, of, self.size(), self.color_err)));
        if lines.is_none() && of >= MANY {
            self.aside(name);
        }
        Phase(Rc::new(Shown { ui: self, name: name.to_owned(), of, done: Cell::new(0), lines }))
    }
}

impl<'u> Phase<'u> {
    /// Shows a place in progress until the result is dropped.
    pub(crate) fn moves(&self, label: &str) -> Moving<'u> {
        let lines = self.0.lines.as_ref();
        Moving {
            phase: self.clone(),
            label: label.to_owned(),
            line: lines.map(|lines| lines.borrow_mut().begin(label)),
        }
    }

    /// Counts one more place as done.
    pub(crate) fn one_more(&self) {
        let Shown { ui, name, of, done, lines } = &*self.0;
        done.set(done.get() + 1);
        let tenth = |done: usize| done * 10 / of.max(&1);
        match lines {
            Some(lines) => lines.borrow().advance(),
            None if *of >= MANY && tenth(done.get()) > tenth(done.get() - 1) => {
                ui.aside(&format!("{name}: {} of {of}", done.get()));
            }
            None => {}
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.ui.in_phase.set(false);
    }
}

/// A place in progress.
pub(crate) struct Moving<'u> {
    phase: Phase<'u>,
    label: String,
    line: Option<usize>,
}

impl Moving<'_> {
    /// Sets its activity.
    pub(crate) fn says(&self, text: &str) {
        if let (Some(lines), Some(line)) = (&self.phase.0.lines, self.line) {
            lines.borrow_mut().says(line, text);
        }
    }
}

impl Watch for Moving<'_> {
    fn event(&self, event: Event) {
        if let Event::Waiting { text, .. } = &event {
            self.says(&format!("{}: {text}", self.label));
        }
        self.phase.0.ui.event(event);
    }
}

impl Drop for Moving<'_> {
    fn drop(&mut self) {
        if let (Some(lines), Some(line)) = (&self.phase.0.lines, self.line) {
            lines.borrow_mut().end(line);
        }
    }
}
