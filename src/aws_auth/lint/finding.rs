//! A trap that was found.

use std::fmt;

use crate::aws_auth::edit::Change;
use crate::aws_auth::mapping::DataKey;
use crate::characters::is_hidden;

/// The kind of a trap.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Rule {
    /// A data key's text is given up as a whole.
    Unreadable,
    /// A data key that nobody reads.
    UnknownDataKey,
    /// An entry is left out.
    DroppedEntry,
    /// A field of a wrong type is left empty.
    LeftEmpty,
    /// A field whose name is nearly one that is read.
    MisspelledField,
    /// A key that stands more than once in the object or in its `data`.
    RepeatedKey,
    /// One of the data keys outside of `data`.
    OutsideData,
    /// A field that a `ConfigMap` does not have.
    UnknownField,
    /// A `data`, or a value of it, that the API server refuses.
    RefusedData,
    /// An object that the API server refuses.
    RefusedObject,
    /// An object without a namespace, which is applied to that of the context.
    NoNamespace,
    /// A value without quotes that goes on over the lines below it.
    SwallowedLines,
    /// A field that stands more than once in an entry.
    RepeatedField,
    /// `userid`, which is compared with nothing.
    UnusedUserId,
    /// Text behind the list, in another YAML document or indented less, which nobody reads.
    IgnoredRest,
    /// An entry has no effect because a later one, or one of `mapRoles`, has the same ARN.
    Shadowed,
    /// Entries of which one wins at random.
    RandomWinner,
    /// What stands as the ARN is none.
    NotAnArn,
    /// White space around an ARN.
    PaddedArn,
    /// A role's ARN with a path.
    RolePath,
    /// The ARN of an account's root user, which does not stand for the account.
    RootUser,
    /// The ARN of a session, not of its role.
    AssumedRoleArn,
    /// A user's ARN whose path is another one than IAM's.
    UserPath,
    /// An ARN with a wildcard.
    Wildcard,
    /// An ARN of another partition than the cluster's, or than the other entries'.
    OtherPartition,
    /// An entry by permission set.
    SsoEntry,
    /// No username.
    EmptyUsername,
    /// A username with white space, or with quotes, at an end.
    PaddedUsername,
    /// Groups that a wrong indentation made one.
    MergedGroups,
    /// A group without text, with white space or quotes at an end, or with a comma.
    OddGroup,
    /// What was to be filled in.
    Placeholder,
    /// The nodes' template in the entry of a role that people assume.
    PersonAsNode,
    /// A username or a group with characters that a reader does not see.
    InvisibleCharacter,
    /// A template that is not known, and stays as it is written.
    UnknownTemplate,
    /// A template that expands to nothing for this kind of principal.
    EmptyTemplate,
    /// An entry of `mapAccounts` that is no account.
    NotAnAccount,
    /// Nearly as much as a `ConfigMap` can hold.
    NearlyFull,
    /// A principal that IAM does not know, in an entry that would match it if it were created: a principal that is
    /// created under that name gets this access.
    Claimable,
    /// A principal that IAM does not know, in an entry that matches nobody in any case.
    GonePrincipal,
    /// An Identity Center role that was recreated under another suffix; the old name is claimable.
    GonePermissionSet,
    /// An access entry takes the place of a mapping.
    MaskedByEntry,
    /// A mapped role that others can assume than the account's own identity policies decide on.
    OpenTrust,
}

impl Rule {
    /// The rule's name for machines.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::UnknownDataKey => "unknown-data-key",
            Self::DroppedEntry => "dropped-entry",
            Self::LeftEmpty => "left-empty",
            Self::MisspelledField => "misspelled-field",
            Self::RepeatedKey => "repeated-key",
            Self::OutsideData => "outside-data",
            Self::UnknownField => "unknown-field",
            Self::RefusedData => "refused-data",
            Self::RefusedObject => "refused-object",
            Self::NoNamespace => "no-namespace",
            Self::SwallowedLines => "swallowed-lines",
            Self::RepeatedField => "repeated-field",
            Self::UnusedUserId => "unused-userid",
            Self::IgnoredRest => "ignored-rest",
            Self::Shadowed => "shadowed",
            Self::RandomWinner => "random-winner",
            Self::NotAnArn => "not-an-arn",
            Self::PaddedArn => "padded-arn",
            Self::RolePath => "role-path",
            Self::RootUser => "root-user",
            Self::AssumedRoleArn => "assumed-role-arn",
            Self::UserPath => "user-path",
            Self::Wildcard => "wildcard",
            Self::OtherPartition => "other-partition",
            Self::SsoEntry => "sso-entry",
            Self::EmptyUsername => "empty-username",
            Self::PaddedUsername => "padded-username",
            Self::MergedGroups => "merged-groups",
            Self::OddGroup => "odd-group",
            Self::Placeholder => "placeholder",
            Self::PersonAsNode => "person-as-node",
            Self::InvisibleCharacter => "invisible-character",
            Self::UnknownTemplate => "unknown-template",
            Self::EmptyTemplate => "empty-template",
            Self::NotAnAccount => "not-an-account",
            Self::NearlyFull => "nearly-full",
            Self::Claimable => "claimable-principal",
            Self::GonePrincipal => "gone-principal",
            Self::GonePermissionSet => "gone-permission-set",
            Self::MaskedByEntry => "masked-by-entry",
            Self::OpenTrust => "open-trust",
        }
    }

    /// How bad a trap of this kind is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Claimable | Self::GonePermissionSet => Severity::Error,
            _ => Severity::Warning,
        }
    }
}

/// How bad a trap is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Severity {
    /// It does not do what was probably meant.
    Warning,
    /// It may let in somebody who was never meant.
    Error,
}

impl Severity {
    /// The severity's name for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A trap, where it stands and what to do about it. All texts from the map are escaped: they hold no control characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The kind.
    pub rule: Rule,
    /// The data key; `None` for a key that nobody reads, and for the whole.
    pub key: Option<DataKey>,
    /// The entry, if it is one that is meant.
    pub entry: Option<Named>,
    /// The line of the file, or of the data key's text where there is no file; from 1, 0 where no line is meant.
    pub line: usize,
    /// The column, from 1; 0 where none is meant.
    pub column: usize,
    /// The part of the entry that is meant, until its place is found.
    pub(super) part: Option<Part>,
    /// What it does today.
    pub today: String,
    /// What was probably meant, or what to do.
    pub meant: Option<String>,
    /// A change that mends it and leaves everybody's access as it is today.
    pub fix: Option<Change>,
}

/// A part of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::aws_auth) enum Part {
    /// The text of its ARN.
    Arn,
    /// Its username.
    Username,
    /// The group at this place of its list.
    Group(usize),
}

/// An entry as a finding names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its ARN, fit to be shown; empty if it has none.
    pub arn: String,
    /// Whether another entry begins on its line.
    pub shares_line: bool,
}

impl Finding {
    pub(in crate::aws_auth) fn new(
        rule: Rule,
        key: impl Into<Option<DataKey>>,
        (line, column): (usize, usize),
        today: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            key: key.into(),
            entry: None,
            line,
            column,
            part: None,
            today: today.into(),
            meant: None,
            fix: None,
        }
    }

    pub(super) fn part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }

    pub(in crate::aws_auth) fn meant(self, meant: impl Into<String>) -> Self {
        Self { meant: Some(meant.into()), ..self }
    }
}

/// A text of the map as it may be shown: what is not printable is escaped, what is long is cut.
pub(in crate::aws_auth) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(200) {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(200).is_some() {
        shown.push('…');
    }
    shown
}
