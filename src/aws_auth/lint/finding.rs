//! A trap that was found.

use std::fmt;

use crate::aws_auth::edit::Change;
use crate::aws_auth::mapping::DataKey;
use crate::characters::is_hidden;

/// The kind of a trap.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Rule {
    /// The text of a data key is rejected as a whole.
    Unreadable,
    /// A data key that is not read.
    UnknownDataKey,
    /// An entry that is dropped.
    DroppedEntry,
    /// A field of a wrong type is left empty.
    LeftEmpty,
    /// A field whose name is nearly one that is read.
    MisspelledField,
    /// A key that occurs more than once in the object or in its `data`.
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
    /// A value without quotes that continues over the lines below it.
    SwallowedLines,
    /// A field that occurs more than once in an entry.
    RepeatedField,
    /// `userid`, which is not compared with anything.
    UnusedUserId,
    /// Text after the list, in another YAML document or indented less, which is not read.
    IgnoredRest,
    /// An entry has no effect because a later one, or one of `mapRoles`, has the same ARN.
    Shadowed,
    /// Entries of which one wins at random.
    RandomWinner,
    /// The text given as the ARN is not one.
    NotAnArn,
    /// White space around an ARN.
    PaddedArn,
    /// A role's ARN with a path.
    RolePath,
    /// The ARN of an account's root user, which does not cover the account.
    RootUser,
    /// The ARN of a session, not of its role.
    AssumedRoleArn,
    /// A user's ARN whose path differs from IAM's.
    UserPath,
    /// An ARN with a wildcard.
    Wildcard,
    /// An ARN of a partition other than the cluster's, or than that of the other entries.
    OtherPartition,
    /// An entry by permission set.
    SsoEntry,
    /// No username.
    EmptyUsername,
    /// A username that begins or ends with white space or quotes.
    PaddedUsername,
    /// Groups that wrong indentation joined into one.
    MergedGroups,
    /// An empty group, or one that begins or ends with white space or quotes, or contains a comma.
    OddGroup,
    /// A placeholder that was not filled in.
    Placeholder,
    /// The nodes' template in the entry of a role that people assume.
    PersonAsNode,
    /// A username or a group with invisible characters.
    InvisibleCharacter,
    /// A template that is not known, and stays unexpanded.
    UnknownTemplate,
    /// A template that expands to nothing for this kind of principal.
    EmptyTemplate,
    /// An entry of `mapAccounts` that is not an account.
    NotAnAccount,
    /// Nearly as much as a `ConfigMap` can hold.
    NearlyFull,
    /// A principal that does not exist in IAM, in an entry that would match it: a principal created under that name
    /// gets this access.
    Claimable,
    /// A principal that does not exist in IAM, in an entry that can't match any caller.
    GonePrincipal,
    /// An Identity Center role that was recreated under another suffix; the old name is claimable.
    GonePermissionSet,
    /// An access entry overrides a mapping.
    MaskedByEntry,
    /// A mapped role that can be assumed by principals beyond the control of the account's own identity policies.
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
    /// It may give access to a principal for which it was not meant.
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

/// A trap, its place and what to do about it. All texts from the map are escaped: they hold no control characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The kind.
    pub rule: Rule,
    /// The data key; `None` for a key that is not read, and for the whole.
    pub key: Option<DataKey>,
    /// The entry concerned, if there is one.
    pub entry: Option<Named>,
    /// The line of the file, or of the data key's text where there is no file; from 1, 0 where there is no line.
    pub line: usize,
    /// The column, from 1; 0 if absent.
    pub column: usize,
    /// The part of the entry concerned, until its place is found.
    pub(super) part: Option<Part>,
    /// What it does today.
    pub today: String,
    /// What was probably meant, or what to do.
    pub meant: Option<String>,
    /// A change that fixes it and leaves all access as it is today.
    pub fix: Option<Change>,
}

/// A part of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::aws_auth) enum Part {
    /// The text of its ARN.
    Arn,
    /// Its username.
    Username,
    /// The group at this index of its list.
    Group(usize),
}

/// An entry as named in a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its ARN, escaped; empty if it has none.
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

/// A text of the map as it may be shown: unprintable characters are escaped, long texts cut.
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
