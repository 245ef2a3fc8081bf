//! A plan and a verification as people read them, rendered from the very values that are executed and reported.

use std::fmt::Write as _;

use anstyle::Style;

use super::ui::{BAD, CHANGED, FAINT, GOOD, STRONG, Ui};
use crate::engine::{Link, LinkState};
use crate::error::printable;
use crate::plan::{Class, Mark, Plan, Step, describe};

/// The column where summaries begin.
const SUMMARY_COLUMN: usize = 40;

/// The whole plan: a line a step, its details indented, why it asks, then notes and a count.
pub(crate) fn plan(ui: &Ui, plan: &Plan, heading: &str) -> String {
    let mut text = format!("{}\n\n", ui.styled(STRONG, heading));
    for step in &plan.steps {
        text.push_str(&step_lines(ui, step));
    }
    if !plan.steps.is_empty() {
        text.push('\n');
    }
    for note in &plan.notes {
        let _ = writeln!(text, "  {}", ui.styled(FAINT, note));
    }
    let _ = write!(text, "{}", ui.styled(STRONG, &count(plan)));
    text
}

fn step_lines(ui: &Ui, step: &Step) -> String {
    let words = describe(step);
    let (sign, style) = match words.mark {
        Mark::Add => ("+", GOOD),
        Mark::Change => ("~", CHANGED),
        Mark::Remove => ("-", BAD),
    };
    let gap = SUMMARY_COLUMN.saturating_sub(words.object.chars().count()).max(2);
    let mut text = format!(
        "  {} {}{}{}\n",
        ui.styled(style, sign),
        printable(&words.object),
        " ".repeat(gap),
        printable(&words.summary)
    );
    for detail in &words.details {
        let _ = writeln!(text, "      {}", ui.styled(detail_style(detail), detail));
    }
    if let Some(why) = &step.why {
        let _ = writeln!(text, "      {} {}", ui.styled(CHANGED, &format!("{}:", step.class)), printable(why));
    }
    text
}

fn detail_style(detail: &str) -> Style {
    match detail.as_bytes().first() {
        Some(b'+') => GOOD,
        Some(b'-') => BAD,
        Some(b'@') => FAINT,
        _ => Style::new(),
    }
}

/// `6 to do: 5 additive, 1 overwriting`.
pub(crate) fn count(plan: &Plan) -> String {
    if plan.is_empty() {
        return "nothing to do".to_owned();
    }
    let of = |class: Class| plan.steps.iter().filter(|s| s.class == class).count();
    let parts: Vec<_> = [Class::Additive, Class::Overwriting, Class::Irreversible]
        .into_iter()
        .filter(|c| of(*c) > 0)
        .map(|c| format!("{} {c}", of(c)))
        .collect();
    format!("{} to do: {}", plan.steps.len(), parts.join(", "))
}

/// The links of a verification, a line each, with what to do about those that do not hold.
pub(crate) fn links(ui: &Ui, links: &[Link]) -> String {
    let width = links.iter().map(|l| l.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for link in links {
        let (word, style) = match link.state {
            LinkState::Ok => ("ok", GOOD),
            LinkState::Broken => ("broken", BAD),
            LinkState::Unknown => ("unknown", CHANGED),
            LinkState::NotReached => ("not reached", FAINT),
        };
        let _ = writeln!(
            text,
            "  {} {:width$}  {}",
            ui.styled(style, &format!("{word:11}")),
            printable(&link.name),
            printable(&link.text)
        );
        if let Some(hint) = &link.hint {
            let _ = writeln!(text, "  {:11} {:width$}  {}", "", "", ui.styled(FAINT, &format!("try: {hint}")));
        }
    }
    text.trim_end().to_owned()
}
