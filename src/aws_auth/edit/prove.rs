//! The result, read again, is compared with the old reading plus the change.

use crate::aws_auth::entries::{Entries, fold};
use crate::aws_auth::mapping::Mapping;
use crate::aws_auth::yaml::value::{Pair, Value, ValueId};
use crate::aws_auth::yaml::{Class, NodeId};

/// What an entry of the new text must be.
pub(super) enum Expected<'m> {
    /// The old entry at this index, with every field, known or not.
    Same(usize),
    /// The old entry at this index with a new username or new groups.
    Changed(usize, &'m Mapping),
    /// A new entry.
    New(&'m Mapping),
}

/// Compares the lists.
///
/// # Errors
/// What differs.
pub(super) fn prove(old: &Entries<'_>, new: &Entries<'_>, expected: &[Expected<'_>]) -> Result<(), String> {
    if new.list.len() != expected.len() {
        return Err(format!("the list would have {} entries, not {}", new.list.len(), expected.len()));
    }
    let both = Both { old, new };
    for (entry, expected) in new.list.iter().zip(expected) {
        let arn = entry.mapping.arn.escape_debug();
        match expected {
            Expected::Same(at) => {
                let before = &old.list[*at];
                if before.dropped != entry.dropped || !both.same(before.value, entry.value) {
                    return Err(format!("the entry of `{}` would change", before.mapping.arn.escape_debug()));
                }
            }
            Expected::Changed(at, mapping) => {
                if entry.dropped.is_some() || !entry.mapping.means_same(mapping) {
                    return Err(format!("the entry of `{arn}` would not become what was asked for"));
                }
                if !both.same_but_identity(old.list[*at].value, entry.value) {
                    return Err(format!("another field of the entry of `{arn}` would change"));
                }
            }
            Expected::New(mapping) => {
                if entry.dropped.is_some() || !entry.mapping.means_same(mapping) {
                    return Err(format!("the new entry would be misread as one for `{arn}`"));
                }
            }
        }
    }
    Ok(())
}

struct Both<'b, 'o, 'n> {
    old: &'b Entries<'o>,
    new: &'b Entries<'n>,
}

impl Both<'_, '_, '_> {
    fn same_key(&self, old: &Pair, new: &Pair) -> bool {
        old.class == new.class && self.same_text(old.key, new.key)
    }

    fn same_text(&self, old: NodeId, new: NodeId) -> bool {
        self.old.values.text(&self.old.document, old) == self.new.values.text(&self.new.document, new)
    }

    /// Whether two values are equal at every depth.
    fn same(&self, old: ValueId, new: ValueId) -> bool {
        let mut open = vec![(old, new)];
        while let Some((old, new)) = open.pop() {
            match (self.old.values.get(old), self.new.values.get(new)) {
                (Value::Scalar { class, node }, Value::Scalar { class: other, node: other_node }) => {
                    if class != other || !self.same_text(*node, *other_node) {
                        return false;
                    }
                }
                (Value::List { items }, Value::List { items: others }) if items.len() == others.len() => {
                    open.extend(items.iter().copied().zip(others.iter().copied()));
                }
                (Value::Map { pairs }, Value::Map { pairs: others }) if pairs.len() == others.len() => {
                    if !pairs.iter().zip(others).all(|(pair, other)| self.same_key(pair, other)) {
                        return false;
                    }
                    open.extend(pairs.iter().zip(others).map(|(pair, other)| (pair.value, other.value)));
                }
                _ => return false,
            }
        }
        true
    }

    /// Whether two entries are equal but for username and groups.
    fn same_but_identity(&self, old: ValueId, new: ValueId) -> bool {
        let (Value::Map { pairs }, Value::Map { pairs: others }) = (self.old.values.get(old), self.new.values.get(new))
        else {
            return false;
        };
        let pairs = rest(self.old, pairs);
        let others = rest(self.new, others);
        pairs.len() == others.len()
            && pairs
                .iter()
                .zip(others)
                .all(|(pair, other)| self.same_key(pair, other) && self.same(pair.value, other.value))
    }
}

fn rest<'p>(read: &Entries<'_>, pairs: &'p [Pair]) -> Vec<&'p Pair> {
    let identity = |pair: &&Pair| {
        let name = fold(read.values.text(&read.document, pair.key));
        pair.class == Class::Text && (name == "username" || name == "groups")
    };
    pairs.iter().filter(|pair| !identity(pair)).collect()
}
