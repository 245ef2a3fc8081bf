//! Why using an existing role needs a confirmation: others can assume it, it has permissions of its own, or this
//! program does not own it. Pure.

use super::desired::Desired;
use super::role::PlannedRole;
use super::step::{Action, AwsAuthEdit, Step};
use crate::aws_auth::is_node_group;
use crate::error::one_line;
use crate::model::desired::{DEFAULT_DESCRIPTION, OWNER_CLI, OWNER_KEY};
use crate::model::strangers::{Named, Stranger, is_reserved, listed, strangers, told};
use crate::model::{Observed, Permissions, Role, RoleWish, trust};

/// How many of a role's policies are named.
const MOST_POLICIES: usize = 3;
/// IAM's default for a role created without a duration (IAM API, `CreateRole`).
const DEFAULT_SESSION: i32 = 3600;

/// What makes an existing role doubtful.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Doubts {
    /// Why a grant to the role needs a confirmation.
    binding: Option<String>,
    /// Why changing the role itself needs a confirmation.
    change: Option<String>,
    /// The step that removes strangers from its trust, which must precede any grant to it.
    narrowed_by: Option<usize>,
}

impl Doubts {
    /// Examines the role as it is and as the plan leaves it.
    pub(super) fn of(role: Option<&PlannedRole>, desired: &Desired, seen: &Observed) -> Self {
        let binding = if desired.gives() { why_binding(role, desired, seen) } else { None };
        let change = seen.role.as_ref().and_then(|found| why_not_ours(found, desired, seen));
        let narrows = |role: &&PlannedRole| {
            let then = role.trust.as_ref().map_or(0, |then| strangers_of(then, role, desired, seen).len());
            seen.role.as_ref().is_some_and(|now| strangers_of(&now.trust, role, desired, seen).len() > then)
        };
        Self { binding, change, narrowed_by: role.filter(narrows).and_then(|role| role.changed_by) }
    }

    /// Marks the steps concerned as needing a confirmation.
    pub(super) fn mark(&self, steps: &mut [Step]) {
        for step in steps {
            let why = match &step.action {
                action if changes_role(action) => &self.change,
                action if gives(action) => &self.binding,
                _ => continue,
            };
            if let Some(why) = why {
                step.ask.also(why.clone());
            }
            if gives(&step.action) {
                step.after.extend(self.narrowed_by);
            }
        }
    }
}

/// Whether a step changes an existing role.
pub(super) const fn changes_role(action: &Action) -> bool {
    matches!(
        action,
        Action::UpdateTrust { .. } | Action::UpdateRole { .. } | Action::PutBoundary { .. } | Action::TagRole { .. }
    )
}

/// Whether a step grants its principal something inside a cluster.
pub fn gives(action: &Action) -> bool {
    match action {
        Action::WriteAwsAuth(write) => {
            write.edits.iter().any(|edit| edit.after.is_some() && edit.after != edit.before && !is_for_nodes(edit))
        }
        Action::CreateEntry { .. } | Action::UpdateEntry { .. } | Action::AssociatePolicy { .. } => true,
        _ => false,
    }
}

/// Whether a change only adds a group for nodes to a mapping of nodes: the service that a node's role trusts is then
/// expected.
fn is_for_nodes(edit: &AwsAuthEdit) -> bool {
    let (Some(before), Some(after)) = (&edit.before, &edit.after) else { return false };
    let is_more = |group: &&String| !before.groups.contains(group);
    before.username.starts_with("system:node:")
        && before.username == after.username
        && after.groups.iter().filter(is_more).all(|group| is_node_group(group))
}

fn why_binding(role: Option<&PlannedRole>, desired: &Desired, seen: &Observed) -> Option<String> {
    let name = role.map(|r| &r.arn).or(seen.principal.as_ref())?.name.clone();
    if let Some(why) = &seen.role_facts.unseen {
        return Some(format!("role {name}: who can assume it could not be read ({})", one_line(&why.text)));
    }
    let role = role.filter(|role| role.created_by.is_none())?;
    let open = role.trust.as_ref().and_then(|trust| told(&strangers_of(trust, role, desired, seen)));
    let whys: Vec<String> = open.into_iter().chain(holds(role, seen)).collect();
    (!whys.is_empty()).then(|| format!("role {name} exists: {}", whys.join("; ")))
}

/// Why letting a group's members assume the role needs a confirmation: they get its permissions too.
pub(super) fn why_joining(role: &PlannedRole, seen: &Observed) -> Option<String> {
    let holds = Some(role).filter(|role| role.created_by.is_none()).and_then(|role| holds(role, seen))?;
    Some(format!("role {} exists: {holds}", role.arn.name))
}

