//! Removal of entries.

use super::change::RemoveBy;
use super::item;
use super::layout::Splice;
use crate::aws_auth::entries::{Entries, Entry, fold};
use crate::model::arn::Principal;

/// Whether an entry matches.
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

/// The splices that remove the entries at these indices; `None` where their layout is not supported.
pub(super) fn remove(read: &Entries<'_>, text: &str, gone: &[usize]) -> Option<Vec<Splice>> {
    item::remove(&read.document, text, read.document.root?, gone)
}
