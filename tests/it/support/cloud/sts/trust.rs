//! The decision of a role's trust policy on a caller.

use serde_json::Value;

use super::super::policy::{Context, applies, statements, texts};
use super::super::state::Caller;
use eksaccess::model::arn::Principal;

/// How far a trust policy admits a caller.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Trust {
    /// No statement covers the caller, or a deny does.
    No,
    /// The caller's account is trusted: its own policies decide.
    Account,
    /// The caller itself is named.
    Direct,
}

/// The widest trust from the statements for an action; a matching deny removes it all.
pub fn of(document: &Value, caller: &Caller, action: &str, context: &Context) -> Trust {
    let mut trust = Trust::No;
    for statement in statements(document) {
        let found = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(principal), _) => named(principal, caller),
            (None, Some(principal)) if named(principal, caller) == Trust::No => Trust::Direct,
            _ => Trust::No,
        };
        if found == Trust::No || !applies(statement, action, "", context) {
            continue;
        }
        if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
            return Trust::No;
        }
        trust = trust.max(found);
    }
    trust
}

fn named(principal: &Value, caller: &Caller) -> Trust {
    if principal.as_str() == Some("*") {
        return Trust::Direct;
    }
    let root = Principal::root(caller.partition, &caller.account).to_string();
    texts(principal.get("AWS"))
        .into_iter()
        .map(|text| {
            if text == "*" || text == caller.entity_id || text == caller.arn || text == caller.entity_arn {
                Trust::Direct
            } else if text == root {
                Trust::Account
            } else {
                Trust::No
            }
        })
        .max()
        .unwrap_or(Trust::No)
}
