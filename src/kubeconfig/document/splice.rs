//! Changes to a document's text that move only the bytes they need.
//!
//! New bytes are inserted at places from [`Layout`], because they must have the quoting of what they replace, the line
//! ending and the indentation of their neighbours, and stay JSON in a JSON file. The caller reads the result again and
//! compares it. Pure.

use std::ops::Range;

use serde_yaml::Value;
use yaml_edit::YamlNode;

use super::edit::{Edit, Step};
use super::layout::{Layout, NoPlace, Place, key_is, range};
use super::render::{self, Quote};

/// A replacement of bytes.
#[derive(Debug)]
struct Splice {
    range: Range<usize>,
    with: String,
    /// Whether it adds after the last part of a collection.
    adds: bool,
    /// That collection.
    collection: Vec<Step>,
}

impl Splice {
    fn at(range: Range<usize>, with: impl Into<String>) -> Self {
        Self { range, with: with.into(), adds: false, collection: Vec::new() }
    }

    fn after(last: usize, with: impl Into<String>) -> Self {
        Self { adds: true, ..Self::at(last..last, with) }
    }
}

/// The text after the edits, each applied to the result of the previous ones.
///
/// Independent edits share one reading of the text; others need another one.
///
/// # Errors
/// The first edit without a place, and why.
pub(super) fn apply<'e>(text: &str, edits: &'e [Edit]) -> Result<String, (&'e Edit, NoPlace)> {
    let mut text = text.to_owned();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let layout = Layout::of(&text);
        let mut splices: Vec<Splice> = Vec::new();
        let mut removed = false;
        for edit in rest {
            // After a removal items are renumbered.
            let found = if removed { Err("") } else { layout.splice(edit) };
            match found {
                Ok(splice) if splices.iter().all(|other| apart(other, &splice)) => splices.push(splice),
                Err(reason) if splices.is_empty() => return Err((first, reason)),
                _ => break,
            }
            removed = matches!(edit, Edit::Remove(_));
        }
        rest = &rest[splices.len()..];
        // Sorted by place, and in their order at the same place.
        splices.sort_by_key(|splice| splice.range.start);
        let mut at = 0;
        let mut new = String::with_capacity(text.len());
        for splice in &splices {
            new.extend([&text[at..splice.range.start], &splice.with]);
            at = splice.range.end;
        }
        new.push_str(&text[at..]);
        text = new;
    }
    Ok(text)
}

/// Whether two splices can be made in one reading: they do not touch, or both add to one collection.
fn apart(a: &Splice, b: &Splice) -> bool {
    let add_together = a.adds && b.adds && a.collection == b.collection;
    add_together || a.range.end < b.range.start || b.range.end < a.range.start
}

