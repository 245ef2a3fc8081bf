//! Entries that go.

use super::change::RemoveBy;
use super::item;
use super::layout::Splice;
use crate::aws_auth::entries::{Entries, Entry, fold};
use crate::model::arn::Principal;

/// Whether an entry is meant.
pub(super) fn fits(entry: &Entry, by: &RemoveBy) -> bool {
    let mapping = &entry.mapping;
    if entry.dropped.is_some() {
        return false;
    }
    match by {
        RemoveBy::Username(username) => mapping.username == *username,
        RemoveBy::Arn(arn) => {
            let (given, written) = (arn.trim(), mapping.arn.trim());
            let parsed = (Principal::as_matched(given), Principal::as_matched(written));
            !written.is_empty()
                && (fold(given) == fold(written) || matches!(parsed, (Ok(a), Ok(b)) if a.same_entity(&b)))
        }
    }
}

/// The splices that take the entries at these places out; `None` where they are laid out in a way that can't be edited.
pub(super) fn remove(read: &Entries<'_>, text: &str, gone: &[usize]) -> Option<Vec<Splice>> {
    item::remove(&read.document, text, read.document.root?, gone)
}
