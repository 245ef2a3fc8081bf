//! The desired state of single objects. Every `None` means: leave it, or use the default at creation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::{PolicyScope, Via};
use super::trust::TrustWish;

/// The role that this tool creates by default.
pub const DEFAULT_ROLE: &str = "KubernetesAdmin";
/// The username that the default role gets inside the cluster.
pub const DEFAULT_USERNAME: &str = "kubernetes-admin";
/// The description of a role created by this tool.
pub const DEFAULT_DESCRIPTION: &str = "Kubernetes administrator role (for AWS IAM Authenticator for Kubernetes).";
/// The tag, and the annotation, that names the owner of an object.
pub const OWNER_KEY: &str = "eksaccess.dev/owner";
/// The owner that the command line writes.
pub const OWNER_CLI: &str = "cli";

/// The IAM role and its trust.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoleWish {
    /// The role's name.
    pub name: String,
    /// The account, if the ARN was given; a name is in the account of the credentials.
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
    /// Who may assume it.
    pub trust: TrustWish,
}

/// The IAM group whose members may assume the role.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupWish {
    /// The group's name.
    pub name: String,
    /// The role that its policy allows to assume, by name.
    pub role: String,
    /// The users to add.
    pub users: Vec<MemberWish>,
}

/// A user to add to a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberWish {
    /// The user's name.
    pub name: String,
    /// The account, if the user was named by ARN; a name alone means a user of the group's account.
    pub account: Option<String>,
}

impl MemberWish {
    /// A user of the group's account.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), account: None }
    }
}

impl GroupWish {
    /// The users of an account to add to its group, by name, without duplicates: IAM ignores case.
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

    /// The Sid of this program's statement in it: `Eksaccess` and the role's letters and digits.
    pub fn policy_sid(role: &str) -> String {
        format!("Eksaccess{}", role.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
    }
}

/// Kubernetes groups in a command.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum GroupsWish {
    /// Not given: the default at creation, unchanged afterwards.
    #[default]
    Unsaid,
    /// `--kubernetes-group`: exactly these.
    Exactly(Vec<String>),
    /// `--append-kubernetes-group`: in addition to the present ones.
    Append(Vec<String>),
}

/// Access policies in a command.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PoliciesWish {
    /// Not given.
    #[default]
    Unsaid,
    /// `--access-policy`: exactly these, names or ARNs.
    Exactly(Vec<String>),
    /// `--append-access-policy`: in addition to the present ones.
    Append(Vec<String>),
}

/// The desired access of a principal inside a cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AccessWish {
    /// The principal: a role's name, or any ARN of a role, a role's session or a user.
    pub principal: String,
    /// `--username`.
    pub username: Option<String>,
    /// `--kubernetes-group`, `--append-kubernetes-group`.
    pub groups: GroupsWish,
    /// `--access-policy`, `--append-access-policy`.
    pub policies: PoliciesWish,
    /// `--policy-namespace`: the scope of the named policies; cluster-wide if absent.
    pub scope: Option<PolicyScope>,
    /// `--via`; `None` is `auto`.
    pub via: Option<Via>,
    /// Whether the principal is the default role, whose defaults are those of an administrator.
    pub is_default_role: bool,
}

/// A role to create.
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
    /// Seconds; `None` for IAM's default.
    pub max_session_duration: Option<i32>,
    /// An ARN.
    pub permissions_boundary: Option<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}
