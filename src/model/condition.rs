//! One condition of a policy statement, and whether the known facts of a call meet it. Pure.
//!
//! "IAM JSON policy elements: Condition operators"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::characters::one_line;

/// What is known of a condition key in a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// It has this value.
    Is(String),
    /// It has one of these values; which one is not known.
    OneOf(Vec<String>),
    /// The call does not have it.
    Absent,
    /// Not known here.
    Unknown,
}

/// The result of a condition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It is met.
    Met,
    /// It is not.
    Unmet,
    /// Its key is not known, or its operator is not supported.
    Unclear,
}

/// One operator on one key; names in lower case, as IAM ignores their case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    /// `stringequals`, with `ifexists`, `forallvalues:` and the like if present.
    pub operator: String,
    /// `aws:principalarn`.
    pub key: String,
    /// The values.
    pub values: BTreeSet<String>,
    spelled: String,
}

impl Condition {
    /// All conditions of a `Condition` block; `None` if the value is not one.
    pub fn read_all(block: &Value) -> Option<Vec<Self>> {
        let operators = match block {
            Value::Null => return Some(Vec::new()),
            Value::Object(operators) => operators,
            _ => return None,
        };
        let mut all = Vec::new();
        for (operator, keys) in operators {
            for (key, values) in keys.as_object()? {
                all.push(Self {
                    operator: operator.to_ascii_lowercase(),
                    key: key.to_ascii_lowercase(),
                    values: values_of(values)?,
                    spelled: format!("{operator} {key}"),
                });
            }
        }
        Some(all)
    }

    /// The key as written.
    pub fn spelled_key(&self) -> &str {
        self.spelled.split_once(' ').map_or("", |(_, key)| key)
    }

    /// The value, if there is exactly one, without wildcards and variables.
    pub fn literal(&self) -> Option<&str> {
        let value = self.values.first().filter(|_| self.values.len() == 1)?;
        (!value.contains(['*', '?', '$'])).then_some(value.as_str())
    }

    /// Whether it is met; `facts` returns what is known of a key, given the values that it is compared with.
    pub fn holds(&self, facts: &dyn Fn(&str, &BTreeSet<String>) -> Fact) -> Outcome {
        let (quantifier, operator) = self.operator.split_once(':').unwrap_or(("", &self.operator));
        let (operator, if_exists) = operator.strip_suffix("ifexists").map_or((operator, false), |o| (o, true));
        let fact = facts(&self.key, &self.values);
        if operator == "null" {
            let wants = |absent: bool| self.values.iter().any(|v| v.eq_ignore_ascii_case("true") == absent);
            return match fact {
                Fact::Unknown => Outcome::Unclear,
                Fact::Absent => met(wants(true)),
                Fact::Is(_) | Fact::OneOf(_) => met(wants(false)),
            };
        }
        let (operator, negated) = positive(operator);
        let candidates = match fact {
            Fact::Unknown => return Outcome::Unclear,
            Fact::Absent => {
                return met(if_exists || quantifier == "forallvalues" || negated && quantifier != "foranyvalue");
            }
            Fact::Is(value) => vec![value],
            Fact::OneOf(values) => values,
        };
        let Some(wanted) = self.expanded(facts) else { return Outcome::Unclear };
        let mut outcomes = candidates.iter().map(|actual| {
            let all: Option<Vec<bool>> = wanted.iter().map(|w| compare(operator, w, actual)).collect();
            all.map(|all| all.contains(&true) != negated)
        });
        match outcomes.next() {
            Some(Some(first)) if outcomes.all(|other| other == Some(first)) => met(first),
            _ => Outcome::Unclear,
        }
    }

    /// The values with their variables, such as `${aws:username}`, filled in; one that the call lacks matches nothing.
    fn expanded(&self, facts: &dyn Fn(&str, &BTreeSet<String>) -> Fact) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for value in &self.values {
            let (mut text, mut rest, mut lacks) = (String::new(), value.as_str(), false);
            while let Some((before, after)) = rest.split_once("${") {
                let (name, tail) = after.split_once('}')?;
                text.push_str(before);
                match name {
                    "*" | "?" | "$" => return None,
                    _ => match facts(&name.to_ascii_lowercase(), &BTreeSet::new()) {
                        Fact::Is(value) => text.push_str(&value),
                        Fact::Absent => lacks = true,
                        Fact::OneOf(_) | Fact::Unknown => return None,
                    },
                }
                rest = tail;
            }
            if !lacks {
                all.push(text + rest);
            }
        }
        Some(all)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<_> = self.values.iter().map(String::as_str).collect();
        write!(f, "{}", one_line(&format!("{} {}", self.spelled, values.join(" or "))))
    }
}

const fn met(holds: bool) -> Outcome {
    if holds { Outcome::Met } else { Outcome::Unmet }
}

