//! Whether an access entry gives what a mapping gave: the username after expansion, the groups, and all rights for
//! `system:masters`.

use std::collections::BTreeSet;

use super::bindings::{RbacBinding, for_group, for_username, names_group, new_group};
use super::evidence::{PLAN_KEY, Seen};
use super::groups::{AUTHENTICATED, is_rebuilt};
use super::names::{literal, per_session};
use super::node::{TYPES, is_own_username, lost_groups};
use super::row::Before;
use crate::aws_auth::Caller;
use crate::error::one_line;
use crate::model::access::{CLUSTER_ADMIN_POLICY, SYSTEM_MASTERS};
use crate::model::{AccessEntry, Principal};

/// How an entry compares with a mapping.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Compared {
    /// It gives the same.
    Equal,
    /// It gives something else, and what.
    Differs(Vec<String>),
    /// Whether it gives the same can't be determined, and why: the row is not proven.
    NotComparable(String),
}

/// Sessions that two templates are compared by: a name that `{{SessionName}}` changes, and an instance's.
const SESSIONS: [&str; 2] = ["ann@example.com", "i-0123456789abcdef0"];

/// Compares what a mapping gave with what an entry gives. `bindings` are the cluster's RBAC bindings as they are now: a name
/// that an entry could not keep is the same where every binding that names it names its successor too.
pub fn compare(before: &Before, entry: &AccessEntry, bindings: &Seen<Vec<RbacBinding>>) -> Compared {
    let Ok(principal) = Principal::as_matched(&before.arn) else {
        return Compared::NotComparable(format!("`{}` is not the ARN of a role or a user", one_line(&before.arn)));
    };
    if !entry.is_standard() {
        return of_nodes(before, entry);
    }
    let mut found = Found { differs: Vec::new(), unclear: None };
    of_username(&mut found, before, entry, (&principal, bindings));
    of_groups(&mut found, before, entry, (&principal, bindings));
    of_policies(&mut found, before, entry);
    match found {
        Found { unclear: Some(why), differs } if differs.is_empty() => Compared::NotComparable(why),
        Found { differs, .. } if differs.is_empty() => Compared::Equal,
        Found { differs, .. } => Compared::Differs(differs),
    }
}

struct Found {
    differs: Vec<String>,
    unclear: Option<String>,
}

type With<'a> = (&'a Principal, &'a Seen<Vec<RbacBinding>>);

/// An entry of a node type: EKS sets its username and its groups.
fn of_nodes(before: &Before, entry: &AccessEntry) -> Compared {
    let entry_type = &entry.entry_type;
    if !TYPES.contains(&entry_type.as_str()) {
        return Compared::NotComparable(format!("what an entry of type {entry_type} gives is not known"));
    }
    let mut differs = Vec::new();
    if !is_own_username(entry_type, &before.username) {
        differs.push(format!("the username {} becomes the one that type {entry_type} gives", shown(&before.username)));
    }
    let lost = lost_groups(&before.groups);
    if !lost.is_empty() {
        differs.push(format!("an entry of type {entry_type} does not give {}", lost.join(", ")));
    }
    if differs.is_empty() { Compared::Equal } else { Compared::Differs(differs) }
}

/// What a username becomes for a session.
fn expanded(template: &str, principal: &Principal, session: &str) -> String {
    let named = Caller::new(principal.clone());
    let named = if principal.is_role() { named.with_session(session) } else { named };
    let caller = Caller {
        access_key_id: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        private_dns_name: Some("ip-10-0-0-1.ec2.internal".to_owned()),
        ..named
    };
    caller.expand(template)
}

fn of_username(found: &mut Found, before: &Before, entry: &AccessEntry, (principal, bindings): With<'_>) {
    let (old, new) = (&before.username, &entry.username);
    if SESSIONS.iter().all(|session| expanded(old, principal, session) == expanded(new, principal, session)) {
        return;
    }
    let changed = format!("the username {} becomes {}", shown(old), shown(new));
    // A migration's own entry has the name that a person chose for it.
    if !entry.tags.contains_key(PLAN_KEY) {
        return found.differs.push(changed);
    }
    if old.is_empty() {
        return;
    }
    let Some(read) = bindings.read() else {
        found.unclear = Some(format!("{changed}, and which bindings name it is not known"));
        return;
    };
    let renaming = for_username(read, (old, new), principal);
    let additions = renaming.additions.iter().map(|addition| addition.binding.to_string());
    let left: BTreeSet<String> =
        additions.chain(renaming.unresolved.iter().map(|(name, _)| name.to_string())).collect();
    if !left.is_empty() {
        let left: Vec<String> = left.into_iter().collect();
        found.differs.push(format!("{changed}, and these bindings name only the old one: {}", left.join(", ")));
    }
}

fn of_groups(found: &mut Found, before: &Before, entry: &AccessEntry, (principal, bindings): With<'_>) {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for group in before.groups.iter().map(|group| literal(group, principal)) {
        if group.is_empty() || group == AUTHENTICATED || group == SYSTEM_MASTERS {
            continue;
        }
        if let Some(template) = per_session(&group) {
            found.unclear = Some(format!("the group {group} differs from session to session ({template})"));
            continue;
        }
        if !is_rebuilt(&group) {
            wanted.insert(group);
            continue;
        }
        match bindings.read() {
            None => found.unclear = Some(format!("which bindings name the group {group} is not known")),
            Some(read) if names_group(read, &group) => {
                let new = new_group(read, &group);
                if !for_group(read, &group, &new).is_empty() {
                    found.differs.push(format!("not every binding that names {group} names {new} too"));
                }
                wanted.insert(new);
            }
            Some(_) => {}
        }
    }
    let has: BTreeSet<String> = entry.groups.iter().cloned().collect();
    let list = |all: BTreeSet<&String>| all.into_iter().map(|group| one_line(group)).collect::<Vec<_>>().join(", ");
    let (lacks, gives) = (list(wanted.difference(&has).collect()), list(has.difference(&wanted).collect()));
    found.differs.extend((!lacks.is_empty()).then(|| format!("the entry lacks the group {lacks}")));
    found.differs.extend((!gives.is_empty()).then(|| format!("the entry also gives the group {gives}")));
}

fn of_policies(found: &mut Found, before: &Before, entry: &AccessEntry) {
    let masters = before.groups.iter().any(|group| group == SYSTEM_MASTERS);
    if masters && !entry.is_admin() {
        let lacks =
            format!("the mapping has {SYSTEM_MASTERS}, and the entry lacks {CLUSTER_ADMIN_POLICY} at cluster scope");
        found.differs.push(lacks);
    }
    if !masters {
        let gives = entry.policies.iter().map(|policy| {
            let name = policy.arn.rsplit('/').next().unwrap_or(&policy.arn);
            format!("the entry also gives the access policy {name} ({})", policy.scope)
        });
        found.differs.extend(gives);
    }
}

fn shown(username: &str) -> String {
    if username.is_empty() { "(empty)".to_owned() } else { one_line(username) }
}
