//! One change to a document's text: only the bytes of that change move.
//!
//! `yaml-edit` reads the text without loss and says where each node stands; new bytes are put there by hand, because
//! they must take the quoting of what they replace, the line ending and the indentation of their neighbours, and stay
//! JSON in a JSON file. Nothing here is trusted: the caller reads the result again and compares. Pure.

use std::ops::Range;
use std::str::FromStr;

use serde_yaml::Value;
use yaml_edit::{Document, YamlNode};

use super::edit::{Edit, Path, Step};
use super::render::{self, Quote, Style};

/// Why the text has no place for a change.
pub(super) type NoPlace = &'static str;

/// Where a node is, and what stands around it.
struct Place {
    node: YamlNode,
    /// The end of the key before it, in a mapping.
    key_end: Option<usize>,
    /// The column of the key or the dash before it.
    column: usize,
    /// Whether a collection around it is in flow style.
    in_flow: bool,
    /// The collection that holds it.
    parent: Option<YamlNode>,
}

/// The text after one change.
pub(super) fn apply(text: &str, edit: &Edit) -> Result<String, NoPlace> {
    let splicer = Splicer { text, style: style_of(text) };
    let root = root(text)?;
    match edit {
        Edit::Set(at, value) => splicer.set(&find(&splicer, root, at)?, value),
        Edit::Insert(into, key, value) => splicer.insert(&find(&splicer, root, into)?, key, value),
        Edit::Push(into, value) => splicer.push(&find(&splicer, root, into)?, value),
        Edit::Remove(at) => {
            let place = find(&splicer, root.clone(), at)?;
            let parent: Path = at[..at.len().saturating_sub(1)].to_vec();
            splicer.remove(&place, &find(&splicer, root, &parent)?)
        }
    }
}

fn root(text: &str) -> Result<YamlNode, NoPlace> {
    let document = Document::from_str(text).map_err(|_| "the lossless reader can't read it")?;
    let mapping = document.as_mapping().map(YamlNode::Mapping);
    mapping.or_else(|| document.as_scalar().map(YamlNode::Scalar)).ok_or("it holds nothing")
}

/// The bytes of the document's own value, for one that is a scalar or an empty mapping.
pub(super) fn root_range(text: &str) -> Option<Range<usize>> {
    root(text).ok().map(|node| range(&node))
}

fn range(node: &YamlNode) -> Range<usize> {
    let range = node.byte_range();
    range.start as usize..range.end as usize
}

fn find(splicer: &Splicer<'_>, root: YamlNode, path: &[Step]) -> Result<Place, NoPlace> {
    let mut place = Place { node: root, key_end: None, column: 0, in_flow: false, parent: None };
    for step in path {
        let parent = place.node.clone();
        let in_flow = place.in_flow || splicer.is_flow(&parent);
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
            (_, YamlNode::Alias(_)) => return Err("it stands behind an alias"),
            _ => return Err("it is tagged or of another kind"),
        };
        place = Place { node, key_end, column: splicer.column(start), in_flow, parent: Some(parent) };
    }
    Ok(place)
}

fn key_is(key: &YamlNode, wanted: &str) -> bool {
    key.as_scalar().is_some_and(|scalar| scalar.as_string() == wanted)
}

/// The line ending, indentation and notation of a document.
pub(super) fn style_of(text: &str) -> Style {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let json = text.trim_start().starts_with('{') && serde_json::from_str::<serde_json::Value>(text).is_ok();
    let mut style = Style { newline, json, ..Style::default() };
    let splicer = Splicer { text, style: style.clone() };
    let Ok(YamlNode::Mapping(root)) = root(text) else { return style };
    let sequences = root.iter().filter(|(_, value)| !splicer.is_flow(value));
    let sequence = sequences.filter_map(|(_, value)| value.as_sequence().cloned()).find(|list| !list.is_empty());
    if let Some(sequence) = sequence {
        style.dash = splicer.column(range(&YamlNode::Sequence(sequence.clone())).start);
        let nested = sequence.values().filter_map(|item| item.as_mapping().cloned()).find_map(|entry| {
            let below = entry.iter().find(|(_, value)| value.is_mapping() && !splicer.is_flow(value))?;
            splicer.column(range(&below.1).start).checked_sub(splicer.column(range(&below.0).start))
        });
        style.step = nested.filter(|step| (1..=8).contains(step)).unwrap_or(style.step);
    }
    style
}

struct Splicer<'t> {
    text: &'t str,
    style: Style,
}

