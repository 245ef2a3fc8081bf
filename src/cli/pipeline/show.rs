//! A plan and a verification as text, rendered from the values that are executed and reported.

use std::fmt::Write as _;

use anstyle::Style;

use super::sights::Proven;
use crate::cli::screen::ui::{BAD, CHANGED, FAINT, GOOD, STRONG, Ui};
use crate::engine::{Link, LinkState};
use crate::error::one_line;
use crate::model::{ClusterArn, Scope};
use crate::plan::describe::Words;
use crate::plan::{Action, Class, Mark, Plan, Step, describe};

/// The column where summaries begin.
const SUMMARY_COLUMN: usize = 40;
/// How many contexts of one file a plan over many clusters names.
const MOST_CONTEXTS: usize = 3;
/// The column where details begin.
const DETAIL_COLUMN: usize = 6;
/// How wide the state of a link is.
const STATE_WIDTH: usize = 11;

/// The whole plan: one line per step, its details indented, why it needs a confirmation, then notes and a count.
pub(crate) fn plan(ui: &Ui, plan: &Plan, heading: &str) -> String {
    framed(ui, plan, heading, &plan.steps.iter().map(|step| step_lines(ui, step)).collect::<String>())
}

/// The whole plan over several places: steps that are the same in several of them are shown once, with their number;
/// with `-v` all places by name. A step in one place names it.
pub(crate) fn grouped(ui: &Ui, plan: &Plan, heading: &str) -> String {
    let mut groups: Vec<(Vec<&Step>, (String, Words))> = Vec::new();
    for step in &plan.steps {
        let same = (format!("{:?}", step.ask), alike(step));
        match groups.iter_mut().find(|(_, key)| *key == same) {
            Some((steps, _)) => steps.push(step),
            None => groups.push((vec![step], same)),
        }
    }
    // Accounts, clusters, this machine: the order for reading, which is that of the work except for concurrent steps.
    groups.sort_by_key(|(steps, _)| match steps.first().map(|step| &step.scope) {
        Some(Scope::Account(..)) | None => 0,
        Some(Scope::Cluster(_)) => 1,
        Some(Scope::File(_)) => 2,
    });
    let accounts = plan.accounts().len();
    let (mut lines, mut last) = (String::new(), String::new());
    for (steps, _) in &groups {
        let head = group_head(steps, accounts > 1);
        if !head.is_empty() && head != last {
            let _ = writeln!(lines, "  {}", ui.styled(FAINT, &head));
        }
        lines.push_str(&group_lines(ui, steps));
        last = head;
    }
    framed(ui, plan, heading, &lines)
}

/// The lines of a plan's steps, with its heading before and its notes and count after them.
fn framed(ui: &Ui, plan: &Plan, heading: &str, lines: &str) -> String {
    let mut text = format!("{}\n\n", ui.wrapped(STRONG, heading, 0, 2));
    text.push_str(lines);
    if !plan.steps.is_empty() {
        text.push('\n');
    }
    for note in &plan.notes {
        let _ = writeln!(text, "{}", ui.wrapped(FAINT, note, 2, 2));
    }
    let _ = write!(text, "{}", ui.styled(STRONG, &count(plan)));
    text
}

/// The words by which steps in several places are grouped: without changed lines and contexts, which differ from place
/// to place.
fn alike(step: &Step) -> Words {
    let words = describe(step);
    let is_said = |detail: &&String| detail_style(detail).is_none() && !matches!(step.scope, Scope::File(_));
    Words { details: words.details.iter().filter(is_said).cloned().collect(), ..words }
}

/// The contexts that steps write into one file, up to a few; all of them with `-v`.
fn contexts(ui: &Ui, steps: &[&Step]) -> Vec<String> {
    let all: Vec<&String> = steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::WriteKubeconfig(write) => Some(&write.context),
            _ => None,
        })
        .collect();
    let shown = if ui.is_verbose() { all.len() } else { MOST_CONTEXTS };
    let more = all.len().saturating_sub(shown);
    let lines = all.iter().take(shown).map(|context| format!("context {context}"));
    lines
        .chain((more > 0).then(|| {
            if more == 1 { "and 1 more (-v shows it)".to_owned() } else { format!("and {more} more (-v shows them)") }
        }))
        .collect()
}

