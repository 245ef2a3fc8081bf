//! The style of neighbouring entries, for new text.

use super::layout::newline;
use super::scalar::{Quote, Quoting};
use crate::aws_auth::entries::{Entries, Entry, fold};
use crate::aws_auth::mapping::{DataKey, Mapping};
use crate::aws_auth::yaml::value::Pair;
use crate::aws_auth::yaml::{Document, NodeId, NodeKind};

/// How many entries back a style is searched for.
const NEAR: usize = 50;

/// A field that this program writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    Arn,
    Username,
    Groups,
}

impl Field {
    pub(super) fn name(self, key: DataKey) -> &'static str {
        match self {
            Self::Arn => key.arn_field(),
            Self::Username => "username",
            Self::Groups => "groups",
        }
    }
}

/// The white space and punctuation of a collection in brackets or braces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Flow {
    pub(super) open: String,
    pub(super) between: String,
    pub(super) colon: String,
    pub(super) close: String,
}

impl Flow {
    /// `{a: b, c: d}`
    pub(super) fn plain() -> Self {
        Self { open: String::new(), between: ", ".to_owned(), colon: ": ".to_owned(), close: String::new() }
    }

    /// The text between two parts, where it is on one line.
    pub(super) fn on_one_line(&self) -> Option<String> {
        (!self.between.contains(['\n', '\r'])).then(|| self.between.clone())
    }

    /// As the collection `id` is laid out; the usual layout where it holds comments or too few items.
    pub(super) fn of(document: &Document<'_>, text: &str, id: NodeId) -> Self {
        let node = &document.nodes[id];
        let mut flow = Self::plain();
        let parts: Vec<(NodeId, NodeId)> = match &node.kind {
            NodeKind::Sequence { items, .. } => items.iter().map(|item| (*item, *item)).collect(),
            NodeKind::Mapping { pairs, .. } => pairs.clone(),
            _ => return flow,
        };
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return flow };
        let span = |from: usize, to: usize| text.get(from..to).unwrap_or("");
        let begin = |id: NodeId| document.nodes[id].start.offset;
        let end = |id: NodeId| document.nodes[id].end;
        let blank = |span: &str| span.trim().is_empty();
        let open = span(node.content.offset + 1, begin(first.0));
        let close = span(end(last.1), node.end.saturating_sub(1));
        if blank(open) && blank(close) {
            (flow.open, flow.close) = (open.to_owned(), close.to_owned());
            flow.between = if open.contains(['\n', '\r']) { format!(",{open}") } else { flow.between };
        }
        if first.0 != first.1 {
            let colon = span(end(first.0), begin(first.1));
            if colon.trim() == ":" && !colon.contains(['\n', '\r']) {
                colon.clone_into(&mut flow.colon);
            }
        }
        if let [.., (_, before), (after, _)] = parts[..] {
            let between = span(end(before), begin(after));
            if between.trim() == "," {
                between.clone_into(&mut flow.between);
            }
        }
        flow
    }
}

/// How the groups of an entry are written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum GroupsForm {
    /// One line each: how much deeper than the key, and the text between `-` and the group.
    Block { deeper: usize, gap: String },
    /// In brackets.
    Flow(Flow),
}

/// How an entry is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct EntryStyle {
    pub(super) order: Vec<Field>,
    pub(super) keys: Quoting,
    pub(super) arn: Quoting,
    pub(super) username: Quoting,
    pub(super) group: Quoting,
    pub(super) groups: GroupsForm,
    /// The layout of its braces, if it has them.
    pub(super) flow: Option<Flow>,
    pub(super) newline: &'static str,
}

impl EntryStyle {
    /// The style of a text without entries.
    pub(super) fn usual(text: &str) -> Self {
        let quoting = Quoting::of_text(text);
        Self {
            order: vec![Field::Arn, Field::Username, Field::Groups],
            keys: quoting,
            arn: quoting,
            username: quoting,
            group: quoting,
            groups: GroupsForm::Block { deeper: 2, gap: " ".to_owned() },
            flow: None,
            newline: newline(text),
        }
    }

    /// An entry as JSON on one line.
    pub(super) fn json() -> Self {
        let quoting = Quoting { always: true, quote: Quote::Double };
        let flow = Flow { between: ",".to_owned(), colon: ":".to_owned(), ..Flow::plain() };
        Self {
            keys: quoting,
            arn: quoting,
            username: quoting,
            group: quoting,
            groups: GroupsForm::Flow(flow.clone()),
            flow: Some(flow),
            ..Self::usual("")
        }
    }

    /// The style of the first entry of a list that is `[]`: groups below their key as Kubernetes' own tools write them,
    /// no key without groups. It differs from the style for a missing key, so that a removal can tell which it
    /// was.
    pub(super) fn in_brackets(mut self, groups: &[String]) -> Self {
        self.groups = GroupsForm::Block { deeper: 0, gap: " ".to_owned() };
        self.order.retain(|field| *field != Field::Groups || !groups.is_empty());
        self
    }

