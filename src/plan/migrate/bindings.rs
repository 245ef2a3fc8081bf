//! RBAC bindings that name a group or a username that an access entry can't keep: which subject to add beside it.

use std::collections::BTreeMap;

use super::names::{ACCESS_KEY_ID, literal, per_session};
use crate::aws_auth::EC2_PRIVATE_DNS_NAME;
use crate::model::Principal;
use crate::model::condition::glob;
pub use crate::model::rbac::{BindingName, RbacBinding, Subject};
use crate::plan::entry_names::{RAW_SESSION_NAME, SESSION_NAME};

/// One more subject of a binding, at the binding's own scope.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Addition {
    /// The binding.
    pub binding: BindingName,
    /// The subject that is there and stays.
    pub beside: Subject,
    /// The subject that is added.
    pub add: Subject,
}

/// The group that replaces a `system:` group in the bindings that name it: one that no other binding names, so that it grants
/// nothing else.
pub fn new_group(bindings: &[RbacBinding], old: &str) -> String {
    let base = format!("eksaccess:{}", old.trim_start_matches("system:"));
    let old = Subject::Group(old.to_owned());
    let is_free = |name: &String| {
        let new = Subject::Group(name.clone());
        bindings.iter().all(|binding| !binding.subjects.contains(&new) || binding.subjects.contains(&old))
    };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or(base)
}

/// What has to be added so that a new group has all that an old one has.
pub fn for_group(bindings: &[RbacBinding], old: &str, new: &str) -> Vec<Addition> {
    let (old, new) = (Subject::Group(old.to_owned()), Subject::Group(new.to_owned()));
    let named = bindings.iter().filter(|binding| binding.subjects.contains(&old));
    named
        .filter(|binding| !binding.subjects.contains(&new))
        .map(|binding| Addition { binding: binding.name.clone(), beside: old.clone(), add: new.clone() })
        .collect()
}

/// Whether a binding names a group.
pub fn names_group(bindings: &[RbacBinding], group: &str) -> bool {
    bindings.iter().any(|binding| binding.subjects.iter().any(|s| matches!(s, Subject::Group(name) if name == group)))
}

/// What a changed username needs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Renaming {
    /// The subjects to be added.
    pub additions: Vec<Addition>,
    /// The bindings that name a user whom the old username matches, and whose new name can't be derived.
    pub unresolved: Vec<(BindingName, String)>,
}

/// What has to be added so that every user whom the old username matches has the same under the new one.
pub fn for_username(bindings: &[RbacBinding], (old, new): (&str, &str), principal: &Principal) -> Renaming {
    let (old, new) = (literal(old, principal), literal(new, principal));
    let mut renaming = Renaming::default();
    let mut known: BTreeMap<&String, Option<Renamed>> = BTreeMap::new();
    for binding in bindings {
        for subject in &binding.subjects {
            let Subject::User(name) = subject else { continue };
            match known.entry(name).or_insert_with(|| renamed(&old, &new, name)) {
                None => {}
                Some(Renamed::To(to)) => {
                    let add = Subject::User(to.clone());
                    if !binding.subjects.contains(&add) {
                        let (binding, beside) = (binding.name.clone(), subject.clone());
                        renaming.additions.push(Addition { binding, beside, add });
                    }
                }
                Some(Renamed::Unknown) => renaming.unresolved.push((binding.name.clone(), name.clone())),
            }
        }
    }
    renaming
}

/// The new name of a user whom an old username matches.
enum Renamed {
    To(String),
    Unknown,
}

/// `None` if the old username does not match the user.
fn renamed(old: &str, new: &str, user: &str) -> Option<Renamed> {
    let Some(template) = per_session(old) else {
        let is_constant = per_session(new).is_none();
        let to = || if is_constant { Renamed::To(new.to_owned()) } else { Renamed::Unknown };
        return (old == user && !old.is_empty()).then(to);
    };
    let (before, after) = old.split_once(template)?;
    if per_session(after).is_some() {
        let templates = [SESSION_NAME, RAW_SESSION_NAME, ACCESS_KEY_ID, EC2_PRIVATE_DNS_NAME];
        let pattern = templates.into_iter().fold(old.to_owned(), |text, template| text.replace(template, "*"));
        return glob(&pattern, user).then_some(Renamed::Unknown);
    }
    let session = user.strip_prefix(before)?.strip_suffix(after)?;
    if !is_session(session, template) {
        return None;
    }
    // The new name must differ by session as the old one did, and be filled in by what the old one tells.
    let to = match per_session(new) {
        Some(SESSION_NAME) if template == SESSION_NAME => new.replace(SESSION_NAME, session),
        Some(SESSION_NAME) if template == RAW_SESSION_NAME => new.replace(SESSION_NAME, &session.replace('@', "-")),
        Some(RAW_SESSION_NAME) if template == RAW_SESSION_NAME => new.replace(RAW_SESSION_NAME, session),
        _ => return Some(Renamed::Unknown),
    };
    Some(if per_session(&to).is_some() { Renamed::Unknown } else { Renamed::To(to) })
}

/// Whether a template may have become a text: a session's name has 2 to 64 characters of `[\w+=,.@-]`.
fn is_session(text: &str, template: &str) -> bool {
    let signs: &[u8] = if template == SESSION_NAME { b"_+=,.-" } else { b"_+=,.@-" };
    (2..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte))
}
