//! `mapAccounts`: one account more, or one less.

use super::insert::{into_empty, is_empty_list_or_null};
use super::item::{append_flow, place_after_last, remove};
use super::layout::{Splice, apply};
use super::scalar::{Quote, Quoting};
use crate::aws_auth::mapping::Problem;
use crate::aws_auth::read::{Accounts, accounts};
use crate::aws_auth::yaml::{Document, NodeId, NodeKind, Style, skips};

/// The text with the account added or removed; `None` if nothing is to change.
///
/// # Errors
/// The text can't be read (the problem), or the change can't be proven (what).
pub(super) fn change(text: &str, account: &str, add: bool) -> Result<Option<String>, Result<Problem, String>> {
    let read = accounts(text);
    if let Some(problem) = read.problems.iter().find(|problem| matches!(problem, Problem::Unreadable { .. })) {
        return Err(Ok(problem.clone()));
    }
    let stands = read.list.iter().any(|(found, _)| found.account == account);
    if stands == add {
        return Ok(None);
    }
    if skips(text) {
        return Ok(Some(format!("- \"{account}\"\n")));
    }
    let splices = if add { added(&read, text, account) } else { removed(&read, text, account) };
    let splices = splices.ok_or_else(|| Err("the list is laid out in a way that is not edited".to_owned()))?;
    let new = apply(text, splices);
    let mut expected: Vec<&str> = names(&read).filter(|name| add || *name != account).collect();
    if add {
        expected.push(account);
    }
    let again = accounts(&new);
    if !names(&again).eq(expected.iter().copied()) || again.problems.len() != read.problems.len() {
        return Err(Err("the accounts would not be the old ones and the change".to_owned()));
    }
    Ok(Some(new))
}

fn names<'r>(read: &'r Accounts<'_>) -> impl Iterator<Item = &'r str> {
    read.list.iter().map(|(account, _)| account.account.as_str())
}

fn added(read: &Accounts<'_>, text: &str, account: &str) -> Option<Vec<Splice>> {
    let document = &read.document;
    let root = document.root.filter(|root| !is_empty_list_or_null(document, *root));
    let content = written(document, read.list.last().map(|(_, node)| *node), account);
    let Some(root) = root else { return Some(vec![into_empty(document, text, &content)]) };
    if matches!(document.nodes[root].kind, NodeKind::Sequence { flow: true, .. }) {
        return append_flow(document, text, root, &content).map(|splice| vec![splice]);
    }
    Some(vec![place_after_last(document, text, root)?.insert(text, &content)])
}

/// Without quotes only where the neighbour has none: other readers take bare digits for a number.
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
