//! Edits of `aws-auth` that change no other byte.
//!
//! A change is a few splices of the text, found from the spans of the nodes concerned. The result is read again and
//! compared, value by value, with the old reading plus the change; where they differ nothing is returned.
//!
//! Adding an entry and removing it restores the same bytes. A data key created for its first entry is removed with it,
//! if that is its only entry and its text is unchanged; a list written by another author stays, as `[]`. The
//! `ConfigMap` itself always stays, even if it was created for the entry: an empty one has the same effect as a missing
//! one, and other readers and its labels are left alone. White space alone, `""` and `''` count as an empty text.

mod accounts;
mod beside;
mod change;
mod first;
mod insert;
mod item;
mod layout;
mod prove;
mod remove;
mod run;
mod scalar;
mod style;
mod update;

pub(super) use change::size_of;
pub use change::{Change, EditError, Edited, Groups, MAX_DATA, RemoveBy};
pub(super) use first::on_one_line;
pub(super) use layout::{end_of, indent_before, last_leaf, line_after, line_end, line_start, newline};
pub use run::{edit, edit_opened};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod remove_tests;
#[cfg(test)]
mod upsert_tests;