impl Layout<'_> {
    fn splice(&self, edit: &Edit) -> Result<Splice, NoPlace> {
        match edit {
            Edit::Set(at, value) => self.set(&self.find(at)?, value),
            Edit::Insert(into, key, value) => {
                self.insert(&self.find(into)?, key, value).map(|splice| Splice { collection: into.clone(), ..splice })
            }
            Edit::Push(into, value) => {
                self.push(&self.find(into)?, value).map(|splice| Splice { collection: into.clone(), ..splice })
            }
            Edit::Remove(at) => self.remove(at),
        }
    }

    /// Replaces a node's value.
    fn set(&self, place: &Place, value: &Value) -> Result<Splice, NoPlace> {
        let old = range(&place.node);
        let scalar = !matches!(value, Value::Sequence(items) if !items.is_empty())
            && !matches!(value, Value::Mapping(pairs) if !pairs.is_empty());
        let empty = self.text[old.clone()].trim().is_empty();
        if (place.node.is_mapping() || place.node.is_sequence()) && !self.is_flow(&place.node) {
            return Err("a list or mapping that is filled is not replaced as a whole");
        }
        if place.in_flow || (scalar && !empty) {
            if !scalar {
                let lines = self.flow_lines(place);
                let lines = lines.as_ref().map(|(indent, step)| (indent.as_str(), step.as_str()));
                return Ok(Splice::at(old, render::flow(value, lines, &self.style)));
            }
            let end = if self.is_flow(&place.node) { old.end } else { self.end(&place.node) };
            let space = if empty { " " } else { "" };
            return Ok(Splice::at(old.start..end, format!("{space}{}", self.scalar(value, &old, place.in_flow))));
        }
        let colon = self.colon(place)?;
        if scalar {
            return Ok(Splice::at(colon..colon, format!(" {}", self.scalar(value, &old, false))));
        }
        let end = if empty { colon } else { self.end(&place.node) };
        let line_end = self.line_end(end);
        let below = render::block_below(value, place.column, &self.style);
        Ok(Splice::at(colon..line_end, [&self.text[end..line_end], &below].concat()))
    }

    /// Where the `:` after a place's key ends.
    fn colon(&self, place: &Place) -> Result<usize, NoPlace> {
        let key_end = place.key_end.ok_or("an item of a list can't become a collection")?;
        let rest = &self.text[key_end..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[blank..].starts_with(':') { Ok(key_end + blank + 1) } else { Err("a key without a colon") }
    }

    /// A scalar with the quotes of the one it replaces.
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

    /// For a flow collection over several lines: its line's indentation, and the step to its items'.
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

    fn insert(&self, place: &Place, key: &str, value: &Value) -> Result<Splice, NoPlace> {
        let YamlNode::Mapping(mapping) = &place.node else { return Err("it is not a mapping in the text") };
        let key = Value::from(key);
        if self.is_flow(&place.node) {
            let first = mapping.iter().next().map(|(key, _)| range(&key).start);
            let last = mapping.iter().last().map(|(key, value)| self.end(&value).max(range(&key).end));
            return Ok(self.flow_add(place, first, last, |lines| render::flow_pair(&key, value, lines, &self.style)));
        }
        let column = mapping.iter().next().map_or(0, |(key, _)| self.column(range(&key).start));
        let at = self.after_comments(self.line_end(self.end(&place.node)), column);
        let pair = render::block_pair(&key, value, column, &self.style);
        Ok(Splice::after(at, format!("{}{:column$}{pair}", self.style.newline, "")))
    }

    fn push(&self, place: &Place, value: &Value) -> Result<Splice, NoPlace> {
        let YamlNode::Sequence(sequence) = &place.node else { return Err("it is not a list in the text") };
        if self.is_flow(&place.node) {
            let first = sequence.first().map(|item| range(&item).start);
            let last = sequence.last().map(|item| self.end(&item));
            return Ok(self.flow_add(place, first, last, |lines| render::flow(value, lines, &self.style)));
        }
        let column = self.column(range(&place.node).start);
        let at = self.after_comments(self.line_end(self.end(&place.node)), column + 1);
        let item = render::block_item(value, column, &self.style);
        Ok(Splice::after(at, format!("{}{:column$}{item}", self.style.newline, "")))
    }

    /// Adds to a flow collection, on a line of its own if its items have theirs.
    fn flow_add(
        &self,
        place: &Place,
        first: Option<usize>,
        last: Option<usize>,
        render: impl Fn(Option<(&str, &str)>) -> String,
    ) -> Splice {
        let whole = range(&place.node);
        let newline = self.style.newline;
        let (Some(first), Some(last)) = (first, last) else {
            return Splice::at(whole.start + 1..whole.end - 1, render(None));
        };
        if !self.text[whole.start..first].contains('\n') {
            return Splice::after(last, format!(", {}", render(None)));
        }
        let (outer, own) = (self.line_indent(whole.start), self.line_indent(first));
        let step = own.strip_prefix(outer).filter(|step| !step.is_empty()).unwrap_or("  ");
        Splice::after(last, format!(",{newline}{own}{}", render(Some((own, step)))))
    }

    /// Removes a key from its mapping, with its lines.
    fn remove_key(&self, path: &[Step], key: &str) -> Result<Splice, NoPlace> {
        let parent = self.find(path)?;
        let YamlNode::Mapping(mapping) = &parent.node else { return Err("it is not in a mapping") };
        let pairs: Vec<(Range<usize>, usize, bool)> = mapping
            .iter()
            .map(|(name, value)| (range(&name), self.end(&value).max(range(&name).end), key_is(&name, key)))
            .collect();
        let index = pairs.iter().position(|(.., is_it)| *is_it).ok_or("a key is not where it was read")?;
        let (start, end) = (pairs[index].0.start, pairs[index].1);
        if self.is_flow(&parent.node) {
            let before = index.checked_sub(1).map(|before| pairs[before].1);
            return match (before, pairs.get(index + 1)) {
                (_, Some((next, ..))) => Ok(Splice::at(start..next.start, "")),
                (Some(before), None) => Ok(Splice::at(before..end, "")),
                (None, None) => Err("it is the only key"),
            };
        }
        let (from, end) = (self.line_start(start), self.line_end(end));
        if pairs.len() == 1 || !self.text[from..start].trim().is_empty() {
            return Err("it shares its line");
        }
        if end == self.text.len() {
            return Ok(Splice::at(from - self.newline_before(from)..end, ""));
        }
        Ok(Splice::at(from..end + self.newline_after(end), ""))
    }

    /// Removes an item from its list, with its lines and its comments.
    fn remove(&self, at: &[Step]) -> Result<Splice, NoPlace> {
        let (index, path) = match at.split_last() {
            Some((Step::Item(index), path)) => (index, path),
            Some((Step::Key(key), path)) => return self.remove_key(path, key),
            None => return Err("only an item or a key can be removed"),
        };
        let parent = self.find(path)?;
        let YamlNode::Sequence(sequence) = &parent.node else { return Err("it is not in a list") };
        let items: Vec<(usize, usize)> = sequence.values().map(|item| (range(&item).start, self.end(&item))).collect();
        let (start, end) = *items.get(*index).ok_or("an item is not where it was read")?;
        let whole = range(&parent.node);
        if self.is_flow(&parent.node) {
            let before = index.checked_sub(1).map(|before| items[before].1);
            return Ok(match (before, items.get(index + 1)) {
                (_, Some((next, _))) => Splice::at(start..*next, ""),
                (Some(before), None) => Splice::at(before..end, ""),
                (None, None) => Splice::at(whole.start + 1..whole.end - 1, ""),
            });
        }
        let dash = self.text[..start].trim_end().strip_suffix('-').map(str::len).ok_or("an item without a dash")?;
        if items.len() == 1 {
            let colon = self.colon(&parent)?;
            let before = self.text[colon..self.line_start(dash).max(colon)].trim_end_matches(['\n', '\r']);
            return Ok(Splice::at(colon..self.line_end(end), [" []", before].concat()));
        }
        let (from, end) = (self.line_start(dash), self.after_comments(self.line_end(end), self.column(dash) + 1));
        if end == self.text.len() && from > 0 {
            // The last line has no ending, so the previous one must not have one either.
            return Ok(Splice::at(from - self.newline_before(from)..end, ""));
        }
        Ok(Splice::at(from..end + self.newline_after(end), ""))
    }

    /// The length of the line ending before a line's first byte.
    fn newline_before(&self, at: usize) -> usize {
        if self.text[..at].ends_with("\r\n") { 2 } else { usize::from(self.text[..at].ends_with('\n')) }
    }

    /// The length of the line ending at the end of a line.
    fn newline_after(&self, at: usize) -> usize {
        if self.text[at..].starts_with("\r\n") { 2 } else { usize::from(self.text[at..].starts_with('\n')) }
    }
}