impl Splicer<'_> {
    fn replaced(&self, range: Range<usize>, with: &str) -> String {
        [&self.text[..range.start], with, &self.text[range.end..]].concat()
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Bytes between the line's beginning, a byte-order mark apart, and `at`.
    fn column(&self, at: usize) -> usize {
        let line = &self.text[self.line_start(at)..at];
        line.trim_start_matches('\u{feff}').len()
    }

    /// The end of the line that `at` is in, before its line ending.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let end = rest.find('\n').map_or(self.text.len(), |newline| at + newline);
        if self.text[at..end].ends_with('\r') { end - 1 } else { end }
    }

    /// The blanks that the line of `at` begins with.
    fn line_indent(&self, at: usize) -> &str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn is_flow(&self, node: &YamlNode) -> bool {
        (node.is_mapping() || node.is_sequence()) && self.text[range(node)].starts_with(['{', '['])
    }

    /// Where a node's own bytes end, before blank lines and comments.
    fn end(&self, node: &YamlNode) -> usize {
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

    /// Whether a scalar is a block one whose trailing blank lines are part of it (`|+`).
    fn keeps_blank_lines(&self, scalar: &Range<usize>) -> bool {
        let text = &self.text[scalar.clone()];
        let header = text.lines().next().unwrap_or_default();
        text.ends_with('\n') && header.starts_with(['|', '>']) && header.contains('+')
    }

    /// The end of the last of the comment lines that follow the line ending at `end` and are indented to `column`.
    fn after_comments(&self, mut end: usize, column: usize) -> usize {
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

    /// Replaces a node's value.
    fn set(&self, place: &Place, value: &Value) -> Result<String, NoPlace> {
        let old = range(&place.node);
        let scalar = !matches!(value, Value::Sequence(items) if !items.is_empty())
            && !matches!(value, Value::Mapping(pairs) if !pairs.is_empty());
        let empty = self.text[old.clone()].trim().is_empty();
        if place.in_flow || (scalar && !empty) {
            if !scalar {
                let lines = self.flow_lines(place);
                let lines = lines.as_ref().map(|(indent, step)| (indent.as_str(), step.as_str()));
                return Ok(self.replaced(old, &render::flow(value, lines, &self.style)));
            }
            let end = if self.is_flow(&place.node) { old.end } else { self.end(&place.node) };
            let space = if empty { " " } else { "" };
            return Ok(self.replaced(old.start..end, &format!("{space}{}", self.scalar(value, &old, place.in_flow))));
        }
        let colon = self.colon(place)?;
        if scalar {
            return Ok(self.replaced(colon..colon, &format!(" {}", self.scalar(value, &old, false))));
        }
        let end = if empty { colon } else { self.end(&place.node) };
        let line_end = self.line_end(end);
        let below = render::block_below(value, place.column, &self.style);
        Ok([&self.text[..colon], &self.text[end..line_end], &below, &self.text[line_end..]].concat())
    }

    /// Where the `:` after a place's key ends.
    fn colon(&self, place: &Place) -> Result<usize, NoPlace> {
        let key_end = place.key_end.ok_or("an item of a list can't become a collection")?;
        let rest = &self.text[key_end..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[blank..].starts_with(':') { Ok(key_end + blank + 1) } else { Err("a key without a colon") }
    }

    /// A scalar in the quotes of the one it replaces.
    fn scalar(&self, value: &Value, old: &Range<usize>, in_flow: bool) -> String {
        let old = &self.text[old.clone()];
        let quote = match old.as_bytes().first() {
            _ if self.style.json => Quote::Double,
            Some(b'"') => Quote::Double,
            Some(b'\'') => Quote::Single,
            _ => Quote::Plain,
        };
        match value {
            Value::String(text) => render::text(text, quote, in_flow),
            other => render::flow(other, None, &self.style),
        }
    }

    /// For a collection laid out over several lines: its line's indentation, and the step to its items'.
    fn flow_lines(&self, place: &Place) -> Option<(String, String)> {
        let parent = range(place.parent.as_ref()?);
        let at = range(&place.node).start;
        if !self.text[parent.start..at].contains('\n') {
            return None;
        }
        let (outer, own) = (self.line_indent(parent.start), self.line_indent(at));
        let step = own.strip_prefix(outer).filter(|step| !step.is_empty()).unwrap_or("  ");
        Some((own.to_owned(), step.to_owned()))
    }

    fn insert(&self, place: &Place, key: &str, value: &Value) -> Result<String, NoPlace> {
        let YamlNode::Mapping(mapping) = &place.node else { return Err("it is no mapping in the text") };
        let key = Value::from(key);
        if self.is_flow(&place.node) {
            let first = mapping.iter().next().map(|(key, _)| range(&key).start);
            let last = mapping.iter().last().map(|(key, value)| self.end(&value).max(range(&key).end));
            return Ok(self.flow_add(place, first, last, |lines| render::flow_pair(&key, value, lines, &self.style)));
        }
        let column = mapping.iter().next().map_or(0, |(key, _)| self.column(range(&key).start));
        let at = self.after_comments(self.line_end(self.end(&place.node)), column);
        let pair = render::block_pair(&key, value, column, &self.style);
        Ok(self.replaced(at..at, &format!("{}{:column$}{pair}", self.style.newline, "")))
    }

    fn push(&self, place: &Place, value: &Value) -> Result<String, NoPlace> {
        let YamlNode::Sequence(sequence) = &place.node else { return Err("it is no list in the text") };
        if self.is_flow(&place.node) {
            let first = sequence.first().map(|item| range(&item).start);
            let last = sequence.last().map(|item| self.end(&item));
            return Ok(self.flow_add(place, first, last, |lines| render::flow(value, lines, &self.style)));
        }
        let column = self.column(range(&place.node).start);
        let at = self.after_comments(self.line_end(self.end(&place.node)), column + 1);
        let item = render::block_item(value, column, &self.style);
        Ok(self.replaced(at..at, &format!("{}{:column$}{item}", self.style.newline, "")))
    }

    /// Adds to a flow collection, on a line of its own where its items have theirs.
    fn flow_add(
        &self,
        place: &Place,
        first: Option<usize>,
        last: Option<usize>,
        render: impl Fn(Option<(&str, &str)>) -> String,
    ) -> String {
        let whole = range(&place.node);
        let newline = self.style.newline;
        let (Some(first), Some(last)) = (first, last) else {
            return self.replaced(whole.start + 1..whole.end - 1, &render(None));
        };
        if !self.text[whole.start..first].contains('\n') {
            return self.replaced(last..last, &format!(", {}", render(None)));
        }
        let (outer, own) = (self.line_indent(whole.start), self.line_indent(first));
        let step = own.strip_prefix(outer).filter(|step| !step.is_empty()).unwrap_or("  ");
        self.replaced(last..last, &format!(",{newline}{own}{}", render(Some((own, step)))))
    }

    fn remove(&self, place: &Place, parent: &Place) -> Result<String, NoPlace> {
        let siblings: Vec<(usize, usize)> = match &parent.node {
            YamlNode::Mapping(mapping) => {
                mapping.iter().map(|(key, value)| (range(&key).start, self.end(&value).max(range(&key).end))).collect()
            }
            YamlNode::Sequence(sequence) => {
                sequence.values().map(|item| (range(&item).start, self.end(&item))).collect()
            }
            _ => return Err("it stands in no collection"),
        };
        let own = range(&place.node).start;
        let index = siblings.iter().rposition(|(start, _)| *start <= own).ok_or("it is not where it was read")?;
        let (start, end) = siblings[index];
        if self.is_flow(&parent.node) {
            return Ok(match (index.checked_sub(1), siblings.get(index + 1)) {
                (_, Some((next, _))) => self.replaced(start..*next, ""),
                (Some(previous), None) => self.replaced(siblings[previous].1..end, ""),
                (None, None) => {
                    let whole = range(&parent.node);
                    self.replaced(whole.start + 1..whole.end - 1, "")
                }
            });
        }
        let dash = if place.key_end.is_some() { start } else { self.dash_before(start)? };
        if siblings.len() == 1 {
            let empty = if parent.node.is_mapping() { " {}" } else { " []" };
            let colon = self.colon(parent)?;
            let cut = self.line_start(dash).max(colon);
            let rest = self.line_end(end);
            let before = self.text[colon..cut].trim_end_matches(['\n', '\r']);
            return Ok([&self.text[..colon], empty, before, &self.text[rest..]].concat());
        }
        let comments_from = place.column + usize::from(place.key_end.is_none());
        let end = self.after_comments(self.line_end(end), comments_from);
        if index == 0 && self.line_indent(dash).len() != self.column(dash) {
            // The first key of a list's item shares its line with the dash: the next one takes its place.
            return Ok(self.replaced(dash..siblings[1].0, ""));
        }
        let from = self.line_start(dash);
        if end == self.text.len() && from > 0 {
            let before = self.text[..from].strip_suffix('\n').unwrap_or(&self.text[..from]);
            return Ok(before.strip_suffix('\r').unwrap_or(before).to_owned());
        }
        let next = (end + if self.text[end..].starts_with('\r') { 2 } else { 1 }).min(self.text.len());
        Ok(self.replaced(from..next, ""))
    }

    /// Where the `-` of an item that begins at `start` stands.
    fn dash_before(&self, start: usize) -> Result<usize, NoPlace> {
        self.text[..start].trim_end().strip_suffix('-').map(str::len).ok_or("an item without a dash")
    }
}
