//! Decodes nodes into values, step by step as yaml.v2 does and `sigs.k8s.io/yaml` turns the result into JSON; without
//! recursion and with the same limit on aliases, so a hostile text costs no more than in the control plane.

use std::collections::HashSet;

use base64::alphabet;
use base64::engine::{Engine, GeneralPurpose, GeneralPurposeConfig};

use super::chars::Error;
use super::compose::{Document, Node, NodeId, NodeKind};
use super::resolve::{Class, class_of_plain, timestamp};
use super::value::{Pair, Value, ValueId, Values};

/// How deep JSON may nest (Go's `encoding/json`).
const MAX_DEPTH: usize = 10_000;
const TAGS: &str = "tag:yaml.org,2002:";

enum Frame {
    Alias { node: NodeId },
    List { node: NodeId, next: usize, items: Vec<ValueId> },
    Map { node: NodeId, next: usize, key: Option<ValueId>, merged: bool },
    MergeList { node: NodeId, left: usize },
}

struct Decoder<'d, 'a> {
    document: &'d Document<'a>,
    values: Values,
    stack: Vec<Frame>,
    /// The pairs of the open maps; a merged map writes into the one it is merged into.
    maps: Vec<Vec<Pair>>,
    active: HashSet<NodeId>,
    done: Option<ValueId>,
    steps: u32,
    alias_steps: u32,
    alias_depth: u32,
}

/// Decodes a document.
///
/// # Errors
/// The first thing that makes the control plane drop the whole text.
pub(in crate::aws_auth) fn decode(document: &Document<'_>) -> Result<Values, Error> {
    let mut decoder = Decoder {
        document,
        values: Values::default(),
        stack: Vec::new(),
        maps: Vec::new(),
        active: HashSet::new(),
        done: None,
        steps: 1,
        alias_steps: 0,
        alias_depth: 0,
    };
    if let Some(root) = document.root {
        decoder.enter(root)?;
        decoder.run()?;
        decoder.values.root = decoder.done;
        decoder.check()?;
    }
    Ok(decoder.values)
}

/// The class of a scalar node, or why its tag refuses its text.
///
/// # Errors
/// Where an explicit tag does not fit.
pub(in crate::aws_auth) fn scalar_class(node: &Node<'_>) -> Result<Class, Error> {
    let NodeKind::Scalar { value, tag, implicit, .. } = &node.kind else { return Ok(Class::Text) };
    let Some(tag) = tag else { return Ok(if *implicit { class_of_plain(value) } else { Class::Text }) };
    let found = class_of_plain(value);
    let class = match tag.strip_prefix(TAGS) {
        Some("bool") => Some(found).filter(|class| *class == Class::Bool),
        Some("int") => Some(found).filter(|class| matches!(class, Class::Int | Class::Unsigned)),
        Some("float") => match found {
            Class::Int => Some(Class::Float),
            Class::Float | Class::NotFinite => Some(found),
            _ => None,
        },
        Some("null") => Some(found).filter(|class| *class == Class::Null),
        Some("timestamp") => timestamp(value).then_some(Class::Text),
        _ => Some(Class::Text),
    };
    class.ok_or_else(|| Error::new(node.content, format!("the tag `{}` does not fit its value", tag.escape_debug())))
}

/// The text of a `!!binary` scalar.
///
/// # Errors
/// Where it is not base64.
pub(in crate::aws_auth) fn binary_text(node: &Node<'_>) -> Result<Option<String>, Error> {
    match &node.kind {
        NodeKind::Scalar { value, tag: Some(tag), .. } if tag.strip_prefix(TAGS) == Some("binary") => {
            let text = binary(value).ok_or_else(|| Error::new(node.content, "`!!binary` does not hold base64"))?;
            Ok(Some(text))
        }
        _ => Ok(None),
    }
}

impl Decoder<'_, '_> {
    fn count(&mut self, node: NodeId) -> Result<(), Error> {
        self.steps += 1;
        if self.alias_depth > 0 {
            self.alias_steps += 1;
        }
        let excessive = self.alias_steps > 100
            && self.steps > 1000
            && f64::from(self.alias_steps) / f64::from(self.steps) > allowed_alias_ratio(self.steps);
        if excessive { self.fail(node, "too much of the text comes from aliases") } else { Ok(()) }
    }

