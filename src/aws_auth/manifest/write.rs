//! Writing new data into the file.

use std::collections::BTreeMap;

use super::block::block;
use super::find::{Manifest, ManifestError};
use super::nothing::in_single_quotes;
use super::splice::Change;
use super::value::quoted;
use crate::aws_auth::edit::{end_of, indent_before, last_leaf, line_end, line_start, newline};
use crate::aws_auth::yaml::{Node, NodeId, NodeKind, Style};

fn set(data: &mut BTreeMap<String, String>, key: &str, text: Option<String>) {
    match text {
        Some(text) => data.insert(key.to_owned(), text),
        None => data.remove(key),
    };
}

impl Manifest<'_> {
    /// The file with new data: changed values are edited in place, new ones added, and those that `data` no longer has
    /// removed with their keys. A block that was empty stays one where its key was not written by this program, and a
    /// text that becomes a block ends with a line break.
    ///
    /// # Errors
    /// [`ManifestError`] where the object is immutable, or the result, read again, would not hold exactly `data`.
    pub fn with_data(&self, data: &BTreeMap<String, String>) -> Result<String, ManifestError> {
        if data == self.data() {
            return Ok(self.file.to_owned());
        }
        if let Some(refused) = self.refused.first() {
            return Err(refused.clone());
        }
        self.refuse_immutable()?;
        self.refuse_binary(data)?;
        self.changed(data).map_err(|error| self.with_reason(error, data))
    }

    fn changed(&self, data: &BTreeMap<String, String>) -> Result<String, ManifestError> {
        let odd = || ManifestError::NotProven("the data has a layout that can't be edited".to_owned());
        let data = self.fitted(data);
        let mut changes = self.cut(&data).ok_or_else(odd)?;
        let mut new = Vec::new();
        for (key, text) in &data {
            match self.places.get(key) {
                Some(place) if place.text == *text => {}
                Some(place) => changes.extend(self.replaced(place, text)),
                None => new.push((key.as_str(), text.as_str())),
            }
        }
        if !new.is_empty() {
            changes.extend(self.added(&new).ok_or_else(odd)?);
        }
        let file = self.apply(changes);
        self.prove(&file, &data)?;
        Ok(file)
    }

    /// The data as this file can hold it. The control plane reads the same from it.
    fn fitted(&self, data: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut data = self.with_its_keys(data);
        let unended = !self.file.ends_with(['\n', '\r']);
        for (key, place) in &self.places {
            let node = &self.document.nodes[place.node];
            let is_at_end = unended && self.offset + node.end == self.file.len();
            let new = data.get(key).cloned().unwrap_or_default();
            if new == place.text {
                continue;
            }
            match &node.kind {
                NodeKind::Scalar { style: Style::Literal | Style::Folded, .. } => {
                    let header = self.text[node.content.offset..].split(['\n', '\r', '#']).next().unwrap_or_default();
                    if new.is_empty() {
                        let left = if self.is_made_here(key) { None } else { Some(String::new()) };
                        set(&mut data, key, left);
                    } else if place.text.is_empty() && !new.ends_with('\n') && !header.contains('-') && !is_at_end {
                        let ended = format!("{new}\n");
                        set(&mut data, key, Some(ended));
                    }
                }
                NodeKind::Scalar { style: Style::Single, .. } => {
                    if let Some(text) = in_single_quotes(key, &place.text, &new) {
                        set(&mut data, key, Some(text));
                    }
                }
                // A word or nothing, read as null, becomes a block.
                NodeKind::Scalar { style: Style::Plain, .. } if place.text.is_empty() && !self.json => {
                    let line_ends_file = unended && self.offset + line_end(self.text, node.end) == self.file.len();
                    let ended = format!("{}{}", new.trim_end_matches('\n'), if line_ends_file { "" } else { "\n" });
                    set(&mut data, key, Some(ended).filter(|_| !new.is_empty()));
                }
                _ => {}
            }
        }
        if unended && let Some(key) = self.last_new(&data) {
            let text = data.get(&key).map(|text| text.trim_end_matches('\n').to_owned());
            set(&mut data, &key, text);
        }
        data
    }

    /// The new key whose text will end the file.
    fn last_new(&self, data: &BTreeMap<String, String>) -> Option<String> {
        let key = data.keys().rfind(|key| !self.places.contains_key(*key))?;
        let ends_file = |node: NodeId| self.offset + line_end(self.text, self.end_of(node)) == self.file.len();
        let is_flow = |node: NodeId| matches!(&self.document.nodes[node].kind, NodeKind::Mapping { flow: true, .. });
        let map = self.data_node.unwrap_or(self.object);
        let in_braces = is_flow(self.object) || (is_flow(map) && self.is_map(map));
        let is_last = ends_file(map) && !in_braces && self.unended_block(map).is_none();
        is_last.then(|| key.clone())
    }

    fn end_of(&self, node: NodeId) -> usize {
        end_of(&self.document, self.text, node)
    }

    /// Whether removing the key and adding its text again gives this exact file.
    fn is_made_here(&self, key: &str) -> bool {
        if self.places.len() == 1 {
            return self.data_node.is_some_and(|data| self.made_data(data).is_some());
        }
        let mut less = self.data().clone();
        less.remove(key);
        let Some(without) = self.cut(&less).map(|changes| self.apply(changes)) else { return false };
        Manifest::read(&without).and_then(|less| less.with_data(self.data())).is_ok_and(|again| again == self.file)
    }

    pub(super) fn apply(&self, mut changes: Vec<Change>) -> String {
        changes.sort_by_key(|change| change.start);
        let mut file = self.file[..self.offset].to_owned();
        let rest = &self.file[self.offset..];
        let mut done = 0;
        for change in changes {
            file.push_str(&rest[done..change.start]);
            file.push_str(&change.text);
            done = change.end;
        }
        file.push_str(&rest[done..]);
        file
    }

    fn prove(&self, file: &str, data: &BTreeMap<String, String>) -> Result<(), ManifestError> {
        let again = Manifest::read(file).map_err(|error| ManifestError::NotProven(error.to_string()))?;
        if again.data() != data {
            return Err(ManifestError::NotProven("the data, read again, would be different".to_owned()));
        }
        if again.has_tagged_data() && !self.data_node.is_some_and(|data| self.is_map(data)) {
            return Err(ManifestError::NotProven("the tag of `data` does not fit a map".to_owned()));
        }
        if !self.same_beside_data(&again) {
            return Err(ManifestError::NotProven("another part of the file would change".to_owned()));
        }
        Ok(())
    }

    /// Adds keys to `data`, or `data` itself.
    fn added(&self, new: &[(&str, &str)]) -> Option<Vec<Change>> {
        match self.data_node.filter(|node| self.is_map(*node)) {
            Some(node) => {
                let pairs = |column, flow| new.iter().map(|(key, text)| self.pair(key, text, column, flow)).collect();
                self.behind_last(node, pairs).map(|change| vec![change])
            }
            None if self.data_node.is_some() => self.in_place_of_nothing(new),
            None => {
                let pair = |column, flow| vec![self.data_pair(new, column, flow, true)];
                self.behind_last(self.object, pair).map(|change| vec![change])
            }
        }
    }

    fn is_map(&self, node: NodeId) -> bool {
        matches!(&self.document.nodes[node].kind, NodeKind::Mapping { pairs, .. } if !pairs.is_empty())
    }

    fn pair(&self, key: &str, text: &str, column: usize, flow: bool) -> String {
        // A text without a final line break ends a file without one.
        let ended = format!("{}\n", text.trim_end_matches('\n'));
        let is_last = !text.ends_with('\n') && !self.file.ends_with(['\n', '\r']);
        let block = block(if is_last { &ended } else { text }, column + 2, newline(self.file)).filter(|_| !flow);
        match block {
            Some(block) => format!("{key}: {block}"),
            None if flow => format!("{}: {}", quoted(key), quoted(text)),
            None => format!("{key}: {}", quoted(text)),
        }
    }

    /// `data` with its keys. If the field itself is new, the header of its blocks gives their indentation (`|2`), which
    /// people leave out: it shows later that this program wrote `data`.
    pub(super) fn data_pair(&self, new: &[(&str, &str)], column: usize, flow: bool, made: bool) -> String {
        let pair = |(key, text): &(&str, &str)| {
            let pair = self.pair(key, text, column + 2, flow);
            let newline = newline(self.file);
            if made && !flow {
                pair.replacen(&format!("{key}: |{newline}"), &format!("{key}: |2{newline}"), 1)
            } else {
                pair
            }
        };
        let pairs: Vec<String> = new.iter().map(pair).collect();
        if flow {
            return format!("\"data\": {{{}}}", pairs.join(", "));
        }
        let indent = format!("{}{}", newline(self.file), " ".repeat(column + 2));
        format!("data:{indent}{}", pairs.join(&indent))
    }

    /// Adds pairs after the last one of a map.
    fn behind_last(&self, node: NodeId, pairs: impl Fn(usize, bool) -> Vec<String>) -> Option<Change> {
        let NodeKind::Mapping { pairs: old, flow } = &self.document.nodes[node].kind else { return None };
        let (key, value) = *old.last()?;
        let column = self.document.nodes[old.first()?.0].start.column;
        let pairs = pairs(column, *flow);
        if *flow {
            let gap = self
                .text
                .get(self.document.nodes[node].content.offset + 1..self.document.nodes[old.first()?.0].start.offset)?;
            let gap = if gap.trim().is_empty() && !gap.is_empty() { gap } else { " " };
            let at = self.document.nodes[value].end;
            let text = pairs.iter().map(|pair| format!(",{gap}{pair}")).collect::<Vec<_>>().concat();
            return Some(Change { start: at, end: at, text });
        }
        let (newline, indent) = (newline(self.file), " ".repeat(column));
        let last = &self.document.nodes[value];
        if let Some(at) = self.unended_block(node) {
            let text = pairs.iter().map(|pair| format!("{indent}{pair}{newline}")).collect::<Vec<_>>().concat();
            return Some(Change { start: at, end: at, text });
        }
        let block = matches!(last.kind, NodeKind::Scalar { style: Style::Literal | Style::Folded, .. });
        if block && self.text[..last.end].ends_with('\n') {
            let text = pairs.iter().map(|pair| format!("{indent}{pair}{newline}")).collect::<Vec<_>>().concat();
            return Some(Change { start: last.end, end: last.end, text });
        }
        let end = end_of(&self.document, self.text, value).max(self.document.nodes[key].end);
        let at = line_end(self.text, end);
        let text = pairs.iter().map(|pair| format!("{newline}{indent}{pair}")).collect::<Vec<_>>().concat();
        Some(Change { start: at, end: at, text })
    }

    /// Where a pair is inserted if the map's last one is a block that ends the file without a line break, and would
    /// gain one if anything followed: before that pair and its comments.
    fn unended_block(&self, map: NodeId) -> Option<usize> {
        let NodeKind::Mapping { pairs, flow: false } = &self.document.nodes[map].kind else { return None };
        let (key, value) = *pairs.last()?;
        let leaf = &self.document.nodes[last_leaf(&self.document, self.text, value)];
        let is_block = matches!(leaf.kind, NodeKind::Scalar { style: Style::Literal | Style::Folded, .. });
        let ends_file = self.offset + leaf.end == self.file.len() && !self.file.ends_with(['\n', '\r']);
        let key = self.document.nodes[key].start.offset;
        indent_before(self.text, key)?;
        let mut at = line_start(self.text, key);
        while at > 0 {
            let above = line_start(self.text, at - 1);
            if !self.text[above..at].trim_start().starts_with('#') {
                break;
            }
            at = above;
        }
        (is_block && ends_file).then_some(at)
    }

    /// Whether both files are equal except for the values of `data`: the same documents before and after, the same
    /// object.
    fn same_beside_data(&self, other: &Manifest<'_>) -> bool {
        let rest = |manifest: &Manifest<'_>| {
            let end = manifest.offset + manifest.text.len();
            (manifest.file[..manifest.offset].to_owned(), manifest.file[end..].to_owned())
        };
        rest(self) == rest(other) && self.outline() == other.outline()
    }

    /// The keys and values of the object's document, `data` left out, in their order.
    fn outline(&self) -> Vec<String> {
        let data = self.data_node.map(|node| {
            let node = &self.document.nodes[node];
            node.start.offset..node.end
        });
        // A null at the end of `data` is inside it too.
        let inside = |node: &Node<'_>| {
            let (offset, end) = (node.start.offset, node.end);
            data.as_ref().is_some_and(|data| data.contains(&offset) || (offset == end && end == data.end))
        };
        let nodes = self.document.nodes.iter().enumerate();
        // The field's name may be added with its first value and removed with its last.
        let name = self.data_node.and_then(|data| match &self.document.nodes[self.object].kind {
            NodeKind::Mapping { pairs, .. } => pairs.iter().find(|(_, value)| *value == data).map(|(key, _)| *key),
            _ => None,
        });
        let beside = nodes.filter(|(id, node)| Some(*id) != self.data_node && Some(*id) != name && !inside(node));
        let scalars = beside.filter_map(|(_, node)| match &node.kind {
            NodeKind::Scalar { value, .. } => Some(value.clone().into_owned()),
            _ => None,
        });
        scalars.collect()
    }
}
