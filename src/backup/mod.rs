//! Backups of `aws-auth` manifests, saved before each replacement so that one command restores them; access entries,
//! saved before they are deleted and recreated.

mod kept_entry;
mod store;

pub use store::{Kept, Store, StoreError};
