//! What the source that decides makes of a principal.

use crate::model::access::AssociatedPolicy;
use crate::model::{AccessEntry, KubernetesIdentity};

/// The principal's access entry, as far as it was seen.
#[derive(Clone, Debug)]
pub enum EntrySight {
    /// The mode has none.
    NotRead,
    /// There is this one, or none.
    Seen(Option<Box<AccessEntry>>),
    /// It could not be looked at, and why.
    Unseen(String),
}

/// What the deciding source says.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) source: &'static str,
    /// The username for this session, where all of it is known.
    pub(super) username: Option<String>,
    /// Whether that username is the same for every session, and no other principal's.
    pub(super) is_username_own: bool,
    pub(super) groups: Vec<String>,
    /// Whether an access entry decides, or would where there is none yet.
    pub(super) is_entry: bool,
    /// Whether the entry is of the kind that people and jobs use.
    pub(super) is_standard: bool,
    /// The entry's access policies.
    pub(super) policies: Vec<AssociatedPolicy>,
    pub(super) is_admin: bool,
    /// A source that could not be looked at may decide.
    pub(super) is_unseen: bool,
    /// What is odd about the source, and may be why it gives less than was meant.
    pub(super) remarks: Vec<String>,
}

impl Outcome {
    /// Nothing binds the principal; an access entry would, where the cluster has them.
    pub(super) fn unbound(entry: &EntrySight) -> Self {
        let has_entries = !matches!(entry, EntrySight::NotRead);
        Self { is_entry: has_entries, is_standard: has_entries, ..Self::default() }
    }

    /// The username, where a role may be bound to it for this principal alone.
    pub(super) fn own_username(&self) -> Option<&str> {
        self.username.as_deref().filter(|name| self.is_username_own && !name.is_empty())
    }

    /// Whether the cluster's answer is what the source says, as far as that is known.
    pub(super) fn is(&self, identity: &KubernetesIdentity) -> bool {
        let mut groups = self.groups.iter().filter(|group| !group.is_empty() && !group.contains("{{"));
        self.username.as_ref().is_none_or(|username| *username == identity.username)
            && groups.all(|group| identity.groups.contains(group))
    }

    /// What it says of the principal, for a sentence.
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
