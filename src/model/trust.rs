//! Trust policies: built, compared by meaning, and changed only where a command says so.
//!
//! IAM normalises what it stores (one-element lists come back as strings, keys move, `{}` conditions vanish), so two
//! texts are compared by what they allow. Rules: "IAM JSON policy elements" and "How to use an external ID"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::arn::{Partition, Principal, PrincipalKind};

/// The action that lets somebody take a role.
pub const ASSUME_ROLE: &str = "sts:AssumeRole";

/// What a command says about a role's trust; nothing given means: leave it, or the account's root at creation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustWish {
    /// `--trust`: the whole list of principals' ARNs; `None` leaves the list.
    pub principals: Option<Vec<String>>,
    /// `--add-trust`: principals to add.
    pub add: Vec<String>,
    /// `--trust-permission-set`: Identity Center permission sets of the role's own account.
    pub permission_sets: Vec<String>,
    /// `--require-mfa`.
    pub require_mfa: bool,
    /// `--external-id`.
    pub external_id: Option<String>,
    /// `--org-id`.
    pub org_id: Option<String>,
}

/// What somebody who assumes the role must bring besides credentials.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustNeeds {
    /// A session that was made with a second factor.
    pub mfa: bool,
    /// This external id.
    pub external_id: Option<String>,
}

/// One statement, normalised: what two statements must have alike to mean the same.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
struct Meaning {
    effect: String,
    principals: BTreeSet<(String, String)>,
    negated_principals: bool,
    actions: BTreeSet<String>,
    conditions: BTreeMap<(String, String), BTreeSet<String>>,
    rest: String,
}

/// Whether two trust policies allow the same, whatever their text.
pub fn same_meaning(a: &Value, b: &Value) -> bool {
    meanings(a) == meanings(b)
}

fn meanings(policy: &Value) -> BTreeSet<Meaning> {
    statements(policy).into_iter().map(meaning).collect()
}

