//! A kubeconfig as text: read and merged without loss. Pure.
//!
//! Guarantee: a change moves no other bytes (comments, order, quoting, indentation, line endings, JSON, a missing final
//! line ending), a second run changes nothing, and a result that can't be proven is not returned: the new text is read
//! again and must mean the old meaning plus the change.
//!
//! Limits: `<<` merge keys are read, but an edit never reaches through an alias ([`DocumentError::NotProven`]); tagged
//! nodes and files with several documents are refused; a comment between two entries stays with the entry above it if
//! it is indented deeper than the list's dashes, else with the entry below.

mod batch;
mod create;
mod draft;
mod edit;
mod entries;
mod error;
mod find;
mod layout;
mod merge;
mod read;
mod render;
mod splice;
mod user;
mod view;
mod wanted;

pub use batch::{Batch, emit};
pub use draft::Draft;
#[cfg(test)]
pub use entries::Entry;
pub use entries::{Entries, List};
pub use error::DocumentError;
pub use find::region_of_server;
pub use merge::{home, merge};
pub(crate) use read::MOST_BYTES;
pub use read::{Document, Undecodable};
pub use view::{ContextView, views};
pub use wanted::{Change, Current, Merged, Note, Wanted};

#[cfg(test)]
pub(crate) mod tests;
