//! One statement of a trust policy in its normal form, the single parser behind all changes, principals, requirements
//! and verdicts. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::arn::{Principal, PrincipalKind};
use super::condition::{Condition, glob};
use crate::characters::one_line;

/// The action that assumes a role with AWS keys.
pub const ASSUME_ROLE: &str = "sts:AssumeRole";
/// Every action that assumes a role.
const ASSUMING: [&str; 3] = [ASSUME_ROLE, "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
/// The condition key of a principal's own ARN.
pub const PRINCIPAL_ARN: &str = "aws:principalarn";

/// The statements of a policy document, one or many.
pub fn statements(policy: &Value) -> Vec<&Value> {
    match &policy["Statement"] {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The texts of a value that may be one or a list; booleans and numbers as IAM spells them.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        _ => Vec::new(),
    }
}

/// One principal of a statement.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Who {
    /// `*`.
    Everybody,
    /// A whole account, by its root's ARN or its number.
    Account(String),
    /// A role, a user, or a session.
    Arn(Principal),
    /// The unique id that IAM shows in place of a deleted principal.
    Deleted(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// Anything else: the kind, and the text.
    Other(String, String),
}

impl Who {
    /// Reads one principal of a kind, for example `AWS`.
    pub fn read(kind: &str, text: &str) -> Self {
        let owned = text.to_owned();
        match kind {
            "Service" => Self::Service(owned),
            "Federated" => Self::Federated(owned),
            "AWS" if text == "*" => Self::Everybody,
            "AWS" if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => Self::Account(owned),
            "AWS" if is_unique_id(text) => Self::Deleted(owned),
            "AWS" => match text.parse::<Principal>() {
                Ok(principal) if principal.kind == PrincipalKind::Root => Self::Account(principal.account),
                Ok(principal) => Self::Arn(principal),
                Err(_) => Self::Other("AWS".to_owned(), owned),
            },
            other => Self::Other(other.to_owned(), owned),
        }
    }

    /// Whether it belongs to the list of AWS principals: `*`, an account, an existing or a deleted principal.
    pub const fn is_aws(&self) -> bool {
        matches!(self, Self::Everybody | Self::Account(_) | Self::Arn(_) | Self::Deleted(_))
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str("everyone (*)"),
            Self::Account(account) => write!(f, "account {account}"),
            Self::Arn(principal) => write!(f, "{principal}"),
            Self::Deleted(id) => write!(f, "the deleted principal {id}"),
            Self::Service(name) => write!(f, "service {}", one_line(name)),
            Self::Federated(name) => write!(f, "identity provider {}", one_line(name)),
            Self::Other(kind, text) => write!(f, "{} {}", one_line(kind), one_line(text)),
        }
    }
}

fn is_unique_id(text: &str) -> bool {
    text.len() > 16
        && (text.starts_with("AROA") || text.starts_with("AIDA"))
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The effect of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
    /// It can't be read.
    Unreadable,
}

/// A list, or everything except a list.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Listed<T: Ord> {
    /// `Principal`, `Action`.
    These(BTreeSet<T>),
    /// `NotPrincipal`, `NotAction`.
    AllBut(BTreeSet<T>),
}

/// How a statement names a principal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Named {
    /// By its account.
    ByAccount,
    /// By `*`, or by `NotPrincipal` without it.
    WithEverybody,
    /// By itself.
    ByName,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its effect.
    pub effect: Effect,
    /// Why it can't be read, if so.
    pub problem: Option<&'static str>,
    /// The principals that it covers.
    pub principals: Listed<Who>,
    /// The actions, in lower case.
    pub actions: Listed<String>,
    /// The conditions.
    pub conditions: Vec<Condition>,
    rest: String,
}

/// The parts that are equal in two statements of the same meaning.
type Meaning = (Effect, Listed<Who>, Listed<String>, BTreeMap<(String, String), BTreeSet<String>>, String);

impl Statement {
    /// All statements of a policy, in order.
    pub fn all(policy: &Value) -> Vec<Self> {
        statements(policy).into_iter().map(Self::read).collect()
    }

    /// Reads one.
    pub fn read(statement: &Value) -> Self {
        let known = ["Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition", "Sid"];
        let principals = listed(statement, "Principal", "NotPrincipal", &principals_of);
        let actions = listed(statement, "Action", "NotAction", &actions_of);
        let conditions = Condition::read_all(&statement["Condition"]);
        let effect = match statement["Effect"].as_str() {
            Some("Allow") => Some(Effect::Allow),
            Some("Deny") => Some(Effect::Deny),
            _ => None,
        };
        let problem = match (effect, &principals, &actions, &conditions) {
            (None, ..) => Some("its Effect is neither Allow nor Deny"),
            (_, None, ..) => Some("it has no Principal that can be read"),
            (_, _, None, _) => Some("it has no Action that can be read"),
            (.., None) => Some("its Condition can't be read"),
            _ => None,
        };
        let rest: BTreeMap<&String, &Value> = statement
            .as_object()
            .map(|o| o.iter().filter(|(k, _)| problem.is_some() || !known.contains(&k.as_str())).collect())
            .unwrap_or_default();
        Self {
            effect: if problem.is_some() { Effect::Unreadable } else { effect.unwrap_or(Effect::Unreadable) },
            problem,
            principals: principals.unwrap_or(Listed::These(BTreeSet::new())),
            actions: actions.unwrap_or(Listed::These(BTreeSet::new())),
            conditions: conditions.unwrap_or_default(),
            rest: serde_json::to_string(&rest).unwrap_or_default(),
        }
    }

