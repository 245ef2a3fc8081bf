//! `mapAccounts`: one account added or removed.

use super::first::{Left, before_first};
use super::insert::{EMPTY_LIST, into_empty, is_empty_list_or_null, is_written};
use super::item::{append_flow, place_after_last, remove};
use super::layout::{Splice, apply, line_start};
use super::scalar::{Quote, Quoting};
use crate::aws_auth::mapping::Problem;
use crate::aws_auth::read::{Accounts, accounts};
use crate::aws_auth::yaml::{Document, NodeId, NodeKind, Style, skips};

/// The text with the account added or removed; `None` if nothing changes.
///
/// # Errors
/// The text can't be read (the problem), or the change can't be proven (what differs).
pub(super) fn change(before: Option<&str>, account: &str, add: bool) -> Result<Option<Left>, Result<Problem, String>> {
    let text = before.unwrap_or_default();
    let read = accounts(text);
    if let Some(problem) = read.problems.iter().find(|problem| matches!(problem, Problem::Unreadable { .. })) {
        return Err(Ok(problem.clone()));
    }
    let stands = read.list.iter().any(|(found, _)| found.account == account);
    if stands == add {
        return Ok(None);
    }
    if !add && let Some(left) = before_only(&read, text) {
        return Ok(Some(left));
    }
    let new = if add { with(before, account) } else { removed(&read, text, account).map(|gone| apply(text, gone)) };
    let new = new.ok_or_else(|| Err("the list has a layout that can't be edited".to_owned()))?;
    let mut expected: Vec<&str> = names(&read).filter(|name| add || *name != account).collect();
    if add {
        expected.push(account);
    }
    let again = accounts(&new);
    if !names(&again).eq(expected.iter().copied()) || again.problems.len() != read.problems.len() {
        return Err(Err("the accounts would not be the old ones plus the change".to_owned()));
    }
    Ok(Some(Left::Text(new)))
}

/// The text with one account added; `before` is `None` for a missing key.
fn with(before: Option<&str>, account: &str) -> Option<String> {
    match before {
        None => Some(format!("- \"{account}\"\n")),
        Some(text) if skips(text) => Some(format!("- \"{account}\"")),
        Some(text) => Some(apply(text, added(&accounts(text), text, account)?)),
    }
}

/// What the text was before its only account was added, where it is written as this program adds one.
fn before_only(read: &Accounts<'_>, text: &str) -> Option<Left> {
    let [(only, node)] = &read.list[..] else { return None };
    let items = match &read.document.nodes[read.document.root?].kind {
        NodeKind::Sequence { items, .. } => items.len(),
        _ => 0,
    };
    let begin = line_start(text, read.document.nodes[*node].dash?);
    let left = before_first(text, begin, |before| with(before, &only.account)).filter(|_| items == 1)?;
    accounts(left.as_text().unwrap_or_default()).list.is_empty().then_some(left)
}

fn names<'r>(read: &'r Accounts<'_>) -> impl Iterator<Item = &'r str> {
    read.list.iter().map(|(account, _)| account.account.as_str())
}

fn added(read: &Accounts<'_>, text: &str, account: &str) -> Option<Vec<Splice>> {
    let document = &read.document;
    if text == EMPTY_LIST {
        return append_flow(document, text, document.root?, &format!("\"{account}\"")).map(|splice| vec![splice]);
    }
    let root = document.root.filter(|root| !is_empty_list_or_null(document, *root));
    let Some(root) = root else {
        // An account that replaces `[]` gets the other quotes, which tell later that the list was `[]`.
        let in_brackets = document.root.is_some_and(|root| is_written(document, root));
        let content = if in_brackets { format!("'{account}'") } else { format!("\"{account}\"") };
        return Some(vec![into_empty(document, text, &content)]);
    };
    let content = written(document, read.list.last().map(|(_, node)| *node), account);
    if matches!(document.nodes[root].kind, NodeKind::Sequence { flow: true, .. }) {
        return append_flow(document, text, root, &content).map(|splice| vec![splice]);
    }
    Some(vec![place_after_last(document, text, root)?.insert(text, &content)])
}

/// Unquoted only where the neighbour is: other readers take bare digits for a number.
fn written(document: &Document<'_>, neighbour: Option<NodeId>, account: &str) -> String {
    match neighbour.map(|id| &document.nodes[id].kind) {
        Some(NodeKind::Scalar { style: Style::Plain, .. }) => account.to_owned(),
        _ => Quoting { always: true, quote: Quote::Double }.like(document, neighbour).write(account),
    }
}

fn removed(read: &Accounts<'_>, text: &str, account: &str) -> Option<Vec<Splice>> {
    let root = read.document.root?;
    let NodeKind::Sequence { items, .. } = &read.document.nodes[root].kind else { return None };
    let gone: Vec<NodeId> =
        read.list.iter().filter(|(found, _)| found.account == account).map(|(_, node)| *node).collect();
    let places: Vec<usize> = (0..items.len()).filter(|at| gone.contains(&items[*at])).collect();
    remove(&read.document, text, root, &places)
}
