//! YAML exactly as the control plane's Go code reads it.
//!
//! The authenticator turns `aws-auth` into JSON with `sigs.k8s.io/yaml`, which is based on `go.yaml.in/yaml/v2`: YAML
//! 1.1 by libyaml's rules, with that package's own deviations (no `\/` escape, only `%YAML 1.1`, `?` ends a plain
//! scalar inside brackets, `[a] rest` reads as `[a]`, at most 10,000 levels). No crate reads that dialect, and a text
//! that one parser accepts and the other rejects decides whether a cluster has any mappings; hence a reader of our own,
//! compared with the Go code on generated texts.
//!
//! `document()` gives the first document as nodes with byte spans, for editing; `value::decode` gives what Go's
//! decoder makes of it: aliases and merge keys resolved, the last of equal keys, scalars by their class.

mod chars;
mod compose;
#[cfg(test)]
pub(super) mod count;
pub(super) mod decode;
mod depth;
mod directive;
mod flow;
mod parser;
mod resolve;
mod scalar;
mod scanner;
mod token;
pub(super) mod value;

pub use chars::Began;
pub(super) use chars::{Error, Mark};
pub(super) use compose::{Document, Node, NodeId, NodeKind, document};
pub(crate) use depth::{Nesting, nesting};
pub(super) use resolve::{Class, class_of_plain, skips};
pub(super) use scalar::escaped;
pub(super) use token::Style;
