//! The decision of a policy's statements on one call
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>).

use std::collections::BTreeMap;

use serde_json::Value;

use super::condition;

/// The decision of a set of policies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

/// The condition keys of a call, in lower case.
#[derive(Clone, Debug, Default)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), values);
    }

    /// Adds another context's keys.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.clone());
    }

    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// A pattern with its policy variables, such as `${aws:username}`, filled in.
    pub fn expand(&self, pattern: &str) -> String {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                text.push_str("${");
                rest = after;
                continue;
            };
            match self.get(name).and_then(<[String]>::first) {
                Some(value) => text.push_str(value),
                None => text.push_str(&format!("${{{name}}}")),
            }
            rest = tail;
        }
        text + rest
    }
}

/// A value that may be one or a list, as a list.
pub fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The same for texts; other items are left out.
pub fn texts(value: Option<&Value>) -> Vec<&str> {
    list(value).into_iter().filter_map(Value::as_str).collect()
}

pub fn statements(document: &Value) -> Vec<&Value> {
    list(document.get("Statement"))
}

/// `*` for any text, `?` for one character.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a statement's actions include this one.
pub fn names_action(statement: &Value, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let named = |key: &str| texts(statement.get(key)).iter().any(|p| glob(&p.to_ascii_lowercase(), &action));
    if statement.get("NotAction").is_some() { !named("NotAction") } else { named("Action") }
}

/// Whether a statement's resources include this one; a statement without any (in a trust policy) includes all.
pub fn names_resource(statement: &Value, resource: &str, context: &Context) -> bool {
    let named = |key: &str| texts(statement.get(key)).iter().any(|p| glob(&context.expand(p), resource));
    if statement.get("NotResource").is_some() {
        !named("NotResource")
    } else {
        statement.get("Resource").is_none() || named("Resource")
    }
}

/// Whether a statement applies to this call.
pub fn applies(statement: &Value, action: &str, resource: &str, context: &Context) -> bool {
    names_action(statement, action)
        && names_resource(statement, resource, context)
        && condition::holds(statement.get("Condition"), context)
}

/// The decision of several documents on a call: a deny wins, then an allow.
pub fn decide<'a>(
    documents: impl IntoIterator<Item = &'a Value>,
    action: &str,
    resource: &str,
    context: &Context,
) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for document in documents {
        for statement in statements(document).into_iter().filter(|s| applies(s, action, resource, context)) {
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Deny") => return Decision::ExplicitDeny,
                Some("Allow") => decision = Decision::Allow,
                _ => {}
            }
        }
    }
    decision
}
