//! The principals that a role's trust policy admits besides those that a command names: strangers. Used by the planner,
//! `lint` and `verify`.
//!
//! The role's own account (its root) is not a stranger: there the identity policies decide. Any other named principal
//! needs no policy of this account, and a condition restricts it without making it known. What IAM may interpret
//! differently from this code counts as a stranger too.

use std::fmt;

use serde_json::{Map, Value};

use super::arn::{Principal, PrincipalKind};
use super::permission_set;
use super::statement::Statement;
use super::trust::TrustWish;
use crate::characters::one_line;

/// The principals that a command names, and the role.
#[derive(Clone, Debug)]
pub struct Named {
    role: Principal,
    principals: Vec<Principal>,
    permission_sets: Vec<String>,
}

impl Named {
    /// Only the role itself.
    pub fn alone(role: &Principal) -> Self {
        Self { role: role.clone(), principals: Vec::new(), permission_sets: Vec::new() }
    }

    /// Adds those of `--trust`, `--add-trust` and `--trust-permission-set`.
    #[must_use]
    pub fn with_trust(mut self, wish: &TrustWish) -> Self {
        let named = wish.principals.iter().flatten().chain(&wish.add);
        self.permission_sets.extend(wish.permission_sets.iter().cloned());
        self.with_principals(named.map(String::as_str))
    }

    /// Adds these principals: ARNs, or account ids.
    #[must_use]
    pub fn with_principals<'t>(mut self, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let found: Vec<_> = texts.into_iter().filter_map(|text| self.principal(text)).collect();
        self.principals.extend(found);
        self
    }

    /// A principal as spelled in a trust policy: an account id means its root.
    fn principal(&self, text: &str) -> Option<Principal> {
        let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if is_account { Some(Principal::root(self.role.partition, text)) } else { text.parse().ok() }
    }

    fn is_own_account(&self, who: &Principal) -> bool {
        who.account == self.role.account && who.partition == self.role.partition
    }

    /// Whether the command names a principal: itself, its role, or its account if that is another one. Naming the
    /// role's own account does not cover its principals, as a principal in a trust needs no policy.
    fn covers(&self, who: &Principal) -> bool {
        if who.kind != PrincipalKind::Root && who.same_entity(&self.role) {
            return true;
        }
        let of_account = |p: &Principal| p.account == who.account && p.partition == who.partition;
        self.principals.iter().any(|named| match named.kind {
            PrincipalKind::Root => of_account(named) && (who.kind == PrincipalKind::Root || !self.is_own_account(who)),
            PrincipalKind::AssumedRole(_) | PrincipalKind::FederatedUser => named == who,
            PrincipalKind::Role | PrincipalKind::User => who.kind != PrincipalKind::Root && named.same_entity(who),
        }) || self.is_of_a_permission_set(who)
    }

    /// Whether a role is one that Identity Center creates for a named permission set: its name followed by sixteen
    /// hexadecimal digits.
    fn is_of_a_permission_set(&self, who: &Principal) -> bool {
        let suffix_of = |set: &String| who.name.strip_prefix(&format!("AWSReservedSSO_{set}_"));
        let is_suffix = |s: &str| s.len() == 16 && s.bytes().all(|b| b.is_ascii_hexdigit());
        who.kind == PrincipalKind::Role
            && self.is_own_account(who)
            && is_reserved(who)
            && self.permission_sets.iter().filter_map(suffix_of).any(is_suffix)
    }

    /// Whether it is Identity Center's own provider in the trust of a reserved role: naming such a role, or its
    /// permission set, covers everyone assigned in Identity Center.
    fn is_identity_center(&self, federation: &str) -> bool {
        let provider = format!("arn:{}:iam::{}:saml-provider/AWSSSO_", self.role.partition, self.role.account);
        is_reserved(&self.role)
            && federation.strip_prefix(&provider).is_some_and(|rest| rest.ends_with("_DO_NOT_DELETE"))
    }
}

/// Whether a role is one of Identity Center's: IAM reserves the path.
pub fn is_reserved(role: &Principal) -> bool {
    role.path.starts_with("/aws-reserved/sso.amazonaws.com/")
}

