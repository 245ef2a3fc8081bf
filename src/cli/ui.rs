//! The only printer. Results go to stdout, everything else to stderr; progress only on a terminal; no text from outside
//! reaches a terminal raw.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::fd::AsFd;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use textwrap::{WordSplitter, WrapAlgorithm};

use super::args::{GlobalArgs, OutputFormat, When};
use super::plain_json::plain;
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
    width_out: Option<usize>,
    width_err: Option<usize>,
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
            width_out: width(&io::stdout()),
            width_err: width(&io::stderr()),
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

    /// A text that may come from outside, in lines that fit stdout where that is a terminal, each in a style. The first
    /// begins after so many blanks, the others after so many more. Words are never broken: names can be copied.
    pub(crate) fn wrapped(&self, style: Style, text: &str, indent: usize, hanging: usize) -> String {
        let lines = wrap(&printable(text), self.width_out, indent, hanging);
        let styled = lines.lines().map(|line| {
            let text = line.trim_start();
            format!("{}{}", &line[..line.len() - text.len()], self.styled(style, text))
        });
        styled.collect::<Vec<_>>().join("\n")
    }

    /// Advice, in lines that fit stdout; the command that it ends with stays in one, so that it can be copied.
    pub(crate) fn advice(&self, style: Style, text: &str, indent: usize) -> String {
        let lines = wrap_hint(&printable(text), self.width_out, indent);
        lines.lines().map(|line| self.styled(style, line)).collect::<Vec<_>>().join("\n")
    }

    /// Whether a line of so many characters fits stdout.
    pub(crate) fn fits(&self, length: usize) -> bool {
        self.width_out.is_none_or(|width| length <= width)
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
            self.err(&wrap(&printable(text), self.width_err, 0, 2));
        }
    }

    /// A warning on stderr, also with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        let text = wrap(&format!("warning: {}", printable(text)), self.width_err, 0, 2);
        let rest = text.strip_prefix("warning:").unwrap_or(&text);
        self.err(&format!("{}{rest}", self.styled_err(CHANGED, "warning:")));
    }

    /// An error on stderr.
    pub(crate) fn error(&self, error: &Error) {
        let fitted = |line: &str| match line {
            hint if hint.starts_with("hint:") => wrap_hint(hint, self.width_err, 0),
            cause if cause.starts_with("  because:") => wrap(cause.trim_start(), self.width_err, 2, 2),
            line => wrap(line, self.width_err, 0, 2),
        };
        let text = error.render().lines().map(fitted).collect::<Vec<_>>().join("\n");
        let text = match text.strip_prefix("error:") {
            Some(rest) => format!("{}{rest}", self.styled_err(BAD, "error:")),
            None => text,
        };
        self.err(text.trim_end());
    }

    /// The same, for texts that stderr shows.
    pub(crate) fn on_stderr(&self) -> Self {
        Self {
            format: self.format,
            quiet: self.quiet,
            color_out: self.color_err,
            color_err: self.color_err,
            width_out: self.width_err,
            width_err: self.width_err,
            spinner: None,
            stdout_closed: Cell::new(false),
            has_document: Cell::new(false),
            plan: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// A text that is laid out already, for people, on stderr.
    pub(crate) fn aside(&self, text: &str) {
        if self.format == OutputFormat::Text && !self.quiet {
            self.err(text);
        }
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
            self.out(&plain(&value.to_string()));
        }
    }

    /// The one JSON document of a run, or its last event.
    pub(crate) fn document(&self, value: &serde_json::Value) {
        self.has_document.set(true);
        match self.format {
            OutputFormat::Text => {}
            OutputFormat::Json => self.out(&plain(&serde_json::to_string_pretty(value).unwrap_or_default())),
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

    /// What keeps the progress line quiet while somebody types.
    pub(crate) fn hush(&self) -> Hush {
        Hush(self.spinner.clone())
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

/// The width of a stream that is a terminal; none where nothing is to be wrapped.
fn width(stream: &impl AsFd) -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(stream)?;
    // What is narrower than this, or tells nonsense, is left to the terminal.
    Some(usize::from(width.0)).filter(|width| *width >= 40)
}

/// A text in lines of at most `width` characters, words whole; unchanged line breaks, no wrapping without a width.
fn wrap(text: &str, width: Option<usize>, indent: usize, hanging: usize) -> String {
    let (first, others) = (" ".repeat(indent), " ".repeat(indent + hanging));
    let options = textwrap::Options::new(width.unwrap_or(usize::MAX))
        .initial_indent(&first)
        .subsequent_indent(&others)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    text.lines().map(|line| textwrap::fill(line, &options)).collect::<Vec<_>>().join("\n")
}

/// Advice like `try: look at it: COMMAND`, whose command is never broken: where it is too long it has its own line.
fn wrap_hint(text: &str, width: Option<usize>, indent: usize) -> String {
    let margin = " ".repeat(indent);
    if width.is_none_or(|width| indent + text.chars().count() <= width) {
        return format!("{margin}{text}");
    }
    match text.rsplit_once(": ").filter(|(words, _)| words.contains(' ')) {
        Some((words, command)) => format!("{}:\n{margin}  {command}", wrap(words, width, indent, 2)),
        None => wrap(text, width, indent, 2),
    }
}

/// Quiet for the progress line, to be had anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hush(Option<ProgressBar>);

impl Hush {
    /// Speaks, or lets somebody type, without a progress line in between.
    pub(crate) fn during<R>(&self, speak: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(spinner) => spinner.suspend(speak),
            None => speak(),
        }
    }
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
                self.text(&self.marked(FAINT, "kept", &format!("the old text in {path}")));
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
        let text = format!("{}: {}", words.object, words.summary);
        match state {
            StepState::UnderWay => self.doing(&text),
            StepState::Done => self.text(&self.marked(GOOD, "done", &text)),
            StepState::AlreadySo => self.text(&self.marked(FAINT, "already so", &text)),
            _ => self.text(&self.marked(BAD, "failed", &text)),
        }
    }

    /// A line that begins with what became of something.
    fn marked(&self, style: Style, mark: &str, text: &str) -> String {
        let lines = self.wrapped(Style::new(), &format!("{mark} {text}"), 2, 5);
        lines.replacen(mark, &self.styled(style, mark), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{wrap, wrap_hint};

    #[test]
    fn long_lines_hang_and_words_stay_whole() {
        assert_eq!(wrap("one two three", Some(9), 2, 2), "  one two\n    three");
        assert_eq!(wrap("see arn:aws:iam::1:role/Long-Name", Some(12), 0, 2), "see\n  arn:aws:iam::1:role/Long-Name");
        assert_eq!(wrap("a\nb", Some(9), 1, 0), " a\n b");
    }

    #[test]
    fn without_a_terminal_nothing_is_wrapped() {
        let text = "word ".repeat(100);
        assert_eq!(wrap(&text, None, 2, 2), format!("  {}", text.trim_end()));
    }

    #[test]
    fn the_command_of_a_hint_is_never_broken() {
        assert_eq!(wrap_hint("hint: short: a b", Some(40), 0), "hint: short: a b");
        assert_eq!(wrap_hint("hint: look at it: a b c d", Some(20), 0), "hint: look at it:\n  a b c d");
        assert_eq!(wrap_hint("try: one two three", Some(14), 2), "  try: one two\n    three");
        assert_eq!(wrap_hint("try: a b", None, 2), "  try: a b");
    }
}
