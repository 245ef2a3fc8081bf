//! Principals that can never meet a condition of a command: their statement can't get it. Pure.

use std::collections::BTreeSet;

use super::arn::PrincipalKind;
use super::permission_set::{self, SetPattern};
use super::statement::{Effect, Listed, Statement, Who};
use super::trust::Ask;

/// Whether a statement allows whole accounts, or everyone, to assume the role.
pub(super) fn is_for_accounts(statement: &Statement) -> bool {
    statement.lets_assume()
        && (matches!(statement.principals, Listed::AllBut(_))
            || statement.principal_patterns().is_empty()
                && statement.listed().any(|who| matches!(who, Who::Everybody | Who::Account(_))))
}

/// The requirement of a condition, in words.
pub(super) fn in_words(asked: &Ask<'_>) -> String {
    match asked.option {
        "--require-mfa" => "MFA".to_owned(),
        "--external-id" => format!("the external id {}", asked.value),
        _ => format!("principals of the organisation {}", asked.value),
    }
}

/// Why a condition would reject a principal of a statement for ever; `None` if all of them can meet it.
pub(super) fn shuts_out(statement: &Statement, asked: &Ask<'_>) -> Option<String> {
    if statement.effect != Effect::Allow {
        return None;
    }
    let roles = statement.only_roles();
    if asked.option == "--require-mfa" && !roles.is_empty() {
        let sets: BTreeSet<String> = roles.iter().map(|pattern| set_or_pattern(pattern)).collect();
        let sets: Vec<_> = sets.into_iter().collect();
        return Some(format!("lets {} assume the role, but their sessions can never have MFA", sets.join(", ")));
    }
    statement.listed().find_map(|who| Some(format!("lets {who} assume the role, which {}", lacks(who, asked)?)))
}

fn set_or_pattern(pattern: &str) -> String {
    match permission_set::read(pattern) {
        Some(SetPattern::Exact(name)) => format!("permission set {name}"),
        Some(SetPattern::Wide(_)) | None => format!("roles like {pattern}"),
    }
}

/// What a principal can never have.
pub(super) fn lacks(who: &Who, asked: &Ask<'_>) -> Option<&'static str> {
    let is_session = match who {
        Who::Service(_) | Who::Federated(_) => true,
        Who::Arn(p) => asked.option == "--require-mfa" && (p.is_role() || p.kind == PrincipalKind::FederatedUser),
        _ => false,
    };
    is_session.then_some(match asked.option {
        "--require-mfa" => "can never have MFA",
        "--external-id" => "can never send an external id",
        _ => "never carries the id of an organisation",
    })
}
