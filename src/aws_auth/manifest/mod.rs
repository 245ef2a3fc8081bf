//! An `aws-auth` manifest: the same text inside a YAML or JSON file, whose other bytes stay as they are.
//!
//! A value keeps its style where that can hold the new text: a folded one (`>`) becomes a literal one (`|`) where lines
//! would be joined, and one in single quotes that would need a line break gets double quotes. Single quotes that
//! held nothing get their first entry as JSON on one line.
//!
//! A `data` that was written by hand stays when its only entry is removed; one that this program made is removed with it.

mod block;
mod cut;
mod find;
mod near;
mod nothing;
mod objects;
mod outside;
mod pieces;
mod place;
mod splice;
mod twice;
mod value;
mod write;

pub use find::{Manifest, ManifestError};

#[cfg(test)]
mod kept;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod styles;
#[cfg(test)]
mod tests;
