//! Changes to `aws-auth` that move no other byte.
//!
//! A change is a few splices of the text, found from the spans of the nodes concerned. Then the result is read again and
//! compared, value by value, with the old reading plus the change; where that fails nothing is returned.
//!
//! Adding and removing the same entry gives the same bytes. Where a data key was made for its first entry, the key goes
//! with it when it is the only one and still written as it was made; a list that somebody else wrote stays, as `[]`. The
//! `ConfigMap` itself stays in any case, though it may have been created for the entry: an empty one maps nobody, as none
//! does, and whatever else reads or labels it is left alone. White space alone, `""` and `''` count as an empty text.

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
