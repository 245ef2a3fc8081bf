//! The deciding source's result for a principal.

use crate::model::access::AssociatedPolicy;
use crate::model::{AccessEntry, KubernetesIdentity};

/// The principal's access entry, as far as it could be read.
#[derive(Clone, Debug)]
pub enum EntrySight {
    /// The mode has none.
    NotRead,
    /// This one, or none exists.
    Seen(Option<Box<AccessEntry>>),
    /// It could not be read, and why.
    Unseen(String),
}

/// The result of the deciding source.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) source: &'static str,
    /// The username for this session, if it is completely known.
    pub(super) username: Option<String>,
    /// Whether that username is the same for every session, and of no other principal.
    pub(super) is_username_own: bool,
    pub(super) groups: Vec<String>,
    /// Whether an access entry decides, or would if one existed.
    pub(super) is_entry: bool,
    /// Whether the entry is of the type for people and jobs.
    pub(super) is_standard: bool,
    /// The entry's access policies.
    pub(super) policies: Vec<AssociatedPolicy>,
    pub(super) is_admin: bool,
    /// Whether a source that could not be read may decide.
    pub(super) is_unseen: bool,
    /// Findings on the source that may be why it gives less than was meant.
    pub(super) remarks: Vec<String>,
}

impl Outcome {
    /// The principal is not bound; an access entry would bind it, if the cluster has them.
    pub(super) fn unbound(entry: &EntrySight) -> Self {
        let has_entries = !matches!(entry, EntrySight::NotRead);
        Self { is_entry: has_entries, is_standard: has_entries, ..Self::default() }
    }

    /// The username, if it is this principal's alone and can be bound.
    pub(super) fn own_username(&self) -> Option<&str> {
        self.username.as_deref().filter(|name| self.is_username_own && !name.is_empty())
    }

    /// Whether the cluster's answer matches the source, as far as is known.
    pub(super) fn is(&self, identity: &KubernetesIdentity) -> bool {
        let mut groups = self.groups.iter().filter(|group| !group.is_empty() && !group.contains("{{"));
        self.username.as_ref().is_none_or(|username| *username == identity.username)
            && groups.all(|group| identity.groups.contains(group))
    }

    /// Its words for the principal, for a sentence.
    pub(super) fn told(&self) -> String {
        let username = self.username.as_deref().unwrap_or("a username that is not known here");
        format!("{username} with groups {}", listed(&self.groups))
    }

    /// The remarks as the end of a sentence.
    pub(super) fn remarked(&self) -> String {
        self.remarks.iter().fold(String::new(), |all, remark| all + "; " + remark)
    }
}

pub(super) fn listed(texts: &[String]) -> String {
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}
