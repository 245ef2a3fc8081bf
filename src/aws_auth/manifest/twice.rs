//! Why a file can't be changed: a text that is written once and used twice.

use std::collections::BTreeMap;

use super::find::{Manifest, ManifestError};
use crate::aws_auth::yaml::{NodeId, NodeKind};

impl Manifest<'_> {
    /// The error, with the line that prevents the change where there is one.
    pub(super) fn with_reason(&self, error: ManifestError, data: &BTreeMap<String, String>) -> ManifestError {
        match error {
            ManifestError::NotProven(what) => ManifestError::NotProven(self.in_the_way(data).unwrap_or(what)),
            other => other,
        }
    }

    /// Refuses to write a key that `binaryData` has.
    pub(super) fn refuse_binary(&self, data: &BTreeMap<String, String>) -> Result<(), ManifestError> {
        let NodeKind::Mapping { pairs, .. } = &self.document.nodes[self.object].kind else { return Ok(()) };
        let binary = pairs.iter().rfind(|(name, _)| self.values.text(&self.document, *name) == "binaryData");
        let keys = match binary.map(|(_, value)| &self.document.resolved(*value).kind) {
            Some(NodeKind::Mapping { pairs, .. }) => pairs.as_slice(),
            _ => &[],
        };
        for (name, _) in keys {
            let key = self.values.text(&self.document, *name);
            if data.contains_key(key) && !self.places.contains_key(key) {
                return Err(ManifestError::InBinaryData { line: self.line_of(*name), key: key.to_owned() });
            }
        }
        Ok(())
    }

    fn in_the_way(&self, data: &BTreeMap<String, String>) -> Option<String> {
        let node = self.data_node?;
        let NodeKind::Mapping { pairs, .. } = &self.document.resolved(node).kind else { return None };
        let name = |key: NodeId| self.values.text(&self.document, key);
        let changes = |key: NodeId| data.get(name(key)) != self.data().get(name(key));
        let first = pairs.iter().filter(|(key, _)| changes(*key));
        let all = first.chain(pairs.iter().filter(|(key, _)| !changes(*key)));
        let shared = self.shared("data", node);
        shared.or_else(|| all.into_iter().find_map(|(key, value)| self.odd_pair(*key, *value)))
    }

    fn odd_pair(&self, key: NodeId, value: NodeId) -> Option<String> {
        let name = self.values.text(&self.document, key).escape_debug().to_string();
        let line = self.line_of(key);
        if name == "<<" {
            return Some(format!("line {line}: `<<` merges keys from elsewhere; write them out under `data`"));
        }
        let before = self.text[..self.document.nodes[key].start.offset].trim_end_matches(' ');
        if before.ends_with('?') {
            return Some(format!("line {line}: `{name}` is written with `?`; write it as `{name}: |`"));
        }
        self.shared(&name, value)
    }

    /// A value that an alias repeats, or that is an alias.
    fn shared(&self, name: &str, value: NodeId) -> Option<String> {
        let nodes = &self.document.nodes;
        let written = |node: NodeId| self.text.get(nodes[node].content.offset..nodes[node].end).unwrap_or_default();
        if let NodeKind::Alias { target } = nodes[value].kind {
            let (line, there) = (self.line_of(value), self.line_of(target));
            let alias = written(value).trim();
            return Some(format!(
                "line {line}: `{name}` is `{alias}`, which repeats what line {there} marks; write it out there"
            ));
        }
        let alias =
            (0..nodes.len()).find(|id| matches!(nodes[*id].kind, NodeKind::Alias { target } if target == value))?;
        let (line, there) = (self.line_of(value), self.line_of(alias));
        let alias = written(alias).trim();
        let anchor = alias.trim_start_matches('*');
        Some(format!(
            "line {line}: `{name}` is marked `&{anchor}`, and line {there} repeats it as `{alias}`; write it out in both places"
        ))
    }
}
