//! One change to a document, as data: applied to the text by [`super::splice`], and to the meaning here, so that both
//! can be compared. Pure.

use serde_yaml::{Mapping, Value};

/// One step down from the root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a sequence.
    Item(usize),
}

/// The path of a node from the root.
pub(super) type Path = Vec<Step>;

/// Builds a [`Path`] out of keys and item numbers.
macro_rules! steps {
    ($($step:expr),* $(,)?) => { vec![$($crate::kubeconfig::document::edit::Step::from($step)),*] };
}
pub(super) use steps;

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}

/// A change, applied to the result of the previous one.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// Sets the node to another value: a scalar, or a collection in place of nothing or an empty one.
    Set(Path, Value),
    /// Adds a key to the mapping, after its last one.
    Insert(Path, String, Value),
    /// Adds an item to the sequence, after its last one.
    Push(Path, Value),
    /// Removes the item from its sequence, or the key from its mapping.
    Remove(Path),
}

impl Edit {
    /// Applies the change to the meaning; `None` if it changes nothing.
    pub(super) fn apply(&self, root: &mut Value) -> Option<()> {
        match self {
            Self::Set(at, value) => *node(root, at)? = value.clone(),
            Self::Insert(into, key, value) => {
                let pairs: &mut Mapping = node(root, into)?.as_mapping_mut()?;
                if pairs.contains_key(key.as_str()) {
                    return None;
                }
                pairs.insert(key.as_str().into(), value.clone());
            }
            Self::Push(into, value) => node(root, into)?.as_sequence_mut()?.push(value.clone()),
            Self::Remove(at) => {
                let (last, parent) = at.split_last()?;
                match (node(root, parent)?, last) {
                    (Value::Sequence(items), Step::Item(index)) if *index < items.len() => drop(items.remove(*index)),
                    (Value::Mapping(pairs), Step::Key(key)) => drop(pairs.shift_remove(key.as_str())?),
                    _ => return None,
                }
            }
        }
        Some(())
    }

    /// The path in words, `users[2].user.exec`.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Set(path, _) | Self::Insert(path, ..) | Self::Push(path, _) | Self::Remove(path) => words(path),
        }
    }
}

/// A path in words, `users[2].user.exec`.
fn words(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Item(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    if text.is_empty() { "the document".to_owned() } else { text }
}

fn node<'v>(root: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(root, |value, step| match (value, step) {
        (Value::Mapping(pairs), Step::Key(key)) => pairs.get_mut(key.as_str()),
        (Value::Sequence(items), Step::Item(index)) => items.get_mut(*index),
        _ => None,
    })
}
