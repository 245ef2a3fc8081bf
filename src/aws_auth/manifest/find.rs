//! The `ConfigMap` in a file.

use std::collections::BTreeMap;

use super::near::near_miss;
use super::objects::{Part, field, is_aws_auth, objects, parts};
use crate::aws_auth::explain::explained;
use crate::aws_auth::json;
use crate::aws_auth::yaml::decode::decode;
use crate::aws_auth::yaml::value::{Value, ValueId, Values};
use crate::aws_auth::yaml::{Began, Class, Document, Error, NodeId, NodeKind, document};

/// Why a file could not be read or written as an `aws-auth` manifest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// Neither YAML nor JSON.
    #[error("line {line}, column {column}: {cause}{}", began.map(|began| began.to_string()).unwrap_or_default())]
    Unreadable {
        /// The line in the file, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// Why.
        cause: String,
        /// The line in the file in which the broken part began, if it is another one.
        began: Option<Began>,
    },
    /// No such object in the file.
    #[error("the file holds no ConfigMap named aws-auth{}", near.as_ref().map(|near| format!("; {near}")).unwrap_or_default())]
    NotFound {
        /// The nearest object.
        near: Option<String>,
    },
    /// `data` is a list or a text.
    #[error("line {line}: `data` is {found}, not a map; the API server rejects this ConfigMap")]
    NotAMap {
        /// The line in the file, from 1.
        line: usize,
        /// What it is.
        found: &'static str,
        /// Whether it is a list of lines that begin with `-`.
        dashed: bool,
    },
    /// Several such objects.
    #[error("the file holds {0} ConfigMaps named aws-auth; it must hold one")]
    Several(usize),
    /// A value of `data` is not a text.
    #[error(
        "line {line}: the value of `{key}` in data is not a string; a ConfigMap's values must be strings (`{key}: |`)"
    )]
    NotText {
        /// The line in the file, from 1.
        line: usize,
        /// The data key.
        key: String,
    },
    /// `immutable: true`.
    #[error("line {0}: the ConfigMap is marked immutable; the API server rejects any change to its data")]
    Immutable(usize),
    /// A key to write is in `binaryData`.
    #[error("line {line}: `{key}` is in binaryData; the API server rejects a key that is also in data")]
    InBinaryData {
        /// The line in the file, from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// The file, read again, would not hold exactly the new data.
    #[error("the change can't be proven to leave the rest of the file unchanged: {0}")]
    NotProven(String),
}

/// A value of `data` and its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) key: NodeId,
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
    /// Whether the document is JSON.
    pub(super) json: bool,
    pub(super) document: Document<'a>,
    pub(super) values: Values,
    /// The map that is the object.
    pub(super) object: NodeId,
    pub(super) object_value: ValueId,
    /// The map under `data`, if there is one.
    pub(super) data_node: Option<NodeId>,
    pub(super) places: BTreeMap<String, Place>,
    immutable: Option<usize>,
    data: BTreeMap<String, String>,
    /// What the API server rejects in `data`: all of it, or the values that are not texts, in order.
    pub(super) refused: Vec<ManifestError>,
}

impl<'a> Manifest<'a> {
    /// Finds the `ConfigMap` named `aws-auth` in a file of one or more documents, or in a `List`.
    ///
    /// # Errors
    /// [`ManifestError`], with the line in the file.
    pub fn read(file: &'a str) -> Result<Self, ManifestError> {
        let manifest = Self::read_leniently(file)?;
        manifest.refused.first().cloned().map_or(Ok(manifest), Err)
    }

