//! The changes, and their results.

use std::collections::BTreeMap;

use crate::aws_auth::mapping::{DataKey, Mapping, Problem};
use crate::aws_auth::places::Places;
use crate::aws_auth::read::Reread;
use crate::model::arn::{ArnError, Principal};

/// The most bytes that the values of a `ConfigMap` may hold (Kubernetes, `MaxSecretSize`); the API server refuses more.
pub const MAX_DATA: usize = 1_048_576;

/// The bytes of `data` that the API server counts: those of the values, not of the keys (`ValidateConfigMap` in
/// `pkg/apis/core/validation`). It counts those of `binaryData` too, which are not seen here.
pub(in crate::aws_auth) fn size_of(data: &BTreeMap<String, String>) -> usize {
    data.values().map(String::len).sum()
}

/// What an upsert does to the groups.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Groups {
    /// Leaves them as they are; a new entry gets none.
    #[default]
    Keep,
    /// Exactly these; those that stay keep their order.
    Set(Vec<String>),
    /// Adds these.
    Append(Vec<String>),
}

/// How an entry to remove is identified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RemoveBy {
    /// An ARN in any form: with or without a role's path, an assumed role's, or the exact text of the entry.
    Arn(String),
    /// The username as written.
    Username(String),
}

/// One change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Adds an entry for a principal, or changes the one that decides for it.
    Upsert {
        /// The principal; a role is written without its path.
        arn: Principal,
        /// The username; `None` leaves an existing one as it is.
        username: Option<String>,
        /// The groups.
        groups: Groups,
    },
    /// Removes entries of `mapRoles` and `mapUsers`.
    Remove {
        /// Which.
        by: RemoveBy,
        /// Every match; if false, the deciding one, or else the last.
        all: bool,
    },
    /// Removes the entries that have no effect because a later one of the same list has the same ARN, or, in `mapUsers`,
    /// because `mapRoles` has it.
    RemoveShadowed {
        /// The list.
        key: DataKey,
        /// The ARN as one of them spells it.
        arn: String,
    },
    /// Adds an account to `mapAccounts`.
    AddAccount(String),
    /// Removes an account from `mapAccounts`, every occurrence.
    RemoveAccount(String),
}

/// The data after a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edited {
    /// The whole data; equal to the old one, byte for byte, where nothing changed.
    pub data: BTreeMap<String, String>,
    /// Whether anything changed.
    pub changed: bool,
    /// The data key concerned.
    pub key: DataKey,
    /// The mapping that decided before the change: the one updated, or the one removed.
    pub before: Option<Mapping>,
    /// The mapping that decides after the change: the one added or updated, or the duplicate that takes effect after a
    /// removal.
    pub after: Option<Mapping>,
    /// Every mapping that was removed.
    pub removed: Vec<Mapping>,
    /// For each of them, the mapping that decides for its principal after the change.
    pub then: Vec<Option<Mapping>>,
    /// The lists that were read again for the proof, as they are after the change.
    pub reread: Vec<Reread>,
}

/// Why a change was not made. Nothing is written in that case.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The text to edit can't be read, so its meaning can't be preserved.
    #[error("{0}; repair it by hand before changing anything in it")]
    Unreadable(Problem),
    /// The result, read again, would not mean exactly the old mappings plus the change.
    #[error("{key}: the change can't be proven to leave the rest unchanged: {what}")]
    NotProven {
        /// The data key.
        key: DataKey,
        /// What could not be proven.
        what: String,
    },
    /// The same, where a value that is written once is used twice.
    #[error(
        "{key}: the change can't be proven to leave the rest unchanged: {what}; line {line} marks a value `&{anchor}`, and line {used} repeats it as `*{anchor}`: write it out in both places"
    )]
    Shared {
        /// The data key.
        key: DataKey,
        /// What could not be proven.
        what: String,
        /// The anchor's name.
        anchor: String,
        /// Its line.
        line: usize,
        /// The line of the alias.
        used: usize,
    },
    /// Several entries differ in case only, and the control plane chooses one of them at random.
    #[error("{key} lines {lines}: these entries for {arn} differ only in case, and one of them decides at random; remove all but one", lines = join(.lines))]
    AtRandom {
        /// The data key.
        key: DataKey,
        /// The principal.
        arn: String,
        /// The lines of the entries.
        lines: Vec<usize>,
    },
    /// A new entry without a username would give its principal access with an empty name.
    #[error("{0} has no mapping yet, and a new one needs a username")]
    NeedsUsername(String),
    /// Not twelve digits.
    #[error(transparent)]
    Account(#[from] ArnError),
    /// More bytes than the API server accepts.
    #[error("the ConfigMap's data would have {0} bytes; the API server accepts at most {MAX_DATA}")]
    TooLarge(usize),
}

impl EditError {
    /// The same error with the lines of a file.
    #[must_use]
    pub fn placed(self, places: &Places) -> Self {
        match self {
            Self::Unreadable(problem) => Self::Unreadable(problem.placed(places)),
            Self::AtRandom { key, arn, lines } => {
                let lines = lines.into_iter().map(|line| places.of(key, (line, 1)).0).collect();
                Self::AtRandom { key, arn, lines }
            }
            Self::Shared { key, what, anchor, line, used } => {
                let (line, used) = (places.of(key, (line, 1)).0, places.of(key, (used, 1)).0);
                Self::Shared { key, what, anchor, line, used }
            }
            other => other,
        }
    }
}

fn join(lines: &[usize]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
