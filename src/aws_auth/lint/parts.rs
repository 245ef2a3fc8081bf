//! Where the part of an entry that a finding concerns is in the text.

use std::collections::BTreeMap;

use super::finding::{Finding, Part};
use crate::aws_auth::entries::{Entries, Entry, entries};
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::yaml::{NodeId, NodeKind};

/// Moves each finding from the beginning of its entry to the part that it concerns. The texts are read again only where
/// there is such a finding.
pub(super) fn place(findings: &mut [Finding], data: &BTreeMap<String, String>) {
    for key in [DataKey::MapRoles, DataKey::MapUsers] {
        let is_here = |finding: &Finding| finding.key == Some(key) && finding.part.is_some();
        if !findings.iter().any(is_here) {
            continue;
        }
        let read = data.get(key.as_str()).and_then(|text| entries(key, text).ok());
        for finding in findings.iter_mut().filter(|finding| is_here(finding)) {
            let Some((part, read)) = finding.part.take().zip(read.as_ref()) else { continue };
            let at = (finding.line, finding.column);
            let place = read.list.partition_point(|entry| (entry.mapping.line, entry.mapping.column) < at);
            if let Some(node) = read.list.get(place).and_then(|entry| node_of(read, entry, part)) {
                let mark = read.document.nodes[node].start;
                (finding.line, finding.column) = (mark.line + 1, mark.column + 1);
            }
        }
    }
}

/// The node in the entry's own text: the alias or merge key, not the place where its value is written.
fn node_of(read: &Entries<'_>, entry: &Entry, part: Part) -> Option<NodeId> {
    let nodes = &read.document.nodes;
    let node = match part {
        Part::Arn => entry.arn?.written,
        Part::Username => entry.username?.written,
        Part::Group(at) => {
            let list = entry.groups?.written;
            match &nodes[list].kind {
                NodeKind::Sequence { items, .. } => items.get(at).copied().unwrap_or(list),
                _ => list,
            }
        }
    };
    let (own, at) = (&nodes[entry.node], nodes[node].start.offset);
    (own.start.offset <= at && at < own.end).then_some(node)
}
