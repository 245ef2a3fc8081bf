//! Adds and removes items of a list, in block or flow style. Used for entries, groups and accounts.

use super::beside::{append_below_comment, may_hold_comments, remove_with_comments};
use super::layout::{Splice, break_before, end_of, indent_before, line_after, line_start, newline, next_line};
use super::style::Flow;
use crate::aws_auth::yaml::{Document, NodeId, NodeKind};

/// Where a new item is added to a block list, and the text before its content.
pub(super) struct Place {
    at: usize,
    indent: String,
    gap: String,
    /// The column where the item's content begins.
    pub(super) column: usize,
    blank_line: bool,
}

/// The place after the last item of the block list `id`, `None` where its layout is not supported.
pub(super) fn place_after_last(document: &Document<'_>, text: &str, id: NodeId) -> Option<Place> {
    let NodeKind::Sequence { items, flow: false } = &document.nodes[id].kind else { return None };
    let last = *items.last()?;
    let dash = document.nodes[last].dash?;
    let indent = indent_before(text, dash)?;
    let gap = text.get(dash + 1..document.nodes[last].start.offset);
    let gap = gap.filter(|gap| !gap.is_empty() && gap.bytes().all(|byte| byte == b' ')).unwrap_or(" ");
    let blank_line = match items[..] {
        [.., before, _] => {
            let from = line_after(document, text, before);
            text.get(from..line_start(text, dash))
                .is_some_and(|between| !between.is_empty() && between.trim().is_empty())
        }
        _ => false,
    };
    let at = after_own_comments(text, line_after(document, text, last), indent.len());
    let column = indent.chars().count() + 1 + gap.len();
    Some(Place { at, indent: indent.to_owned(), gap: gap.to_owned(), column, blank_line })
}

/// Skips the comment lines that are indented deeper than the dash: they belong to the item above.
fn after_own_comments(text: &str, from: usize, indent: usize) -> usize {
    let (mut at, mut own) = (from, from);
    for line in text[from..].split_inclusive(['\n', '\r']) {
        let content = line.trim_start_matches(' ');
        let comment = content.starts_with('#') && line.len() - content.len() > indent;
        if !comment && !content.trim().is_empty() {
            break;
        }
        at += line.len();
        if comment {
            own = at;
        }
    }
    if text[own..].starts_with('\n') && text[..own].ends_with('\r') { own + 1 } else { own }
}

impl Place {
    /// Adds an item there.
    pub(super) fn insert(&self, text: &str, content: &str) -> Splice {
        self.insert_all(text, &[content.to_owned()])
    }

    /// Adds several items there.
    pub(super) fn insert_all(&self, text: &str, contents: &[String]) -> Splice {
        let newline = newline(text);
        // After a lone carriage return, a line feed would end the same line and not add a blank one.
        let joins = newline == "\n" && text[..self.at].ends_with('\r');
        let blank = if self.blank_line && !joins { newline } else { "" };
        let items: Vec<String> =
            contents.iter().map(|content| format!("{}-{}{content}", self.indent, self.gap)).collect();
        let item = items.join(&format!("{newline}{blank}"));
        let unended = self.at == text.len() && break_before(text, self.at) == 0;
        let new = if unended { format!("{newline}{blank}{item}") } else { format!("{blank}{item}{newline}") };
        Splice::insert(self.at, new)
    }
}

/// Adds an item at the end of the flow list `id`.
pub(super) fn append_flow(document: &Document<'_>, text: &str, id: NodeId, content: &str) -> Option<Splice> {
    let NodeKind::Sequence { items, flow: true } = &document.nodes[id].kind else { return None };
    match items.last() {
        Some(last) => {
            if let Some(below) = append_below_comment(document, text, id, *last, content) {
                return Some(below);
            }
            let mut between = Flow::of(document, text, id).between;
            // A single item shows the layout inside its own brackets.
            if let ([only], false) = (&items[..], between.contains(['\n', '\r'])) {
                between = Flow::of(document, text, *only).on_one_line().unwrap_or(between);
            }
            Some(Splice::insert(document.nodes[*last].end, format!("{between}{content}")))
        }
        None => Some(Splice::insert(document.nodes[id].content.offset + 1, content.to_owned())),
    }
}

