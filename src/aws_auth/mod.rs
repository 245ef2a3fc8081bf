//! The `aws-auth` `ConfigMap`'s text: read as the control plane reads it, edited without losing a byte, linted. Pure.

mod edit;
mod entries;
mod explain;
mod json;
mod lint;
mod manifest;
mod mapping;
mod nodes;
mod places;
mod read;
mod who;
mod yaml;

pub use edit::{Change, EditError, Edited, Groups, MAX_DATA, RemoveBy, edit};
pub use lint::{Circumstances, Finding, KnownPrincipals, Named, Rule, lint, lint_near, lint_read};
pub use manifest::{Manifest, ManifestError};
pub use mapping::{AccountMapping, DataKey, Item, Mapping, Problem, Sso};
pub use nodes::{is_node_group, is_node_mapping};
pub use places::Places;
pub use read::{Reading, read};
pub use who::{Caller, Match, Shadowed, Who, Why};
pub use yaml::Began;

#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod who_tests;
