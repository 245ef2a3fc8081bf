//! Trust policies: built, compared by meaning, and read for their principals and requirements.
//!
//! IAM normalises what it stores (one-element lists come back as strings, keys move, `{}` conditions vanish), so
//! policies are compared by what they allow. Rules: "IAM JSON policy elements" and "How to use an external ID"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::arn::{Partition, Principal};
use super::condition::{Condition, Fact, Outcome};
use super::permission_set::patterns;
pub use super::statement::{ASSUME_ROLE, statements, texts};
use super::statement::{Effect, Listed, Statement, Who};

/// The condition keys for MFA.
pub(super) const MFA_KEYS: [&str; 2] = ["aws:multifactorauthpresent", "aws:multifactorauthage"];
/// The condition key of the external id.
pub(super) const EXTERNAL_ID: &str = "sts:externalid";
/// The condition key of the session's name.
pub(super) const SESSION_NAME: &str = "sts:rolesessionname";
/// The condition key of the source identity.
pub(super) const SOURCE_IDENTITY: &str = "sts:sourceidentity";

/// The desired trust of a role; if empty: leave it, or trust the account's root at creation.
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

impl TrustWish {
    /// Whether it names principals for the role.
    pub fn names_principals(&self) -> bool {
        self.principals.is_some() || !self.add.is_empty() || !self.permission_sets.is_empty()
    }
}

/// What a caller needs to assume the role, besides credentials.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustNeeds {
    /// A session with MFA.
    pub mfa: bool,
    /// This external id.
    pub external_id: Option<String>,
    /// A source identity, which exec tools can't send: the condition in words.
    pub source_identity: Option<String>,
    /// A session name of this kind: the condition in words.
    pub session_name: Option<String>,
}

/// Whether two trust policies allow the same, in any spelling.
pub fn same_meaning(a: &Value, b: &Value) -> bool {
    let meanings = |policy: &Value| Statement::all(policy).iter().map(Statement::meaning).collect::<BTreeSet<_>>();
    meanings(a) == meanings(b)
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
        for asked in asks(wish) {
            put(statement, &asked);
        }
    }
    json!({"Version": "2012-10-17", "Statement": list})
}

/// A statement that allows principals to assume the role.
pub(super) fn allow(principals: &[String]) -> Value {
    let aws = if let [one] = principals { json!(one) } else { json!(principals) };
    json!({"Effect": "Allow", "Principal": {"AWS": aws}, "Action": ASSUME_ROLE})
}

/// A statement for the reserved role of this permission set in the account, with any suffix and region path.
pub(super) fn allow_permission_set(partition: Partition, account: &str, name: &str) -> Value {
    let mut statement = allow(&[Principal::root(partition, account).to_string()]);
    statement["Condition"] = json!({"ArnLike": {"aws:PrincipalArn": patterns(partition, account, name)}});
    statement
}

/// A condition that a command requires.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// The option behind it.
    pub(super) option: &'static str,
    /// The operator.
    pub(super) operator: &'static str,
    /// The key.
    pub(super) key: &'static str,
    /// The value.
    pub(super) value: &'a str,
}

/// The conditions that a command requires.
pub(super) fn asks(wish: &TrustWish) -> Vec<Ask<'_>> {
    let mfa = ("--require-mfa", "Bool", "aws:MultiFactorAuthPresent", wish.require_mfa.then_some("true"));
    let id = ("--external-id", "StringEquals", "sts:ExternalId", wish.external_id.as_deref());
    let org = ("--org-id", "StringEquals", "aws:PrincipalOrgID", wish.org_id.as_deref());
    let all = [mfa, id, org].into_iter();
    all.filter_map(|(option, operator, key, value)| Some(Ask { option, operator, key, value: value? })).collect()
}

impl Ask<'_> {
    /// Whether a statement already requires exactly this.
    pub(super) fn is_in(&self, statement: &Statement) -> bool {
        statement.conditions.iter().any(|c| {
            c.operator.eq_ignore_ascii_case(self.operator)
                && c.key.eq_ignore_ascii_case(self.key)
                && c.values.len() == 1
                && c.values
                    .iter()
                    .all(|v| v == self.value || self.operator == "Bool" && v.eq_ignore_ascii_case(self.value))
        })
    }

    /// The conditions on its key that its value does not meet, and that it replaces.
    pub(super) fn replaced<'s>(&self, statement: &'s Statement) -> Vec<&'s Condition> {
        let value = |_: &str, _: &BTreeSet<String>| Fact::Is(self.value.to_owned());
        let on_key = statement.conditions.iter().filter(|c| c.key.eq_ignore_ascii_case(self.key));
        on_key.filter(|c| self.is_like(c) || c.holds(&value) == Outcome::Unmet).collect()
    }

    fn is_like(&self, condition: &Condition) -> bool {
        condition.operator.eq_ignore_ascii_case(self.operator)
    }
}

/// Adds a condition to a statement, in place of what it replaces; operators and keys are matched case-insensitively.
pub(super) fn put(statement: &mut Value, asked: &Ask<'_>) {
    let read = Statement::read(statement);
    if asked.is_in(&read) {
        return;
    }
    let replaced: Vec<String> = asked.replaced(&read).iter().map(|c| c.operator.clone()).collect();
    let mut block = statement["Condition"].as_object().cloned().unwrap_or_default();
    for (operator, keys) in &mut block {
        if replaced.contains(&operator.to_ascii_lowercase())
            && let Some(keys) = keys.as_object_mut()
        {
            keys.retain(|key, _| !key.eq_ignore_ascii_case(asked.key));
        }
    }
    block.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    let spelled = block.keys().find(|o| o.eq_ignore_ascii_case(asked.operator));
    let operator = spelled.cloned().unwrap_or_else(|| asked.operator.to_owned());
    let keys = block.entry(operator).or_insert_with(|| Value::Object(Map::new()));
    keys[asked.key] = json!(asked.value);
    statement["Condition"] = Value::Object(block);
}

