//! A new username or new groups in an existing entry.

use super::beside::{append_behind, may_hold_comments, replace_all};
use super::item;
use super::layout::{Splice, end_of, line_end};
use super::style::{EntryStyle, Field, Flow, GroupsForm, is_own};
use crate::aws_auth::entries::{Entries, Entry};
use crate::aws_auth::yaml::value::{Pair, Value};
use crate::aws_auth::yaml::{Document, NodeId, NodeKind, Style};

struct Update<'u, 'a> {
    read: &'u Entries<'a>,
    document: &'u Document<'a>,
    text: &'u str,
    entry: &'u Entry,
    style: EntryStyle,
    splices: Vec<Splice>,
    /// New pairs, added after the ARN.
    new_pairs: Vec<String>,
}

/// The splices that give the entry `at` these values; `None` where it can't be edited in place.
pub(super) fn update(
    read: &Entries<'_>,
    text: &str,
    at: usize,
    username: Option<&str>,
    groups: Option<&[String]>,
) -> Option<Vec<Splice>> {
    let entry = &read.list[at];
    let document = &read.document;
    let NodeKind::Mapping { flow, .. } = document.nodes[entry.node].kind else { return None };
    let mut style = EntryStyle::of(read, text, at);
    style.flow = flow.then(|| Flow::of(document, text, entry.node));
    let mut update = Update { read, document, text, entry, style, splices: Vec::new(), new_pairs: Vec::new() };
    if let Some(username) = username {
        update.username(username);
    }
    if let Some(groups) = groups {
        update.groups(groups)?;
    }
    update.insert_pairs()?;
    Some(update.splices)
}

/// The groups after a change: those that stay in their order, then the new ones.
pub(super) fn merged(old: &[String], wanted: &[String], keep_all: bool) -> Vec<String> {
    let mut groups: Vec<String> = old.iter().filter(|group| keep_all || wanted.contains(group)).cloned().collect();
    for group in wanted {
        if !groups.contains(group) {
            groups.push(group.clone());
        }
    }
    groups
}

impl Update<'_, '_> {
    fn own(&self, pair: Option<Pair>) -> Option<Pair> {
        pair.filter(|pair| is_own(self.document, self.entry.node, pair))
    }

    fn is_flow(&self) -> bool {
        self.style.flow.is_some()
    }

    fn username(&mut self, username: &str) {
        let key = self.entry.mapping.key;
        if let Some(pair) = self.own(self.entry.username) {
            let value = self.style.username.like(self.document, Some(pair.written)).write(username);
            self.replace(&pair, &value);
        } else {
            let value = self.style.username.write(username);
            self.new_pairs.push(self.style.pair(key, Field::Username, &value));
        }
    }

    /// Replaces a value by one that is on the key's line or begins with a line break.
    fn replace(&mut self, pair: &Pair, value: &str) {
        let node = &self.document.nodes[pair.written];
        let (start, end) = (node.start.offset, end_of(self.document, self.text, pair.written));
        let key_end = self.document.nodes[pair.key].end;
        let colon = self.text[key_end..].find(':').map_or(key_end, |found| key_end + found + 1);
        let inline = matches!(&node.kind, NodeKind::Scalar { tag: None, .. } | NodeKind::Alias { .. })
            || matches!(&node.kind, NodeKind::Sequence { flow: true, .. } | NodeKind::Mapping { flow: true, .. });
        let splice = if start == end {
            Splice::insert(colon, format!(" {value}").replace(" \n", "\n").replace(" \r", "\r"))
        } else if inline && !value.starts_with(['\n', '\r']) {
            Splice { range: node.content.offset..end, text: value.to_owned() }
        } else {
            let gap = if value.starts_with(['\n', '\r']) { "" } else { " " };
            Splice { range: colon.min(start)..end, text: format!("{gap}{value}") }
        };
        self.splices.push(splice);
    }

