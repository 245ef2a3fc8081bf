//! Where the texts of the data keys are in the file.

use super::find::{Manifest, Place};
use super::pieces::pieces;
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::places::{Layout, Places};
use crate::aws_auth::yaml::{NodeKind, Style};

impl Manifest<'_> {
    /// The line and the column in the file of a place in a data key's text, all counted from 1.
    #[must_use]
    pub fn place_in_file(&self, key: DataKey, at: (usize, usize)) -> Option<(usize, usize)> {
        self.places.get(key.as_str()).map(|_| self.places().of(key, at))
    }

    /// Where the texts of the data keys are in the file.
    #[must_use]
    pub fn places(&self) -> Places {
        let mut places = Places::default();
        for key in DataKey::ALL {
            if let Some(place) = self.places.get(key.as_str()) {
                places.put(key, self.layout(place));
            }
        }
        for (name, place) in &self.places {
            let start = self.document.nodes[place.key].start;
            places.put_key(name, (self.line + start.line + 1, start.column + 1));
        }
        places
    }

    fn layout(&self, place: &Place) -> Layout {
        // An alias refers to a text that is written at its anchor.
        let node = self.document.resolved(place.node);
        let line = self.line + node.content.line + 1;
        let raw = &self.text[node.content.offset..node.end];
        let behind = Layout::Behind((line, node.content.column + 1));
        let NodeKind::Scalar { style, .. } = node.kind else { return behind };
        match style {
            Style::Literal => Layout::Block { header: line, indent: block_indent(raw, &place.text) },
            Style::Folded => match folded(raw, &place.text) {
                Some(at) => Layout::characters(&place.text, self.marks(raw, node.content.offset, &at)),
                None => behind,
            },
            _ => match pieces(raw, style, self.json) {
                Some(pieces) if pieces.len() == place.text.chars().count() => {
                    let at: Vec<usize> = pieces.into_iter().map(|(_, range)| range.start).collect();
                    Layout::characters(&place.text, self.marks(raw, node.content.offset, &at))
                }
                _ => behind,
            },
        }
    }

    /// The lines and columns of ascending byte offsets in the written text.
    fn marks(&self, raw: &str, offset: usize, bytes: &[usize]) -> Vec<(usize, usize)> {
        let before = &self.text[..offset];
        let begin = before.rfind('\n').map_or(0, |found| found + 1);
        let mut line = self.line + before.matches('\n').count() + 1;
        let mut column = before[begin..].chars().count() + 1;
        let (mut marks, mut done) = (Vec::with_capacity(bytes.len()), 0);
        for byte in bytes {
            for c in raw[done..*byte].chars() {
                (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            done = *byte;
            marks.push((line, column));
        }
        marks
    }
}

/// How many columns a block with this text is indented by.
fn block_indent(raw: &str, text: &str) -> usize {
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let filled = |line: &&str| !line.trim().is_empty();
    let own = text.lines().find(filled).map_or(0, blanks);
    raw.split_inclusive('\n').skip(1).find(filled).map_or(0, |line| blanks(line).saturating_sub(own))
}

/// The bytes in a folded block of each character of its text.
pub(super) fn folded(raw: &str, text: &str) -> Option<Vec<usize>> {
    let indent = block_indent(raw, text);
    let mut at = raw.find('\n')? + 1;
    let skip_indent = |at: usize| {
        let line = &raw[at..];
        at + line.bytes().take(indent).take_while(|byte| *byte == b' ').count()
    };
    at = skip_indent(at);
    let text: Vec<char> = text.chars().collect();
    let mut found = Vec::with_capacity(text.len());
    for (number, c) in text.iter().copied().enumerate() {
        let break_len = |at: usize| {
            let rest = &raw[at..];
            if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) }
        };
        found.push(at);
        if raw[at..].starts_with(c) && c != '\n' {
            at += c.len_utf8();
        } else if break_len(at) > 0 && matches!(c, ' ' | '\n') {
            at = skip_indent(at + break_len(at));
            // Of several line breaks the text may have one fewer.
            while break_len(at) > 0 && text.get(number + 1) != Some(&'\n') {
                at = skip_indent(at + break_len(at));
            }
        } else {
            return None;
        }
    }
    Some(found)
}