/// How a stranger is admitted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum How {
    /// `*`.
    Everybody,
    /// `NotPrincipal`.
    AllButAList,
    /// Another account as a whole.
    Account(String),
    /// One principal by its ARN.
    Principal(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federation(String),
    /// A deleted principal, by the unique id that IAM shows.
    Deleted(String),
    /// Actions by a pattern, or all but a list: more than assuming the role.
    Actions(String),
    /// Permission sets by a prefix of their names: `Admin_*` matches `Admin_Audit` too.
    Sets(String),
    /// An unsupported statement, and why.
    Unclear(String),
}

/// A principal that is admitted without being named by the command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stranger {
    /// The principal, and how it is admitted.
    pub how: How,
    /// The keys of the statement's conditions.
    pub under: Vec<String>,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.how {
            How::Everybody => f.write_str("everyone (*)"),
            How::AllButAList => f.write_str("everyone except a list (NotPrincipal)"),
            How::Account(account) => write!(f, "account {account}"),
            How::Principal(arn) => f.write_str(&one_line(arn)),
            How::Service(name) => write!(f, "the service {}", one_line(name)),
            How::Federation(name) => write!(f, "the identity provider {}", one_line(name)),
            How::Deleted(id) => write!(f, "{}, the id of a deleted principal", one_line(id)),
            How::Actions(actions) => write!(f, "actions by a pattern ({})", one_line(actions)),
            How::Sets(pattern) => write!(f, "every permission set whose name begins as in {}", one_line(pattern)),
            How::Unclear(why) => f.write_str(&one_line(why)),
        }?;
        match &self.under[..] {
            [] => Ok(()),
            [one] => write!(f, " (under the condition {})", one_line(one)),
            many => write!(f, " (under the conditions {})", one_line(&many.join(", "))),
        }
    }
}

/// Strangers in words, for one role; `None` for none.
pub fn told(strangers: &[Stranger]) -> Option<String> {
    let of = |wanted: fn(&How) -> bool| -> Vec<String> {
        strangers.iter().filter(|s| wanted(&s.how)).map(ToString::to_string).collect()
    };
    let clauses = [
        ("allows", of(|how| !matches!(how, How::Actions(_) | How::Unclear(_)))),
        ("allows", of(|how| matches!(how, How::Actions(_)))),
        ("can't be judged:", of(|how| matches!(how, How::Unclear(_)))),
    ];
    let told: Vec<_> = clauses
        .iter()
        .filter(|(_, whom)| !whom.is_empty())
        .map(|(verb, whom)| format!("its trust {verb} {}", listed(whom, MOST_TOLD)))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// How many strangers are named.
const MOST_TOLD: usize = 8;

/// `a, b and c`; of more than `most` the first ones and the number of the others.
pub fn listed(all: &[String], most: usize) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        many if many.len() > most => format!("{} and {} more", many[..most].join(", "), many.len() - most),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The principals that a trust policy admits besides the named ones, in the order of its statements.
pub fn strangers(trust: &Value, named: &Named) -> Vec<Stranger> {
    let unclear = |why: &str| vec![Stranger { how: How::Unclear(why.to_owned()), under: Vec::new() }];
    let Some(document) = trust.as_object() else { return unclear("it is not a policy document") };
    if let Some(key) = document.keys().find(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return unclear(&format!("it has the unknown element {key}"));
    }
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return unclear("it has no statements"),
    };
    let wide = permission_set::wide(&Statement::all(trust)).into_iter();
    let wide = wide.map(|wide| Stranger { how: How::Sets(wide.pattern), under: Vec::new() });
    let mut found = Vec::new();
    for stranger in statements.into_iter().flat_map(|statement| of_statement(statement, named)).chain(wide) {
        if !found.contains(&stranger) {
            found.push(stranger);
        }
    }
    found
}

const KNOWN: [&str; 7] = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];

fn of_statement(statement: &Value, named: &Named) -> Vec<Stranger> {
    let unclear = |why: String| vec![Stranger { how: How::Unclear(why), under: Vec::new() }];
    let Some(object) = statement.as_object() else { return unclear("a statement is not an object".to_owned()) };
    if let Some(key) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return unclear(format!("a statement has the unknown element {key}"));
    }
    match object.get("Effect").and_then(Value::as_str) {
        Some("Deny") => return Vec::new(),
        Some("Allow") => {}
        _ => return unclear("a statement neither allows nor denies".to_owned()),
    }
    let mut hows = Vec::new();
    match actions(object) {
        Ok(Reach::Nothing) => return Vec::new(),
        Ok(Reach::Assuming) => {}
        Ok(Reach::More(actions)) => hows.push(How::Actions(actions)),
        Err(why) => hows.push(How::Unclear(why)),
    }
    hows.extend(principals(object, named));
    let under = condition_keys(object.get("Condition"));
    hows.into_iter().map(|how| Stranger { how, under: under.clone() }).collect()
}

