//! The only printer. Results are on stdout, everything else is on stderr; progress only on a terminal. Foreign texts
//! are escaped, and secrets redacted, except in a result that is one (a token).

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::ProgressDrawTarget;
use rustix::io::Errno;
use rustix::termios::{QueueSelector, tcflush};

use crate::cli::args::{GlobalArgs, OutputFormat, When};
use crate::cli::screen::pasted::Carried;
use crate::cli::screen::plain_json::plain;
use crate::cli::screen::progress::Progress;
use crate::cli::screen::wrap::{height, labelled, width, wrap, wrap_error, wrap_hint};
use crate::cli::world::context::Environment;
use crate::error::{Error, Kind, one_line, printable};
use crate::secrets::{redact, redact_json};

mod events;
pub(crate) mod phase;

/// Green: new, ok.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Yellow: changed, unknown.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// Red: removed, broken.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Bold: the subject.
pub(crate) const STRONG: Style = Style::new().bold();
/// Dim: details.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Whether stdout still accepts output.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
enum Stdout {
    #[default]
    Open,
    /// Its reader closed it.
    Left,
    /// Output was lost.
    Failed(String),
}

/// The printer's settings and state.
#[derive(Debug)]
pub(crate) struct Ui {
    /// Text, JSON or JSON lines.
    pub(crate) format: OutputFormat,
    quiet: bool,
    shows_sources: bool,
    color_out: bool,
    color_err: bool,
    width_out: Option<usize>,
    width_err: Option<usize>,
    progress: Option<Progress>,
    /// Whether several places are shown as lines and a bar.
    has_bars: bool,
    /// Whether a phase over several places is running, in which each has its own line.
    in_phase: Cell<bool>,
    stdout: RefCell<Stdout>,
    has_document: Cell<bool>,
    warned: RefCell<BTreeSet<String>>,
    carried: Carried,
}

impl Ui {
    /// From the command line and the kind of stdout and stderr.
    pub(crate) fn new(global: &GlobalArgs, env: &Environment) -> Self {
        let color = |is_terminal: bool| match global.color {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !env.no_color && !env.dumb_terminal,
        };
        let err_is_terminal = io::stderr().is_terminal();
        let moves = err_is_terminal && !global.quiet && !env.dumb_terminal;
        Self {
            format: global.output,
            quiet: global.quiet,
            shows_sources: global.verbose > 0,
            color_out: color(io::stdout().is_terminal()),
            color_err: color(err_is_terminal),
            width_out: width(&io::stdout()),
            width_err: width(&io::stderr()),
            progress: moves.then(|| Progress::new(ProgressDrawTarget::stderr())),
            has_bars: !env.no_color,
            in_phase: Cell::new(false),
            stdout: RefCell::default(),
            has_document: Cell::new(false),
            warned: RefCell::default(),
            carried: Carried::of(global),
        }
    }

    /// A text in a style, if stdout shows colour.
    pub(crate) fn styled(&self, style: Style, text: &str) -> String {
        let text = printable(text);
        if self.color_out { format!("{style}{text}{style:#}") } else { text }
    }

    /// A possibly foreign text, in lines that fit stdout if it is a terminal, each in a style. The first is indented by
    /// `indent`, the others by `hanging` more. Words are never broken, so that names can be copied.
    pub(crate) fn wrapped(&self, style: Style, text: &str, indent: usize, hanging: usize) -> String {
        let lines = wrap(&printable(text), self.width_out, indent, hanging);
        let styled = lines.lines().map(|line| {
            let text = line.trim_start();
            format!("{}{}", &line[..line.len() - text.len()], self.styled(style, text))
        });
        styled.collect::<Vec<_>>().join("\n")
    }

    /// A text with its commands completed for pasting.
    pub(crate) fn completed(&self, text: &str) -> String {
        self.carried.complete(text)
    }

    /// A hint, in lines that fit stdout; the command that it ends with stays in one, so that it can be copied.
    pub(crate) fn advice(&self, style: Style, hint: &str, indent: usize) -> String {
        let lines = wrap_hint(&labelled(&printable(&self.carried.complete(hint))), self.width_out, indent);
        lines.lines().map(|line| self.styled(style, line)).collect::<Vec<_>>().join("\n")
    }

