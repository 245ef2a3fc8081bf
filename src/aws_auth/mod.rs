//! The `aws-auth` `ConfigMap`'s text: read as the control plane reads it, edited without losing a byte, linted. Pure.

mod data_key;
mod deciding;
mod edit;
mod entries;
mod explain;
mod json;
mod lint;
mod manifest;
mod mapping;
mod nodes;
mod opened;
mod places;
mod read;
mod who;
mod yaml;

pub use deciding::{Deciding, Fate};
pub use edit::{Change, EditError, Edited, Groups, MAX_DATA, RemoveBy, edit, edit_opened};
pub use lint::{Circumstances, Finding, KnownPrincipals, Named, Rule, Severity, lint, lint_near, lint_read};
pub use manifest::{Manifest, ManifestError};
pub use mapping::{AccountMapping, DataKey, Item, Mapping, Problem, Sso};
pub use nodes::{is_node_group, is_node_mapping};
pub use opened::Opened;
pub use places::Places;
pub use read::{Reading, Reread, read};
pub use who::{Caller, EC2_PRIVATE_DNS_NAME, Match, Shadowed, Who, Why};
pub use yaml::Began;
pub(crate) use yaml::{Nesting, nesting};

#[cfg(test)]
pub(crate) use yaml::count::bytes_read;

#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod who_tests;
