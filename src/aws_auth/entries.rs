//! One data key's text as a list of entries, as Go's `encoding/json` fills the authenticator's structs.

use std::borrow::Cow;

use super::explain::explained;
use super::mapping::{DataKey, Item, Mapping, Problem, Sso};
use super::yaml::decode::decode;
use super::yaml::value::{Pair, Value, ValueId, Values};
use super::yaml::{Class, Document, Error, Mark, Node, NodeId, NodeKind, document};

/// The partitions that `sso.partition` may name.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// An item of the list, kept or dropped, with the pairs that its fields came from.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) mapping: Mapping,
    /// Why it is dropped.
    pub(super) dropped: Option<String>,
    /// The item of the list.
    pub(super) node: NodeId,
    pub(super) value: ValueId,
    pub(super) arn: Option<Pair>,
    pub(super) username: Option<Pair>,
    pub(super) groups: Option<Pair>,
}

/// `mapRoles` or `mapUsers`, read.
pub(super) struct Entries<'a> {
    pub(super) document: Document<'a>,
    pub(super) values: Values,
    pub(super) list: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn unreadable(key: DataKey, text: &str, error: Error) -> Problem {
    let Error { mark, cause, began } = explained(text, error);
    Problem::Unreadable { key, line: mark.line + 1, column: mark.column + 1, cause, began }
}

/// Reads `mapRoles` or `mapUsers`.
///
/// # Errors
/// What makes the control plane drop the whole text.
pub(super) fn entries(key: DataKey, text: &str) -> Result<Entries<'_>, Error> {
    if text.trim_start().starts_with('{') {
        return Err(Error::new(Mark::default(), "this is a map instead of a list of entries"));
    }
    let document = document(text)?;
    let values = decode(&document)?;
    let mut read = Entries { document, values, list: Vec::new(), problems: Vec::new() };
    let Some(root) = read.values.root else { return Ok(read) };
    let items = match read.values.get(root) {
        Value::List { items } => items.clone(),
        Value::Scalar { class: Class::Null, .. } => return Ok(read),
        _ => {
            let found = read.values.describe(root);
            let mark = read.document.root.map(|root| read.document.nodes[root].content).unwrap_or_default();
            return Err(Error::new(mark, format!("this is {found} instead of a list of entries")));
        }
    };
    let nodes = read.document.root.map(|root| item_nodes(read.document.resolved(root))).unwrap_or_default();
    for (index, (value, node)) in items.into_iter().zip(nodes).enumerate() {
        let mark = read.document.nodes[node].start;
        let mut filling = Filling { key, index, document: &read.document, values: &read.values, problems: Vec::new() };
        let entry = filling.entry(value, node, mark);
        let problems = filling.problems;
        read.problems.extend(problems);
        if let Some(cause) = &entry.dropped {
            let (line, column) = (entry.mapping.line, entry.mapping.column);
            read.problems.push(Problem::Dropped { key, index, line, column, cause: cause.clone() });
        }
        read.list.push(entry);
    }
    Ok(read)
}

fn item_nodes(root: &Node<'_>) -> Vec<NodeId> {
    match &root.kind {
        NodeKind::Sequence { items, .. } => items.clone(),
        _ => Vec::new(),
    }
}

/// A Go slice of strings that is decoded into more than once: the earlier value shows through where an item is null or
/// has a wrong type.
#[derive(Default)]
struct Strings {
    backing: Vec<String>,
    len: usize,
}

struct Filling<'r, 'a> {
    key: DataKey,
    index: usize,
    document: &'r Document<'a>,
    values: &'r Values,
    problems: Vec<Problem>,
}

impl Filling<'_, '_> {
    fn entry(&mut self, value: ValueId, node: NodeId, mark: Mark) -> Entry {
        let (line, column) = (mark.line + 1, mark.column + 1);
        let (key, index) = (self.key, self.index);
        let (arn, username, user_id) = (String::new(), String::new(), String::new());
        let mapping = Mapping { key, index, line, column, arn, sso: None, username, groups: Vec::new(), user_id };
        let mut entry = Entry { mapping, dropped: None, node, value, arn: None, username: None, groups: None };
        let pairs = match self.values.get(value) {
            Value::Map { pairs } => pairs.as_slice(),
            Value::Scalar { class: Class::Null, .. } => &[],
            _ => {
                entry.dropped = Some(format!("the entry is {}, not a map", self.values.describe(value)));
                return entry;
            }
        };
        let mut groups = Strings::default();
        for pair in pairs.iter().filter(|pair| pair.class == Class::Text) {
            let name = folded(self.values.text(self.document, pair.key));
            match &*name {
                "username" => {
                    self.string("username", pair, &mut entry.mapping.username);
                    entry.username = Some(*pair);
                }
                "groups" => {
                    self.strings(pair, &mut groups);
                    entry.groups = Some(*pair);
                }
                "userid" => self.string("userid", pair, &mut entry.mapping.user_id),
                "sso" if key == DataKey::MapRoles => self.sso(pair, &mut entry.mapping.sso),
                name if name == key.arn_field() => {
                    self.string(key.arn_field(), pair, &mut entry.mapping.arn);
                    entry.arn = Some(*pair);
                }
                _ => {}
            }
        }
        groups.backing.truncate(groups.len);
        entry.mapping.groups = groups.backing;
        entry.dropped = dropped(&entry.mapping);
        entry
    }