/// Where the steps of a group apply: in these clusters, in which of several accounts, or on this machine.
fn group_head(steps: &[&Step], by_account: bool) -> String {
    let clusters: Vec<String> = steps.iter().filter_map(|step| step.scope.cluster()).map(label).collect();
    let accounts = steps.iter().filter_map(|step| match &step.scope {
        Scope::Account(_, id) => Some(id),
        Scope::Cluster(_) | Scope::File(_) => None,
    });
    let accounts: Vec<_> = accounts.collect();
    match (&clusters[..], &accounts[..]) {
        ([one], _) => format!("in {one}:"),
        ([first, ..], _) if quotes(steps) => format!("in {} clusters, with these lines in {first}:", clusters.len()),
        ([_, ..], _) => format!("in {} clusters:", clusters.len()),
        ([], []) => "on this machine:".to_owned(),
        ([], _) if !by_account => String::new(),
        ([], [one]) => format!("in account {one}:"),
        ([], several) => format!("in {} accounts:", several.len()),
    }
}

/// A step in one place or several.
fn group_lines(ui: &Ui, steps: &[&Step]) -> String {
    let places: Vec<String> = steps
        .iter()
        .filter_map(|step| match &step.scope {
            Scope::Cluster(arn) => Some(label(arn)),
            Scope::Account(_, id) => Some(id.clone()),
            Scope::File(_) => None,
        })
        .collect();
    let mut text = String::new();
    match steps {
        [] => {}
        [one] => text.push_str(&step_lines(ui, one)),
        [first, ..] if matches!(first.scope, Scope::File(_)) => {
            let words = Words { details: contexts(ui, steps), ..describe(first) };
            text.push_str(&lines_of(ui, first, &words));
        }
        [first, ..] => text.push_str(&step_lines(ui, first)),
    }
    if places.len() > 1 && ui.is_verbose() {
        let _ = writeln!(text, "{}", ui.wrapped(FAINT, &places.join(", "), DETAIL_COLUMN, 2));
    }
    text
}

/// Whether the first of the steps shows lines of a text.
fn quotes(steps: &[&Step]) -> bool {
    let words = steps.first().map(|step| describe(step));
    words.is_some_and(|words| words.details.iter().any(|detail| detail_style(detail).is_some()))
}

fn label(arn: &ClusterArn) -> String {
    format!("{} ({}, {})", arn.name, arn.region, arn.account)
}

/// The proofs of several places, one line each: the first link that is not ok, and with `-v` all of them.
pub(crate) fn proofs(ui: &Ui, proofs: &[Proven]) -> String {
    let mut text = String::new();
    for Proven { place, links: all, .. } in proofs {
        let place = place.as_deref().unwrap_or_default();
        let first = all.iter().find(|link| link.state == LinkState::Broken);
        let bad = first.or_else(|| all.iter().find(|link| link.state != LinkState::Ok));
        let _ = writeln!(text, "{}: {}", verdict(all), one_line(place));
        if ui.is_verbose() {
            let _ = writeln!(text, "{}", links(ui, all));
        } else if let Some(bad) = bad {
            let _ = writeln!(text, "{}", links(ui, std::slice::from_ref(bad)));
        }
    }
    text.trim_end().to_owned()
}

fn step_lines(ui: &Ui, step: &Step) -> String {
    lines_of(ui, step, &describe(step))
}

