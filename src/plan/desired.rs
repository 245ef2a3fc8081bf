//! The desired state of a whole command, and how much of the present state must be read.

use super::kubeconfig::KubeconfigWish;
use super::migrate::{MigrateWish, RollbackWish};
use super::put_back::PutBack;
use crate::model::{AccessWish, AuthMode, GroupWish, RoleWish};

/// Everything that one command asks for in one cluster and one account; other parts are `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Desired {
    /// The IAM role.
    pub role: Option<RoleWish>,
    /// The IAM group and its members.
    pub group: Option<GroupWish>,
    /// The change in the cluster.
    pub access: Option<AccessChange>,
    /// What an earlier run overwrote, to restore.
    pub put_back: Option<PutBack>,
    /// The kubeconfig.
    pub kubeconfig: Option<KubeconfigWish>,
    /// The role of a kubeconfig or a proof, by name or ARN, if no other part names it.
    pub role_name: Option<String>,
    /// `--allow-lockout`: principals that may be locked out.
    pub allow_lockout: Vec<String>,
}

/// One change of access to a cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AccessChange {
    /// Binds a principal, by a mapping or an access entry.
    Bind(AccessWish),
    /// Removes mappings.
    Unbind {
        /// The principal.
        whom: Whom,
        /// Whether all of them are removed, if several have the ARN or the username.
        all: bool,
    },
    /// An account in `mapAccounts`, by its account id.
    Account {
        /// Its id.
        account: String,
        /// Whether it should be present.
        present: bool,
    },
    /// The fixable findings of `lint`, without a loss of access.
    Fix,
    /// The saved `aws-auth` with this id, as a whole.
    Restore(String),
    /// The cluster's authentication mode becomes this one.
    Mode(AuthMode),
    /// The mappings become access entries.
    Migrate(Box<MigrateWish>),
    /// The access entries of a migration become mappings again.
    Rollback(Box<RollbackWish>),
}

/// Selects a mapping.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Whom {
    /// A principal's, by its name or ARN.
    Principal(String),
    /// That with this username.
    Username(String),
}

/// How much of a cluster must be read before planning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// Its description.
    Described,
    /// The bindings of the principal: the map and its entry.
    Principal,
    /// The map, and every other principal with access.
    Everyone,
    /// What decides whether the authentication mode may become this one.
    Mode(AuthMode),
    /// What decides what becomes of each mapping.
    Migration,
}

impl Desired {
    /// The binding, if one is desired.
    pub const fn bind(&self) -> Option<&AccessWish> {
        match &self.access {
            Some(AccessChange::Bind(wish)) => Some(wish),
            _ => None,
        }
    }

    /// The principal in the cluster, by name or ARN.
    pub fn principal(&self) -> Option<&str> {
        match &self.access {
            Some(AccessChange::Bind(wish)) => Some(&wish.principal),
            Some(AccessChange::Unbind { whom: Whom::Principal(name), .. }) if !name.starts_with("arn:") => Some(name),
            // A new variant must decide whether it names a principal.
            Some(
                AccessChange::Unbind { .. }
                | AccessChange::Account { .. }
                | AccessChange::Fix
                | AccessChange::Restore(_)
                | AccessChange::Mode(_)
                | AccessChange::Migrate(_)
                | AccessChange::Rollback(_),
            ) => None,
            None => self.put_back.as_ref().and_then(PutBack::principal),
        }
    }

    /// The role of the command, by name or ARN.
    pub fn role(&self) -> Option<&str> {
        let of_group = self.group.as_ref().map(|group| group.role.as_str());
        let named = self.role.as_ref().map(|role| role.name.as_str()).or(self.principal()).or(of_group);
        named.or(self.put_back.as_ref().and_then(PutBack::role)).or(self.role_name.as_deref())
    }

    /// The IAM group of the command, by name.
    pub fn group(&self) -> Option<&str> {
        let of_wish = self.group.as_ref().map(|group| group.name.as_str());
        of_wish.or(self.put_back.as_ref().and_then(PutBack::group))
    }

    /// Whether a principal is granted something in the cluster.
    pub fn gives(&self) -> bool {
        self.bind().is_some() || self.put_back.as_ref().and_then(PutBack::principal).is_some()
    }

    /// How much of the cluster must be read.
    pub fn depth(&self) -> Depth {
        match &self.access {
            None if self.put_back.as_ref().and_then(PutBack::principal).is_some() => Depth::Principal,
            None => Depth::Described,
            Some(AccessChange::Bind(_)) => Depth::Principal,
            Some(AccessChange::Mode(to)) => Depth::Mode(*to),
            Some(AccessChange::Migrate(_) | AccessChange::Rollback(_)) => Depth::Migration,
            Some(
                AccessChange::Unbind { .. }
                | AccessChange::Account { .. }
                | AccessChange::Fix
                | AccessChange::Restore(_),
            ) => Depth::Everyone,
        }
    }
}
