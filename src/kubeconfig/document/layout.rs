//! Where the parts of a document's text are. Pure.
//!
//! `yaml-edit` reads the text without loss and reports the bytes of each node; the lines, columns and comments around
//! them are found here.

use std::ops::Range;
use std::str::FromStr;

use yaml_edit::{Document, YamlNode};

use super::edit::Step;
use super::render::Style;

/// Why the text has no place for a change.
pub(super) type NoPlace = &'static str;

/// A node's place and surroundings.
pub(super) struct Place {
    pub(super) node: YamlNode,
    /// The end of the key before it, in a mapping.
    pub(super) key_end: Option<usize>,
    /// The column of the key or the dash before it.
    pub(super) column: usize,
    /// Whether a collection around it is in flow style.
    pub(super) in_flow: bool,
    /// Its parent collection.
    pub(super) parent: Option<YamlNode>,
}

/// A document's text, read once.
pub(super) struct Layout<'t> {
    pub(super) text: &'t str,
    pub(super) root: Option<YamlNode>,
    pub(super) style: Style,
}

/// The bytes of a node.
pub(super) fn range(node: &YamlNode) -> Range<usize> {
    let range = node.byte_range();
    range.start as usize..range.end as usize
}

pub(super) fn key_is(key: &YamlNode, wanted: &str) -> bool {
    key.as_scalar().is_some_and(|scalar| scalar.as_string() == wanted)
}

impl<'t> Layout<'t> {
    /// Reads a text; an empty or unreadable one has no root.
    pub(super) fn of(text: &'t str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let bare = text.trim_start_matches('\u{feff}');
        let json = bare.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(bare).is_ok();
        let document = Document::from_str(text).ok();
        let mapping = document.as_ref().and_then(Document::as_mapping).map(YamlNode::Mapping);
        let root = mapping.or_else(|| document?.as_scalar().map(YamlNode::Scalar));
        let mut layout = Self { text, root, style: Style { newline, json, ..Style::default() } };
        layout.find_style();
        layout
    }

    /// Takes the indentation of new entries from the existing ones.
    fn find_style(&mut self) {
        let Some(YamlNode::Mapping(root)) = &self.root else { return };
        let sequences = root.iter().filter(|(_, value)| !self.is_flow(value));
        let sequence = sequences.filter_map(|(_, value)| value.as_sequence().cloned()).find(|list| !list.is_empty());
        let Some(sequence) = sequence else { return };
        let dash = self.column(range(&YamlNode::Sequence(sequence.clone())).start);
        let nested = sequence.values().filter_map(|item| item.as_mapping().cloned()).find_map(|entry| {
            let below = entry.iter().find(|(_, value)| value.is_mapping() && !self.is_flow(value))?;
            self.column(range(&below.1).start).checked_sub(self.column(range(&below.0).start))
        });
        self.style.dash = dash;
        self.style.step = nested.filter(|step| (1..=8).contains(step)).unwrap_or(self.style.step);
    }

    /// The place of a path.
    pub(super) fn find(&self, path: &[Step]) -> Result<Place, NoPlace> {
        let root = self.root.clone().ok_or("the lossless reader can't read it")?;
        let mut place = Place { node: root, key_end: None, column: 0, in_flow: false, parent: None };
        for step in path {
            let parent = place.node.clone();
            let in_flow = place.in_flow || self.is_flow(&parent);
            let (node, key_end, start) = match (step, &parent) {
                (Step::Key(wanted), YamlNode::Mapping(mapping)) => {
                    let (key, value) =
                        mapping.iter().find(|(key, _)| key_is(key, wanted)).ok_or("a key is not where it was read")?;
                    let key = range(&key);
                    (value, Some(key.end), key.start)
                }
                (Step::Item(index), YamlNode::Sequence(sequence)) => {
                    let item = sequence.get(*index).ok_or("an item is not where it was read")?;
                    (item, None, range(&parent).start)
                }
                (_, YamlNode::Alias(_)) => return Err("it is behind an alias"),
                _ => return Err("it is tagged or of another kind"),
            };
            place = Place { node, key_end, column: self.column(start), in_flow, parent: Some(parent) };
        }
        Ok(place)
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The bytes between the beginning of the line, after a byte-order mark, and `at`.
    pub(super) fn column(&self, at: usize) -> usize {
        let line = &self.text[self.line_start(at)..at];
        line.trim_start_matches('\u{feff}').len()
    }

    /// The end of the line of `at`, before its line ending.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let end = rest.find('\n').map_or(self.text.len(), |newline| at + newline);
        if self.text[at..end].ends_with('\r') { end - 1 } else { end }
    }

    /// The blanks at the beginning of the line of `at`.
    pub(super) fn line_indent(&self, at: usize) -> &str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    pub(super) fn is_flow(&self, node: &YamlNode) -> bool {
        (node.is_mapping() || node.is_sequence()) && self.text[range(node)].starts_with(['{', '['])
    }

    /// Where a node's own bytes end, before blank lines and comments.
    pub(super) fn end(&self, node: &YamlNode) -> usize {
        let whole = range(node);
        let last = match node {
            _ if self.is_flow(node) => return whole.end,
            YamlNode::Mapping(mapping) => mapping.iter().last().map(|(key, value)| (Some(range(&key).end), value)),
            YamlNode::Sequence(sequence) => sequence.last().map(|item| (None, item)),
            YamlNode::Scalar(_) if self.keeps_blank_lines(&whole) => {
                return whole.start + self.text[whole].strip_suffix('\n').map_or(0, str::len);
            }
            _ => return whole.start + self.text[whole].trim_end().len(),
        };
        match last {
            Some((key_end, value)) => self.end(&value).max(key_end.unwrap_or(0)),
            None => whole.end,
        }
    }

    /// Whether a block scalar keeps its trailing blank lines (`|+`).
    pub(super) fn keeps_blank_lines(&self, scalar: &Range<usize>) -> bool {
        let text = &self.text[scalar.clone()];
        let header = text.lines().next().unwrap_or_default();
        text.ends_with('\n') && header.starts_with(['|', '>']) && header.contains('+')
    }

    /// The end of the last of the comment lines that follow the line ending at `end` and are indented to `column`.
    pub(super) fn after_comments(&self, mut end: usize, column: usize) -> usize {
        while column > 0 && end < self.text.len() {
            let start = end + if self.text[end..].starts_with('\r') { 2 } else { 1 };
            let next = self.line_end(start);
            let line = &self.text[start..next];
            if !line.trim_start().starts_with('#') || self.line_indent(start).len() < column {
                break;
            }
            end = next;
        }
        end
    }
}
