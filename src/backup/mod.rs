//! Old `aws-auth` manifests, kept before each replacement so that one command puts them back; access entries, kept
//! before they are deleted and made again.

mod kept_entry;
mod store;

pub use store::{Kept, Store, StoreError};