    fn fail<T>(&self, node: NodeId, cause: &str) -> Result<T, Error> {
        Err(Error::new(self.document.nodes[node].start, cause))
    }

    fn push_value(&mut self, value: Value) {
        self.done = Some(self.values.arena.len());
        self.values.arena.push(value);
    }

    fn enter(&mut self, id: NodeId) -> Result<(), Error> {
        self.count(id)?;
        match &self.document.nodes[id].kind {
            NodeKind::Alias { target } => {
                self.enter_alias(id)?;
                self.enter_content(*target)
            }
            _ => self.enter_counted(id),
        }
    }

    fn enter_alias(&mut self, id: NodeId) -> Result<(), Error> {
        if !self.active.insert(id) {
            return self.fail(id, "the alias is inside what it refers to");
        }
        self.alias_depth += 1;
        self.stack.push(Frame::Alias { node: id });
        Ok(())
    }

    fn enter_content(&mut self, id: NodeId) -> Result<(), Error> {
        self.count(id)?;
        self.enter_counted(id)
    }

    fn enter_counted(&mut self, id: NodeId) -> Result<(), Error> {
        let node = &self.document.nodes[id];
        match &node.kind {
            NodeKind::Scalar { .. } => {
                let class = scalar_class(node)?;
                if let Some(text) = binary_text(node)? {
                    self.values.binaries.insert(id, text);
                }
                self.push_value(Value::Scalar { class, node: id });
            }
            NodeKind::Sequence { .. } => self.stack.push(Frame::List { node: id, next: 0, items: Vec::new() }),
            _ => {
                self.maps.push(Vec::new());
                self.stack.push(Frame::Map { node: id, next: 0, key: None, merged: false });
            }
        }
        Ok(())
    }

