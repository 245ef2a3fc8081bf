//! A kubeconfig's text, read and checked as kubectl reads it. Pure.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::str::FromStr;

use serde::Deserialize;
use serde_yaml::Value;
use yaml_edit::{YamlFile, YamlNode};

use super::edit::{Edit, Path};
use super::entries::{Entries, Entry, List};
use super::{DocumentError, splice};
use crate::aws_auth::{Nesting, nesting};
use crate::model::decoded;

/// The size limit in bytes: 8 MiB hold thousands of clusters.
pub(crate) const MOST_BYTES: usize = 8 << 20;
/// The nesting limit; kubectl writes six levels.
const MOST_LEVELS: usize = 100;

/// The byte-order mark of UTF-8, which some editors write.
const MARK: &str = "\u{feff}";

/// A required type: in words, and its test.
type Shape = (&'static str, fn(&Value) -> bool);

const TEXT: Shape = ("a text", Value::is_string);
const LIST: Shape = ("a list", Value::is_sequence);
/// A type that kubectl decodes while it loads the file.
const BASE64: Shape = ("base64", |value| value.as_str().is_some_and(|text| decoded(text).is_some()));
const MAPPING: Shape = ("a mapping", Value::is_mapping);

/// A kubeconfig as read: its text, and its meaning.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The byte-order mark, if there is one: a reader would count it as a column.
    mark: &'static str,
    /// The text after the mark.
    pub(super) text: Rc<str>,
    /// The document as written, for edits.
    pub(super) raw: Value,
    entries: Entries,
    undecodable: Vec<Undecodable>,
}

/// Data of an entry that is not base64: kubectl refuses a whole file with such an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Undecodable {
    /// The entry's list.
    pub list: List,
    /// The entry's name.
    pub name: String,
    /// The data and its place.
    pub error: DocumentError,
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        (self.mark, &self.text) == (other.mark, &other.text)
    }
}

impl Document {
    /// Reads and checks a text. A text that is too long or too deep is not parsed: the parsers recurse, and would take
    /// far too long.
    ///
    /// # Errors
    /// [`DocumentError`] for a text that is not a kubeconfig.
    pub fn read(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MOST_BYTES {
            return Err(DocumentError::TooLong { most: MOST_BYTES });
        }
        let (mark, text) = text.strip_prefix(MARK).map_or(("", text), |text| (MARK, text));
        let raw = match nesting(text, MOST_LEVELS) {
            Nesting::Deeper(line) => return Err(DocumentError::TooDeep { most: MOST_LEVELS, line }),
            Nesting::Within => one_document(text)?,
            // The parser's own error is reported without further checks of the text.
            Nesting::Unclear => documents(text).map_err(|error| not_yaml(&error)).and_then(only)?,
        };
        if !raw.is_mapping() && !raw.is_null() {
            return Err(DocumentError::NotAMapping(kind_of(&raw)));
        }
        let mut merged = raw.clone();
        merged.apply_merge().map_err(|error| not_yaml(&error))?;
        let reading = Reading { text, merged: &merged };
        let entries = reading.entries()?;
        let undecodable = reading.undecodable();
        Ok(Self { mark, text: text.into(), raw, entries, undecodable })
    }

    /// Whether the document holds nothing: empty, only comments, `{}` or null.
    pub(super) fn is_empty(&self) -> bool {
        self.raw.as_mapping().is_none_or(serde_yaml::Mapping::is_empty)
    }

    /// The named entries of its lists.
    #[must_use]
    pub const fn entries(&self) -> &Entries {
        &self.entries
    }

    /// What kubectl can't decode, in the order of the lists.
    #[must_use]
    pub fn undecodable(&self) -> &[Undecodable] {
        &self.undecodable
    }

    /// A replacement text, after the same mark.
    pub(super) fn marked(&self, text: &str) -> String {
        [self.mark, text].concat()
    }

    /// The text after the edits, read again and compared with the intended meaning.
    pub(super) fn edited(&self, edits: &[Edit], meaning: &Value) -> Result<String, DocumentError> {
        if edits.is_empty() {
            return Ok(self.text.to_string());
        }
        let not_proven =
            |edit: &Edit, reason: &str| DocumentError::NotProven { place: edit.place(), reason: reason.to_owned() };
        let text = splice::apply(&self.text, edits).map_err(|(edit, reason)| not_proven(edit, reason))?;
        prove(&text, meaning, || edits.iter().map(Edit::place).collect::<Vec<_>>().join(", "))?;
        Ok(text)
    }
}

