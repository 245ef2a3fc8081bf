//! The objects of a file, and which of them is the `aws-auth`.

use crate::aws_auth::json;
use crate::aws_auth::yaml::value::{Value, ValueId, Values};
use crate::aws_auth::yaml::{Class, Document, NodeId, NodeKind};

/// A document of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// Where it begins, in bytes.
    pub(super) offset: usize,
    /// The lines before it.
    pub(super) line: usize,
    pub(super) text: &'a str,
    /// Whether it is JSON, and read as such.
    pub(super) json: bool,
}

/// The documents of a file: YAML, split at lines that begin with `---` as `kubectl` splits it, or JSON objects.
pub(super) fn parts(file: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for (offset, line, text) in documents(file) {
        match json::objects(text) {
            Some(objects) => parts.extend(objects.into_iter().map(|(begin, end)| Part {
                offset: offset + begin,
                line: line + text[..begin].matches('\n').count(),
                text: &text[begin..end],
                json: true,
            })),
            None => parts.push(Part { offset, line, text, json: false }),
        }
    }
    parts
}

/// Where each begins (byte, line), and its text.
fn documents(file: &str) -> Vec<(usize, usize, &str)> {
    let mut documents = Vec::new();
    let (mut begin, mut begin_line, mut at) = (0, 0, 0);
    for (number, line) in file.split_inclusive('\n').enumerate() {
        if let Some(rest) = line.strip_prefix("---").map(str::trim_start) {
            documents.push((begin, begin_line, &file[begin..at]));
            let bare = rest.is_empty() || rest.starts_with('#');
            (begin, begin_line) = if bare { (at + line.len(), number + 1) } else { (at, number) };
        }
        at += line.len();
    }
    documents.push((begin, begin_line, &file[begin..]));
    documents
}

/// The object of a document, or the items of its list.
pub(super) fn objects(document: &Document<'_>, values: &Values) -> Vec<(ValueId, NodeId)> {
    let (Some(root), Some(value)) = (document.root, values.root) else { return Vec::new() };
    let Some((items, list)) = field(document, values, value, "items") else { return vec![(value, root)] };
    match (&document.resolved(items).kind, values.get(list)) {
        (NodeKind::Sequence { items: nodes, .. }, Value::List { items }) => {
            items.iter().copied().zip(nodes.iter().copied()).collect()
        }
        _ => vec![(value, root)],
    }
}

/// The node and the value of a map's field.
pub(super) fn field(document: &Document<'_>, values: &Values, map: ValueId, name: &str) -> Option<(NodeId, ValueId)> {
    let Value::Map { pairs } = values.get(map) else { return None };
    let pair = pairs.iter().find(|pair| pair.class == Class::Text && values.text(document, pair.key) == name)?;
    Some((pair.written, pair.value))
}

/// Whether it is the `aws-auth` that the control plane reads.
pub(super) fn is_aws_auth(document: &Document<'_>, values: &Values, object: ValueId) -> bool {
    let metadata = field(document, values, object, "metadata").map(|(_, value)| value);
    text_of(document, values, object, "kind") == Some("ConfigMap")
        && metadata.is_some_and(|metadata| {
            text_of(document, values, metadata, "name") == Some("aws-auth")
                && text_of(document, values, metadata, "namespace").is_none_or(is_its_namespace)
        })
}

/// Whether the control plane reads this namespace; an empty one is left to `kubectl -n`.
pub(super) fn is_its_namespace(namespace: &str) -> bool {
    matches!(namespace, "" | "kube-system")
}

/// The text of a map's field.
pub(super) fn text_of<'t>(document: &'t Document<'_>, values: &'t Values, map: ValueId, name: &str) -> Option<&'t str> {
    match values.get(field(document, values, map, name)?.1) {
        Value::Scalar { class: Class::Null, .. } => Some(""),
        Value::Scalar { node, .. } => Some(values.text(document, *node)),
        _ => None,
    }
}
