//! The only printer. Results go to stdout, everything else to stderr; progress only on a terminal; no text from outside
//! reaches a terminal raw.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::args::{GlobalArgs, OutputFormat, When};
use crate::engine::{Event, StepState, Watch};
use crate::error::{Error, printable};
use crate::plan::{Plan, describe};

/// Green: new, ok.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Yellow: changed, unknown.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// Red: removed, broken.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Bold: what it is about.
pub(crate) const STRONG: Style = Style::new().bold();
/// Dim: what can be skipped.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Where and how things are said.
#[derive(Debug)]
pub(crate) struct Ui {
    /// Text, JSON or JSON lines.
    pub(crate) format: OutputFormat,
    quiet: bool,
    color_out: bool,
    color_err: bool,
    spinner: Option<ProgressBar>,
    stdout_closed: Cell<bool>,
    has_document: Cell<bool>,
    plan: RefCell<Plan>,
    kept: RefCell<Vec<String>>,
}

impl Ui {
    /// By the command line and what stdout and stderr are.
    pub(crate) fn new(global: &GlobalArgs, no_color: bool) -> Self {
        let color = |is_terminal: bool| match global.color {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !no_color,
        };
        let err_is_terminal = io::stderr().is_terminal();
        let spinner = (err_is_terminal && !global.quiet).then(spinner);
        Self {
            format: global.output,
            quiet: global.quiet,
            color_out: color(io::stdout().is_terminal()),
            color_err: color(err_is_terminal),
            spinner,
            stdout_closed: Cell::new(false),
            has_document: Cell::new(false),
            plan: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// A text in a style, where stdout shows colour.
    pub(crate) fn styled(&self, style: Style, text: &str) -> String {
        let text = printable(text);
        if self.color_out { format!("{style}{text}{style:#}") } else { text }
    }

    fn styled_err(&self, style: Style, text: &str) -> String {
        if self.color_err { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A result, with its line break. A closed stdout ends the talking, not the work.
    pub(crate) fn out(&self, text: &str) {
        self.raw_out(&format!("{text}\n"));
    }

    /// Bytes for stdout as they are: a kubeconfig, a token.
    pub(crate) fn raw_out(&self, text: &str) {
        if self.stdout_closed.get() {
            return;
        }
        self.pause(|| {
            let mut stdout = io::stdout().lock();
            if stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_err() {
                self.stdout_closed.set(true);
            }
        });
    }

    /// A result for people only.
    pub(crate) fn text(&self, text: &str) {
        if self.format == OutputFormat::Text && !self.quiet {
            self.out(text);
        }
    }

    /// Something for stderr, unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.err(&printable(text));
        }
    }

    /// A warning on stderr, also with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        self.err(&format!("{} {}", self.styled_err(CHANGED, "warning:"), printable(text)));
    }

    /// An error on stderr.
    pub(crate) fn error(&self, error: &Error) {
        let text = error.render();
        let text = match text.strip_prefix("error:") {
            Some(rest) => format!("{}{rest}", self.styled_err(BAD, "error:")),
            None => text,
        };
        self.err(text.trim_end());
    }

    fn err(&self, text: &str) {
        self.pause(|| {
            // A stderr that is gone has nobody to be told.
            let _ = writeln!(io::stderr().lock(), "{text}");
        });
    }

    /// One event as a JSON line, where those are wanted.
    pub(crate) fn json_line(&self, value: &serde_json::Value) {
        if self.format == OutputFormat::Jsonl {
            self.out(&value.to_string());
        }
    }

    /// The one JSON document of a run, or its last event.
    pub(crate) fn document(&self, value: &serde_json::Value) {
        self.has_document.set(true);
        match self.format {
            OutputFormat::Text => {}
            OutputFormat::Json => self.out(&serde_json::to_string_pretty(value).unwrap_or_default()),
            OutputFormat::Jsonl => self.json_line(&serde_json::json!({"event": "result", "result": value})),
        }
    }

    /// The document of a run that ended before it had one.
    pub(crate) fn error_document(&self, error: &Error) {
        if !self.has_document.get() {
            self.document(&serde_json::json!({"version": 1, "outcome": "failed", "error": error.to_json()}));
        }
    }

    /// Whether somebody can be asked: both ends are a terminal.
    pub(crate) fn can_ask(&self) -> bool {
        self.format == OutputFormat::Text && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Says what is being done, while it is done, on a terminal.
    pub(crate) fn doing(&self, text: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(printable(text));
            spinner.enable_steady_tick(Duration::from_millis(120));
        }
    }

    /// Ends the progress line.
    pub(crate) fn calm(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.disable_steady_tick();
            spinner.set_message("");
            spinner.finish_and_clear();
        }
    }

    fn pause<R>(&self, speak: impl FnOnce() -> R) -> R {
        match &self.spinner {
            Some(spinner) => spinner.suspend(speak),
            None => speak(),
        }
    }

    /// Which plan the coming events speak of.
    pub(crate) fn watch_plan(&self, plan: &Plan) {
        *self.plan.borrow_mut() = plan.clone();
    }

    /// Where old manifests were kept during this run.
    pub(crate) fn kept(&self) -> Vec<String> {
        self.kept.borrow().clone()
    }
}

/// Asks a yes-or-no question on the terminal; anything but y and yes is no. Blocks.
pub(crate) fn ask(question: &str) -> bool {
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    drop(stderr);
    let mut answer = String::new();
    asked.is_ok()
        && io::stdin().lock().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Writes to stdout without a [`Ui`]; a closed stdout has nobody to be told.
pub(crate) fn write_stdout(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

impl Watch for Ui {
    fn event(&self, event: Event) {
        match event {
            Event::Step(id, state) => self.step_event(id, &state),
            Event::Waiting(text) => {
                self.json_line(&serde_json::json!({"event": "waiting", "text": text}));
                tracing::info!("{text}");
                self.doing(&text);
            }
            Event::Kept(path) => {
                let path = path.display().to_string();
                self.json_line(&serde_json::json!({"event": "kept", "path": path}));
                self.text(&format!("  {} the old text in {path}", self.styled(FAINT, "kept")));
                self.kept.borrow_mut().push(path);
            }
        }
    }
}

impl Ui {
    fn step_event(&self, id: usize, state: &StepState) {
        let words = self.plan.borrow().steps.get(id - 1).map(describe);
        let Some(words) = words else { return };
        let name = match state {
            StepState::Waiting => return,
            StepState::UnderWay => "begun",
            StepState::Done => "done",
            StepState::AlreadySo => "already-so",
            StepState::Failed => "failed",
        };
        self.json_line(&serde_json::json!({"event": "step", "id": id, "state": name, "object": words.object}));
        let line = |mark: String| format!("  {mark} {}: {}", printable(&words.object), printable(&words.summary));
        match state {
            StepState::UnderWay => self.doing(&format!("{}: {}", words.object, words.summary)),
            StepState::Done => self.text(&line(self.styled(GOOD, "done"))),
            StepState::AlreadySo => self.text(&line(self.styled(FAINT, "already so"))),
            _ => self.text(&line(self.styled(BAD, "failed"))),
        }
    }
}
