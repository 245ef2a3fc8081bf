//! The types: a mapping, and what is wrong with a text.

use std::fmt;

use super::places::Places;
use super::yaml::Began;

pub use super::data_key::DataKey;

/// The `sso` block of a role entry. On EKS it matches no caller: the feature gate `SSORoleMatch` is off.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sso {
    /// `permissionSetName`
    pub permission_set_name: String,
    /// `accountID`
    pub account_id: String,
    /// `partition`
    pub partition: String,
}

/// An entry of `mapRoles` or `mapUsers` as the control plane stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mapping {
    /// The list that it is in.
    pub key: DataKey,
    /// Its index in the list, dropped entries counted.
    pub index: usize,
    /// The line of the data key's text in which it begins, from 1.
    pub line: usize,
    /// The column in which it begins, from 1.
    pub column: usize,
    /// `rolearn` or `userarn` as written; empty for an `sso` entry.
    pub arn: String,
    /// `sso`, in place of an ARN.
    pub sso: Option<Sso>,
    /// The username, its templates not expanded; empty if it has none or one of a wrong type.
    pub username: String,
    /// The groups, their templates not expanded; an item of a wrong type is an empty text.
    pub groups: Vec<String>,
    /// `userid`, which is not compared with anything.
    pub user_id: String,
}

impl Mapping {
    /// Whether both mean the same, wherever they are written.
    #[must_use]
    pub fn means_same(&self, other: &Self) -> bool {
        let meaning =
            |m: &Self| (m.key, m.arn.clone(), m.sso.clone(), m.username.clone(), m.groups.clone(), m.user_id.clone());
        meaning(self) == meaning(other)
    }
}

/// An entry of `mapAccounts`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountMapping {
    /// The account as written.
    pub account: String,
    /// Its line in the text, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
}

/// Something that the control plane reads differently from what was meant. Lines and columns count from 1 within the
/// data key's text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Problem {
    /// The text of a data key is rejected as a whole: none of its mappings exist.
    Unreadable {
        /// The data key.
        key: DataKey,
        /// Where.
        line: usize,
        /// Where.
        column: usize,
        /// Why.
        cause: String,
        /// The line in which the broken part began, if it is another one.
        began: Option<Began>,
    },
    /// One entry is dropped, the others stay.
    Dropped {
        /// The data key.
        key: DataKey,
        /// The entry's index in the list.
        index: usize,
        /// Where it begins.
        line: usize,
        /// Where it begins.
        column: usize,
        /// Why.
        cause: String,
    },
    /// A field, or one item of `groups`, has a type that can't be decoded and is left empty; its entry stays.
    LeftEmpty {
        /// The data key.
        key: DataKey,
        /// The entry's index in the list.
        index: usize,
        /// The line of the field.
        line: usize,
        /// The column of the field.
        column: usize,
        /// `rolearn`, `userarn`, `username`, `groups`, `userid`, `sso` or a field of it.
        field: &'static str,
        /// The type found: "a number", "a boolean", "text", "a list", "a map".
        found: &'static str,
        /// Of `groups`, the one item that is not a text; the list stays, with an empty group in its place.
        item: Option<Item>,
    },
    /// Text after the list; the control plane stops reading there.
    IgnoredRest {
        /// The data key.
        key: DataKey,
        /// Where it begins.
        line: usize,
        /// Whether it is another document, rather than lines indented less than the list.
        document: bool,
    },
    /// A key of `data` that is not read.
    UnknownKey {
        /// The key as written.
        name: String,
        /// The key that was meant, where only case or separators differ.
        meant: Option<DataKey>,
    },
}

/// An item of `groups` that is not a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// Its index in the list.
    pub at: usize,
    /// The text that a map of one pair would be without the blank after its colon: `system:masters`.
    pub joined: Option<String>,
}

impl Problem {
    /// The data key of the text concerned; `None` for a key that is not read.
    #[must_use]
    pub const fn key(&self) -> Option<DataKey> {
        match self {
            Self::Unreadable { key, .. }
            | Self::Dropped { key, .. }
            | Self::LeftEmpty { key, .. }
            | Self::IgnoredRest { key, .. } => Some(*key),
            Self::UnknownKey { .. } => None,
        }
    }

    /// The same problem with the lines and columns of a file.
    #[must_use]
    pub fn placed(mut self, places: &Places) -> Self {
        match &mut self {
            Self::Unreadable { key, line, column, began, .. } => {
                (*line, *column) = places.of(*key, (*line, *column));
                if let Some(began) = began {
                    began.line = places.of(*key, (began.line, 1)).0;
                }
            }
            Self::Dropped { key, line, column, .. } | Self::LeftEmpty { key, line, column, .. } => {
                (*line, *column) = places.of(*key, (*line, *column));
            }
            Self::IgnoredRest { key, line, .. } => *line = places.of(*key, (*line, 1)).0,
            Self::UnknownKey { .. } => {}
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { key, line, column, cause, began } => {
                write!(f, "{key} line {line}, column {column}: {cause}")?;
                began.map_or(Ok(()), |began| began.fmt(f))?;
                write!(f, "; the control plane drops all of {key}")
            }
            Self::Dropped { key, line, cause, .. } => write!(f, "{key} line {line}: {cause}; this entry is dropped"),
            Self::LeftEmpty { key, line, field, found, item: Some(_), .. } => {
                write!(f, "{key} line {line}: one item of `{field}` is {found} and becomes an empty string")
            }
            Self::LeftEmpty { key, line, field, found, .. } => {
                write!(f, "{key} line {line}: `{field}` is {found} and is treated as empty")
            }
            Self::IgnoredRest { key, line, .. } => write!(f, "{key} line {line}: nothing from here on is read"),
            Self::UnknownKey { name, meant: Some(meant) } => {
                write!(
                    f,
                    "the control plane does not read the data key `{}`; it reads `{meant}`",
                    name.escape_default()
                )
            }
            Self::UnknownKey { name, meant: None } => {
                write!(f, "the control plane does not read the data key `{}`", name.escape_default())
            }
        }
    }
}
