//! The `ConfigMap` in a file.

use std::collections::BTreeMap;

use super::value::block_indent;
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::yaml::value::{Value, ValueId, Values, decode};
use crate::aws_auth::yaml::{Class, Document, Error, NodeId, NodeKind, Style, document};

/// Why a file could not be read or written as an `aws-auth` manifest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// No YAML and no JSON.
    #[error("line {line}, column {column}: {cause}")]
    Unreadable {
        /// The line in the file, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// Why.
        cause: String,
    },
    /// No such object.
    #[error("the file holds no ConfigMap named aws-auth")]
    NotFound,
    /// Several.
    #[error("the file holds {0} ConfigMaps named aws-auth; it must be one")]
    Several(usize),
    /// A value of `data` is not a text.
    #[error("line {line}: the value of `{key}` in data is no text; a ConfigMap's values must be texts (`{key}: |`)")]
    NotText {
        /// The line in the file, from 1.
        line: usize,
        /// The data key.
        key: String,
    },
    /// `immutable: true`.
    #[error("line {0}: the ConfigMap is marked immutable; the API server refuses any change of its data")]
    Immutable(usize),
    /// The file, read again, would not hold exactly the new data.
    #[error("the file can't be changed with proof that nothing else changes: {0}")]
    NotProven(String),
}

/// A value of `data` and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) node: NodeId,
    pub(super) text: String,
}

/// A file with one `aws-auth` in it.
#[derive(Debug)]
pub struct Manifest<'a> {
    pub(super) file: &'a str,
    /// Where the YAML document begins in the file.
    pub(super) offset: usize,
    pub(super) line: usize,
    /// The text of that document.
    pub(super) text: &'a str,
    pub(super) document: Document<'a>,
    values: Values,
    /// The map that is the object.
    pub(super) object: NodeId,
    /// The map under `data`, if there is one.
    pub(super) data_node: Option<NodeId>,
    pub(super) places: BTreeMap<String, Place>,
    immutable: Option<usize>,
    data: BTreeMap<String, String>,
}

impl<'a> Manifest<'a> {
    /// Finds the `ConfigMap` named `aws-auth` in a file of one or more documents, or in a `List`.
    ///
    /// # Errors
    /// [`ManifestError`], with the line in the file.
    pub fn read(file: &'a str) -> Result<Self, ManifestError> {
        let (mut found, mut count) = (None, 0);
        for (offset, line, text) in documents(file) {
            let unreadable = |error: Error| ManifestError::Unreadable {
                line: line + error.mark.line + 1,
                column: error.mark.column + 1,
                cause: error.cause,
            };
            let document = document(text).map_err(unreadable)?;
            let values = decode(&document).map_err(unreadable)?;
            let mut objects = objects(&document, &values);
            objects.retain(|(value, _)| is_aws_auth(&document, &values, *value));
            count += objects.len();
            let Some((value, object)) = objects.pop() else { continue };
            let (data_node, places, immutable, data) = (None, BTreeMap::new(), None, BTreeMap::new());
            let manifest =
                Self { file, offset, line, text, document, values, object, data_node, places, immutable, data };
            found = Some((manifest, value));
        }
        match found {
            None => Err(ManifestError::NotFound),
            Some(_) if count > 1 => Err(ManifestError::Several(count)),
            Some((mut manifest, value)) => {
                manifest.fill(value)?;
                Ok(manifest)
            }
        }
    }

    fn fill(&mut self, object: ValueId) -> Result<(), ManifestError> {
        if let Some((node, value)) = field(&self.document, &self.values, object, "immutable") {
            let is_true = matches!(&self.document.resolved(node).kind, NodeKind::Scalar { value, .. } if value.eq_ignore_ascii_case("true"));
            let bool = matches!(self.values.get(value), Value::Scalar { class: Class::Bool, .. });
            self.immutable = (is_true && bool).then(|| self.line_of(node));
        }
        let Some((node, data)) = field(&self.document, &self.values, object, "data") else { return Ok(()) };
        self.data_node = Some(node);
        let Value::Map { pairs } = self.values.get(data) else { return Ok(()) };
        for pair in pairs {
            let key = self.values.text(&self.document, pair.key).to_owned();
            let Value::Scalar { class: Class::Text, node } = self.values.get(pair.value) else {
                return Err(ManifestError::NotText { line: self.line_of(pair.key), key });
            };
            let text = self.values.text(&self.document, *node).to_owned();
            self.data.insert(key.clone(), text.clone());
            self.places.insert(key, Place { node: pair.written, text });
        }
        Ok(())
    }

    pub(super) fn line_of(&self, node: NodeId) -> usize {
        self.line + self.document.nodes[node].content.line + 1
    }

    /// The object's `data`.
    #[must_use]
    pub fn data(&self) -> &BTreeMap<String, String> {
        &self.data
    }

    /// Refuses an object that the API server would not let change.
    ///
    /// # Errors
    /// [`ManifestError::Immutable`].
    pub fn refuse_immutable(&self) -> Result<(), ManifestError> {
        self.immutable.map_or(Ok(()), |line| Err(ManifestError::Immutable(line)))
    }

    /// The line and the column of the file where those of a data key's text are (all from 1), where the text is written
    /// line by line; else where its value begins.
    #[must_use]
    pub fn place_in_file(&self, key: DataKey, (line, column): (usize, usize)) -> Option<(usize, usize)> {
        let place = self.places.get(key.as_str())?;
        let (first, node) = (self.line_of(place.node), &self.document.nodes[place.node]);
        if !matches!(node.kind, NodeKind::Scalar { style: Style::Literal, .. }) {
            return Some((first, node.content.column + 1));
        }
        let raw = &self.text[node.content.offset..node.end];
        let indent = block_indent(raw, &place.text).map_or(0, |indent| indent.len());
        Some((first + line, indent + column))
    }
}

/// The YAML documents of a file: where each begins (byte, line) and its text, parted by lines that begin with `---` as
/// `kubectl` parts them.
pub(super) fn documents(file: &str) -> Vec<(usize, usize, &str)> {
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
fn objects(document: &Document<'_>, values: &Values) -> Vec<(ValueId, NodeId)> {
    let (Some(root), Some(value)) = (document.root, values.root) else { return Vec::new() };
    let Some((items, list)) = field(document, values, value, "items") else { return vec![(value, root)] };
    match (&document.resolved(items).kind, values.get(list)) {
        (NodeKind::Sequence { items: nodes, .. }, Value::List { items }) => {
            items.iter().copied().zip(nodes.iter().copied()).collect()
        }
        _ => vec![(value, root)],
    }
}

fn field(document: &Document<'_>, values: &Values, map: ValueId, name: &str) -> Option<(NodeId, ValueId)> {
    let Value::Map { pairs } = values.get(map) else { return None };
    let pair = pairs.iter().find(|pair| pair.class == Class::Text && values.text(document, pair.key) == name)?;
    Some((pair.written, pair.value))
}

fn is_aws_auth(document: &Document<'_>, values: &Values, object: ValueId) -> bool {
    let text = |map: ValueId, name: &str| {
        field(document, values, map, name).and_then(|(_, value)| match values.get(value) {
            Value::Scalar { node, .. } => Some(values.text(document, *node)),
            _ => None,
        })
    };
    let metadata = field(document, values, object, "metadata").map(|(_, value)| value);
    text(object, "kind") == Some("ConfigMap")
        && metadata.is_some_and(|metadata| {
            text(metadata, "name") == Some("aws-auth")
                && text(metadata, "namespace").is_none_or(|namespace| namespace == "kube-system")
        })
}
