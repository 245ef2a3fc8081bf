//! RBAC bindings as far as a migration reads them. Pure.

use std::fmt;

use crate::error::one_line;

/// Whom a binding names.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Subject {
    /// A user, by the username.
    User(String),
    /// A group.
    Group(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "User {}", one_line(name)),
            Self::Group(name) => write!(f, "Group {}", one_line(name)),
        }
    }
}

/// Which binding.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct BindingName {
    /// The namespace of a `RoleBinding`; `None` for a `ClusterRoleBinding`.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl fmt::Display for BindingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "RoleBinding {namespace}/{}", self.name),
            None => write!(f, "ClusterRoleBinding {}", self.name),
        }
    }
}

/// A `ClusterRoleBinding` or a `RoleBinding`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RbacBinding {
    /// Which one.
    pub name: BindingName,
    /// The users and groups that it names; service accounts are left out.
    pub subjects: Vec<Subject>,
}