/// A document during its checks.
struct Reading<'r> {
    text: &'r str,
    /// The document with YAML's merge keys resolved.
    merged: &'r Value,
}

impl Reading<'_> {
    /// The entries, checked; a repeated name in a list is refused.
    fn entries(&self) -> Result<Entries, DocumentError> {
        self.check()?;
        let mut all = Entries::default();
        for list in List::ALL {
            let items = self.merged.get(list.key()).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
            let named = items.iter().enumerate().filter_map(|(index, item)| Entry::read(list, 0, index, item));
            for entry in named {
                if all.find(list, &entry.name).is_some() {
                    return Err(DocumentError::DuplicateName { list: list.key(), name: entry.name });
                }
                all.add(list, Rc::new(entry));
            }
        }
        // Null and the empty name that kubectl writes mean none.
        let current = self.merged.get("current-context").and_then(Value::as_str).filter(|name| !name.is_empty());
        if let Some(name) = current {
            all.set_current(0, name);
        }
        Ok(all)
    }

    fn check(&self) -> Result<(), DocumentError> {
        if let Some(kind) = self.merged.get("kind").and_then(Value::as_str).filter(|kind| *kind != "Config") {
            return Err(DocumentError::OtherKind { kind: kind.to_owned(), line: self.line_of(&["kind"]) });
        }
        self.expect(self.merged, "current-context", "", TEXT)?;
        for list in List::ALL {
            self.expect(self.merged, list.key(), "", LIST)?;
            let items = self.merged.get(list.key()).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                self.check_entry(list, index, item)?;
            }
        }
        Ok(())
    }

    fn check_entry(&self, list: List, index: usize, item: &Value) -> Result<(), DocumentError> {
        let place = format!("{}[{index}]", list.key());
        if !item.is_mapping() {
            return Err(self.wrong(list.key(), place, item, "an entry with a name"));
        }
        if !item.get("name").is_some_and(Value::is_string) {
            let null = Value::Null;
            let name = item.get("name").unwrap_or(&null);
            return Err(self.wrong(list.key(), format!("{place}.name"), name, "a text"));
        }
        let prefix = format!("{place}.");
        self.expect(item, list.body(), &prefix, MAPPING)?;
        let Some(body) = item.get(list.body()) else { return Ok(()) };
        let inner = format!("{prefix}{}.", list.body());
        match list {
            List::Users => {
                self.expect(body, "exec", &inner, MAPPING)?;
                let Some(exec) = body.get("exec") else { return Ok(()) };
                let inner = format!("{inner}exec.");
                self.expect(exec, "args", &inner, LIST)?;
                self.expect(exec, "env", &inner, LIST)?;
                let texts = exec.get("args").and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
                let odd = texts.iter().enumerate().find(|(_, arg)| !arg.is_string());
                odd.map_or(Ok(()), |(at, arg)| {
                    Err(self.wrong(list.key(), format!("{inner}args[{at}]"), arg, "a text (in quotes)"))
                })
            }
            List::Contexts => {
                ["cluster", "user", "namespace"].into_iter().try_for_each(|key| self.expect(body, key, &inner, TEXT))
            }
            List::Clusters => ["server", "certificate-authority-data", "certificate-authority", "tls-server-name"]
                .into_iter()
                .try_for_each(|key| self.expect(body, key, &inner, TEXT)),
        }
    }

    /// The data of all entries that is not base64.
    fn undecodable(&self) -> Vec<Undecodable> {
        let mut found = Vec::new();
        for (list, key) in [
            (List::Clusters, "certificate-authority-data"),
            (List::Users, "client-certificate-data"),
            (List::Users, "client-key-data"),
        ] {
            let items = self.merged.get(list.key()).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                let (Some(name), Some(body)) = (item.get("name").and_then(Value::as_str), item.get(list.body())) else {
                    continue;
                };
                let prefix = format!("{}[{index}].{}.", list.key(), list.body());
                let wrong = self.expect(body, key, &prefix, BASE64).err();
                found.extend(wrong.map(|error| Undecodable { list, name: name.to_owned(), error }));
            }
        }
        found
    }

    /// A key that is missing, null or of the right type.
    fn expect(&self, holder: &Value, key: &str, prefix: &str, (expected, is): Shape) -> Result<(), DocumentError> {
        match holder.get(key) {
            Some(value) if !value.is_null() && !is(value) => {
                let list = prefix.split('[').next().filter(|list| !list.is_empty()).unwrap_or(key);
                Err(self.wrong(list, format!("{prefix}{key}"), value, expected))
            }
            _ => Ok(()),
        }
    }

    fn wrong(&self, list: &str, place: String, found: &Value, expected: &'static str) -> DocumentError {
        DocumentError::WrongType { place, found: kind_of(found), expected, line: self.line_of(&[list]) }
    }

    /// The line of a key of the document.
    fn line_of(&self, keys: &[&str]) -> Option<usize> {
        let file = tree(self.text)?;
        let root = file.document()?.as_mapping()?;
        let (key, _) =
            root.iter().find(|(key, _)| key.as_scalar().is_some_and(|key| keys.contains(&key.as_string().as_str())))?;
        Some(line_at(self.text, key.byte_range().start as usize))
    }
}

