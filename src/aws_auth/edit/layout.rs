//! Lines and splices.

use std::ops::Range;

use crate::aws_auth::yaml::{Document, NodeId, NodeKind, Style};

/// A replacement of some bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }

    pub(super) fn delete(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }
}

/// Makes replacements; bytes in two overlapping deletions are deleted once.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut result = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for Splice { range, text: new } in splices {
        result.push_str(text.get(done..range.start).unwrap_or(""));
        result.push_str(&new);
        done = done.max(range.end);
    }
    result.push_str(&text[done..]);
    result
}

fn is_break(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Where the line of `at` begins; in the first line, after the byte-order mark.
pub(in crate::aws_auth) fn line_start(text: &str, at: usize) -> usize {
    let mark = if text.starts_with('\u{feff}') { at.min(3) } else { 0 };
    text.as_bytes()[..at].iter().rposition(|byte| is_break(*byte)).map_or(mark, |found| found + 1)
}

/// Where the line of `at` ends, before its break.
pub(in crate::aws_auth) fn line_end(text: &str, at: usize) -> usize {
    text.as_bytes()[at..].iter().position(|byte| is_break(*byte)).map_or(text.len(), |found| at + found)
}

/// Where the line after that of `at` begins; the end of the text after the last line.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    end + break_len(&text[end..])
}

fn break_len(rest: &str) -> usize {
    if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) }
}

/// The line break that a text uses.
pub(in crate::aws_auth) fn newline(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// The length of the line break just before `at`.
pub(super) fn break_before(text: &str, at: usize) -> usize {
    let before = &text[..at];
    if before.ends_with("\r\n") { 2 } else { usize::from(before.ends_with(['\n', '\r'])) }
}

/// The last scalar, alias or bracket of a node. The missing value of a key without a colon (`? a`) is a null where the
/// next text begins; there the key is the last.
pub(in crate::aws_auth) fn last_leaf(document: &Document<'_>, text: &str, id: NodeId) -> NodeId {
    let is_written = |key: NodeId, value: NodeId| {
        let (key, value) = (&document.nodes[key], &document.nodes[value]);
        let before = text.get(key.content.offset..value.content.offset).unwrap_or_default();
        value.end > value.content.offset || before.ends_with(':') || !before.contains(['\n', '\r'])
    };
    let mut id = id;
    loop {
        let next = match &document.nodes[id].kind {
            NodeKind::Sequence { items, flow: false } => items.last(),
            NodeKind::Mapping { pairs, flow: false } => {
                pairs.last().map(|(key, value)| if is_written(*key, *value) { value } else { key })
            }
            _ => None,
        };
        match next {
            Some(next) => id = *next,
            None => return id,
        }
    }
}

fn is_block_scalar(document: &Document<'_>, id: NodeId) -> bool {
    matches!(document.nodes[id].kind, NodeKind::Scalar { style: Style::Literal | Style::Folded, .. })
}

/// The byte after a node's last visible one.
pub(in crate::aws_auth) fn end_of(document: &Document<'_>, text: &str, id: NodeId) -> usize {
    let leaf = last_leaf(document, text, id);
    let node = &document.nodes[leaf];
    if is_block_scalar(document, leaf) {
        node.content.offset + text[node.content.offset..node.end].trim_end().len()
    } else {
        node.end
    }
}

/// The beginning of the first line after the node and the comment on its last line.
pub(in crate::aws_auth) fn line_after(document: &Document<'_>, text: &str, id: NodeId) -> usize {
    let leaf = last_leaf(document, text, id);
    let node = &document.nodes[leaf];
    let header = text[node.content.offset..].lines().next().unwrap_or("");
    let keeps_breaks = is_block_scalar(document, leaf) && header.split('#').next().unwrap_or("").contains('+');
    if keeps_breaks { node.end } else { next_line(text, end_of(document, text, id)) }
}

/// The white space before `at` on its line, `None` if there is any other text.
pub(in crate::aws_auth) fn indent_before(text: &str, at: usize) -> Option<&str> {
    let before = &text[line_start(text, at)..at];
    before.bytes().all(|byte| byte == b' ').then_some(before)
}
