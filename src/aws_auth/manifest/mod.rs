//! An `aws-auth` manifest: the same text inside a YAML or JSON file, whose other bytes stay as they are.

mod find;
mod splice;
mod value;
mod write;

pub use find::{Manifest, ManifestError};

#[cfg(test)]
mod tests;