/// Reads a text again and compares its meaning with the intended one.
pub(super) fn prove(text: &str, meaning: &Value, place: impl FnOnce() -> String) -> Result<(), DocumentError> {
    let reason = match one_document(text) {
        Ok(read) if read == *meaning => return Ok(()),
        Ok(_) => "the result, read again, would mean something else".to_owned(),
        Err(error) => format!("of the result, read again: {error}"),
    };
    Err(DocumentError::NotProven { place: place(), reason })
}

/// The value at a path.
pub(super) fn value_at<'v>(root: &'v Value, path: &Path) -> Option<&'v Value> {
    path.iter().try_fold(root, |value, step| match step {
        super::edit::Step::Key(key) => value.get(key.as_str()),
        super::edit::Step::Item(index) => value.get(*index),
    })
}

fn one_document(text: &str) -> Result<Value, DocumentError> {
    let all = documents(text).map_err(|error| duplicate_key(text).unwrap_or_else(|| not_yaml(&error)))?;
    only(all).map_err(|_| DocumentError::Several { line: second_document(text) })
}

/// The single document, null if absent.
fn only(mut all: Vec<Value>) -> Result<Value, DocumentError> {
    let last = all.pop();
    if all.is_empty() { Ok(last.unwrap_or(Value::Null)) } else { Err(DocumentError::Several { line: None }) }
}

/// The documents of a text; reads at most two.
fn documents(text: &str) -> Result<Vec<Value>, serde_yaml::Error> {
    #[cfg(test)]
    PARSED.with(|count| count.set(count.get() + 1));
    serde_yaml::Deserializer::from_str(text).take(2).map(Value::deserialize).collect()
}

#[cfg(test)]
thread_local! {
    /// How often a parser was called on this thread.
    pub(super) static PARSED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A text's tree, for places in it.
fn tree(text: &str) -> Option<YamlFile> {
    #[cfg(test)]
    PARSED.with(|count| count.set(count.get() + 1));
    YamlFile::from_str(text).ok()
}

fn not_yaml(error: &serde_yaml::Error) -> DocumentError {
    DocumentError::NotYaml { reason: error.to_string(), line: error.location().map(|place| place.line()) }
}

fn second_document(text: &str) -> Option<usize> {
    let file = tree(text)?;
    let second = file.documents().nth(1)?;
    Some(line_at(text, second.byte_range().start as usize))
}

fn line_at(text: &str, byte: usize) -> usize {
    text[..byte].matches('\n').count() + 1
}

/// The first key that occurs twice in a mapping.
fn duplicate_key(text: &str) -> Option<DocumentError> {
    let file = tree(text)?;
    let root = file.document()?.as_mapping()?;
    let mut nodes = vec![YamlNode::Mapping(root)];
    let mut found: Option<(usize, String)> = None;
    while let Some(node) = nodes.pop() {
        if let Some(mapping) = node.as_mapping() {
            let mut seen = BTreeSet::new();
            for (key, value) in mapping.iter() {
                if let Some(name) = key.as_scalar().map(yaml_edit::Scalar::as_string) {
                    let start = key.byte_range().start as usize;
                    if !seen.insert(name.clone()) && found.as_ref().is_none_or(|(first, _)| start < *first) {
                        found = Some((start, name));
                    }
                }
                nodes.push(value);
            }
        } else if let Some(sequence) = node.as_sequence() {
            nodes.extend(sequence.values());
        }
    }
    found.map(|(start, key)| DocumentError::DuplicateKey { key, line: Some(line_at(text, start)) })
}

/// A value's type, in words.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Tagged(_) => "tagged",
    }
}
