//! One AWS account: its users, groups, roles and policies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::time::Millis;
use eksaccess::model::arn::Partition;

/// An inline policy or a membership with the time from which it is effective.
#[derive(Clone, Debug)]
pub struct Inline {
    pub document: Value,
    pub effective_at: Millis,
}

/// The common part of every named IAM object.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: String,
    /// `/`, or begins and ends with a slash.
    pub path: String,
    /// `AROA…`, `AIDA…`, `AGPA…`: never reused.
    pub id: String,
    pub arn: String,
    pub created_at: Millis,
}

/// A role. Principals in `trust` are stored as unique ids if they name a role or a user.
#[derive(Clone, Debug)]
pub struct Role {
    pub named: Named,
    pub description: Option<String>,
    pub max_session_seconds: i64,
    pub trust: Value,
    /// The trust in effect until the new one has propagated, and that time.
    pub former_trust: Option<(Value, Millis)>,
    pub tags: BTreeMap<String, String>,
    pub boundary: Option<String>,
    pub inline: BTreeMap<String, Inline>,
    pub attached: Vec<String>,
    pub instance_profiles: Vec<String>,
    /// When STS and EKS begin to know it.
    pub effective_at: Millis,
}

impl Role {
    /// The trust that STS uses.
    pub fn acting_trust(&self, now: Millis) -> &Value {
        match &self.former_trust {
            Some((former, until)) if now < *until => former,
            _ => &self.trust,
        }
    }
}

#[derive(Clone, Debug)]
pub struct User {
    pub named: Named,
    pub inline: BTreeMap<String, Inline>,
    pub attached: Vec<String>,
    pub boundary: Option<String>,
    pub mfa_serials: Vec<String>,
    pub access_key_id: String,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub named: Named,
    /// Users' names and the times from which the memberships are effective.
    pub members: BTreeMap<String, Millis>,
    pub inline: BTreeMap<String, Inline>,
    pub attached: Vec<String>,
}

/// An account. Keys of the maps are names in lower case: IAM's names are unique ignoring case.
#[derive(Clone, Debug)]
pub struct Account {
    pub partition: Partition,
    pub id: String,
    pub alias: Option<String>,
    /// `o-…`, if it is a member of an organisation.
    pub organization: Option<String>,
    pub users: BTreeMap<String, User>,
    pub groups: BTreeMap<String, Group>,
    pub roles: BTreeMap<String, Role>,
    /// The account's own managed policies by ARN.
    pub policies: BTreeMap<String, Value>,
}

impl Account {
    pub fn new(partition: Partition, id: &str) -> Self {
        Self {
            partition,
            id: id.to_owned(),
            alias: None,
            organization: None,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
        }
    }

    /// The ARN of an object in this account: `what` is role, user, group or policy.
    pub fn arn(&self, what: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{what}{path}{name}", self.partition, self.id)
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&name.to_lowercase())
    }

    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(&name.to_lowercase())
    }

    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(&name.to_lowercase())
    }

    pub fn role_by_id(&self, id: &str) -> Option<&Role> {
        self.roles.values().find(|r| r.named.id == id)
    }

    pub fn user_by_id(&self, id: &str) -> Option<&User> {
        self.users.values().find(|u| u.named.id == id)
    }

    /// The groups that a user is in.
    pub fn groups_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = (&'a Group, Millis)> {
        self.groups.values().filter_map(move |group| {
            let since = group.members.iter().find(|(name, _)| name.eq_ignore_ascii_case(user))?.1;
            Some((group, *since))
        })
    }
}