/// What a statement's actions cover.
enum Reach {
    /// Nothing that gives access: for example session tags.
    Nothing,
    /// Assuming the role.
    Assuming,
    /// More, by a pattern.
    More(String),
}

/// The actions that assume a role, in lower case.
const ASSUMING: [&str; 3] = ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];
/// Those that add details to a session that another statement allows.
const BESIDE: [&str; 3] = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];

fn actions(statement: &Map<String, Value>) -> Result<Reach, String> {
    if statement.contains_key("NotAction") {
        return Ok(Reach::More("all except a list, NotAction".to_owned()));
    }
    let actions = texts(statement.get("Action")).ok_or("the actions of a statement can't be read")?;
    let globs: Vec<&str> = actions.iter().copied().filter(|a| a.contains(['*', '?'])).collect();
    if !globs.is_empty() {
        return Ok(Reach::More(globs.join(", ")));
    }
    let lower: Vec<String> = actions.iter().map(|a| a.to_ascii_lowercase()).collect();
    if let Some(odd) = lower.iter().find(|a| !ASSUMING.contains(&a.as_str()) && !BESIDE.contains(&a.as_str())) {
        return Err(format!("a statement allows {odd}"));
    }
    Ok(if lower.iter().any(|a| ASSUMING.contains(&a.as_str())) { Reach::Assuming } else { Reach::Nothing })
}

fn principals(statement: &Map<String, Value>, named: &Named) -> Vec<How> {
    if statement.contains_key("NotPrincipal") {
        return vec![How::AllButAList];
    }
    let unreadable = || vec![How::Unclear("the principals of a statement can't be read".to_owned())];
    match statement.get("Principal") {
        Some(Value::String(text)) if text == "*" => vec![How::Everybody],
        Some(Value::Object(kinds)) if !kinds.is_empty() => kinds
            .iter()
            .flat_map(|(kind, value)| match texts(Some(value)) {
                Some(list) => list.into_iter().filter_map(|text| of_kind(kind, text, named)).collect(),
                None => unreadable(),
            })
            .collect(),
        _ => unreadable(),
    }
}

/// One principal of a kind; `None` if it is not a stranger.
fn of_kind(kind: &str, text: &str, named: &Named) -> Option<How> {
    match kind {
        "AWS" => of_aws(text, named),
        "Service" => Some(How::Service(text.to_owned())),
        "Federated" if named.is_identity_center(text) => None,
        "Federated" => Some(How::Federation(text.to_owned())),
        other => Some(How::Unclear(format!("a statement names a principal of the kind {other}"))),
    }
}

fn of_aws(text: &str, named: &Named) -> Option<How> {
    if text == "*" {
        return Some(How::Everybody);
    }
    if is_unique_id(text) {
        return Some(How::Deleted(text.to_owned()));
    }
    let Some(who) = named.principal(text) else {
        return Some(How::Unclear(format!("a statement names the principal {text}")));
    };
    let is_root = who.kind == PrincipalKind::Root;
    if (is_root && named.is_own_account(&who)) || named.covers(&who) {
        return None;
    }
    Some(if is_root { How::Account(who.account) } else { How::Principal(text.to_owned()) })
}

/// Whether a text is IAM's unique id of a role or user, shown in place of a deleted principal.
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && ["AROA", "AIDA"].iter().any(|prefix| text.starts_with(prefix))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A text or a list of texts; `None` for anything else, or nothing.
fn texts(value: Option<&Value>) -> Option<Vec<&str>> {
    match value? {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) if !list.is_empty() => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn condition_keys(condition: Option<&Value>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for of_operator in condition.and_then(Value::as_object).into_iter().flat_map(Map::values) {
        for key in of_operator.as_object().into_iter().flat_map(Map::keys) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    keys
}

#[cfg(test)]
#[path = "strangers_tests.rs"]
mod tests;