    /// Whether a line of this many characters fits stdout.
    pub(crate) fn fits(&self, length: usize) -> bool {
        self.width_out.is_none_or(|width| length <= width)
    }

    fn styled_err(&self, style: Style, text: &str) -> String {
        if self.color_err { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A result, with its line break. A closed stdout ends the output, not the work.
    pub(crate) fn out(&self, text: &str) {
        self.raw_out(&format!("{}\n", redact(text)));
    }

    /// A result for stdout, byte for byte: a kubeconfig, a manifest.
    pub(crate) fn raw_out(&self, text: &str) {
        if *self.stdout.borrow() != Stdout::Open {
            return;
        }
        let written = self.pause(|| write_stdout(text));
        if let Err(error) = written {
            let left = error.kind() == io::ErrorKind::BrokenPipe;
            self.stdout.replace(if left { Stdout::Left } else { Stdout::Failed(error.to_string()) });
        }
    }

    /// Why output to stdout was lost, if it was.
    pub(crate) fn lost_output(&self) -> Option<Error> {
        match &*self.stdout.borrow() {
            Stdout::Failed(why) => Some(unwritten(why)),
            _ => None,
        }
    }

    /// The exit status of a run that ended with `code`: lost output is a failure.
    pub(crate) fn settle(&self, code: u8) -> u8 {
        let Some(error) = self.lost_output() else { return code };
        self.error(&error);
        // 3 would announce a plan or findings that could not be read.
        if matches!(code, 0 | 3) { Kind::Failed.exit_code() } else { code }
    }

    /// A result for people only.
    pub(crate) fn text(&self, text: &str) {
        if self.format == OutputFormat::Text && !self.quiet {
            self.out(text);
        }
    }

    /// A message for stderr, unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.err(&wrap(&one_line(text), self.width_err, 0, 2));
        }
    }

    /// A warning on stderr, also with `--quiet`. The same warning is printed once: several places may have it.
    pub(crate) fn warn(&self, text: &str) {
        let text = self.carried.complete(&one_line(text));
        if !self.warned.borrow_mut().insert(text.clone()) {
            return;
        }
        let text = wrap(&format!("warning: {text}"), self.width_err, 0, 2);
        let rest = text.strip_prefix("warning:").unwrap_or(&text);
        self.err(&format!("{}{rest}", self.styled_err(CHANGED, "warning:")));
    }

