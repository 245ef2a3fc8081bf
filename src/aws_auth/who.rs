//! "Who would this identity become?", answered as the authenticator's server does.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entries::{fold, folded};
use super::mapping::{DataKey, Mapping};
use super::read::Reading;
use crate::model::arn::{Principal, PrincipalKind};

/// The template that asks EC2 for the name of the instance that the session is named after.
pub const EC2_PRIVATE_DNS_NAME: &str = "{{EC2PrivateDNSName}}";

/// The identity behind a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The ARN that STS reports, or a role's own ARN with `session` set.
    pub arn: Principal,
    /// The session's name; taken from an assumed-role ARN where it is absent. Only a role has one.
    pub session: Option<String>,
    /// The access key id that signed, for `{{AccessKeyID}}`.
    pub access_key_id: Option<String>,
    /// The instance's name in EC2, for `{{EC2PrivateDNSName}}`; where it is unknown the template stays unexpanded.
    pub private_dns_name: Option<String>,
}

impl Caller {
    /// A caller known by its ARN only.
    #[must_use]
    pub fn new(arn: Principal) -> Self {
        Self { arn, session: None, access_key_id: None, private_dns_name: None }
    }

    /// The same caller with a session name.
    #[must_use]
    pub fn with_session(self, session: impl Into<String>) -> Self {
        Self { session: Some(session.into()), ..self }
    }

    /// The ARN to compare with the mappings: a session's role without session and path, anything else as it is
    /// (authenticator `pkg/arn`, `Canonicalize`). For a role's own ARN the path is left out, as it is from the ARN of a
    /// session.
    #[must_use]
    pub fn canonical_arn(&self) -> String {
        self.arn.for_aws_auth().to_string()
    }

    fn session_name(&self) -> &str {
        if !self.arn.is_role() {
            return "";
        }
        self.session.as_deref().or_else(|| self.arn.session()).unwrap_or("")
    }

    /// A username or a group expanded for this caller; a template without a known value stays unexpanded.
    #[must_use]
    pub fn expand(&self, template: &str) -> String {
        let dns = self.private_dns_name.as_deref().unwrap_or(EC2_PRIVATE_DNS_NAME);
        template
            .replace(EC2_PRIVATE_DNS_NAME, dns)
            .replace("{{AccountID}}", &self.arn.account)
            .replace("{{SessionName}}", &self.session_name().replace('@', "-"))
            .replace("{{SessionNameRaw}}", self.session_name())
            .replace("{{AccessKeyID}}", self.access_key_id.as_deref().unwrap_or(""))
    }
}

/// What a caller becomes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Who {
    /// No mapping: the control plane answers 401.
    Nobody,
    /// One mapping.
    Mapped(Match),
    /// A matching entry that can't be rendered for this caller: 401, and no other mapping is tried.
    Refused(Match),
    /// Several entries of which the control plane chooses one at random, a different one after each change: ARNs in
    /// `mapUsers` that differ in case only.
    AtRandom(Vec<Match>),
}

impl Who {
    /// The mapping, where there is exactly one and it is not refused.
    #[must_use]
    pub fn mapped(&self) -> Option<&Match> {
        match self {
            Self::Mapped(found) => Some(found),
            _ => None,
        }
    }
}

/// A mapping that matched, rendered for the caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Match {
    /// The list that it is in.
    pub source: DataKey,
    /// Its index in the list.
    pub index: usize,
    /// Its line in the text, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// The username, templates expanded.
    pub username: String,
    /// The groups, templates expanded.
    pub groups: Vec<String>,
    /// Whether it uses `{{EC2PrivateDNSName}}` and the session is not an instance id, which is refused.
    pub refused: bool,
    /// The entries that would match as well.
    pub shadowed: Vec<Shadowed>,
}

/// An entry that has no effect for a caller because another one takes precedence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shadowed {
    /// The list that it is in.
    pub key: DataKey,
    /// Its line in the text, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// Why it has no effect.
    pub why: Why,
}

/// Why an entry has no effect.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Why {
    /// A later entry of the same list has the same ARN; the last one wins whole.
    LaterDuplicate,
    /// `mapRoles` is looked up first.
    RolesFirst,
    /// `mapRoles` and `mapUsers` are looked up before `mapAccounts`.
    AccountsLast,
}

impl Why {
    /// The reason as part of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LaterDuplicate => "a later entry has the same ARN, and the last one wins",
            Self::RolesFirst => "mapRoles is checked before mapUsers",
            Self::AccountsLast => "mapAccounts is checked last",
        }
    }
}

impl Reading {
    /// Who a caller becomes in a cluster with this `aws-auth` and no access entry for it.
    #[must_use]
    pub fn who(&self, caller: &Caller) -> Who {
        let subject = caller.canonical_arn();
        let roles = Candidates::find(&self.roles.iter().collect::<Vec<_>>(), &subject);
        let users = Candidates::find(&self.users.iter().collect::<Vec<_>>(), &subject);
        let accounts = self.accounts.iter().filter(|account| account.account == caller.arn.account);
        let mut shadowed: Vec<Shadowed> = Vec::new();
        let chosen = if roles.effective.is_empty() {
            &users
        } else {
            shadowed.extend(roles.shadowed());
            shadowed.extend(users.all().map(|m| hidden(m, Why::RolesFirst)));
            &roles
        };
        if roles.effective.is_empty() {
            shadowed.extend(users.shadowed());
        }
        if chosen.effective.is_empty() {
            return self.who_by_account(caller, subject);
        }
        let (key, why) = (DataKey::MapAccounts, Why::AccountsLast);
        shadowed.extend(accounts.map(|a| Shadowed { key, line: a.line, column: a.column, why }));
        let mut matches: Vec<Match> =
            chosen.effective.iter().map(|mapping| rendered(mapping, caller, shadowed.clone())).collect();
        match matches.len() {
            1 => {
                let found = matches.remove(0);
                if found.refused { Who::Refused(found) } else { Who::Mapped(found) }
            }
            _ => Who::AtRandom(matches),
        }
    }