    fn run(&mut self) -> Result<(), Error> {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Alias { node } => {
                    self.active.remove(&node);
                    self.alias_depth -= 1;
                }
                Frame::List { node, next, items } => self.step_list(node, next, items)?,
                Frame::Map { node, next, key, merged } => self.step_map(node, next, key, merged)?,
                Frame::MergeList { node, left } => self.step_merge_list(node, left)?,
            }
        }
        Ok(())
    }

    fn step_list(&mut self, node: NodeId, next: usize, mut items: Vec<ValueId>) -> Result<(), Error> {
        items.extend(self.done.take());
        let NodeKind::Sequence { items: nodes, .. } = &self.document.nodes[node].kind else { return Ok(()) };
        if let Some(item) = nodes.get(next) {
            self.stack.push(Frame::List { node, next: next + 1, items });
            return self.enter(*item);
        }
        self.push_value(Value::List { items });
        Ok(())
    }

    fn step_map(&mut self, node: NodeId, next: usize, key: Option<ValueId>, merged: bool) -> Result<(), Error> {
        let NodeKind::Mapping { pairs, .. } = &self.document.nodes[node].kind else { return Ok(()) };
        match (key, self.done.take()) {
            (None, Some(key)) => {
                let (key_node, value) = pairs[next - 1];
                if !matches!(self.values.get(key), Value::Scalar { .. }) {
                    return self.fail(key_node, "a list or a map can't be a key");
                }
                self.stack.push(Frame::Map { node, next, key: Some(key), merged });
                return self.enter(value);
            }
            (Some(key), Some(value)) => {
                let Value::Scalar { class, node: key } = *self.values.get(key) else { return Ok(()) };
                let pair = Pair { key, class, written: pairs[next - 1].1, value };
                if let Some(map) = self.maps.last_mut() {
                    map.push(pair);
                }
            }
            _ => {}
        }
        let Some((key, value)) = pairs.get(next) else {
            if !merged {
                let pairs = self.maps.pop().unwrap_or_default();
                let pairs = self.last_of_equal(pairs);
                self.push_value(Value::Map { pairs });
            }
            return Ok(());
        };
        self.stack.push(Frame::Map { node, next: next + 1, key: None, merged });
        if is_merge(&self.document.nodes[*key]) { self.merge(*value) } else { self.enter(*key) }
    }

    fn merge(&mut self, id: NodeId) -> Result<(), Error> {
        match &self.document.nodes[id].kind {
            NodeKind::Sequence { items, .. } => {
                self.stack.push(Frame::MergeList { node: id, left: items.len() });
                Ok(())
            }
            _ => self.merge_map(id),
        }
    }

    fn step_merge_list(&mut self, node: NodeId, left: usize) -> Result<(), Error> {
        let NodeKind::Sequence { items, .. } = &self.document.nodes[node].kind else { return Ok(()) };
        match left.checked_sub(1) {
            Some(left) => {
                self.stack.push(Frame::MergeList { node, left });
                self.merge_map(items[left])
            }
            None => Ok(()),
        }
    }

    fn merge_map(&mut self, id: NodeId) -> Result<(), Error> {
        let target = match self.document.nodes[id].kind {
            NodeKind::Alias { target } => target,
            _ => id,
        };
        if !matches!(self.document.nodes[target].kind, NodeKind::Mapping { .. }) {
            return self.fail(id, "`<<` merges maps only");
        }
        self.count(id)?;
        if target != id {
            self.enter_alias(id)?;
            self.count(target)?;
        }
        self.stack.push(Frame::Map { node: target, next: 0, key: None, merged: true });
        Ok(())
    }

    /// Sorts by key and keeps the last of equal ones.
    fn last_of_equal(&self, pairs: Vec<Pair>) -> Vec<Pair> {
        let rank = |pair: &Pair| (self.values.text(self.document, pair.key), pair.class as u8);
        let mut sorted = pairs;
        sorted.reverse();
        sorted.sort_by(|a, b| rank(a).cmp(&rank(b)));
        sorted.dedup_by(|later, first| rank(later) == rank(first));
        sorted
    }

    /// What JSON can't represent, after equal keys are merged.
    fn check(&self) -> Result<(), Error> {
        let mut open: Vec<(ValueId, usize, NodeId)> = self.values.root.map(|root| (root, 0, 0)).into_iter().collect();
        while let Some((id, depth, at)) = open.pop() {
            match self.values.get(id) {
                Value::Scalar { class: Class::NotFinite, node } => {
                    return self.fail(*node, "`.inf` and `.nan` can't be turned into JSON");
                }
                Value::Scalar { .. } => {}
                _ if depth == MAX_DEPTH => return self.fail(at, "nested deeper than 10000 levels"),
                Value::List { items } => open.extend(items.iter().map(|item| (*item, depth + 1, at))),
                Value::Map { pairs } => {
                    let wrong = |pair: &&Pair| matches!(pair.class, Class::Null | Class::Unsigned);
                    if let Some(pair) = pairs.iter().find(wrong) {
                        return self.fail(pair.key, "a key is empty or a number too large");
                    }
                    open.extend(pairs.iter().map(|pair| (pair.value, depth + 1, pair.key)));
                }
            }
        }
        Ok(())
    }
}

fn is_merge(node: &Node<'_>) -> bool {
    matches!(&node.kind, NodeKind::Scalar { value, tag, implicit, .. }
        if value == "<<" && (*implicit || tag.as_deref() == Some("tag:yaml.org,2002:merge")))
}

/// The share of steps that may come from aliases: 99 % in small texts, 10 % in large ones.
fn allowed_alias_ratio(steps: u32) -> f64 {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let steps = f64::from(steps);
    if steps <= LOW {
        0.99
    } else if steps >= HIGH {
        0.10
    } else {
        0.99 - 0.89 * ((steps - LOW) / (HIGH - LOW))
    }
}

/// Standard base64 with padding, line breaks ignored; bytes that are not UTF-8 become U+FFFD, one each.
fn binary(text: &str) -> Option<String> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(text.replace(['\r', '\n'], "")).ok()?;
    Some(bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
        text
    }))
}