/// Removes items (their places in the list, ascending) from the list `id`; `None` where its layout is not supported.
pub(super) fn remove(document: &Document<'_>, text: &str, id: NodeId, gone: &[usize]) -> Option<Vec<Splice>> {
    let NodeKind::Sequence { items, flow } = &document.nodes[id].kind else { return None };
    if gone.is_empty() {
        return Some(Vec::new());
    }
    if gone.len() == items.len() {
        return Some(remove_all(document, text, id, items, *flow));
    }
    if *flow && may_hold_comments(document, text, id) {
        return Some(remove_with_comments(document, text, id, items, gone));
    }
    if *flow {
        return Some(remove_flow(document, items, gone));
    }
    gone.iter().map(|at| remove_lines(document, text, items, *at).map(Splice::delete)).collect()
}

fn remove_lines(document: &Document<'_>, text: &str, items: &[NodeId], at: usize) -> Option<std::ops::Range<usize>> {
    let dash = document.nodes[items[at]].dash?;
    indent_before(text, dash)?;
    let (mut start, mut end) = (line_start(text, dash), line_after(document, text, items[at]));
    if let Some(next) = items.get(at + 1) {
        // Blank lines after it are removed too, where there are blank lines before it or the list begins here.
        let next = line_start(text, document.nodes[*next].dash?);
        let before = line_start(text, start - break_before(text, start));
        while end < next && (at == 0 || text[before..start].trim().is_empty()) {
            let line = next_line(text, end);
            if !text[end..line].trim().is_empty() {
                break;
            }
            end = line;
        }
        return Some(start..end);
    }
    let floor = at.checked_sub(1).map_or(start, |before| line_after(document, text, items[before]));
    while start > floor {
        let before = line_start(text, start - break_before(text, start));
        if before < floor || !text[before..start].trim().is_empty() {
            break;
        }
        start = before;
    }
    if end == text.len() && break_before(text, end) == 0 {
        start -= break_before(text, start);
    }
    Some(start..end)
}

/// The list becomes `[]`, on the line of the first item or between its own brackets.
fn remove_all(document: &Document<'_>, text: &str, id: NodeId, items: &[NodeId], flow: bool) -> Vec<Splice> {
    let node = &document.nodes[id];
    if flow {
        return vec![Splice { range: node.content.offset..node.end, text: "[]".to_owned() }];
    }
    let first_end = items.first().map_or(node.end, |first| end_of(document, text, *first));
    let mut splices = vec![Splice { range: node.content.offset..first_end, text: "[]".to_owned() }];
    for at in 1..items.len() {
        if let Some(range) = remove_lines(document, text, items, at) {
            splices.push(Splice::delete(range.start.max(first_end)..range.end));
        }
    }
    splices
}

/// Each item is removed with the comma after it, the last ones with the comma before.
fn remove_flow(document: &Document<'_>, items: &[NodeId], gone: &[usize]) -> Vec<Splice> {
    let kept: Vec<usize> = (0..items.len()).filter(|at| gone.binary_search(at).is_err()).collect();
    let kept_before = |at: usize| kept[..kept.partition_point(|kept| *kept < at)].last().copied();
    let kept_after = |at: usize| kept.last().is_some_and(|last| *last > at);
    gone.iter()
        .map(|at| {
            let node = &document.nodes[items[*at]];
            let range = match (kept_after(*at), kept_before(*at)) {
                (false, Some(before)) => document.nodes[items[before]].end..node.end,
                _ => node.start.offset..items.get(at + 1).map_or(node.end, |next| document.nodes[*next].start.offset),
            };
            Splice::delete(range)
        })
        .collect()
}
