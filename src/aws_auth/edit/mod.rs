//! Changes to `aws-auth` that move no other byte.
//!
//! A change is a few splices of the text, found from the spans of the nodes concerned. Then the result is read again and
//! compared, value by value, with the old reading plus the change; where that fails nothing is returned.

mod accounts;
mod change;
mod insert;
mod item;
mod layout;
mod prove;
mod remove;
mod run;
mod scalar;
mod style;
mod update;

pub use change::{Change, EditError, Edited, Groups, MAX_DATA, RemoveBy};
pub(super) use layout::{end_of, line_end, newline};
pub use run::edit;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod remove_tests;
#[cfg(test)]
mod upsert_tests;
