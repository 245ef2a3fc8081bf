//! The output of the story: headings, typed commands, checked facts. Colour on a terminal, unless `NO_COLOR` is set.

use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};

const TITLE: Style = AnsiColor::Cyan.on_default().bold();
const TYPED: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();
const WIDTH: usize = 78;

fn paint(style: Style, text: &str) -> String {
    let wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    if wanted { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Begins a chapter.
pub(crate) fn chapter(number: usize, title: &str) {
    let line = "-".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
    println!("\n{}", paint(TITLE, &format!("{number}. {title} {line}")));
}

/// A few words of narration, in lines of at most 78 characters.
pub(crate) fn say(text: &str) {
    for line in text.lines() {
        for part in textwrap::wrap(line, WIDTH) {
            println!("{part}");
        }
    }
    println!();
}

/// A text with hanging indents, for [`show`].
pub(crate) fn wrapped(text: &str) -> String {
    let options = textwrap::Options::new(WIDTH - 2)
        .subsequent_indent("    ")
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = text.lines().map(|line| textwrap::fill(line, &options));
    lines.collect::<Vec<_>>().join("\n")
}

/// A typed command.
pub(crate) fn typed(user: &str, line: &str) {
    println!("{}", paint(TYPED, &format!("{user}$ {line}")));
}

/// Lines of a text, unchanged, with a diff in its colours.
pub(crate) fn show(text: &str) {
    for line in text.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => BAD,
            Some(b'@') => FAINT,
            _ => Style::new(),
        };
        println!("  {}", paint(style, line));
    }
}

/// A fact that was checked.
pub(crate) fn holds(text: &str) {
    let mut lines = textwrap::wrap(text, WIDTH - 3).into_iter();
    println!("\n{} {}", paint(GOOD, "ok"), lines.next().unwrap_or_default());
    lines.for_each(|line| println!("   {line}"));
}