    /// An error on stderr; with `-v` also its sources.
    pub(crate) fn error(&self, error: &Error) {
        let hint = error.hint.as_deref().map(|hint| self.carried.complete(hint));
        let error = Error { hint, ..error.clone() };
        let text = if self.shows_sources { error.render_with_sources() } else { error.render() };
        let text = wrap_error(&text, self.width_err);
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
            shows_sources: self.shows_sources,
            color_out: self.color_err,
            color_err: self.color_err,
            width_out: self.width_err,
            width_err: self.width_err,
            progress: None,
            has_bars: false,
            in_phase: Cell::new(false),
            stdout: RefCell::default(),
            has_document: Cell::new(false),
            warned: RefCell::default(),
            carried: self.carried.clone(),
        }
    }

    /// A text for people that is already laid out, on stderr.
    pub(crate) fn aside(&self, text: &str) {
        if self.format == OutputFormat::Text && !self.quiet {
            self.err(text);
        }
    }

    fn err(&self, text: &str) {
        self.pause(|| {
            // If stderr is closed, the message is lost.
            let _ = writeln!(io::stderr().lock(), "{}", redact(text));
        });
    }

    /// Whether more is printed: `-v`.
    pub(crate) const fn is_verbose(&self) -> bool {
        self.shows_sources
    }

    /// One event as a JSON line, if JSON lines are selected.
    pub(crate) fn json_line(&self, value: &serde_json::Value) {
        if self.format == OutputFormat::Jsonl {
            let mut value = value.clone();
            self.carried.complete_document(&mut value);
            self.raw_out(&(plain(&redact_json(value).to_string()) + "\n"));
        }
    }

    /// The one JSON document of a run, or its last event.
    pub(crate) fn document(&self, value: &serde_json::Value) {
        self.has_document.set(true);
        if self.format == OutputFormat::Text {
            return;
        }
        let mut value = value.clone();
        self.carried.complete_document(&mut value);
        if self.format == OutputFormat::Jsonl {
            self.json_line(&serde_json::json!({"event": "result", "scope": null, "result": value}));
        } else {
            let clean = redact_json(value);
            self.raw_out(&(plain(&serde_json::to_string_pretty(&clean).unwrap_or_default()) + "\n"));
        }
    }

    /// The document of a run that ended without one.
    pub(crate) fn error_document(&self, error: &Error) {
        if !self.has_document.get() {
            self.document(&serde_json::json!({"version": 1, "outcome": "failed", "error": error.to_json()}));
        }
    }

    /// Whether a person can be asked: both ends are a terminal.
    pub(crate) fn can_ask(&self) -> bool {
        self.format == OutputFormat::Text && is_on_terminal()
    }

    /// Shows the current activity, on a terminal.
    pub(crate) fn doing(&self, text: &str) {
        if let Some(progress) = self.progress.as_ref().filter(|_| !self.in_phase.get()) {
            progress.doing(text);
        }
    }

    /// Ends the progress line.
    pub(crate) fn calm(&self) {
        if let Some(progress) = self.progress.as_ref().filter(|_| !self.in_phase.get()) {
            progress.calm();
        }
    }

    /// Keeps the progress line quiet while an answer is typed.
    pub(crate) fn hush(&self) -> Hush {
        Hush(self.progress.clone())
    }

    /// The rows and columns of the terminal that shows progress.
    fn size(&self) -> (usize, usize) {
        (height(&io::stderr()).unwrap_or_default(), self.width_err.unwrap_or_default())
    }

    fn pause<R>(&self, speak: impl FnOnce() -> R) -> R {
        match &self.progress {
            Some(progress) => progress.during(speak),
            None => speak(),
        }
    }
}

/// Whether stdin and stderr are a terminal.
pub(crate) fn is_on_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a yes-or-no question on the terminal; anything but y and yes is no. Input typed before the question is
/// discarded. Blocks.
pub(crate) fn ask(question: &str) -> bool {
    // Without a terminal there is no earlier input.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    drop(stderr);
    let mut answer = String::new();
    asked.is_ok()
        && io::stdin().lock().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Writes to stdout, unchanged. The standard library's own stdout treats `EBADF` as success.
///
/// # Errors
/// The system's error.
pub(crate) fn write_stdout(text: &str) -> io::Result<()> {
    let stdout = io::stdout();
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match rustix::io::write(stdout.as_fd(), rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(Errno::INTR) => {}
            // Another program has made the shared terminal or pipe non-blocking.
            Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Prints the parser's output for stdout: help, a version. A terminal shows it in the parser's own colours.
///
/// # Errors
/// The system's error.
pub(crate) fn print_product(said: &clap::Error) -> io::Result<()> {
    let plain = anstream::AutoStream::choice(&io::stdout()) == anstream::ColorChoice::Never;
    let page = said.render();
    let page = if plain { page.to_string() } else { page.ansi().to_string() };
    write_stdout(&crate::cli::args::examples::blanks(&page))
}

/// Prints a message on stderr before there is a [`Ui`].
pub(crate) fn complain(text: &str) {
    // If stderr is closed, the message is lost.
    let _ = writeln!(io::stderr().lock(), "{}", redact(text).trim_end());
}

/// The error for a result that could not be written.
pub(crate) fn unwritten(why: &str) -> Error {
    Error::failed("the output could not be written to stdout")
        .because(why)
        .hint("make stdout writable and run the same command again; to list what was changed: eksaccess history")
}

/// A handle that keeps the progress line quiet, usable anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hush(Option<Progress>);

impl Hush {
    /// Lets a person type without interference by the progress line.
    pub(crate) fn during<R>(&self, typing: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(progress) => progress.aside(typing),
            None => typing(),
        }
    }
}
