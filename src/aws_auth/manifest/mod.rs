//! An `aws-auth` manifest: the same text inside a YAML or JSON file, whose other bytes stay as they are.
//!
//! A value keeps its style, `|` or double quotes. One that is plain, folded or in single quotes can't hold the new lines
//! as they are meant and becomes a double-quoted one.

mod cut;
mod find;
mod splice;
mod value;
mod write;

pub use find::{Manifest, ManifestError};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