fn lines_of(ui: &Ui, step: &Step, words: &Words) -> String {
    let (sign, style) = match words.mark {
        Mark::Add => ("+", GOOD),
        Mark::Change => ("~", CHANGED),
        Mark::Remove => ("-", BAD),
    };
    let gap = SUMMARY_COLUMN.saturating_sub(words.object.chars().count()).max(2);
    let length = 4 + words.object.chars().count() + gap + words.summary.chars().count();
    let between = if ui.fits(length) { " ".repeat(gap) } else { format!("\n{:DETAIL_COLUMN$}", "") };
    let (object, summary) = (one_line(&words.object), one_line(&words.summary));
    let mut text = format!("  {} {object}{between}{summary}\n", ui.styled(style, sign));
    for detail in words.details.iter().map(|detail| one_line(detail)) {
        let _ = match detail_style(&detail) {
            // Text quoted from a file keeps its shape.
            Some(style) => writeln!(text, "{:DETAIL_COLUMN$}{}", "", ui.styled(style, &detail)),
            None => writeln!(text, "{}", ui.wrapped(Style::new(), &detail, DETAIL_COLUMN, 2)),
        };
    }
    if let Some(why) = step.ask.why() {
        let why = format!("{}: {}", step.ask.class(), one_line(why));
        let _ = writeln!(text, "{}", ui.wrapped(CHANGED, &why, DETAIL_COLUMN, 2));
    }
    text
}

/// The style of a diff line; `None` for other lines.
fn detail_style(detail: &str) -> Option<Style> {
    match detail.as_bytes().first()? {
        b'+' => Some(GOOD),
        b'-' => Some(BAD),
        b'@' => Some(FAINT),
        b' ' => Some(Style::new()),
        _ => None,
    }
}

/// `6 to do: 5 additive, 1 overwriting`.
pub(crate) fn count(plan: &Plan) -> String {
    if plan.is_empty() {
        return "nothing to do".to_owned();
    }
    let of = |class: Class| plan.steps.iter().filter(|s| s.ask.class() == class).count();
    let parts: Vec<_> = [Class::Additive, Class::Overwriting, Class::Irreversible]
        .into_iter()
        .filter(|c| of(*c) > 0)
        .map(|c| format!("{} {c}", of(c)))
        .collect();
    format!("{} to do: {}", plan.steps.len(), parts.join(", "))
}

/// The links of a verification, a line each, with what to do about those that do not hold. What is broken comes first, apart
/// from the rest.
pub(crate) fn links(ui: &Ui, links: &[Link]) -> String {
    let width = links.iter().map(|l| l.name.chars().count()).max().unwrap_or(0);
    let (broken, rest): (Vec<&Link>, Vec<&Link>) = links.iter().partition(|l| l.state == LinkState::Broken);
    let parts = [broken, rest].into_iter().filter(|part| !part.is_empty());
    parts.map(|part| link_lines(ui, &part, width)).collect::<Vec<_>>().join("\n\n")
}

fn link_lines(ui: &Ui, links: &[&Link], width: usize) -> String {
    let mut text = String::new();
    for link in links {
        let (word, style) = match link.state {
            LinkState::Ok => ("ok", GOOD),
            LinkState::Broken => ("broken", BAD),
            LinkState::Unknown => ("unknown", CHANGED),
            LinkState::NotReached => ("not reached", FAINT),
        };
        let column = width + STATE_WIDTH + 5;
        let found = ui.wrapped(Style::new(), &one_line(&link.text), column, 0);
        let _ = writeln!(
            text,
            "  {} {:width$}  {}",
            ui.styled(style, &format!("{word:STATE_WIDTH$}")),
            one_line(&link.name),
            found.trim_start()
        );
        if let Some(hint) = &link.hint {
            let _ = writeln!(text, "{}", ui.advice(FAINT, &one_line(hint), STATE_WIDTH + 3));
        }
    }
    text.trim_end().to_owned()
}

/// One line that summarises the links.
pub(crate) fn verdict(links: &[Link]) -> &'static str {
    if links.iter().any(|l| l.state == LinkState::Broken) {
        "verified: broken"
    } else if links.iter().all(|l| l.state == LinkState::Ok) {
        "verified: access works"
    } else {
        "not fully verified"
    }
}