fn values_of(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::Array(list) => {
            list.iter().map(values_of).collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect())
        }
        Value::String(text) => Some(BTreeSet::from([text.clone()])),
        Value::Bool(_) | Value::Number(_) => Some(BTreeSet::from([value.to_string()])),
        Value::Null | Value::Object(_) => None,
    }
}

/// An operator without its negation, and whether it had one.
fn positive(operator: &str) -> (&str, bool) {
    match operator {
        "stringnotequals" => ("stringequals", true),
        "stringnotequalsignorecase" => ("stringequalsignorecase", true),
        "stringnotlike" => ("stringlike", true),
        "arnnotequals" | "arnnotlike" => ("arnlike", true),
        "numericnotequals" => ("numericequals", true),
        other => (other, false),
    }
}

/// One comparison; `None` for an unsupported operator.
fn compare(operator: &str, wanted: &str, actual: &str) -> Option<bool> {
    let number = |holds: fn(f64, f64) -> bool| Some(holds(actual.parse().ok()?, wanted.parse().ok()?));
    match operator {
        "stringequals" => Some(wanted == actual),
        "stringequalsignorecase" | "bool" => Some(wanted.eq_ignore_ascii_case(actual)),
        "stringlike" => Some(glob(wanted, actual)),
        "arnlike" | "arnequals" => Some(arn_like(wanted, actual)),
        "numericequals" => number(|a, w| (a - w).abs() < f64::EPSILON),
        "numericlessthan" => number(|a, w| a < w),
        "numericlessthanequals" => number(|a, w| a <= w),
        "numericgreaterthan" => number(|a, w| a > w),
        "numericgreaterthanequals" => number(|a, w| a >= w),
        _ => None,
    }
}

/// Compares the six parts of an ARN separately.
fn arn_like(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<_>, Vec<_>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(p, a)| glob(p, a))
}

/// IAM's wildcards: `*` for any text, `?` for one character.
pub fn glob(pattern: &str, text: &str) -> bool {
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
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(block: &Value, fact: &Fact) -> Outcome {
        let all = Condition::read_all(block).unwrap();
        all[0].holds(&|key, _| if key == "aws:username" { Fact::Is("ann".into()) } else { fact.clone() })
    }

    #[test]
    fn a_key_that_is_absent_meets_only_what_says_so() {
        for (operator, with, without) in [
            ("StringEquals", Outcome::Met, Outcome::Unmet),
            ("StringEqualsIfExists", Outcome::Met, Outcome::Met),
            ("StringNotEquals", Outcome::Unmet, Outcome::Met),
            ("ForAllValues:StringEquals", Outcome::Met, Outcome::Met),
            ("ForAnyValue:StringLike", Outcome::Met, Outcome::Unmet),
            ("DateLessThan", Outcome::Unclear, Outcome::Unmet),
        ] {
            let block = json!({operator: {"k": "x"}});
            assert_eq!(outcome(&block, &Fact::Is("x".into())), with, "{operator}");
            assert_eq!(outcome(&block, &Fact::Absent), without, "{operator}");
            assert_eq!(outcome(&block, &Fact::Unknown), Outcome::Unclear, "{operator}");
        }
        let null = json!({"Null": {"k": "true"}});
        assert_eq!(outcome(&null, &Fact::Absent), Outcome::Met);
        assert_eq!(outcome(&null, &Fact::Is("x".into())), Outcome::Unmet);
    }

    #[test]
    fn a_variable_is_filled_in_or_not_judged() {
        let block = |value: &str| json!({"StringEquals": {"k": value}});
        assert_eq!(outcome(&block("${aws:username}"), &Fact::Is("ann".into())), Outcome::Met);
        assert_eq!(outcome(&block("x-${AWS:username}"), &Fact::Is("ann".into())), Outcome::Unmet);
        assert_eq!(outcome(&block("${k}"), &Fact::OneOf(vec!["a".into()])), Outcome::Unclear);
        assert_eq!(outcome(&block("${k"), &Fact::Is("a".into())), Outcome::Unclear);
    }

    #[test]
    fn one_of_several_values_counts_where_all_come_out_alike() {
        let block = json!({"StringLike": {"k": ["a*", "b"]}});
        let of = |all: &[&str]| outcome(&block, &Fact::OneOf(all.iter().map(|t| (*t).to_owned()).collect()));
        assert_eq!(of(&["ax", "b"]), Outcome::Met);
        assert_eq!(of(&["ax", "c"]), Outcome::Unclear);
        assert_eq!(of(&["d", "c"]), Outcome::Unmet);
    }

    #[test]
    fn only_a_block_is_read() {
        for wrong in [json!("x"), json!({"Bool": "x"}), json!({"Bool": {"k": null}}), json!([])] {
            assert!(Condition::read_all(&wrong).is_none(), "{wrong}");
        }
    }
}
