//! Why an `aws-auth` that was meant to map a principal does not. Pure.

use super::inquiry::Inquiry;
use crate::aws_auth::{DataKey, Problem, Reading};
use crate::model::Principal;

/// A mistake that was found.
pub(super) struct Near {
    /// What is wrong, and where.
    pub(super) what: String,
    /// Whether the text must be repaired before anything can be mapped.
    is_unreadable: bool,
    /// The intended mapping, if the line is clearly about this principal and only written wrongly.
    pub(super) meant: Option<Meant>,
}

/// The intended identity of the principal.
pub(super) struct Meant {
    pub(super) username: String,
    pub(super) groups: Vec<String>,
}

impl Near {
    /// The command that fixes it; `map` binds the principal correctly.
    pub(super) fn hint(&self, inquiry: &Inquiry, map: &str) -> String {
        if self.is_unreadable {
            return inquiry.command("restore") + " --list   (an earlier aws-auth; or fix that line by hand)";
        }
        map.to_owned()
    }
}

/// The most likely reason, if the text has one.
pub(super) fn nearly(reading: &Reading, principal: &Principal) -> Option<Near> {
    let home = if principal.is_role() { DataKey::MapRoles } else { DataKey::MapUsers };
    if let Some(problem) = reading.unreadable(home) {
        return Some(Near { what: problem.to_string(), is_unreadable: true, meant: None });
    }
    let near = |what: String| Some(Near { what, is_unreadable: false, meant: None });
    let name = &principal.name;
    for mapping in reading.mappings().collect::<Vec<_>>().into_iter().rev() {
        let place = format!("{} line {}", mapping.key, mapping.line);
        if let Some(sso) = mapping.sso.as_ref().filter(|sso| is_of_permission_set(name, &sso.permission_set_name)) {
            return near(format!(
                "{place} names the permission set {} (`sso:`), and EKS ignores such entries",
                sso.permission_set_name
            ));
        }
        let arn = mapping.arn.trim();
        let why = match arn.parse::<Principal>() {
            Ok(other) if other.name.eq_ignore_ascii_case(name) && other.is_role() == principal.is_role() => {
                not_same(&mapping.arn, &other, principal)
            }
            Err(_) if arn.contains('*') && arn.rsplit('/').next().is_some_and(|last| begins(name, last)) => {
                Some("has a wildcard, which aws-auth does not support".to_owned())
            }
            _ => None,
        };
        if let Some(why) = why {
            let meant = is_about(arn, principal)
                .then(|| Meant { username: mapping.username.clone(), groups: mapping.groups.clone() });
            return Some(Near { what: format!("{place} {why}"), is_unreadable: false, meant });
        }
    }
    let problem = reading.problems.iter().find(|problem| match problem {
        Problem::UnknownKey { meant, .. } => *meant == Some(home),
        Problem::Dropped { key, .. } => *key == home,
        Problem::LeftEmpty { key, field, .. } => *key == home && field.ends_with("arn"),
        Problem::Unreadable { .. } | Problem::IgnoredRest { .. } => false,
    })?;
    near(problem.to_string())
}

/// Identity Center's roles: `AWSReservedSSO_NAME_SUFFIX`.
fn is_of_permission_set(role: &str, set: &str) -> bool {
    let name = role.strip_prefix("AWSReservedSSO_").and_then(|rest| rest.rsplit_once('_'));
    name.is_some_and(|(name, _)| name.eq_ignore_ascii_case(set))
}

/// Whether an ARN that does not match still names the same principal: differing by its path, its session, or blanks
/// around it.
fn is_about(written: &str, principal: &Principal) -> bool {
    let written = written.parse::<Principal>().map(|written| written.entity());
    written.is_ok_and(|written| written.same_entity(principal))
}

fn begins(name: &str, pattern: &str) -> bool {
    name.to_ascii_lowercase().starts_with(&pattern.split('*').next().unwrap_or_default().to_ascii_lowercase())
}

/// Why an entry of the same name does not match.
fn not_same(written: &str, other: &Principal, principal: &Principal) -> Option<String> {
    if other.account != principal.account {
        return Some(format!("maps the {} of account {}", kind(principal), other.account));
    }
    if other.partition != principal.partition {
        return Some(format!(
            "names partition {}, and the {} is in {}",
            other.partition,
            kind(principal),
            principal.partition
        ));
    }
    if written.trim() != written {
        return Some("has white space around its ARN, so it never matches".to_owned());
    }
    if other.session().is_some() {
        return Some("names a session (assumed-role) instead of the role's own ARN".to_owned());
    }
    if other.is_role() && other.path != "/" {
        return Some("names the role with its path, which a token does not include: it never matches".to_owned());
    }
    (!other.is_role() && other.path != principal.path).then(|| format!("lacks the user's path {}", principal.path))
}

const fn kind(principal: &Principal) -> &'static str {
    if principal.is_role() { "role" } else { "user" }
}

#[cfg(test)]
#[path = "near_tests.rs"]
mod tests;
