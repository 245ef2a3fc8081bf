//! The groups of an entry, from those of its mapping.

use super::bindings::{Addition, RbacBinding, for_group, names_group, new_group};
use super::evidence::{Evidence, Seen};
use super::names::{is_odd, literal, per_session};
use crate::error::one_line;
use crate::model::Principal;
use crate::model::access::SYSTEM_MASTERS;

/// The group of every identity that gets in.
pub const AUTHENTICATED: &str = "system:authenticated";
/// Groups that are those of nodes and service accounts alone, and that a binding never rebuilds.
const NEVER_REBUILT: [&str; 3] = ["system:nodes", "system:bootstrappers", "system:serviceaccounts"];

/// What the groups of a mapping become.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Grouped {
    /// The entry's groups.
    pub groups: Vec<String>,
    /// Whether `system:masters` is among the mapping's: the cluster administrator's policy takes its place.
    pub masters: bool,
    /// What is added to bindings for groups that an entry can't hold.
    pub additions: Vec<Addition>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Whether a group is never rebuilt by bindings.
pub fn is_never_rebuilt(group: &str) -> bool {
    NEVER_REBUILT
        .iter()
        .any(|never| group.strip_prefix(never).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

/// What the groups of a mapping become.
///
/// # Errors
/// Why they can't become an entry's, and what to do by hand.
pub fn groups(mapped: &[String], principal: &Principal, evidence: &Evidence) -> Result<Grouped, String> {
    let mut all = Grouped::default();
    for group in mapped {
        take(&mut all, &literal(group, principal), &evidence.bindings)?;
    }
    Ok(all)
}

/// Whether a group can't stand in an entry, and bindings can give a new group the same.
pub fn is_rebuilt(group: &str) -> bool {
    group.starts_with("system:") && group != SYSTEM_MASTERS && group != AUTHENTICATED && !is_never_rebuilt(group)
}

/// One group, its constant templates filled in.
fn take(all: &mut Grouped, group: &str, bindings: &Seen<Vec<RbacBinding>>) -> Result<(), String> {
    let shown = one_line(group);
    if group.is_empty() {
        all.notes.push("an empty group gives no rights and is left out".to_owned());
    } else if let Some(template) = per_session(group) {
        return Err(format!(
            "the group {shown} differs from session to session ({template}), and an entry's groups do not; give \
             each identity a role of its own, or give the role groups without the template"
        ));
    } else if group == SYSTEM_MASTERS {
        all.masters = true;
    } else if group == AUTHENTICATED {
        all.notes.push(format!("{AUTHENTICATED} is left out: every authenticated identity has it"));
    } else if is_never_rebuilt(group) {
        return Err(format!(
            "{shown} is a group of nodes or service accounts: an entry can't hold it, and no binding should grant its rights \
             to others"
        ));
    } else if group.starts_with("system:") || is_odd(group) {
        return rebuild(all, group, bindings);
    } else if !all.groups.iter().any(|known| known == group) {
        all.groups.push(group.to_owned());
    }
    Ok(())
}

/// A group that an entry can't hold.
fn rebuild(all: &mut Grouped, group: &str, bindings: &Seen<Vec<RbacBinding>>) -> Result<(), String> {
    let shown = one_line(group);
    let Some(read) = bindings.read() else {
        return Err(format!(
            "an entry can't hold the group {shown}, and which bindings name it is not known: the RBAC bindings {}",
            match bindings {
                Seen::Unread(why) => format!("could not be read ({why})"),
                Seen::NotAsked | Seen::Read(_) => "were not read".to_owned(),
            }
        ));
    };
    if !names_group(read, group) {
        all.notes.push(format!("the group {shown} is left out: an entry can't hold it, and no binding names it"));
        return Ok(());
    }
    if is_odd(group) {
        return Err(format!(
            "the group `{shown}` has a line break, or a blank at its start or end, which an entry may not keep, and a binding names \
             it"
        ));
    }
    let new = new_group(read, group);
    all.additions.extend(for_group(read, group, &new));
    if !all.groups.contains(&new) {
        all.groups.push(new);
    }
    Ok(())
}