/// The role's own permissions; none for the role of a permission set, which is meant to have them.
fn holds(role: &PlannedRole, seen: &Observed) -> Option<String> {
    if is_reserved(&role.arn) {
        return None;
    }
    match &seen.role_facts.permissions {
        Permissions::Unseen(why) => {
            Some(format!("whether it has permissions of its own could not be read ({})", one_line(&why.text)))
        }
        Permissions::Seen(policies) => {
            let inline = policies.inline.keys().map(|name| format!("policy {name}"));
            let all: Vec<String> = policies.attached.iter().cloned().chain(inline).map(|p| one_line(&p)).collect();
            (!all.is_empty()).then(|| format!("it has permissions of its own ({})", listed(&all, MOST_POLICIES)))
        }
        Permissions::NotLooked => None,
    }
}

/// The principals that a trust of the role admits besides those that the command names. Those admitted by a run from
/// this machine are known as long as the trust is the one that it wrote.
fn strangers_of(trust: &serde_json::Value, role: &PlannedRole, desired: &Desired, seen: &Observed) -> Vec<Stranger> {
    let named = named(&role.arn, desired, seen);
    let mut found = strangers(trust, &named);
    if let Some(written) = seen.role.as_ref().and_then(|role| written(role, seen)) {
        let known = strangers(written, &named);
        found.retain(|stranger| !known.contains(stranger));
    }
    found
}

/// The trust that a run from this machine wrote, if the role still has it.
fn written<'a>(role: &Role, seen: &'a Observed) -> Option<&'a serde_json::Value> {
    seen.role_facts.written.as_ref().filter(|written| trust::same_meaning(written, &role.trust))
}

/// The principals that the command names: its trust options, and the users to add.
fn named(role: &crate::model::Principal, desired: &Desired, seen: &Observed) -> Named {
    let users = desired.group.iter().flat_map(|group| group.members_of(&seen.caller.arn.account));
    let users = users.filter_map(|user| seen.users.get(user)?.as_deref());
    let named = Named::alone(role).with_principals(users);
    match &desired.role {
        Some(wish) => named.with_trust(&wish.trust),
        None => named,
    }
}

/// Why this program does not own a role. The tag can be set by anyone who creates the role, so it counts only with a
/// trust that this program writes, for the command or by default, or that a run from this machine wrote.
fn why_not_ours(role: &Role, desired: &Desired, seen: &Observed) -> Option<String> {
    match role.tags.get(OWNER_KEY).map(String::as_str) {
        None => return Some(format!("eksaccess did not create it: it has no tag {OWNER_KEY}")),
        Some(OWNER_CLI) => {}
        Some(owner) => return Some(format!("it belongs to {} (tag {OWNER_KEY})", one_line(owner))),
    }
    if written(role, seen).is_some() {
        return None;
    }
    let fallback = RoleWish::default();
    let wish = desired.role.as_ref().unwrap_or(&fallback);
    let is_open = !strangers(&role.trust, &named(&role.arn, desired, seen)).is_empty();
    let odd: Vec<&str> = [
        ("trust", is_open),
        ("path", role.arn.path != "/" && wish.path.as_ref() != Some(&role.arn.path)),
        (
            "description",
            role.description != DEFAULT_DESCRIPTION && wish.description.as_ref() != Some(&role.description),
        ),
        (
            "session duration",
            role.max_session_duration != DEFAULT_SESSION
                && wish.max_session_duration != Some(role.max_session_duration),
        ),
        (
            "permissions boundary",
            role.permissions_boundary.is_some() && wish.permissions_boundary != role.permissions_boundary,
        ),
    ]
    .into_iter()
    .filter_map(|(what, is_odd)| is_odd.then_some(what))
    .collect();
    (!odd.is_empty()).then(|| {
        format!(
            "the tag alone does not prove that eksaccess created it: its {} differ from what this program writes, and no run from this machine wrote its trust",
            odd.join(", ")
        )
    })
}

/// The warning for a kubeconfig that names an existing role: the principals that its trust admits besides the caller
/// and those that the command names.
pub fn open_trust(role: &Role, desired: &Desired, seen: &Observed) -> Option<String> {
    if written(role, seen).is_some() {
        return None;
    }
    let caller = seen.caller.arn.entity().to_string();
    let named = named(&role.arn, desired, seen).with_principals([caller.as_str()]);
    Some(format!("role {}: {}", role.arn.name, told(&strangers(&role.trust, &named))?))
}

#[cfg(test)]
#[path = "doubt_tests.rs"]
mod tests;