/// Whether a condition rejects a call that lacks the key.
pub(super) fn asks_for(condition: &Condition, key: &str) -> bool {
    condition.key == key && condition.holds(&|_, _| Fact::Absent) == Outcome::Unmet
}

/// What this trust requires: MFA only if **all** its statements for AWS keys require it, as MFA costs effort; the
/// external id that the requiring statements share, as an unneeded one does no harm.
pub fn needs(trust: &Value) -> TrustNeeds {
    let all = Statement::all(trust);
    let ways: Vec<_> = all.iter().filter(|s| s.is_for_keys()).collect();
    let everywhere = |key: &str| -> Option<String> {
        let asked = |s: &&Statement| s.conditions.iter().find(|c| asks_for(c, key)).map(ToString::to_string);
        let each: Vec<_> = ways.iter().map(asked).collect::<Option<_>>()?;
        each.into_iter().next()
    };
    let mfa_by_way = !ways.is_empty() && ways.iter().all(|s| s.conditions.iter().any(demands_mfa));
    TrustNeeds {
        mfa: mfa_by_way || all.iter().any(denies_without_mfa),
        external_id: agreed_external_id(&ways),
        source_identity: everywhere(SOURCE_IDENTITY),
        session_name: everywhere(SESSION_NAME),
    }
}

fn demands_mfa(condition: &Condition) -> bool {
    let shown = condition.holds(&|key, _| if key == MFA_KEYS[0] { Fact::Is("true".to_owned()) } else { Fact::Unknown });
    MFA_KEYS.iter().any(|key| asks_for(condition, key)) && shown != Outcome::Unmet
}

/// Whether a statement rejects everyone without MFA, including a user's keys, and has no other condition.
fn denies_without_mfa(statement: &Statement) -> bool {
    let everybody = match &statement.principals {
        Listed::These(list) => list.contains(&Who::Everybody),
        Listed::AllBut(_) => false,
    };
    let with = |fact: &dyn Fn(&str, &BTreeSet<String>) -> Fact| {
        statement.conditions.iter().map(|c| c.holds(fact)).collect::<Vec<_>>()
    };
    let mfa =
        |key: &str, _: &BTreeSet<String>| if key == MFA_KEYS[0] { Fact::Is("true".to_owned()) } else { Fact::Unknown };
    statement.effect == Effect::Deny
        && everybody
        && statement.includes(ASSUME_ROLE)
        && statement.conditions.iter().all(|c| MFA_KEYS.contains(&c.key.as_str()))
        && with(&|_, _| Fact::Absent).iter().all(|outcome| *outcome == Outcome::Met)
        && with(&mfa).contains(&Outcome::Unmet)
}

fn agreed_external_id(ways: &[&Statement]) -> Option<String> {
    let asked = ways.iter().flat_map(|s| &s.conditions).filter(|c| asks_for(c, EXTERNAL_ID));
    let mut agreed: Option<BTreeSet<String>> = None;
    for condition in asked {
        let plain: BTreeSet<String> =
            condition.values.iter().filter(|v| !v.contains(['*', '?', '$'])).cloned().collect();
        agreed = Some(match agreed {
            None => plain,
            Some(before) => before.intersection(&plain).cloned().collect(),
        });
    }
    agreed?.into_iter().next()
}

/// Who a trust admits: whether the account's own identity policies decide, and the named principals.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trusted {
    /// The role's own account as a whole: then identity policies (a group's) decide.
    pub own_account: bool,
    /// Principals of the same account named one by one: they need no identity policy.
    pub named: Vec<String>,
    /// Patterns of `aws:PrincipalArn` that only roles of the account match, for example those of a permission set: not
    /// users, and so not the members of a group.
    pub roles: Vec<String>,
    /// Principals of other accounts: there, both sides must allow.
    pub foreign: Vec<String>,
    /// `*`, services and federations, and `NotPrincipal`.
    pub others: Vec<String>,
}

/// Reads the principals that a trust policy admits.
pub fn trusted(partition: Partition, account: &str, trust: &Value) -> Trusted {
    let mut all = Trusted::default();
    for statement in Statement::all(trust).iter().filter(|s| s.lets_assume()) {
        let only_roles = statement.only_roles();
        if matches!(statement.principals, Listed::AllBut(_)) {
            all.others.push(statement.whom());
        }
        for who in statement.listed() {
            match who {
                Who::Account(number) if number != account => all.foreign.push(number.clone()),
                Who::Account(_) if only_roles.is_empty() => all.own_account = true,
                Who::Account(_) => all.roles.extend(only_roles.iter().map(|pattern| (*pattern).to_owned())),
                Who::Arn(p) if p.account != account || p.partition != partition => all.foreign.push(p.to_string()),
                Who::Arn(p) => all.named.push(p.to_string()),
                Who::Everybody => all.others.push("*".to_owned()),
                Who::Deleted(text) | Who::Service(text) | Who::Federated(text) | Who::Other(_, text) => {
                    all.others.push(text.clone());
                }
            }
        }
    }
    all
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
