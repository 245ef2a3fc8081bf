//! Progress lines on a terminal, removed when done: the current activity; with several places a line for each in
//! progress, as many as fit, and a bar for the whole.

use std::collections::VecDeque;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::one_line;
use crate::secrets::redact;

/// How often it is redrawn while nothing changes.
const TICK: Duration = Duration::from_millis(120);
/// The most places with a line of their own.
const MOST: usize = 8;
/// The rows of the screen that are not used for places.
const OTHER_ROWS: usize = 4;
/// The columns that are used neither by the bar nor by its name.
const OTHER_COLUMNS: usize = 22;
/// The greatest length of the bar.
const LONGEST: usize = 40;

/// The lines at the bottom of the screen; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    lines: MultiProgress,
    doing: ProgressBar,
}

impl Progress {
    /// Progress without an activity.
    pub(crate) fn new(target: ProgressDrawTarget) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        let doing = lines.add(ProgressBar::new_spinner().with_style(style("{spinner} {wide_msg}")));
        // An unfinished bar would be redrawn with every line.
        doing.finish_and_clear();
        Self { lines, doing }
    }

    /// Shows the current activity.
    pub(crate) fn doing(&self, text: &str) {
        self.doing.reset();
        self.doing.set_message(shown(text));
        self.doing.enable_steady_tick(TICK);
    }

    /// Shows no activity.
    pub(crate) fn calm(&self) {
        self.doing.disable_steady_tick();
        self.doing.set_message("");
        self.doing.finish_and_clear();
    }

    /// Prints above the lines.
    pub(crate) fn during<R>(&self, speak: impl FnOnce() -> R) -> R {
        self.lines.suspend(speak)
    }

    /// Clears the lines while an answer is typed. The work goes on in the meantime.
    pub(crate) fn aside<R>(&self, typing: impl FnOnce() -> R) -> R {
        let _ = self.lines.clear();
        self.lines.set_draw_target(ProgressDrawTarget::hidden());
        let typed = typing();
        self.lines.set_draw_target(ProgressDrawTarget::stderr());
        typed
    }

    /// The lines for `of` places on a screen of this many rows and columns.
    pub(crate) fn places(&self, name: &str, of: usize, (rows, columns): (usize, usize), in_colour: bool) -> Lines {
        // The terminal echoes `^C` after the last line: on a full line it would start another one.
        let width = columns.saturating_sub(name.chars().count() + OTHER_COLUMNS).clamp(1, LONGEST);
        let green = if in_colour { ".green" } else { "" };
        let style =
            style(&format!("{{spinner}} {{msg}} [{{bar:{width}{green}}}] {{pos}}/{{len}}")).progress_chars("=> ");
        let whole = ProgressBar::new(of as u64).with_style(style).with_message(shown(name));
        let whole = self.lines.add(whole);
        whole.tick();
        whole.enable_steady_tick(TICK);
        let most = rows.saturating_sub(OTHER_ROWS).clamp(1, MOST);
        let (moving, hidden) = (Vec::new(), VecDeque::new());
        Lines { screen: self.lines.clone(), whole, rest: None, moving, hidden, most, next: 0 }
    }
}

/// The lines of places.
#[derive(Debug)]
pub(crate) struct Lines {
    screen: MultiProgress,
    whole: ProgressBar,
    /// How many more are in progress than there are lines.
    rest: Option<ProgressBar>,
    moving: Vec<(usize, ProgressBar)>,
    hidden: VecDeque<(usize, String)>,
    most: usize,
    next: usize,
}

impl Lines {
    /// Adds a place; returns its key.
    pub(crate) fn begin(&mut self, text: &str) -> usize {
        let place = self.next;
        self.next += 1;
        if self.moving.len() < self.most {
            let before = self.rest.as_ref().unwrap_or(&self.whole);
            let line = self.line(before, text);
            self.moving.push((place, line));
        } else {
            self.hidden.push_back((place, text.to_owned()));
        }
        self.tell_rest();
        place
    }

    /// Sets the activity of a place.
    pub(crate) fn says(&mut self, place: usize, text: &str) {
        if let Some((_, line)) = self.moving.iter().find(|(moving, _)| *moving == place) {
            line.set_message(shown(text));
        } else if let Some(hidden) = self.hidden.iter_mut().find(|(hidden, _)| *hidden == place) {
            text.clone_into(&mut hidden.1);
        }
    }

    /// Removes a place: one without a line gets its line.
    pub(crate) fn end(&mut self, place: usize) {
        self.hidden.retain(|(hidden, _)| *hidden != place);
        if let Some(at) = self.moving.iter().position(|(moving, _)| *moving == place) {
            if let Some((next, text)) = self.hidden.pop_front() {
                self.moving[at].0 = next;
                self.moving[at].1.set_message(shown(&text));
            } else {
                let (_, line) = self.moving.remove(at);
                self.remove(&line);
            }
        }
        self.tell_rest();
    }

    /// Counts one more place as done.
    pub(crate) fn advance(&self) {
        self.whole.inc(1);
    }

