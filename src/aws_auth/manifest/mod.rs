//! An `aws-auth` manifest: the same text inside a YAML or JSON file, whose other bytes do not change.
//!
//! A value keeps its style where it can hold the new text: a folded one (`>`) becomes a literal one (`|`) where lines
//! would be joined, and one in single quotes that would need a line break gets double quotes. Empty single quotes get
//! their first entry as JSON on one line.
//!
//! A handwritten `data` stays when its only entry is removed; one created by this program is removed with it.

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