    /// The same, also where the API server would reject `data`; that is among [`Self::findings`].
    ///
    /// # Errors
    /// [`ManifestError`] where there is no such object, or the text can't be read.
    pub fn read_leniently(file: &'a str) -> Result<Self, ManifestError> {
        let (mut found, mut count, mut near) = (None, 0, None);
        for Part { offset, line, text, json } in parts(file) {
            if let Some((at, directive)) = lone_directive(text) {
                let cause = format!(
                    "`{directive}` is a directive: kubectl splits the file at the `---` below it and rejects it; remove this line"
                );
                return Err(ManifestError::Unreadable { line: line + at + 1, column: 1, cause, began: None });
            }
            let unreadable = |error: Error| unreadable(text, line, error);
            let document = if json { json::document(text) } else { document(text).map_err(unreadable)? };
            let values = decode(&document).map_err(unreadable)?;
            let mut objects = objects(&document, &values);
            let is_near = |(value, _): &(ValueId, NodeId)| near_miss(&document, &values, *value, line);
            near = near.or_else(|| objects.iter().find_map(is_near));
            objects.retain(|(value, _)| is_aws_auth(&document, &values, *value));
            count += objects.len();
            let Some((object_value, object)) = objects.pop() else { continue };
            let (data_node, places, immutable) = (None, BTreeMap::new(), None);
            let (data, refused) = (BTreeMap::new(), Vec::new());
            found = Some(Self {
                file,
                offset,
                line,
                text,
                json,
                document,
                values,
                object,
                object_value,
                data_node,
                places,
                immutable,
                data,
                refused,
            });
        }
        match found {
            None => Err(ManifestError::NotFound { near }),
            Some(_) if count > 1 => Err(ManifestError::Several(count)),
            Some(mut manifest) => {
                manifest.fill();
                Ok(manifest)
            }
        }
    }

    fn fill(&mut self) {
        if let Some((node, value)) = field(&self.document, &self.values, self.object_value, "immutable") {
            let is_true = matches!(&self.document.resolved(node).kind, NodeKind::Scalar { value, .. } if value.eq_ignore_ascii_case("true"));
            let bool = matches!(self.values.get(value), Value::Scalar { class: Class::Bool, .. });
            self.immutable = (is_true && bool).then(|| self.line_of(node));
        }
        let Some((node, data)) = field(&self.document, &self.values, self.object_value, "data") else { return };
        self.data_node = Some(node);
        let pairs = match self.values.get(data) {
            Value::Map { pairs } => pairs,
            Value::Scalar { class: Class::Null, .. } => return,
            _ => {
                let (line, found) = (self.line_of(node), self.values.describe(data));
                let kind = &self.document.resolved(node).kind;
                let dashed = matches!(kind, NodeKind::Sequence { flow: false, .. });
                self.refused.push(ManifestError::NotAMap { line, found, dashed });
                return;
            }
        };
        let mut refused: Vec<(usize, String)> = Vec::new();
        for pair in pairs {
            let key = self.values.text(&self.document, pair.key).to_owned();
            let text = match self.values.get(pair.value) {
                Value::Scalar { class: Class::Text, node } => self.values.text(&self.document, *node).to_owned(),
                // The API server reads `null` as an empty text.
                Value::Scalar { class: Class::Null, .. } => String::new(),
                _ => {
                    refused.push((self.line_of(pair.key), key));
                    continue;
                }
            };
            self.data.insert(key.clone(), text.clone());
            self.places.insert(key, Place { key: pair.key, node: pair.written, text });
        }
        refused.sort();
        self.refused = refused.into_iter().map(|(line, key)| ManifestError::NotText { line, key }).collect();
    }

    pub(super) fn line_of(&self, node: NodeId) -> usize {
        self.line + self.document.nodes[node].content.line + 1
    }

    /// The object's `data`.
    #[must_use]
    pub fn data(&self) -> &BTreeMap<String, String> {
        &self.data
    }

    /// Refuses an object that the API server would not change.
    ///
    /// # Errors
    /// [`ManifestError::Immutable`].
    pub fn refuse_immutable(&self) -> Result<(), ManifestError> {
        self.immutable.map_or(Ok(()), |line| Err(ManifestError::Immutable(line)))
    }
}

/// The first directive, with the lines before it, of a document that has only directives and comments.
fn lone_directive(text: &str) -> Option<(usize, String)> {
    let blank = |line: &str| line.trim().is_empty() || line.starts_with(['#', '%']);
    let (at, line) = text.lines().enumerate().find(|(_, line)| line.starts_with('%'))?;
    let shown = || line.trim_end().chars().take(100).flat_map(char::escape_debug).collect();
    text.lines().all(blank).then(|| (at, shown()))
}

fn unreadable(text: &str, before: usize, error: Error) -> ManifestError {
    let Error { mark, cause, began } = explained(text, error);
    let began = began.map(|began| Began { line: before + began.line, ..began });
    ManifestError::Unreadable { line: before + mark.line + 1, column: mark.column + 1, cause, began }
}
