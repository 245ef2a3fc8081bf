//! Builds nodes from events: the first document as a tree in one vector, with its spans.

use std::borrow::Cow;
use std::collections::HashMap;

use super::chars::{Error, Mark};
use super::parser::{Event, EventKind, Parser};
use super::token::Style;

/// A node's place in its [`Document`].
pub(in crate::aws_auth) type NodeId = usize;

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::aws_auth) enum NodeKind<'a> {
    /// A single value, not resolved yet; `implicit` if it was written without quotes and tag.
    Scalar {
        /// Its text.
        value: Cow<'a, str>,
        /// Its tag in full.
        tag: Option<Box<str>>,
        /// Whether its class is determined from its text.
        implicit: bool,
        /// How it was written.
        style: Style,
    },
    /// A list.
    Sequence {
        /// Its items.
        items: Vec<NodeId>,
        /// Whether it is in brackets.
        flow: bool,
    },
    /// A map.
    Mapping {
        /// Keys and values.
        pairs: Vec<(NodeId, NodeId)>,
        /// Whether it is in braces.
        flow: bool,
    },
    /// `*name`.
    Alias {
        /// The node that the anchor named when the alias was read.
        target: NodeId,
    },
}

/// A node and its place.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::aws_auth) struct Node<'a> {
    pub(in crate::aws_auth) kind: NodeKind<'a>,
    /// Where it begins, with its anchor and tag.
    pub(in crate::aws_auth) start: Mark,
    /// Where its content begins.
    pub(in crate::aws_auth) content: Mark,
    /// The byte after its last one; a block collection ends with its last child, a block scalar with its last line break.
    pub(in crate::aws_auth) end: usize,
    /// The byte of its `-`, in a block sequence.
    pub(in crate::aws_auth) dash: Option<usize>,
}

/// The first document of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::aws_auth) struct Document<'a> {
    pub(in crate::aws_auth) nodes: Vec<Node<'a>>,
    /// `None` if the text holds only white space and comments.
    pub(in crate::aws_auth) root: Option<NodeId>,
}

impl<'a> Document<'a> {
    /// The node `id`, an alias replaced by what it names.
    pub(in crate::aws_auth) fn resolved(&self, id: NodeId) -> &Node<'a> {
        let mut node = &self.nodes[id];
        while let NodeKind::Alias { target } = node.kind {
            node = &self.nodes[target];
        }
        node
    }
}

/// An open collection.
struct Frame {
    id: NodeId,
    children: Vec<NodeId>,
}

/// Reads the first document; the rest is ignored.
///
/// # Errors
/// The place and cause of an error of the control plane's reader.
pub(in crate::aws_auth) fn document(text: &str) -> Result<Document<'_>, Error> {
    #[cfg(test)]
    super::count::add(text);
    let mut parser = Parser::new(text);
    let mut document = Document { nodes: Vec::with_capacity(text.len() / 24), root: None };
    if !parser.begin()? {
        return Ok(document);
    }
    let mut anchors: HashMap<&str, NodeId> = HashMap::new();
    let mut open: Vec<Frame> = Vec::new();
    let mut event = parser.content()?;
    loop {
        if event.kind == EventKind::CollectionEnd {
            close(&mut document, open.pop(), &event);
        } else {
            let id = document.nodes.len();
            let opens = matches!(event.kind, EventKind::SequenceStart { .. } | EventKind::MappingStart { .. });
            if let Some(anchor) = event.anchor {
                anchors.insert(anchor, id);
            }
            let node = Node { dash: parser.dash.take(), ..node_of(event, &anchors)? };
            document.nodes.push(node);
            match open.last_mut() {
                Some(frame) => frame.children.push(id),
                None => document.root = Some(id),
            }
            if opens {
                open.push(Frame { id, children: Vec::new() });
            }
        }
        if open.is_empty() {
            break;
        }
        event = parser.next()?;
    }
    parser.finish()?;
    Ok(document)
}

fn node_of<'a>(event: Event<'a>, anchors: &HashMap<&str, NodeId>) -> Result<Node<'a>, Error> {
    let Event { kind, start, content, end, .. } = event;
    let kind = match kind {
        EventKind::Scalar { value, tag, implicit, style } => NodeKind::Scalar { value, tag, implicit, style },
        EventKind::SequenceStart { flow } => NodeKind::Sequence { items: Vec::new(), flow },
        EventKind::MappingStart { flow } => NodeKind::Mapping { pairs: Vec::new(), flow },
        EventKind::Alias(name) => match anchors.get(name) {
            Some(target) => NodeKind::Alias { target: *target },
            None => return Err(Error::new(start, format!("the alias `*{name}` refers to no anchor above it"))),
        },
        EventKind::CollectionEnd => return Err(Error::new(start, "a collection ends that never began")),
    };
    Ok(Node { kind, start, content, end: end.offset, dash: None })
}

fn close(document: &mut Document<'_>, frame: Option<Frame>, event: &Event<'_>) {
    let Some(Frame { id, children }) = frame else { return };
    let last = children.last().map(|child| document.nodes[*child].end);
    let node = &mut document.nodes[id];
    let closed = match &mut node.kind {
        NodeKind::Sequence { items, flow } => {
            *items = children;
            *flow
        }
        NodeKind::Mapping { pairs, flow } => {
            *pairs = children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            *flow
        }
        _ => false,
    };
    node.end = if closed { event.end.offset } else { last.unwrap_or(node.end) };
}
