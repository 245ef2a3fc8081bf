//! The new text of one value in the file: in the value's own style where it can hold it.

use super::block::{Block, block};
use super::find::{Manifest, Place};
use super::pieces::{pieces, spliced};
use super::place::folded;
use super::splice::Change;
use crate::aws_auth::edit::{line_end, newline};
use crate::aws_auth::json;
use crate::aws_auth::yaml::{Document, NodeKind, Style, document};

impl Manifest<'_> {
    /// The replacements that turn a value's text into the new one.
    pub(super) fn replaced(&self, place: &Place, new: &str) -> Vec<Change> {
        let node = &self.document.nodes[place.node];
        let (start, end) = (node.content.offset, node.end);
        let raw = &self.text[start..end];
        let style = match &node.kind {
            NodeKind::Scalar { style, .. } => Some(*style),
            _ => None,
        };
        let text = match style {
            Some(Style::Literal | Style::Folded) => self.in_block(place, raw, new),
            Some(Style::Single) => single(raw, new),
            Some(Style::Double) => double(raw, new, self.json),
            _ => return self.in_place_of_word(place, new),
        };
        vec![Change { start, end, text: text.unwrap_or_else(|| quoted(new)) }]
    }

    fn in_block(&self, place: &Place, raw: &str, new: &str) -> Option<String> {
        let column = self.document.nodes[place.key].start.column;
        let block = Block::of(raw, column)?;
        if let Some(folded) = in_folded(place, raw, new, column) {
            return Some(folded);
        }
        let reads = |block: &str| {
            let indent = " ".repeat(column);
            let next = if block.ends_with(['\n', '\r']) { format!("{indent}z: 0\n") } else { String::new() };
            value_of(&format!("{indent}k: {block}{next}"))
        };
        block.with(&place.text, new, newline(self.file), reads).or_else(|| Some(block.in_quotes(&quoted(new))))
    }

    /// A block in place of `null`, an alias or nothing, where there is a line for it.
    fn in_place_of_word(&self, place: &Place, new: &str) -> Vec<Change> {
        let (node, key) = (&self.document.nodes[place.node], &self.document.nodes[place.key]);
        // A tag of the old value (`!!null`) would be wrong on a text.
        let is_tagged = self.text[node.start.offset..node.content.offset].starts_with('!');
        let start = if is_tagged { node.start.offset } else { node.content.offset };
        let end = node.end;
        let in_quotes = || {
            let gap = if self.text[..start].ends_with(':') { " " } else { "" };
            vec![Change { start, end, text: format!("{gap}{}", quoted(new)) }]
        };
        let line = line_end(self.text, end);
        let behind = self.text[end..line].trim_start();
        let alone = behind.is_empty() || behind.starts_with('#');
        let is_block = self
            .data_node
            .is_some_and(|data| matches!(&self.document.nodes[data].kind, NodeKind::Mapping { flow: false, .. }));
        let between = self.text.get(key.end..start).unwrap_or_default();
        let on_the_line = !between.contains(['\n', '\r']) && !self.text[start..end].contains(['\n', '\r']);
        let ended = format!("{}\n", new.trim_end_matches('\n'));
        let block = block(&ended, key.start.column + 2, newline(self.file));
        match block.as_deref().and_then(|block| block.strip_prefix('|')) {
            Some(lines) if alone && is_block && on_the_line && !self.json => {
                let gap = if self.text[..start].ends_with(':') { " |" } else { "|" };
                let sign = Change { start, end, text: gap.to_owned() };
                vec![sign, Change { start: line, end: line, text: lines.to_owned() }]
            }
            _ => in_quotes(),
        }
    }
}

/// A one-line text that a folded block spreads over several lines, with its middle characters replaced.
fn in_folded(place: &Place, raw: &str, new: &str, column: usize) -> Option<String> {
    let on_one_line = |text: &str| !text.trim_end_matches('\n').contains('\n');
    if !raw.starts_with('>') || !on_one_line(&place.text) || !on_one_line(new) {
        return None;
    }
    let starts = folded(raw, &place.text)?;
    let ends = starts.iter().skip(1).copied().chain([raw.len()]);
    let pieces: Vec<_> = place.text.chars().zip(starts.iter().copied().zip(ends).map(|(from, to)| from..to)).collect();
    let printable = |c: char| matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}');
    let text = spliced(raw, &pieces, new, |text| text.chars().all(printable).then(|| text.to_owned()))?;
    let indent = " ".repeat(column);
    let next = if text.ends_with(['\n', '\r']) { format!("{indent}z: 0\n") } else { String::new() };
    (value_of(&format!("{indent}k: {text}{next}"))? == new).then_some(text)
}

/// The only value of a text that is one pair.
fn value_of(text: &str) -> Option<String> {
    let document: Document<'_> = document(text).ok()?;
    let NodeKind::Mapping { pairs, .. } = &document.nodes[document.root?].kind else { return None };
    match &document.nodes[pairs.first()?.1].kind {
        NodeKind::Scalar { value, .. } => Some(value.clone().into_owned()),
        _ => None,
    }
}

/// Replaced characters in single quotes, which can't hold line breaks or unprintable characters.
fn single(raw: &str, new: &str) -> Option<String> {
    let pieces = pieces(raw, Style::Single, false)?;
    let write = |text: &str| {
        let printable = text.chars().all(|c| matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}'));
        printable.then(|| text.replace('\'', "''"))
    };
    let text = spliced(raw, &pieces, new, write)?;
    (value_of(&format!("k: {text}"))? == new).then_some(text)
}

/// Replaced characters in double quotes; unchanged escapes keep their spelling.
fn double(raw: &str, new: &str, is_json: bool) -> Option<String> {
    let pieces = pieces(raw, Style::Double, is_json)?;
    let write = |text: &str| {
        let quoted = quoted(text);
        Some(quoted[1..quoted.len() - 1].to_owned())
    };
    let text = spliced(raw, &pieces, new, write)?;
    let read =
        if is_json { json::characters(&text).map(|(c, _)| c).collect() } else { value_of(&format!("k: {text}"))? };
    (read == new).then_some(text)
}

/// A double-quoted scalar that YAML and JSON read alike: what YAML reads as a line break, or refuses, is escaped.
pub(super) fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.chars().fold(String::new(), |mut quoted, c| {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                quoted.extend(format!("\\u{:04x}", u32::from(c)).chars());
            }
            c => quoted.push(c),
        }
        quoted
    })
}