    fn line(&self, before: &ProgressBar, text: &str) -> ProgressBar {
        let line = self.screen.insert_before(before, ProgressBar::new_spinner().with_style(style("  {wide_msg}")));
        line.set_message(shown(text));
        line
    }

    fn remove(&self, line: &ProgressBar) {
        line.finish_and_clear();
        self.screen.remove(line);
    }

    fn tell_rest(&mut self) {
        match (self.hidden.len(), self.rest.take()) {
            (0, None) => {}
            (0, Some(rest)) => self.remove(&rest),
            (count, rest) => {
                let text = format!("… and {count} more");
                let rest = rest.unwrap_or_else(|| self.line(&self.whole, &text));
                rest.set_message(text);
                self.rest = Some(rest);
            }
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.whole.disable_steady_tick();
        let places = self.moving.iter().map(|(_, line)| line);
        for line in places.chain(&self.rest).chain([&self.whole]) {
            self.remove(line);
        }
    }
}

fn shown(text: &str) -> String {
    one_line(&redact(text))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, TermLike};

    use super::*;

    fn screen(rows: u16, columns: u16) -> (InMemoryTerm, Progress) {
        let screen = InMemoryTerm::new(rows, columns);
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        (screen, Progress::new(target))
    }

    /// The lines of a screen, the bar's without its spinner and its drawing.
    fn seen(screen: &InMemoryTerm) -> Vec<String> {
        let lines = screen.contents();
        let plain = lines.lines().map(|line| match line.split_once('[').zip(line.rsplit_once(']')) {
            Some(((name, _), (_, count))) => {
                format!("{} []{count}", name.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).trim_end())
            }
            None => line.to_owned(),
        });
        plain.collect()
    }

    #[test]
    fn each_place_that_moves_has_a_line_and_the_whole_has_a_bar() {
        let (screen, progress) = screen(24, 80);
        let mut lines = progress.places("checking 3 clusters", 3, (24, 80), false);
        let (dev, stage) = (lines.begin("dev (eu-west-1)"), lines.begin("stage (eu-west-1)"));
        assert_eq!(seen(&screen), ["  dev (eu-west-1)", "  stage (eu-west-1)", "checking 3 clusters [] 0/3"]);
        lines.says(stage, "stage (eu-west-1): waiting");
        lines.end(dev);
        lines.advance();
        // The redraw by a timer is done by hand from here on.
        lines.whole.disable_steady_tick();
        lines.whole.tick();
        assert_eq!(seen(&screen), ["  stage (eu-west-1): waiting", "checking 3 clusters [] 1/3"]);
        drop(lines);
        assert_eq!(screen.contents(), "");
    }

    #[test]
    fn what_does_not_fit_is_counted_and_moves_up() {
        let (screen, progress) = screen(6, 40);
        let mut lines = progress.places("looking", 5, (6, 40), false);
        let all: Vec<usize> = ["a", "b", "c", "d", "e"].iter().map(|name| lines.begin(name)).collect();
        assert_eq!(seen(&screen), ["  a", "  b", "  … and 3 more", "looking [] 0/5"]);
        lines.says(all[2], "c waits");
        lines.end(all[0]);
        assert_eq!(seen(&screen), ["  c waits", "  b", "  … and 2 more", "looking [] 0/5"]);
        lines.end(all[4]);
        lines.end(all[1]);
        assert_eq!(seen(&screen), ["  c waits", "  d", "looking [] 0/5"]);
        lines.end(all[3]);
        assert_eq!(seen(&screen), ["  c waits", "looking [] 0/5"]);
    }

    #[test]
    fn output_in_the_meantime_is_complete_above_the_lines() {
        let (screen, progress) = screen(24, 80);
        let mut lines = progress.places("checking 2 clusters", 2, (24, 80), false);
        lines.begin("dev (eu-west-1)");
        progress.during(|| screen.write_line("warning: something is odd")).unwrap();
        lines.begin("stage (eu-west-1)");
        assert_eq!(
            seen(&screen),
            ["warning: something is odd", "  dev (eu-west-1)", "  stage (eu-west-1)", "checking 2 clusters [] 0/2"]
        );
        drop(lines);
        assert_eq!(screen.contents(), "warning: something is odd");
    }

    #[test]
    fn a_long_name_is_cut_to_the_screen_and_its_line_breaks_are_removed() {
        let (screen, progress) = screen(24, 20);
        let mut lines = progress.places("a", 1, (24, 20), false);
        lines.begin("a-name-that-is-much-longer\nthan the screen");
        let shown = seen(&screen);
        assert!(shown.len() == 2 && shown.iter().all(|line| line.chars().count() <= 20), "{shown:?}");
    }

    #[test]
    fn one_thing_that_is_done_has_a_line_of_its_own() {
        let (screen, progress) = screen(24, 80);
        progress.doing("reading the current state");
        assert!(screen.contents().ends_with(" reading the current state"), "{}", screen.contents());
        progress.calm();
        assert_eq!(screen.contents(), "");
    }
}