    fn groups(&mut self, groups: &[String]) -> Option<()> {
        let Some(pair) = self.own(self.entry.groups) else {
            let column = self.key_column()?;
            let value = self.style.groups_value(groups, column);
            let pair = self.style.pair(self.entry.mapping.key, Field::Groups, &value);
            self.new_pairs.push(pair);
            return Some(());
        };
        if self.edit_items(&pair, groups).is_some() {
            return Some(());
        }
        if let Some(splices) = self.all_items(&pair, groups) {
            self.splices.extend(splices);
        } else {
            let column = self.document.nodes[pair.key].start.column;
            if self.is_flow() && matches!(self.style.groups, GroupsForm::Block { .. }) {
                self.style.groups = GroupsForm::Flow(Flow::of(self.document, self.text, pair.written));
            }
            let value = self.style.groups_value(groups, column);
            self.replace(&pair, &value);
        }
        Some(())
    }

    /// Replaces all items, where there are comments among them.
    fn all_items(&self, pair: &Pair, groups: &[String]) -> Option<Vec<Splice>> {
        let key_end = self.document.nodes[pair.key].end;
        let colon = key_end + self.text.get(key_end..)?.find(':')? + 1;
        let written: Vec<String> = groups.iter().map(|group| self.style.group.write(group)).collect();
        replace_all(self.document, self.text, colon, pair.written, &written)
            .filter(|_| groups.iter().all(|group| !self.entry.mapping.groups.contains(group)))
    }

    /// Adds and removes single items; `None` where the list is written elsewhere or none of its items stay.
    fn edit_items(&mut self, pair: &Pair, groups: &[String]) -> Option<()> {
        let NodeKind::Sequence { items, flow } = &self.document.nodes[pair.written].kind else { return None };
        let old = &self.entry.mapping.groups;
        let Value::List { items: values } = self.read.values.get(pair.value) else { return None };
        if items.len() != old.len() || values.len() != old.len() {
            return None;
        }
        let gone: Vec<usize> = (0..old.len()).filter(|at| !groups.contains(&old[*at])).collect();
        if gone.len() == old.len() {
            return None;
        }
        let stay = old.len() - gone.len();
        let quoting = self.style.group.like(self.document, items.last().copied());
        let new: Vec<String> = groups.iter().skip(stay).map(|group| quoting.write(group)).collect();
        let mut splices = item::remove(self.document, self.text, pair.written, &gone)?;
        if *flow {
            let kept = (0..old.len()).rev().find(|at| !gone.contains(at))?;
            if kept + 1 < old.len() && !new.is_empty() {
                if !may_hold_comments(self.document, self.text, pair.written) {
                    return None;
                }
                let new = new.join(", ");
                self.splices.push(append_behind(self.document, self.text, pair.written, items[kept], &new));
                self.splices.extend(splices);
                return Some(());
            }
            for item in new {
                splices.push(item::append_flow(self.document, self.text, pair.written, &item)?);
            }
        } else if !new.is_empty() {
            let place = item::place_after_last(self.document, self.text, pair.written)?;
            splices.push(place.insert_all(self.text, &new));
        }
        self.splices.extend(splices);
        Some(())
    }

    fn key_column(&self) -> Option<usize> {
        let NodeKind::Mapping { pairs, .. } = &self.document.nodes[self.entry.node].kind else { return None };
        pairs.first().map(|(key, _)| self.document.nodes[*key].start.column)
    }

    /// Adds the new pairs after the pair with the ARN, or the last one.
    fn insert_pairs(&mut self) -> Option<()> {
        if self.new_pairs.is_empty() {
            return Some(());
        }
        let NodeKind::Mapping { pairs, .. } = &self.document.nodes[self.entry.node].kind else { return None };
        let after = self.own(self.entry.arn).map(|pair| pair.written).or_else(|| pairs.last().map(|pair| pair.1))?;
        let splice = if let Some(flow) = &self.style.flow {
            let new = [&[String::new()], self.new_pairs.as_slice()].concat().join(&flow.between);
            Splice::insert(self.document.nodes[after].end, new)
        } else {
            let column = self.key_column()?;
            let at = self.end_of_value_line(after);
            let indent = " ".repeat(column);
            let new =
                [&[String::new()], self.new_pairs.as_slice()].concat().join(&format!("{}{indent}", self.style.newline));
            Splice::insert(at, new)
        };
        self.splices.push(splice);
        Some(())
    }

    fn end_of_value_line(&self, value: NodeId) -> usize {
        let end = end_of(self.document, self.text, value);
        let block =
            matches!(self.document.nodes[value].kind, NodeKind::Scalar { style: Style::Literal | Style::Folded, .. });
        if block { end } else { line_end(self.text, end) }
    }
}