    /// The parts that are equal in two statements of the same meaning.
    pub(super) fn meaning(&self) -> Meaning {
        let conditions =
            self.conditions.iter().map(|c| ((c.operator.clone(), c.key.clone()), c.values.clone())).collect();
        (self.effect, self.principals.clone(), self.actions.clone(), conditions, self.rest.clone())
    }

    /// Whether its actions include this one, by name or pattern.
    pub fn includes(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        match &self.actions {
            Listed::These(patterns) => patterns.iter().any(|p| glob(p, &action)),
            Listed::AllBut(patterns) => !patterns.iter().any(|p| glob(p, &action)),
        }
    }

    /// Whether it allows assuming the role in any way.
    pub fn lets_assume(&self) -> bool {
        self.effect == Effect::Allow && ASSUMING.iter().any(|action| self.includes(action))
    }

    /// The principals that it lists; none if it covers all but a list.
    pub fn listed(&self) -> impl Iterator<Item = &Who> {
        let list = match &self.principals {
            Listed::These(list) => Some(list),
            Listed::AllBut(_) => None,
        };
        list.into_iter().flatten()
    }

    /// Whether it allows assuming the role with AWS keys: for everyone, accounts, roles, users.
    pub fn is_for_keys(&self) -> bool {
        self.effect == Effect::Allow
            && self.includes(ASSUME_ROLE)
            && (matches!(self.principals, Listed::AllBut(_)) || self.listed().any(Who::is_aws))
    }

    /// How it names a principal; `None` if it does not. A role's path counts only if both have it.
    pub fn names(&self, who: &Principal) -> Option<Named> {
        match &self.principals {
            Listed::These(list) => list.iter().filter_map(|one| names(one, who)).max(),
            Listed::AllBut(list) => (!list.iter().any(|one| names(one, who).is_some())).then_some(Named::WithEverybody),
        }
    }

    /// The patterns of `aws:PrincipalArn` that it requires; empty for none.
    pub fn principal_patterns(&self) -> Vec<&str> {
        const ASKS: [&str; 4] = ["arnlike", "arnequals", "stringlike", "stringequals"];
        let asks = |c: &&Condition| c.key == PRINCIPAL_ARN && ASKS.contains(&c.operator.as_str());
        self.conditions.iter().filter(asks).flat_map(|c| &c.values).map(String::as_str).collect()
    }

    /// The patterns that it requires, if only roles match all of them; else none.
    pub fn only_roles(&self) -> Vec<&str> {
        let all = self.principal_patterns();
        if all.iter().all(|pattern| pattern.contains(":role/")) { all } else { Vec::new() }
    }

    /// Its principals in words.
    pub fn whom(&self) -> String {
        let join = |list: &BTreeSet<Who>| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match &self.principals {
            Listed::These(list) => join(list),
            Listed::AllBut(list) => format!("everyone except {} (NotPrincipal)", join(list)),
        }
    }

    /// Its conditions in words, `, if ...`; empty if it has none.
    pub fn only_if(&self) -> String {
        let all: Vec<_> = self.conditions.iter().map(ToString::to_string).collect();
        if all.is_empty() { String::new() } else { format!(", if {}", all.join(" and ")) }
    }
}

fn names(one: &Who, who: &Principal) -> Option<Named> {
    match one {
        Who::Everybody => Some(Named::WithEverybody),
        Who::Account(account) => (*account == who.account).then_some(Named::ByAccount),
        Who::Arn(principal) => {
            let is_named = match principal.kind {
                PrincipalKind::AssumedRole(_) | PrincipalKind::FederatedUser => principal == who,
                _ => principal.same_entity(who),
            };
            is_named.then_some(Named::ByName)
        }
        _ => None,
    }
}

/// An element that may be a list or all but a list; `None` if it has neither, both, or an unreadable one.
fn listed<T: Ord>(
    statement: &Value,
    these: &str,
    all_but: &str,
    read: &dyn Fn(&Value) -> Option<BTreeSet<T>>,
) -> Option<Listed<T>> {
    match (statement.get(these), statement.get(all_but)) {
        (Some(list), None) => read(list).map(Listed::These),
        (None, Some(list)) => read(list).map(Listed::AllBut),
        _ => None,
    }
}

fn principals_of(value: &Value) -> Option<BTreeSet<Who>> {
    let all: BTreeSet<Who> = match value {
        Value::String(star) if star == "*" => BTreeSet::from([Who::Everybody]),
        Value::Object(kinds) => {
            let each = |(kind, list): (&String, &Value)| {
                texts(list).into_iter().map(|text| Who::read(kind, &text)).collect::<Vec<_>>()
            };
            kinds.iter().flat_map(each).collect()
        }
        _ => BTreeSet::new(),
    };
    (!all.is_empty()).then_some(all)
}

fn actions_of(value: &Value) -> Option<BTreeSet<String>> {
    let all: BTreeSet<String> = texts(value).into_iter().map(|action| action.to_ascii_lowercase()).collect();
    (!all.is_empty()).then_some(all)
}