    fn who_by_account(&self, caller: &Caller, username: String) -> Who {
        let found = self.accounts.iter().enumerate().find(|(_, account)| account.account == caller.arn.account);
        found.map_or(Who::Nobody, |(index, account)| {
            Who::Mapped(Match {
                source: DataKey::MapAccounts,
                index,
                line: account.line,
                column: account.column,
                username,
                groups: Vec::new(),
                refused: false,
                shadowed: Vec::new(),
            })
        })
    }

    /// The entry of `mapRoles` or `mapUsers` that decides for an ARN; several where one is chosen at random.
    #[must_use]
    pub fn effective(&self, principal: &Principal) -> Vec<&Mapping> {
        let roles = effective(&self.roles.iter().collect::<Vec<_>>(), principal);
        if roles.is_empty() { effective(&self.users.iter().collect::<Vec<_>>(), principal) } else { roles }
    }
}

/// The entries of one list that decide for an ARN.
pub(super) fn effective<'m>(mappings: &[&'m Mapping], principal: &Principal) -> Vec<&'m Mapping> {
    Candidates::find(mappings, &principal.for_aws_auth().to_string()).effective
}

impl Reading {
    /// The single entry that decides for a principal; `None` where no entry does, or one of several is chosen at
    /// random.
    #[must_use]
    pub fn mapping_of(&self, principal: &Principal) -> Option<&Mapping> {
        match self.effective(principal)[..] {
            [mapping] => Some(mapping),
            _ => None,
        }
    }
}

/// The entries of one list whose ARN matches.
struct Candidates<'r> {
    effective: Vec<&'r Mapping>,
    replaced: Vec<&'r Mapping>,
}

impl<'r> Candidates<'r> {
    fn find(mappings: &[&'r Mapping], subject: &str) -> Self {
        let subject = fold(subject);
        let mut last: HashMap<Cow<'_, str>, &Mapping> = HashMap::new();
        let matching: Vec<&Mapping> =
            mappings.iter().copied().filter(|mapping| matches(&mapping.arn, &subject)).collect();
        for mapping in &matching {
            last.insert(key_of(mapping), mapping);
        }
        let (mut effective, mut replaced) = (Vec::new(), Vec::new());
        for mapping in matching {
            let wins = last.get(&key_of(mapping)).is_some_and(|last| std::ptr::eq(*last, mapping));
            if wins { effective.push(mapping) } else { replaced.push(mapping) }
        }
        // An entry that is equal in lower case only replaces the others and then matches no caller.
        let key_only = |mapping: &Mapping| mapping.key == DataKey::MapRoles && !mapping.arn.is_ascii();
        let usurpers: Vec<(usize, Cow<'_, str>)> =
            mappings.iter().filter(|m| key_only(m)).map(|m| (m.index, key_of(m))).collect();
        effective.retain(|winner: &&Mapping| {
            let key = if usurpers.is_empty() { Cow::default() } else { key_of(winner) };
            !usurpers.iter().any(|(index, other)| *index > winner.index && *other == key)
        });
        Self { effective, replaced }
    }

    fn all(&self) -> impl Iterator<Item = &'r Mapping> {
        self.effective.iter().chain(&self.replaced).copied()
    }

    fn shadowed(&self) -> impl Iterator<Item = Shadowed> {
        self.replaced.iter().map(|m| hidden(m, Why::LaterDuplicate))
    }
}

fn hidden(mapping: &Mapping, why: Why) -> Shadowed {
    Shadowed { key: mapping.key, line: mapping.line, column: mapping.column, why }
}

/// Go's `strings.EqualFold` with a subject that is ASCII and already folded.
fn matches(arn: &str, subject: &str) -> bool {
    if arn.is_ascii() { arn.eq_ignore_ascii_case(subject) } else { fold(arn) == subject }
}

/// The key under which the authenticator keeps a mapping: a role's ARN in lower case, a user's as written.
pub(super) fn key_of(mapping: &Mapping) -> Cow<'_, str> {
    match mapping.key {
        DataKey::MapRoles if mapping.arn.is_ascii() => folded(&mapping.arn),
        DataKey::MapRoles => Cow::Owned(go_lower(&mapping.arn)),
        _ => Cow::Borrowed(&mapping.arn),
    }
}

/// Go's `strings.ToLower`: each character by its simple mapping.
fn go_lower(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

fn rendered(mapping: &Mapping, caller: &Caller, shadowed: Vec<Shadowed>) -> Match {
    let mut templates = mapping.groups.iter().chain([&mapping.username]);
    let refused = templates.any(|text| text.contains(EC2_PRIVATE_DNS_NAME)) && !is_instance_id(caller.session_name());
    Match {
        source: mapping.key,
        index: mapping.index,
        line: mapping.line,
        column: mapping.column,
        username: caller.expand(&mapping.username),
        groups: mapping.groups.iter().map(|group| caller.expand(group)).collect(),
        refused,
        shadowed,
    }
}

/// `i-` and 8 or 17 word characters (authenticator `pkg/server`).
fn is_instance_id(session: &str) -> bool {
    session.strip_prefix("i-").is_some_and(|id| {
        matches!(id.len(), 8 | 17) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The list for a principal: `mapUsers` for an IAM user, else `mapRoles`.
#[must_use]
pub(super) fn home_of(principal: &Principal) -> DataKey {
    match principal.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole(_) => DataKey::MapRoles,
        _ => DataKey::MapUsers,
    }
}
