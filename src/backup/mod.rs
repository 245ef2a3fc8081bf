//! Old `aws-auth` manifests, kept before each replacement so that one command puts them back.

mod store;

pub use store::{Kept, Store, StoreError};
