//! What Go's decoder makes of a document, with the source nodes.

use std::collections::HashMap;

use super::compose::{Document, NodeId, NodeKind};
use super::resolve::Class;

/// A value's place in its [`Values`].
pub(in crate::aws_auth) type ValueId = usize;

/// A key and its value in a map.
#[derive(Clone, Copy, Debug)]
pub(in crate::aws_auth) struct Pair {
    /// The node of the key.
    pub(in crate::aws_auth) key: NodeId,
    /// What the key is; only [`Class::Text`] names a field.
    pub(in crate::aws_auth) class: Class,
    /// The node written as the value, an alias where it is one.
    pub(in crate::aws_auth) written: NodeId,
    /// The value.
    pub(in crate::aws_auth) value: ValueId,
}

/// A value with aliases and merge keys resolved.
#[derive(Clone, Debug)]
pub(in crate::aws_auth) enum Value {
    /// A single value; its text is that of its node.
    Scalar {
        /// What it is.
        class: Class,
        /// Where it was written.
        node: NodeId,
    },
    /// A list.
    List {
        /// Its items.
        items: Vec<ValueId>,
    },
    /// A map, in the order of its keys' text, as Go writes it as JSON; of equal keys the last.
    Map {
        /// Its pairs.
        pairs: Vec<Pair>,
    },
}

/// Every value of a document.
#[derive(Debug, Default)]
pub(in crate::aws_auth) struct Values {
    pub(super) arena: Vec<Value>,
    /// The text of `!!binary` scalars.
    pub(super) binaries: HashMap<NodeId, String>,
    pub(in crate::aws_auth) root: Option<ValueId>,
}

impl Values {
    /// The value `id`.
    pub(in crate::aws_auth) fn get(&self, id: ValueId) -> &Value {
        &self.arena[id]
    }

    /// The text of a scalar node as Go sees it.
    pub(in crate::aws_auth) fn text<'t>(&'t self, document: &'t Document<'_>, node: NodeId) -> &'t str {
        let binary = if self.binaries.is_empty() { None } else { self.binaries.get(&node) };
        match (binary, &document.resolved(node).kind) {
            (Some(text), _) => text,
            (None, NodeKind::Scalar { value, .. }) => value,
            _ => "",
        }
    }

    /// What a value is, for messages.
    pub(in crate::aws_auth) fn describe(&self, id: ValueId) -> &'static str {
        match self.get(id) {
            Value::Scalar { class, .. } => class.name(),
            Value::List { .. } => "a list",
            Value::Map { .. } => "a map",
        }
    }
}
