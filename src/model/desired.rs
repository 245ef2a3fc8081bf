//! What a command asks for, before anything was looked at. Every `None` means: leave it, or the default at creation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::{PolicyScope, Via};
use super::trust::TrustWish;

/// The role that this tool makes when none is named.
pub const DEFAULT_ROLE: &str = "KubernetesAdmin";
/// The username that the default role gets inside the cluster.
pub const DEFAULT_USERNAME: &str = "kubernetes-admin";
/// The description of a role made by this tool.
pub const DEFAULT_DESCRIPTION: &str = "Kubernetes administrator role (for AWS IAM Authenticator for Kubernetes).";
/// The tag, and the annotation, that says whose a thing is.
pub const OWNER_KEY: &str = "eksaccess.dev/owner";
/// The owner that the command line writes.
pub const OWNER_CLI: &str = "cli";

/// The IAM role and its trust.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoleWish {
    /// The role's name.
    pub name: String,
    /// The account that has it, where its ARN was given; by name it is of the account that the credentials are of.
    pub account: Option<String>,
    /// `--path`; can't be changed on an existing role.
    pub path: Option<String>,
    /// `--description`.
    pub description: Option<String>,
    /// `--max-session-duration`, seconds.
    pub max_session_duration: Option<i32>,
    /// `--permissions-boundary`, an ARN.
    pub permissions_boundary: Option<String>,
    /// `--tag K=V`.
    pub tags: BTreeMap<String, String>,
    /// Who may knock.
    pub trust: TrustWish,
}

/// The IAM group whose members may assume the role.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupWish {
    /// The group's name.
    pub name: String,
    /// The role that its policy opens, by name.
    pub role: String,
    /// The users to be members.
    pub users: Vec<MemberWish>,
}

/// A user who is to be a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberWish {
    /// The user's name.
    pub name: String,
    /// The account, where the user was named by ARN; a name alone means a user of the account that the group is in.
    pub account: Option<String>,
}

impl MemberWish {
    /// A user of the account that the group is in.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), account: None }
    }
}

impl GroupWish {
    /// The users of an account who are to be members of its group, each once, by name: IAM takes no case for another user.
    pub fn members_of<'a>(&'a self, account: &str) -> Vec<&'a str> {
        let mut all: Vec<&str> = Vec::new();
        for user in self.users.iter().filter(|user| user.account.as_deref().is_none_or(|own| own == account)) {
            if !all.iter().any(|known| known.eq_ignore_ascii_case(&user.name)) {
                all.push(&user.name);
            }
        }
        all
    }

    /// The name of the group's inline policy for a role.
    pub fn policy_name(role: &str) -> String {
        format!("Assume{role}")
    }

    /// The Sid of our statement in it: `Eksaccess` and the role's letters and digits.
    pub fn policy_sid(role: &str) -> String {
        format!("Eksaccess{}", role.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
    }
}

/// Kubernetes groups as a command speaks of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum GroupsWish {
    /// Nothing said: the default at creation, unchanged afterwards.
    #[default]
    Unsaid,
    /// `--kubernetes-group`: exactly these.
    Exactly(Vec<String>),
    /// `--append-kubernetes-group`: these too.
    Append(Vec<String>),
}

/// Access policies as a command speaks of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PoliciesWish {
    /// Nothing said.
    #[default]
    Unsaid,
    /// `--access-policy`: exactly these, names or ARNs.
    Exactly(Vec<String>),
    /// `--append-access-policy`: these too.
    Append(Vec<String>),
}

/// What a principal is to be inside a cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AccessWish {
    /// Whom: a role's name, or any ARN of a role, a role's session or a user.
    pub principal: String,
    /// `--username`.
    pub username: Option<String>,
    /// `--kubernetes-group`, `--append-kubernetes-group`.
    pub groups: GroupsWish,
    /// `--access-policy`, `--append-access-policy`.
    pub policies: PoliciesWish,
    /// `--policy-namespace`: the scope of the policies named; cluster-wide without.
    pub scope: Option<PolicyScope>,
    /// `--via`; `None` is `auto`.
    pub via: Option<Via>,
    /// Whether the principal is the default role, whose defaults make an administrator.
    pub is_default_role: bool,
}

/// A role to be created.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct NewRole {
    /// The name.
    pub name: String,
    /// The path, `/` for none.
    pub path: String,
    /// The trust policy.
    pub trust: Value,
    /// The description.
    pub description: String,
    /// Seconds; `None` is IAM's default.
    pub max_session_duration: Option<i32>,
    /// An ARN.
    pub permissions_boundary: Option<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}
