//! Comments inside a list stay with the items they describe.

use super::layout::{Splice, break_before, indent_before, line_after, line_end, line_start, newline, next_line};
use crate::aws_auth::yaml::{Document, NodeId, NodeKind};

/// Whether the brackets of a list may hold comments; a `#` inside a text does not begin one.
pub(super) fn may_hold_comments(document: &Document<'_>, text: &str, id: NodeId) -> bool {
    let node = &document.nodes[id];
    let is_text = |at: usize| {
        let mut all = document.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Scalar { .. }));
        all.any(|scalar| (scalar.content.offset..scalar.end).contains(&at))
    };
    let inside = text.get(node.content.offset..node.end).unwrap_or_default();
    inside.match_indices('#').any(|(at, _)| !is_text(node.content.offset + at))
}

/// The comma behind an item that ends at `at`, in a list that ends at `end`.
fn comma_after(text: &str, mut at: usize, end: usize) -> Option<usize> {
    while at < end {
        match text.as_bytes()[at] {
            b',' => return Some(at),
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = line_end(text, at),
            _ => return None,
        }
    }
    None
}

/// Adds an item below the comment on the last item's line; `None` where there is no such comment.
pub(super) fn append_below_comment(
    document: &Document<'_>,
    text: &str,
    id: NodeId,
    last: NodeId,
    content: &str,
) -> Option<Splice> {
    let (end, last) = (document.nodes[id].end, &document.nodes[last]);
    let comma = comma_after(text, last.end, end);
    let behind = comma.map_or(last.end, |comma| comma + 1);
    let at = line_end(text, behind);
    if !text[behind..at].trim_start().starts_with('#') || at > end {
        return None;
    }
    let begin = line_start(text, last.start.offset);
    let indent: String = text[begin..].chars().take_while(|c| *c == ' ').collect();
    let (before, after) = if comma.is_some() { ("", ",") } else { (",", "") };
    // Where the text mixes line breaks, that line's own: the one that a removal deletes.
    let line_break =
        ["\r\n", "\n"].into_iter().find(|end| text[at..].starts_with(end)).unwrap_or_else(|| newline(text));
    let new = format!("{before}{}{line_break}{indent}{content}{after}", &text[last.end..at]);
    Some(Splice { range: last.end..at, text: new })
}

/// Adds an item after one that is not the last, below the comment on its line.
pub(super) fn append_behind(document: &Document<'_>, text: &str, id: NodeId, item: NodeId, content: &str) -> Splice {
    append_below_comment(document, text, id, item, content)
        .unwrap_or_else(|| Splice::insert(document.nodes[item].end, format!(", {content}")))
}

/// Removes items from brackets, with the comments on their lines.
pub(super) fn remove_with_comments(
    document: &Document<'_>,
    text: &str,
    id: NodeId,
    items: &[NodeId],
    gone: &[usize],
) -> Vec<Splice> {
    let list_end = document.nodes[id].end;
    let comma_of = |at: usize| comma_after(text, document.nodes[items[at]].end, list_end);
    let mut splices = Vec::new();
    for at in gone {
        let node = &document.nodes[items[*at]];
        let comma = comma_of(*at);
        let on_the_line = comma.filter(|comma| text[node.end..*comma].trim_matches([' ', '\t']).is_empty());
        let behind = on_the_line.map_or(node.end, |comma| comma + 1);
        if let Some(comma) = comma.filter(|_| on_the_line.is_none()) {
            splices.push(Splice::delete(comma..comma + 1));
        }
        let tail = text[behind..line_end(text, behind)].trim_start();
        let begin = line_start(text, node.start.offset);
        let head = text[begin..node.start.offset].trim();
        let ends_line = tail.is_empty() || tail.starts_with('#');
        let range = match (head, ends_line) {
            ("", true) => begin..next_line(text, behind),
            ("[" | "- [", true) => node.start.offset..line_end(text, behind),
            _ => {
                let blanks = text[behind..].len() - text[behind..].trim_start_matches([' ', '\t']).len();
                node.start.offset..behind + blanks
            }
        };
        splices.push(Splice::delete(range));
    }
    let kept_last = (0..items.len()).rev().find(|at| gone.binary_search(at).is_err());
    let last = items.len() - 1;
    if let Some(kept) = kept_last.filter(|kept| *kept < last && comma_of(last).is_none())
        && let Some(comma) = comma_of(kept)
    {
        // Also the blanks up to the removed item, unless it had its lines to itself.
        let next = &document.nodes[items[kept + 1]];
        let between = &text[comma + 1..next.start.offset];
        let is_line = between.contains(['\n', '\r']) && {
            let tail = text[next.end..line_end(text, next.end)].trim_start();
            tail.is_empty() || tail.starts_with('#')
        };
        let end = if between.trim().is_empty() && !is_line { next.start.offset } else { comma + 1 };
        splices.push(Splice::delete(comma..end));
    }
    splices
}

/// Replaces all items of a block list; their comments are removed, those between items stay. `colon` is the byte after
/// the colon of its key. `None` where there are no comments, or the layout is not supported.
pub(super) fn replace_all(
    document: &Document<'_>,
    text: &str,
    colon: usize,
    id: NodeId,
    contents: &[String],
) -> Option<Vec<Splice>> {
    let NodeKind::Sequence { items, flow: false } = &document.nodes[id].kind else { return None };
    let mut ranges = Vec::with_capacity(items.len());
    for item in items {
        let dash = document.nodes[*item].dash?;
        indent_before(text, dash)?;
        ranges.push(line_start(text, dash)..line_after(document, text, *item));
    }
    let (first, last) = (ranges.first()?.clone(), ranges.last()?.clone());
    let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if !text.get(colon..last.end)?.contains('#') || !text.get(colon..first.start)?.lines().all(is_comment) {
        return None;
    }
    let unended = last.end == text.len() && break_before(text, last.end) == 0;
    let mut splices: Vec<Splice> = ranges.into_iter().map(Splice::delete).collect();
    if contents.is_empty() {
        if unended && let Some(last) = splices.last_mut() {
            last.range.start -= break_before(text, last.range.start);
        }
        splices.push(Splice::insert(colon, " []".to_owned()));
        return Some(splices);
    }
    if unended && items.len() > 1 {
        return None;
    }
    let node = &document.nodes[*items.first()?];
    let (indent, newline) = (indent_before(text, node.dash?)?, newline(text));
    let gap = text.get(node.dash? + 1..node.start.offset).filter(|gap| gap.trim().is_empty() && !gap.is_empty());
    let gap = gap.filter(|gap| !gap.contains(['\n', '\r'])).unwrap_or(" ");
    let lines: Vec<String> = contents.iter().map(|content| format!("{indent}-{gap}{content}")).collect();
    let end = if unended { "" } else { newline };
    splices.first_mut()?.text = format!("{}{end}", lines.join(newline));
    Some(splices)
}
