//! The whole of `data`, read as the control plane reads it.

use std::collections::BTreeMap;

use super::entries::{Entries, entries, unreadable};
use super::mapping::{AccountMapping, DataKey, Mapping, Problem};
use super::yaml::decode::{binary_text, scalar_class};
use super::yaml::{Class, Document, Error, NodeId, NodeKind, document, skips};

/// What the control plane makes of an `aws-auth`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// The entries of `mapRoles` that are kept, in order.
    pub roles: Vec<Mapping>,
    /// The entries of `mapUsers` that are kept, in order.
    pub users: Vec<Mapping>,
    /// The entries of `mapAccounts`, in order.
    pub accounts: Vec<AccountMapping>,
    /// Everything that is read differently from what was meant, in the order of keys and lines.
    pub problems: Vec<Problem>,
}

/// A list of the new text, read for the proof of an edit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reread {
    /// Which list.
    pub key: DataKey,
    /// The entries that are kept, in order.
    pub mappings: Vec<Mapping>,
    /// What is read differently from what was meant.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// The problem that drops all of a data key, if there is one.
    #[must_use]
    pub fn unreadable(&self, key: DataKey) -> Option<&Problem> {
        self.problems.iter().find(|problem| matches!(problem, Problem::Unreadable { key: bad, .. } if *bad == key))
    }

    /// The reading of a text in which only these lists changed.
    #[must_use]
    pub fn with_lists(&self, reread: Vec<Reread>) -> Self {
        let mut now = self.clone();
        let is_reread = |key: &DataKey| reread.iter().any(|list| list.key == *key);
        let mut problems: Vec<_> =
            now.problems.into_iter().filter(|p| !p.key().is_some_and(|key| is_reread(&key))).collect();
        for list in reread {
            problems.extend(list.problems);
            match list.key {
                DataKey::MapRoles => now.roles = list.mappings,
                _ => now.users = list.mappings,
            }
        }
        problems.sort_by_key(|problem| problem.key().map_or(DataKey::ALL.len(), |key| key as usize));
        Self { problems, ..now }
    }

    /// The entries of `mapRoles` and `mapUsers`.
    pub fn mappings(&self) -> impl DoubleEndedIterator<Item = &Mapping> {
        self.roles.iter().chain(&self.users)
    }
}

/// Reads a `ConfigMap`'s `data`. It never fails: what can't be read is listed among the problems, as the control plane
/// continues without it.
#[must_use]
pub fn read(data: &BTreeMap<String, String>) -> Reading {
    let mut reading = Reading::default();
    for key in DataKey::ALL {
        let Some(text) = data.get(key.as_str()).filter(|text| !skips(text)) else { continue };
        match key {
            DataKey::MapRoles => reading.roles = mappings(key, text, &mut reading.problems),
            DataKey::MapUsers => reading.users = mappings(key, text, &mut reading.problems),
            DataKey::MapAccounts => {}
        }
    }
    beside_lists(data, &mut reading);
    reading
}

/// Reads the rest of `data`: the accounts, and the keys that are not read.
pub(super) fn beside_lists(data: &BTreeMap<String, String>, reading: &mut Reading) {
    if let Some(text) = data.get(DataKey::MapAccounts.as_str()).filter(|text| !skips(text)) {
        let accounts = accounts(text);
        reading.accounts = accounts.list.into_iter().map(|(account, _)| account).collect();
        reading.problems.extend(accounts.problems);
    }
    for name in data.keys().filter(|name| !DataKey::ALL.iter().any(|key| key.as_str() == *name)) {
        let bare = |text: &str| text.replace(['-', '_', '.'], "").to_ascii_lowercase();
        let meant = DataKey::ALL.into_iter().find(|key| {
            let (key, name) = (bare(key.as_str()), bare(name));
            key == name || key.trim_end_matches('s') == name
        });
        reading.problems.push(Problem::UnknownKey { name: name.clone(), meant });
    }
}

fn mappings(key: DataKey, text: &str, problems: &mut Vec<Problem>) -> Vec<Mapping> {
    match entries(key, text) {
        Ok(read) => {
            problems.extend(problems_of(key, text, &read));
            let kept = read.list.into_iter().filter(|entry| entry.dropped.is_none());
            kept.map(|entry| entry.mapping).collect()
        }
        Err(error) => {
            problems.push(unreadable(key, text, error));
            Vec::new()
        }
    }
}

/// The problems in a list, and the text after it.
pub(super) fn problems_of(key: DataKey, text: &str, read: &Entries<'_>) -> Vec<Problem> {
    let rest = read.document.root.and_then(|root| ignored_rest(key, text, read.document.nodes[root].end));
    read.problems.iter().cloned().chain(rest).collect()
}

/// The text after the list, which ends at the byte `end`: another document, or lines that are indented less than its
/// entries. Neither is an error for the control plane, which stops reading there.
fn ignored_rest(key: DataKey, text: &str, end: usize) -> Option<Problem> {
    let rest = text.get(end..)?;
    let content = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let marks_end = |line: &str| line.starts_with("---") || line.starts_with("...");
    let mut lines = rest.split('\n').enumerate().filter(|(_, line)| content(line));
    let (at, line) = lines.next()?;
    let document = marks_end(line);
    if document && !content(line[3..].trim_start()) && lines.all(|(_, line)| line.starts_with("...")) {
        return None;
    }
    let line = text[..end].matches('\n').count() + 1 + at;
    Some(Problem::IgnoredRest { key, line, document })
}

/// `mapAccounts`, read.
#[derive(Default)]
pub(super) struct Accounts<'a> {
    pub(super) document: Document<'a>,
    /// The accounts with their nodes.
    pub(super) list: Vec<(AccountMapping, NodeId)>,
    pub(super) problems: Vec<Problem>,
}

/// Reads `mapAccounts`, which is decoded straight into a list of strings: numbers and booleans keep their text, and
/// items before an error stay.
pub(super) fn accounts(text: &str) -> Accounts<'_> {
    let key = DataKey::MapAccounts;
    let mut read = Accounts::default();
    match document(text) {
        Ok(document) => read.document = document,
        Err(error) => {
            read.problems.push(unreadable(key, text, error));
            return read;
        }
    }
    if let Err(error) = fill_accounts(&mut read) {
        read.problems.push(unreadable(key, text, error));
    }
    read
}

fn fill_accounts(read: &mut Accounts<'_>) -> Result<(), Error> {
    let Some(root) = read.document.root.map(|root| &read.document.nodes[root]) else { return Ok(()) };
    let items = match &root.kind {
        NodeKind::Sequence { items, .. } => items,
        NodeKind::Scalar { .. } if scalar_class(root)? == Class::Null => return Ok(()),
        _ => {
            return Err(Error::new(root.content, "this is not a list of accounts"));
        }
    };
    for (index, id) in items.iter().enumerate() {
        let (written, node) = (&read.document.nodes[*id], read.document.resolved(*id));
        let (line, column) = (written.start.line + 1, written.start.column + 1);
        let NodeKind::Scalar { value, .. } = &node.kind else {
            let cause = "the item is a list or a map, not an account".to_owned();
            read.problems.push(Problem::Dropped { key: DataKey::MapAccounts, index, line, column, cause });
            continue;
        };
        let account = match scalar_class(node)? {
            Class::Null => String::new(),
            _ => binary_text(node)?.unwrap_or_else(|| value.clone().into_owned()),
        };
        read.list.push((AccountMapping { account, line, column }, *id));
    }
    Ok(())
}
