//! Texts in lines that fit a terminal; words stay whole, so that names can be copied.

use std::os::fd::AsFd;

use textwrap::{WordSplitter, WrapAlgorithm};

use crate::error::QUOTED;

/// The width of a stream that is a terminal; `None` where nothing is wrapped.
pub(in crate::cli) fn width(stream: &impl AsFd) -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(stream)?;
    // A narrower or nonsensical width is left to the terminal.
    Some(usize::from(width.0)).filter(|width| *width >= 40)
}

/// The rows of a stream that is a terminal.
pub(in crate::cli) fn height(stream: &impl AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(_, height)| usize::from(height.0))
}

/// A text in lines of at most `width` characters, without breaking words; line breaks are kept, and without a width
/// nothing is wrapped.
pub(in crate::cli) fn wrap(text: &str, width: Option<usize>, indent: usize, hanging: usize) -> String {
    let (first, others) = (" ".repeat(indent), " ".repeat(indent + hanging));
    let options = textwrap::Options::new(width.unwrap_or(usize::MAX))
        .initial_indent(&first)
        .subsequent_indent(&others)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    text.lines().map(|line| textwrap::fill(line, &options)).collect::<Vec<_>>().join("\n")
}

/// Advice with a command at its end, with its command unbroken: if too long it gets its own line.
pub(in crate::cli) fn wrap_hint(text: &str, width: Option<usize>, indent: usize) -> String {
    let margin = " ".repeat(indent);
    if width.is_none_or(|width| indent + text.chars().count() <= width) {
        return format!("{margin}{text}");
    }
    match text.rsplit_once(": ").filter(|(words, command)| words.contains(' ') || is_command(command)) {
        Some((words, command)) => format!("{}:\n{margin}  {command}", wrap(words, width, indent, 2)),
        None => wrap(text, width, indent, 2),
    }
}

/// A hint with its label: `try:` before a command that can be pasted, `hint:` before words.
pub(in crate::cli) fn labelled(hint: &str) -> String {
    format!("{}: {hint}", if is_command(hint) { "try" } else { "hint" })
}

/// Whether a text begins with a program that hints name.
fn is_command(text: &str) -> bool {
    let programs =
        ["eksaccess", "aws", "kubectl", "export", "unset", "sudo", "timedatectl", "curl", "chmod", "mkdir", "rm"];
    text.split_once(' ').is_some_and(|(program, _)| programs.contains(&program))
}

/// A rendered error: its own lines are wrapped, quoted lines keep their shape.
pub(in crate::cli) fn wrap_error(text: &str, width: Option<usize>) -> String {
    let fitted = |line: &str| match line {
        hint if hint.starts_with("hint:") => wrap_hint(hint, width, 0),
        cause if ["  because:", "  source:"].iter().any(|begin| cause.starts_with(begin)) => {
            wrap(cause.trim_start(), width, 2, 2)
        }
        quoted if quoted.starts_with(QUOTED) => quoted.to_owned(),
        line => wrap(line, width, 0, 2),
    };
    text.lines().map(fitted).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{labelled, wrap, wrap_error, wrap_hint};

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
        assert_eq!(wrap_hint("try: eksaccess map --role X", Some(14), 2), "  try:\n    eksaccess map --role X");
    }

    #[test]
    fn only_a_command_is_something_to_try() {
        assert_eq!(
            labelled("aws configure list   (shows which keys are used)"),
            "try: aws configure list   (shows which keys are used)"
        );
        assert_eq!(
            labelled("the caller needs the IAM action eks:ListClusters on all"),
            "hint: the caller needs the IAM action eks:ListClusters on all"
        );
        assert_eq!(
            labelled("list the clusters: aws eks list-clusters"),
            "hint: list the clusters: aws eks list-clusters"
        );
    }

    #[test]
    fn what_an_error_quotes_keeps_its_shape() {
        let text = "error: one two three\n    quoted line of a text\n  because: four five\nhint: do: a b\n";
        let fitted = "error: one two\n  three\n    quoted line of a text\n  because: four\n    five\nhint: do: a b";
        assert_eq!(wrap_error(text, Some(17)), fitted);
    }
}
