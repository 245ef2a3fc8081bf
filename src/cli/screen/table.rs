//! A table of places, one line each.

use crate::cli::screen::ui::{BAD, FAINT, GOOD, Ui};
use crate::error::one_line;

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Whether there is no problem.
    pub(crate) is_good: bool,
    /// Its result, in a word or two.
    pub(crate) state: String,
    /// The place.
    pub(crate) label: String,
    /// The reason if there is one; or what was found.
    pub(crate) why: Option<String>,
    /// The next command.
    pub(crate) hint: Option<String>,
}

/// The lines, in columns; a problem is shown below its line.
pub(crate) fn rows(ui: &Ui, rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.state.chars().count()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let style = if row.is_good { GOOD } else { BAD };
        lines.push(format!("  {}  {}", ui.styled(style, &format!("{:width$}", row.state)), one_line(&row.label)));
        // A reason shared by consecutive places is shown once, below the last of them.
        let is_told_below = |next: &Row| (&next.state, &next.why, &next.hint) == (&row.state, &row.why, &row.hint);
        if !row.is_good && rows.get(at + 1).is_some_and(is_told_below) {
            continue;
        }
        lines.extend(row.why.as_ref().map(|why| ui.wrapped(FAINT, &one_line(why), width + 4, 2)));
        lines.extend(row.hint.as_ref().map(|hint| ui.advice(FAINT, &one_line(hint), width + 4)));
    }
    lines.join("\n")
}
