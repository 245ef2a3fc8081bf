//! A new entry.

use super::item::{append_flow, place_after_last};
use super::layout::{Splice, apply, break_before, newline};
use super::style::{EntryStyle, Flow, GroupsForm};
use crate::aws_auth::entries::{Entries, Entry, entries};
use crate::aws_auth::mapping::{DataKey, Mapping};
use crate::aws_auth::yaml::{Document, NodeId, NodeKind, skips};

/// An empty list as programs write it that emit JSON (the CDK): its first entry stays on that line, as JSON.
pub(super) const EMPTY_LIST: &str = "[]";

/// The splices that add an entry; `None` where the list's layout is not supported.
pub(super) fn insert(read: &Entries<'_>, text: &str, new: &Mapping) -> Option<Vec<Splice>> {
    let document = &read.document;
    // An entry without an ARN is broken, and serves as a model only where there is no other entry.
    let has_arn = |entry: &Entry| is_map(document, entry.node) && !entry.mapping.arn.is_empty();
    let neighbour = read.list.iter().rposition(has_arn);
    let neighbour = neighbour.or_else(|| read.list.iter().rposition(|entry| is_map(document, entry.node)));
    let mut style = neighbour.map_or_else(|| EntryStyle::usual(text), |at| EntryStyle::of(read, text, at));
    let entry = |style: &EntryStyle, column| style.entry(new, column);
    if text == EMPTY_LIST {
        let entry = EntryStyle::json().entry(new, 0);
        return document.root.and_then(|root| append_flow(document, text, root, &entry)).map(|splice| vec![splice]);
    }
    if document.root.is_some_and(|root| is_empty_list_or_null(document, root) && is_written(document, root)) {
        style = style.in_brackets(&new.groups);
    }
    let root = document.root.filter(|root| !is_empty_list_or_null(document, *root));
    let Some(root) = root else {
        return Some(vec![into_empty(document, text, &entry(&style, 2))]);
    };
    if matches!(document.nodes[root].kind, NodeKind::Sequence { flow: true, .. }) {
        if style.flow.is_none() {
            style.flow = Some(Flow::plain());
            style.groups = GroupsForm::Flow(Flow::plain());
        }
        return append_flow(document, text, root, &entry(&style, 0)).map(|splice| vec![splice]);
    }
    let place = place_after_last(document, text, root)?;
    Some(vec![place.insert(text, &entry(&style, place.column))])
}

fn is_map(document: &Document<'_>, id: NodeId) -> bool {
    matches!(&document.nodes[id].kind, NodeKind::Mapping { pairs, .. } if !pairs.is_empty())
}

/// Whether the root is a list without items, or a scalar that means null.
pub(super) fn is_empty_list_or_null(document: &Document<'_>, root: NodeId) -> bool {
    match &document.nodes[root].kind {
        NodeKind::Sequence { items, .. } => items.is_empty(),
        NodeKind::Scalar { .. } => true,
        _ => false,
    }
}

/// Whether the node has any text: `null` may be written as nothing.
pub(super) fn is_written(document: &Document<'_>, id: NodeId) -> bool {
    document.nodes[id].end > document.nodes[id].content.offset
}

/// The first item of an empty list: in place of `[]`, `null` or `~`, else at the end of the text.
pub(super) fn into_empty(document: &Document<'_>, text: &str, content: &str) -> Splice {
    let item = format!("- {content}");
    let node = document.root.map(|root| &document.nodes[root]);
    match node.filter(|node| node.end > node.content.offset) {
        Some(node) => Splice { range: node.content.offset..node.end, text: item },
        None if text.trim().is_empty() => Splice { range: 0..text.len(), text: format!("{item}{}", newline(text)) },
        None => {
            let ended = break_before(text, text.len()) > 0;
            let newline = newline(text);
            let new = if ended { format!("{item}{newline}") } else { format!("{newline}{item}") };
            Splice::insert(text.len(), new)
        }
    }
}

/// The text of a data key with its first entry: a key that was missing (`None`), empty, or held only comments. `None`
/// where it can't be read or written.
pub(super) fn with_first(before: Option<&str>, new: &Mapping) -> Option<String> {
    let style = EntryStyle::usual("");
    let text = || format!("- {}", style.entry(new, 2));
    match before {
        None => Some(format!("{}\n", text())),
        Some(before) if skips(before) => Some(text()),
        Some(before) => {
            let read = entries(new.key, before).ok()?;
            Some(apply(before, insert(&read, before, new)?))
        }
    }
}

/// A mapping that is not part of any text yet.
pub(super) fn new_mapping(key: DataKey, arn: String, username: String, groups: Vec<String>) -> Mapping {
    Mapping { key, index: 0, line: 0, column: 0, arn, sso: None, username, groups, user_id: String::new() }
}
