//! What a role's trust policy says to one who knocks: let in, sent to the own policies, asked for more, or refused.
//!
//! An outline of IAM's evaluation ("Policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>), good enough to tell which
//! side to look at; what it does not understand it says so.

use serde_json::Value;

use super::arn::{Principal, PrincipalKind};
use super::trust::{ASSUME_ROLE, statements, texts};

/// Who knocks, with what.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// Who; a session is judged as its role and as itself.
    pub who: &'a Principal,
    /// Whether the session was made with a second factor; plain keys are not.
    pub mfa: bool,
    /// The external id that is sent.
    pub external_id: Option<&'a str>,
}

/// What the trust says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It lets this one in by name.
    Named,
    /// It trusts the account, so the policies of whoever knocks decide.
    ByAccount,
    /// It would, with a second factor.
    NeedsMfa,
    /// It would, with another external id.
    NeedsExternalId {
        /// Whether one was sent.
        sent: bool,
    },
    /// A statement may allow it, under a condition that can't be judged from here.
    Unclear {
        /// The condition's key, as written.
        condition: String,
    },
    /// No statement names this one.
    NotNamed {
        /// It names the unique id of somebody who was deleted.
        names_deleted: bool,
    },
    /// A statement denies it.
    Denied,
}

/// How a statement's conditions come out.
enum Conditions {
    Met,
    Unmet(Verdict),
    Other,
}

/// Judges a trust policy.
pub fn judge(trust: &Value, knock: Knock<'_>) -> Verdict {
    let mut best = Verdict::NotNamed { names_deleted: false };
    for statement in statements(trust).into_iter().filter(|s| is_about_assuming(s)) {
        let Some(named) = names(statement, knock.who) else { continue };
        let conditions = conditions(statement, knock);
        let verdict = match (statement["Effect"].as_str(), conditions) {
            (Some("Deny"), Conditions::Met) if denies_without_mfa(statement) => Verdict::NeedsMfa,
            (Some("Deny"), Conditions::Met) => return Verdict::Denied,
            (Some("Allow"), Conditions::Met) => named,
            (Some("Allow"), Conditions::Unmet(why)) => why,
            _ => continue,
        };
        if matches!(statement["Effect"].as_str(), Some("Deny")) {
            return verdict;
        }
        if rank(&verdict) > rank(&best) {
            best = verdict;
        }
    }
    match best {
        Verdict::NotNamed { .. } => Verdict::NotNamed { names_deleted: names_deleted(trust) },
        other => other,
    }
}

const fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Named => 6,
        Verdict::ByAccount => 5,
        Verdict::NeedsMfa => 4,
        Verdict::NeedsExternalId { .. } => 3,
        Verdict::Unclear { .. } => 2,
        Verdict::NotNamed { .. } | Verdict::Denied => 0,
    }
}

fn is_about_assuming(statement: &Value) -> bool {
    texts(&statement["Action"])
        .iter()
        .any(|action| glob(&action.to_ascii_lowercase(), &ASSUME_ROLE.to_ascii_lowercase()))
}

/// How a statement names somebody; `None` where it does not.
fn names(statement: &Value, who: &Principal) -> Option<Verdict> {
    let principal = &statement["Principal"];
    let listed = match principal {
        Value::String(star) => vec![star.clone()],
        other => texts(&other["AWS"]),
    };
    let entity = who.entity();
    let root = Principal::root(who.partition, &who.account).to_string();
    let mut found = None;
    for text in listed {
        let same_role =
            text.parse::<Principal>().is_ok_and(|p| p.kind != PrincipalKind::Root && p.same_entity(&entity));
        if text == who.to_string() || same_role {
            return Some(Verdict::Named);
        }
        if text == "*" || text == root || text == who.account {
            found = Some(Verdict::ByAccount);
        }
    }
    found
}

fn conditions(statement: &Value, knock: Knock<'_>) -> Conditions {
    let Some(operators) = statement["Condition"].as_object() else { return Conditions::Met };
    for (operator, keys) in operators {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let values = texts(values);
            let (operator, name) = (operator.to_ascii_lowercase(), key.to_ascii_lowercase());
            let met = match (operator.as_str(), name.as_str()) {
                ("bool", "aws:multifactorauthpresent") => values.iter().any(|v| v == &knock.mfa.to_string()),
                ("boolifexists", "aws:multifactorauthpresent") => values.iter().any(|v| v == &knock.mfa.to_string()),
                ("stringequals" | "stringlike", "sts:externalid") => {
                    knock.external_id.is_some_and(|id| values.iter().any(|v| v == id || glob(v, id)))
                }
                ("arnlike" | "arnequals" | "stringlike" | "stringequals", "aws:principalarn") => {
                    let arn = knock.who.entity().to_string();
                    values.iter().any(|v| glob(v, &arn))
                }
                _ => return unclear(statement, key),
            };
            if !met {
                return match name.as_str() {
                    "aws:multifactorauthpresent" if !knock.mfa && statement["Effect"] == "Allow" => {
                        Conditions::Unmet(Verdict::NeedsMfa)
                    }
                    "sts:externalid" => {
                        Conditions::Unmet(Verdict::NeedsExternalId { sent: knock.external_id.is_some() })
                    }
                    _ => Conditions::Other,
                };
            }
        }
    }
    Conditions::Met
}

fn unclear(statement: &Value, key: &str) -> Conditions {
    if statement["Effect"] == "Allow" {
        Conditions::Unmet(Verdict::Unclear { condition: key.to_owned() })
    } else {
        Conditions::Other
    }
}

fn denies_without_mfa(statement: &Value) -> bool {
    let all = statement["Condition"].as_object().into_iter().flatten();
    all.flat_map(|(_, keys)| keys.as_object().into_iter().flatten())
        .any(|(key, _)| key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent"))
}

/// IAM shows the unique id in the place of a principal that was deleted.
fn names_deleted(trust: &Value) -> bool {
    let is_id = |text: &String| {
        text.len() > 16 && (text.starts_with("AROA") || text.starts_with("AIDA")) && !text.contains(':')
    };
    statements(trust).into_iter().any(|s| texts(&s["Principal"]["AWS"]).iter().any(is_id))
}

/// IAM's wildcards: `*` for any text, `?` for one character.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut back = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match back {
                Some((star, from)) => {
                    (p, t) = (star + 1, from + 1);
                    back = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
#[path = "trust_verdict_tests.rs"]
mod tests;
