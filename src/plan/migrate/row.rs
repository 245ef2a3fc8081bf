//! A row of the table: one line of the map, and what becomes of it.

use super::bindings::Addition;
use crate::aws_auth::{DataKey, Mapping};
use crate::model::{AssociatedPolicy, Principal};

/// What a mapping gives today, its templates not expanded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Before {
    /// The ARN as it is written; the account of a `mapAccounts` line; empty where the line has none.
    pub arn: String,
    /// The username.
    pub username: String,
    /// The groups.
    pub groups: Vec<String>,
}

impl From<&Mapping> for Before {
    fn from(mapping: &Mapping) -> Self {
        Self { arn: mapping.arn.clone(), username: mapping.username.clone(), groups: mapping.groups.clone() }
    }
}

/// What the principal of a new entry lacks until everything acts.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Gap {
    /// Nothing: the entry needs no policy.
    None,
    /// The entry needs its policy, and a temporary group with all rights holds until the policy acts.
    Bridged,
    /// The entry needs its policy, and the principal lacks the policy's rights until it acts; the row asks.
    Announced,
}

/// When a row is applied.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Turn {
    /// A person or a job without all rights.
    Person,
    /// An administrator: one after another.
    Administrator,
    /// A role of nodes.
    Nodes,
    /// The identity that runs the migration.
    Own,
}

/// What the entry replaces besides the mapping.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Replaces {
    /// Nothing: there is no entry.
    Nothing,
    /// An entry that an earlier run of a migration created and did not finish.
    Unfinished,
    /// The entry of an earlier role or user of that name, by its principal's ARN; it gives no access.
    Stale(String),
}

/// The access entry that a mapping becomes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wish {
    /// The principal, with its full path.
    pub principal: Principal,
    /// The entry's type.
    pub entry_type: String,
    /// The username; a node type's is the one that EKS sets itself.
    pub username: String,
    /// Whether that is what EKS sets itself where none is sent.
    pub is_default_username: bool,
    /// The groups; none for a node type, whose groups EKS sets itself.
    pub groups: Vec<String>,
    /// The access policies, by their full ARNs.
    pub policies: Vec<AssociatedPolicy>,
    /// The subjects that bindings get beside the old ones, before the entry is created.
    pub bindings: Vec<Addition>,
    /// The username that the mapping gave, where the entry gives another one: the row is overwriting.
    pub renamed_from: Option<String>,
    /// Why the row can't be proven by comparing alone.
    pub unproven: Option<String>,
    /// What is there already.
    pub replaces: Replaces,
    /// What the principal lacks until everything acts.
    pub gap: Gap,
    /// When it is applied.
    pub turn: Turn,
}

impl Wish {
    /// Whether the entry is that of nodes.
    pub fn is_node(&self) -> bool {
        self.entry_type != crate::model::access::STANDARD
    }
}

/// An entry that exists and stays as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kept {
    /// It gives what the mapping gives.
    Equal,
    /// It gives something else, and overrides the mapping.
    Differs(Vec<String>),
    /// Whether it gives the same can't be determined, and why.
    Unclear(String),
}

/// An option that answers a row's question.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Answer {
    /// `--type-of ARN=TYPE`
    TypeOf,
    /// `--username-of ARN=NAME`
    UsernameOf,
    /// `--path-of NAME=/path/`
    PathOf,
    /// `--create-bindings`
    CreateBindings,
    /// `--accept-recreated ARN`
    AcceptRecreated,
}

impl Answer {
    /// The option as it is typed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeOf => "--type-of",
            Self::UsernameOf => "--username-of",
            Self::PathOf => "--path-of",
            Self::CreateBindings => "--create-bindings",
            Self::AcceptRecreated => "--accept-recreated",
        }
    }
}

/// A question that an option answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// Why it is asked.
    pub reason: String,
    /// The option.
    pub answer: Answer,
    /// The option with each value that may be right, ready to paste; empty if no value can be proposed.
    pub proposals: Vec<String>,
}

/// What becomes of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// It becomes an access entry.
    Becomes(Box<Wish>),
    /// The principal has an entry already.
    Kept(Kept),
    /// It is not migrated until options say how: every question that it raises, at least one.
    Asks(Vec<Question>),
    /// It can't be migrated by this program.
    ByHand {
        /// Why, and what to do.
        reason: String,
        /// Whether mode `API` would take access away while it is not done.
        blocks_api: bool,
    },
    /// No caller matches it today: there is nothing to migrate.
    MatchesNone {
        /// Why.
        reason: String,
        /// The command that would let its principal in.
        command: Option<String>,
    },
    /// Another line decides for its ARN.
    Shadowed {
        /// The list of the line that decides.
        key: DataKey,
        /// That line.
        line: usize,
        /// Why.
        reason: &'static str,
    },
}

impl Decision {
    /// Whether mode `API` would take access away as things are: nothing gives the principal what the line gives.
    pub const fn blocks_api(&self) -> bool {
        match self {
            Self::Asks(_) => true,
            Self::ByHand { blocks_api, .. } => *blocks_api,
            Self::Becomes(_) | Self::Kept(_) | Self::MatchesNone { .. } | Self::Shadowed { .. } => false,
        }
    }
}

/// One line of the map with what becomes of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The list.
    pub key: DataKey,
    /// Its place in the list, from 0; `None` for what is said of the list as a whole.
    pub index: Option<usize>,
    /// Its line, from 1: the file's where it is in one.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// What it gives.
    pub before: Before,
    /// What becomes of it.
    pub decision: Decision,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Row {
    /// The entry that it becomes.
    pub fn wish(&self) -> Option<&Wish> {
        match &self.decision {
            Decision::Becomes(wish) => Some(wish),
            _ => None,
        }
    }
}
