//! An empty `data`: its first keys, and what is left when its only one is removed.

use std::collections::BTreeMap;

use super::find::Manifest;
use super::splice::Change;
use crate::aws_auth::edit::{line_end, on_one_line};
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::yaml::{NodeId, NodeKind, Style};

/// The content of empty single quotes with the first entry, on one line, and empty again once an entry written so is
/// removed.
pub(super) fn in_single_quotes(key: &str, old: &str, new: &str) -> Option<String> {
    let key = DataKey::ALL.into_iter().find(|data_key| data_key.as_str() == key)?;
    if old.is_empty() {
        return on_one_line(key, new);
    }
    (new == "[]" && on_one_line(key, old).is_some_and(|written| written == old)).then(String::new)
}

impl Manifest<'_> {
    /// The first keys of a `data` that is `{}` or null. In block style they are added below its line, whose comment
    /// stays.
    pub(super) fn in_place_of_nothing(&self, new: &[(&str, &str)]) -> Option<Vec<Change>> {
        let data_node = self.data_node?;
        let node = &self.document.nodes[data_node];
        let NodeKind::Mapping { pairs, flow } = &self.document.nodes[self.object].kind else { return None };
        let (key, _) = pairs.iter().find(|(_, value)| *value == data_node)?;
        let empty = match &node.kind {
            NodeKind::Mapping { pairs, .. } => pairs.is_empty(),
            NodeKind::Scalar { .. } => true,
            _ => false,
        };
        let column = self.document.nodes[pairs.first()?.0].start.column;
        let data = self.data_pair(new, column, *flow, false);
        let (_, value) = data.split_once(':')?;
        // A tag of the old value (`!!null`) would be wrong on a map.
        let (start, end) = (node.start.offset, node.end);
        if *flow {
            return empty.then(|| vec![Change { start, end, text: value.trim_start().to_owned() }]);
        }
        let key_end = self.document.nodes[*key].end;
        let colon = key_end + self.text.get(key_end..)?.find(':')? + 1;
        let (start, end) = if end > start { (start, end) } else { (colon, colon) };
        let line = line_end(self.text, end);
        let behind = self.text.get(end..line)?.trim_start();
        let alone = behind.is_empty() || behind.starts_with('#');
        if !empty || !alone || self.text.get(start..end)?.contains('#') {
            return None;
        }
        let gap = self.text[..start].len() - self.text[..start].trim_end_matches(' ').len();
        let gone = Change { start: start - gap, end, text: String::new() };
        Some(vec![gone, Change { start: line, end: line, text: value.to_owned() }])
    }

    /// Whether the value of `data` has a tag, which a map does not have.
    pub(super) fn has_tagged_data(&self) -> bool {
        self.data_node.is_some_and(|data| {
            let node = &self.document.nodes[data];
            self.text.get(node.start.offset..node.content.offset).is_some_and(|before| before.contains('!'))
        })
    }

    /// Where the only keys of a handwritten `data` would be removed: they stay, blocks without a line and others with
    /// an empty list.
    pub(super) fn with_its_keys(&self, data: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let is_emptied = self.places.iter().all(|(key, place)| {
            let new = data.get(key).map_or("", String::as_str);
            new.is_empty() && !place.text.is_empty()
        });
        let adds = data.keys().any(|key| !self.places.contains_key(key));
        let is_made = || self.data_node.is_some_and(|node| self.made_data(node).is_some());
        if !is_emptied || adds || self.places.is_empty() || is_made() {
            return data.clone();
        }
        let left = |(key, place): (&String, &super::find::Place)| {
            let text = if data.contains_key(key) || self.is_block(place.node) {
                ""
            } else if place.text.ends_with('\n') {
                "[]\n"
            } else {
                "[]"
            };
            (key.clone(), text.to_owned())
        };
        self.places.iter().map(left).collect()
    }

    fn is_block(&self, node: NodeId) -> bool {
        matches!(self.document.nodes[node].kind, NodeKind::Scalar { style: Style::Literal | Style::Folded, .. })
    }
}