    /// The style of the entry `at`; what it does not show is taken from earlier entries.
    pub(super) fn of(read: &Entries<'_>, text: &str, at: usize) -> Self {
        let document = &read.document;
        let mut style = Self::usual(text);
        let node = document.resolved(read.list[at].node);
        let NodeKind::Mapping { pairs, flow } = &node.kind else { return style };
        if *flow {
            let id = read.list[at].node;
            let flow = Flow::of(document, text, id);
            let between = flow.on_one_line().unwrap_or_else(|| Flow::plain().between);
            style.groups = GroupsForm::Flow(Flow { between, ..Flow::plain() });
            style.flow = Some(flow);
        }
        style.order = order(read, pairs);
        style.keys = style.keys.like(document, pairs.first().map(|pair| pair.0));
        if style.keys.always {
            (style.arn, style.username, style.group) = (style.keys, style.keys, style.keys);
        }
        let shown = |pair: fn(&Entry) -> Option<Pair>| {
            read.list[..=at].iter().rev().take(NEAR).find_map(|entry| {
                pair(entry).filter(|pair| is_own(document, entry.node, pair) && !is_empty(document, pair.written))
            })
        };
        style.arn = style.arn.like(document, shown(|entry| entry.arn).map(|pair| pair.written));
        style.username = style.username.like(document, shown(|entry| entry.username).map(|pair| pair.written));
        let written_out = |pair: &Pair| matches!(&document.nodes[pair.written].kind, NodeKind::Sequence { items, .. } if !items.is_empty());
        let groups = read.list[..=at].iter().rev().take(NEAR).find_map(|entry| entry.groups.filter(written_out));
        if let Some(pair) = groups {
            style.adopt_groups(document, text, &pair);
        }
        style
    }

    fn adopt_groups(&mut self, document: &Document<'_>, text: &str, pair: &Pair) {
        let NodeKind::Sequence { items, flow } = &document.nodes[pair.written].kind else { return };
        self.group = self.group.like(document, items.iter().copied().find(|item| !is_empty(document, *item)));
        if *flow {
            let mut groups = Flow::of(document, text, pair.written);
            let entry = self.flow.as_ref().and_then(Flow::on_one_line);
            if let (Some(between), 1, true) = (entry, items.len(), groups.on_one_line().is_some()) {
                groups.between = between;
            }
            self.groups = GroupsForm::Flow(groups);
        } else if self.flow.is_none() {
            let (key, first) = (&document.nodes[pair.key], items.first().map(|id| &document.nodes[*id]));
            let Some((dash, first)) = first.and_then(|first| Some((first.dash?, first))) else { return };
            let column = document.nodes[pair.written].content.column;
            let gap =
                text.get(dash + 1..first.start.offset).filter(|gap| !gap.is_empty() && gap.bytes().all(|b| b == b' '));
            self.groups = GroupsForm::Block {
                deeper: column.saturating_sub(key.start.column),
                gap: gap.unwrap_or(" ").to_owned(),
            };
        }
    }

    /// A key and its value, the value's further lines indented below the key's column.
    pub(super) fn pair(&self, key: DataKey, field: Field, value: &str) -> String {
        let name = self.keys.write(field.name(key));
        let colon = self.flow.as_ref().map_or(":", |flow| flow.colon.as_str());
        let gap = if self.flow.is_some() || value.starts_with(['\n', '\r']) { "" } else { " " };
        format!("{name}{colon}{gap}{value}")
    }

    /// The groups as a value; block items begin on the next line.
    pub(super) fn groups_value(&self, groups: &[String], column: usize) -> String {
        let items: Vec<String> = groups.iter().map(|group| self.group.write(group)).collect();
        match &self.groups {
            GroupsForm::Block { deeper, gap } if !items.is_empty() => {
                let indent = " ".repeat(column + deeper);
                let lines: Vec<String> = items.iter().map(|item| format!("{indent}-{gap}{item}")).collect();
                format!("{0}{1}", self.newline, lines.join(self.newline))
            }
            GroupsForm::Flow(flow) if !items.is_empty() => {
                format!("[{}{}{}]", flow.open, items.join(&flow.between), flow.close)
            }
            _ => "[]".to_owned(),
        }
    }

    /// A whole entry without the dash before it; `column` is that of its keys.
    pub(super) fn entry(&self, entry: &Mapping, column: usize) -> String {
        let pairs: Vec<String> = self
            .order
            .iter()
            .map(|field| {
                let value = match field {
                    Field::Arn => self.arn.write(&entry.arn),
                    Field::Username => self.username.write(&entry.username),
                    Field::Groups => self.groups_value(&entry.groups, column),
                };
                self.pair(entry.key, *field, &value)
            })
            .collect();
        match &self.flow {
            Some(flow) => format!("{{{}{}{}}}", flow.open, pairs.join(&flow.between), flow.close),
            None => pairs.join(&format!("{}{}", self.newline, " ".repeat(column))),
        }
    }
}

/// Whether it is an empty text, whose quotes say nothing about the style of others.
fn is_empty(document: &Document<'_>, id: NodeId) -> bool {
    matches!(&document.nodes[id].kind, NodeKind::Scalar { value, .. } if value.is_empty())
}

/// The order of the three fields; a missing one is put at its usual place. An entry without an ARN has no order.
fn order(read: &Entries<'_>, pairs: &[(NodeId, NodeId)]) -> Vec<Field> {
    let mut order = Vec::new();
    for (key, _) in pairs {
        let field = match fold(read.values.text(&read.document, *key)).as_str() {
            "rolearn" | "userarn" => Field::Arn,
            "username" => Field::Username,
            "groups" => Field::Groups,
            _ => continue,
        };
        if !order.contains(&field) {
            order.push(field);
        }
    }
    if !order.contains(&Field::Arn) {
        order.clear();
    }
    for field in [Field::Arn, Field::Username, Field::Groups] {
        if !order.contains(&field) {
            order.push(field);
        }
    }
    order
}

/// Whether a pair is written in the entry itself, not in a map that is merged into it or that it is an alias of.
pub(super) fn is_own(document: &Document<'_>, node: NodeId, pair: &Pair) -> bool {
    match &document.nodes[node].kind {
        NodeKind::Mapping { pairs, .. } => pairs.iter().any(|(key, _)| *key == pair.key),
        _ => false,
    }
}