    fn left_empty(&mut self, field: &'static str, node: NodeId, value: ValueId) {
        self.not_text(field, node, value, None);
    }

    fn not_text(&mut self, field: &'static str, node: NodeId, value: ValueId, item: Option<Item>) {
        let mark = self.document.nodes[node].start;
        let (key, index, found) = (self.key, self.index, self.values.describe(value));
        let (line, column) = (mark.line + 1, mark.column + 1);
        self.problems.push(Problem::LeftEmpty { key, index, line, column, field, found, item });
    }

    /// An item of `groups` that is not a text: its place, and the group that a blank after a colon turned into a map.
    fn group_not_text(&mut self, pair: &Pair, at: usize, item: ValueId) {
        let written = match &self.document.resolved(pair.written).kind {
            NodeKind::Sequence { items, .. } => items.get(at).copied(),
            _ => None,
        };
        let text = |id: ValueId| match self.values.get(id) {
            Value::Scalar { node, .. } => Some(self.values.text(self.document, *node)),
            _ => None,
        };
        let joined = match self.values.get(item) {
            Value::Map { pairs } => match pairs[..] {
                [pair] => {
                    text(pair.value).map(|value| format!("{}:{value}", self.values.text(self.document, pair.key)))
                }
                _ => None,
            },
            _ => None,
        };
        self.not_text("groups", written.unwrap_or(pair.key), item, Some(Item { at, joined }));
    }

    fn string(&mut self, field: &'static str, pair: &Pair, slot: &mut String) {
        match self.values.get(pair.value) {
            Value::Scalar { class: Class::Text, node } => {
                self.values.text(self.document, *node).clone_into(slot);
            }
            Value::Scalar { class: Class::Null, .. } => {}
            _ => self.left_empty(field, pair.key, pair.value),
        }
    }

    fn strings(&mut self, pair: &Pair, slice: &mut Strings) {
        let items = match self.values.get(pair.value) {
            Value::List { items } => items,
            Value::Scalar { class: Class::Null, .. } => {
                *slice = Strings::default();
                return;
            }
            _ => return self.left_empty("groups", pair.key, pair.value),
        };
        slice.len = items.len();
        if items.is_empty() {
            slice.backing.clear();
        }
        for (at, item) in items.iter().enumerate() {
            if at == slice.backing.len() {
                slice.backing.push(String::new());
            }
            match self.values.get(*item) {
                Value::Scalar { class: Class::Text, node } => {
                    self.values.text(self.document, *node).clone_into(&mut slice.backing[at]);
                }
                Value::Scalar { class: Class::Null, .. } => {}
                _ => self.group_not_text(pair, at, *item),
            }
        }
    }

    fn sso(&mut self, pair: &Pair, slot: &mut Option<Sso>) {
        if matches!(self.values.get(pair.value), Value::Scalar { class: Class::Null, .. }) {
            *slot = None;
            return;
        }
        let sso = slot.get_or_insert_default();
        let Value::Map { pairs } = self.values.get(pair.value) else {
            return self.left_empty("sso", pair.key, pair.value);
        };
        for pair in pairs.iter().filter(|pair| pair.class == Class::Text) {
            match &*folded(self.values.text(self.document, pair.key)) {
                "permissionsetname" => self.string("sso.permissionSetName", pair, &mut sso.permission_set_name),
                "accountid" => self.string("sso.accountID", pair, &mut sso.account_id),
                "partition" => self.string("sso.partition", pair, &mut sso.partition),
                _ => {}
            }
        }
    }
}

/// Why the authenticator leaves an entry out (`RoleMapping.Validate`, `UserMapping.Validate`).
fn dropped(mapping: &Mapping) -> Option<String> {
    let field = mapping.key.arn_field();
    match &mapping.sso {
        None if mapping.arn.is_empty() => Some(format!("the entry has no `{field}`")),
        None => None,
        Some(_) if !mapping.arn.is_empty() => Some("the entry has both `rolearn` and `sso`".to_owned()),
        Some(sso) => {
            let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
            let name = &sso.permission_set_name;
            if sso.account_id.len() != 12 || !sso.account_id.bytes().all(|byte| byte.is_ascii_digit()) {
                Some("`sso.accountID` is not twelve digits".to_owned())
            } else if !(1..=32).contains(&name.len()) || !name.bytes().all(word) {
                Some("`sso.permissionSetName` is not a permission set's name".to_owned())
            } else if !sso.partition.is_empty() && !PARTITIONS.contains(&sso.partition.as_str()) {
                Some("`sso.partition` is not a partition".to_owned())
            } else {
                None
            }
        }
    }
}

/// As [`fold`]; text that is already folded is not copied.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    let is_folded = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_folded { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// Folds case as Go's `encoding/json` does for field names, into ASCII lower case where it can: `ſ` is an `s` and the
/// Kelvin sign a `k`.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            c => c.to_ascii_lowercase(),
        })
        .collect()
}