/// The statements of a policy document, one or many.
pub fn statements(policy: &Value) -> Vec<&Value> {
    match &policy["Statement"] {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn meaning(statement: &Value) -> Meaning {
    let known = ["Effect", "Principal", "NotPrincipal", "Action", "Condition", "Sid"];
    let negated_principals = statement.get("NotPrincipal").is_some();
    let principal = statement.get("Principal").or_else(|| statement.get("NotPrincipal"));
    let rest: BTreeMap<&String, &Value> = statement
        .as_object()
        .map(|o| o.iter().filter(|(k, _)| !known.contains(&k.as_str())).collect())
        .unwrap_or_default();
    Meaning {
        effect: statement["Effect"].as_str().unwrap_or_default().to_owned(),
        principals: principal.map(principals_of).unwrap_or_default(),
        negated_principals,
        actions: texts(&statement["Action"]).into_iter().map(|a| a.to_ascii_lowercase()).collect(),
        conditions: conditions_of(&statement["Condition"]),
        rest: serde_json::to_string(&rest).unwrap_or_default(),
    }
}

fn principals_of(principal: &Value) -> BTreeSet<(String, String)> {
    match principal {
        Value::String(star) => BTreeSet::from([("AWS".to_owned(), star.clone())]),
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, value)| texts(value).into_iter().map(move |text| (kind.clone(), canonical(&text))))
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// An account's bare number means its root.
fn canonical(principal: &str) -> String {
    match principal.strip_prefix("arn:").and_then(|_| principal.strip_suffix(":root")) {
        Some(head) => head.rsplit(':').next().unwrap_or(principal).to_owned(),
        None => principal.to_owned(),
    }
}

fn conditions_of(condition: &Value) -> BTreeMap<(String, String), BTreeSet<String>> {
    let Some(operators) = condition.as_object() else { return BTreeMap::new() };
    let mut all = BTreeMap::new();
    for (operator, keys) in operators {
        for (key, values) in keys.as_object().into_iter().flatten() {
            all.insert((operator.to_ascii_lowercase(), key.to_ascii_lowercase()), texts(values).into_iter().collect());
        }
    }
    all
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

/// The trust policy of a new role.
pub fn create(partition: Partition, account: &str, wish: &TrustWish) -> Value {
    let mut principals = wish.principals.clone().unwrap_or_default();
    principals.extend(wish.add.iter().cloned());
    if principals.is_empty() && wish.permission_sets.is_empty() {
        principals.push(Principal::root(partition, account).to_string());
    }
    let mut list = Vec::new();
    if !principals.is_empty() {
        list.push(allow(&principals));
    }
    list.extend(wish.permission_sets.iter().map(|name| allow_permission_set(partition, account, name)));
    for statement in &mut list {
        add_conditions(statement, wish);
    }
    json!({"Version": "2012-10-17", "Statement": list})
}

/// The trust policy that an existing one becomes: what the command names is changed, everything else stays.
///
/// Gives the old value back unchanged (the very same JSON) where it already means what is wished.
pub fn converge(partition: Partition, account: &str, old: &Value, wish: &TrustWish) -> Value {
    let mut list: Vec<Value> = statements(old).into_iter().cloned().collect();
    if let Some(wanted) = &wish.principals {
        state_principals(&mut list, wanted);
    }
    for principal in &wish.add {
        add_principal(&mut list, principal);
    }
    for name in &wish.permission_sets {
        let wanted = allow_permission_set(partition, account, name);
        let key = meaning(&wanted).conditions.into_iter().next();
        let there = list
            .iter()
            .any(|s| is_assume(s) && key.as_ref().is_some_and(|(k, v)| meaning(s).conditions.get(k) == Some(v)));
        if !there {
            list.push(wanted);
        }
    }
    for statement in list.iter_mut().filter(|s| is_assume(s)) {
        add_conditions(statement, wish);
    }
    let mut new = old.clone();
    new["Statement"] = Value::Array(list);
    if new.get("Version").is_none() {
        new["Version"] = json!("2012-10-17");
    }
    if same_meaning(old, &new) { old.clone() } else { new }
}

fn is_assume(statement: &Value) -> bool {
    statement["Effect"] == "Allow"
        && statement["Principal"]["AWS"] != Value::Null
        && texts(&statement["Action"]).iter().any(|a| {
            let a = a.to_ascii_lowercase();
            a == "sts:assumerole" || a == "sts:*" || a == "*"
        })
}

/// Statements that name principals without an `aws:PrincipalArn` condition: those `--trust` speaks of.
fn names_principals(statement: &Value) -> bool {
    is_assume(statement) && !conditions_of(&statement["Condition"]).keys().any(|(_, key)| key == "aws:principalarn")
}

fn state_principals(list: &mut Vec<Value>, wanted: &[String]) {
    let current: BTreeSet<String> = list
        .iter()
        .filter(|s| names_principals(s))
        .flat_map(|s| texts(&s["Principal"]["AWS"]))
        .map(|p| canonical(&p))
        .collect();
    if current == wanted.iter().map(|p| canonical(p)).collect() {
        return;
    }
    match list.iter().position(names_principals) {
        None => list.insert(0, allow(wanted)),
        Some(first) => {
            list[first]["Principal"]["AWS"] = json!(wanted);
            let mut index = 0;
            list.retain(|s| {
                index += 1;
                index - 1 <= first || !names_principals(s)
            });
        }
    }
}

fn add_principal(list: &mut Vec<Value>, principal: &str) {
    let trusted = list
        .iter()
        .filter(|s| names_principals(s))
        .any(|s| texts(&s["Principal"]["AWS"]).iter().any(|p| canonical(p) == canonical(principal)));
    if trusted {
        return;
    }
    match list.iter_mut().find(|s| names_principals(s)) {
        Some(statement) => {
            let mut all = texts(&statement["Principal"]["AWS"]);
            all.push(principal.to_owned());
            statement["Principal"]["AWS"] = json!(all);
        }
        None => list.push(allow(&[principal.to_owned()])),
    }
}

fn allow(principals: &[String]) -> Value {
    let aws = if let [one] = principals { json!(one) } else { json!(principals) };
    json!({"Effect": "Allow", "Principal": {"AWS": aws}, "Action": ASSUME_ROLE})
}

/// Anyone of the account whose role is the reserved one of this permission set, whatever its suffix and region path.
fn allow_permission_set(partition: Partition, account: &str, name: &str) -> Value {
    let mut statement = allow(&[Principal::root(partition, account).to_string()]);
    statement["Condition"] = json!({"ArnLike": {"aws:PrincipalArn": format!(
        "arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_{name}_*"
    )}});
    statement
}

fn add_conditions(statement: &mut Value, wish: &TrustWish) {
    let mut put = |operator: &str, key: &str, value: &str| {
        let there = conditions_of(&statement["Condition"]).iter().any(|((o, k), v)| {
            *o == operator.to_ascii_lowercase() && *k == key.to_ascii_lowercase() && v.len() == 1 && v.contains(value)
        });
        if there {
            return;
        }
        if !statement["Condition"].is_object() {
            statement["Condition"] = Value::Object(Map::new());
        }
        if !statement["Condition"][operator].is_object() {
            statement["Condition"][operator] = Value::Object(Map::new());
        }
        statement["Condition"][operator][key] = json!(value);
    };
    if wish.require_mfa {
        put("Bool", "aws:MultiFactorAuthPresent", "true");
    }
    if let Some(id) = &wish.external_id {
        put("StringEquals", "sts:ExternalId", id);
    }
    if let Some(org) = &wish.org_id {
        put("StringEquals", "aws:PrincipalOrgID", org);
    }
}

/// What those bring who take this trust: MFA where **all** its statements demand it, for MFA has a price; the external id
/// on which those that ask for one agree, for one more does no harm where none is asked for.
pub fn needs(trust: &Value) -> TrustNeeds {
    let all: Vec<_> =
        statements(trust).into_iter().filter(|s| is_assume(s)).map(|s| conditions_of(&s["Condition"])).collect();
    let asked = |operator: &str, key: &str| {
        let found: Vec<_> = all.iter().filter_map(|c| c.get(&(operator.to_owned(), key.to_owned()))).collect();
        let agreed = found.first().filter(|first| found.iter().all(|other| other == *first));
        (found.len(), agreed.and_then(|values| values.iter().next().cloned()))
    };
    let (demands, mfa) = asked("bool", "aws:multifactorauthpresent");
    TrustNeeds {
        mfa: demands == all.len() && mfa.as_deref() == Some("true"),
        external_id: asked("stringequals", "sts:externalid").1,
    }
}

/// Who may knock: whether the trust leaves the choice to the account's own identity policies, and whom it names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trusted {
    /// The role's own account as a whole: then identity policies (a group's) decide.
    pub own_account: bool,
    /// Principals of the same account named one by one: they need no identity policy.
    pub named: Vec<String>,
    /// Patterns of `aws:PrincipalArn` that only roles of the account match, those of a permission set for one: no user, and
    /// so no member of a group, is meant.
    pub roles: Vec<String>,
    /// Principals of other accounts: there, both sides must allow.
    pub foreign: Vec<String>,
    /// `*`, or services and federations.
    pub others: Vec<String>,
}

/// Reads whom a trust policy lets in.
pub fn trusted(partition: Partition, account: &str, trust: &Value) -> Trusted {
    let mut all = Trusted::default();
    for statement in statements(trust).into_iter().filter(|s| s["Effect"] == "Allow") {
        let only_roles = only_roles(statement);
        for (kind, text) in principals_of(&statement["Principal"]) {
            if kind != "AWS" || text == "*" {
                all.others.push(text);
                continue;
            }
            match text.parse::<Principal>() {
                Ok(p) if p.account != account || p.partition != partition => all.foreign.push(text),
                Ok(p) if p.kind == PrincipalKind::Root && !only_roles.is_empty() => {
                    all.roles.extend(only_roles.clone());
                }
                Ok(p) if p.kind == PrincipalKind::Root => all.own_account = true,
                Ok(_) => all.named.push(text),
                Err(_) if text == account && !only_roles.is_empty() => all.roles.extend(only_roles.clone()),
                Err(_) if text == account => all.own_account = true,
                Err(_) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => all.foreign.push(text),
                Err(_) => all.others.push(text),
            }
        }
    }
    all
}

/// The patterns of `aws:PrincipalArn` that a statement asks for, where roles alone match all of them; else none.
fn only_roles(statement: &Value) -> Vec<String> {
    const ASKS: [&str; 4] = ["arnlike", "arnequals", "stringlike", "stringequals"];
    let asked = conditions_of(&statement["Condition"]).into_iter();
    let asked = asked.filter(|((operator, key), _)| key == "aws:principalarn" && ASKS.contains(&operator.as_str()));
    let all: Vec<String> = asked.flat_map(|(_, patterns)| patterns).collect();
    if all.iter().all(|pattern| pattern.contains(":role/")) { all } else { Vec::new() }
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
