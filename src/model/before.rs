//! What a run overwrote, in enough detail to restore it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::AccessEntry;

/// One thing as it was, and its place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BeforeAt {
    /// The thing.
    #[serde(flatten)]
    pub before: Before,
    /// In a run over several places: the cluster's ARN, or the account id. `None` if there was one place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// One thing as it was.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Before {
    /// A role's trust policy.
    Trust {
        /// The role's name.
        role: String,
        /// The document.
        document: Value,
    },
    /// Other settings of a role that are replaced together.
    RoleSettings {
        /// The role's name.
        role: String,
        /// The description.
        description: String,
        /// Seconds.
        max_session_duration: i32,
    },
    /// A role's permissions boundary.
    Boundary {
        /// The role's name.
        role: String,
        /// The policy's ARN; `None` for none.
        arn: Option<String>,
    },
    /// A group's inline policy.
    GroupPolicy {
        /// The group's name.
        group: String,
        /// The policy's name.
        policy: String,
        /// The document.
        document: Value,
    },
    /// An access entry with its policies.
    Entry(AccessEntry),
}
