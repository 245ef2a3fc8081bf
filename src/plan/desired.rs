//! What a command asks for, before anything was looked at: whole wishes, and how deep the look at the world must be.

use super::kubeconfig::KubeconfigWish;
use super::put_back::PutBack;
use crate::model::{AccessWish, AuthMode, GroupWish, RoleWish};

/// Everything that one command asks for in one cluster and one account; parts that it does not speak of are `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Desired {
    /// The IAM role.
    pub role: Option<RoleWish>,
    /// The IAM group and its members.
    pub group: Option<GroupWish>,
    /// What is to change in the cluster.
    pub access: Option<AccessChange>,
    /// What an earlier run overwrote, to be put back.
    pub put_back: Option<PutBack>,
    /// The kubeconfig.
    pub kubeconfig: Option<KubeconfigWish>,
    /// The role that a kubeconfig or a proof is about, by name or ARN, where nothing else in the wish names it.
    pub role_name: Option<String>,
    /// `--allow-lockout`: those who may be locked out.
    pub allow_lockout: Vec<String>,
}

/// One change of who has access to a cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AccessChange {
    /// A principal is bound, by a mapping or an access entry.
    Bind(AccessWish),
    /// Mappings are removed.
    Unbind {
        /// Whose.
        whom: Whom,
        /// All of them, where several have the ARN or the username.
        all: bool,
    },
    /// An account in `mapAccounts`, by its twelve digits.
    Account {
        /// Its number.
        account: String,
        /// Whether it is to be there.
        present: bool,
    },
    /// The findings of `lint` that can be mended without a loss to anyone.
    Fix,
    /// The kept `aws-auth` with this id, as a whole.
    Restore(String),
    /// The cluster's authentication mode becomes this one.
    Mode(AuthMode),
}

/// Whose mapping is meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Whom {
    /// A principal's, by its name or ARN.
    Principal(String),
    /// That with this username.
    Username(String),
}

/// What of a cluster must be looked at before a wish can be planned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// Its description.
    Described,
    /// What binds the principal: the map and its entry.
    Principal,
    /// The map, and everybody who has access beside it.
    Everyone,
    /// What decides whether the authentication mode may become this one.
    Mode(AuthMode),
}

impl Desired {
    /// The binding, where one is asked for.
    pub const fn bind(&self) -> Option<&AccessWish> {
        match &self.access {
            Some(AccessChange::Bind(wish)) => Some(wish),
            _ => None,
        }
    }

    /// The principal that the wish names in the cluster, by name or ARN.
    pub fn principal(&self) -> Option<&str> {
        match &self.access {
            Some(AccessChange::Bind(wish)) => Some(&wish.principal),
            Some(AccessChange::Unbind { whom: Whom::Principal(name), .. }) if !name.starts_with("arn:") => Some(name),
            // What is added must say whether it names a principal.
            Some(
                AccessChange::Unbind { .. }
                | AccessChange::Account { .. }
                | AccessChange::Fix
                | AccessChange::Restore(_)
                | AccessChange::Mode(_),
            ) => None,
            None => self.put_back.as_ref().and_then(PutBack::principal),
        }
    }

    /// The role that the wish is about, by name or ARN.
    pub fn role(&self) -> Option<&str> {
        let of_group = self.group.as_ref().map(|group| group.role.as_str());
        let named = self.role.as_ref().map(|role| role.name.as_str()).or(self.principal()).or(of_group);
        named.or(self.put_back.as_ref().and_then(PutBack::role)).or(self.role_name.as_deref())
    }

    /// The IAM group that the wish is about, by name.
    pub fn group(&self) -> Option<&str> {
        let of_wish = self.group.as_ref().map(|group| group.name.as_str());
        of_wish.or(self.put_back.as_ref().and_then(PutBack::group))
    }

    /// Whether a principal is given something in the cluster.
    pub fn gives(&self) -> bool {
        self.bind().is_some() || self.put_back.as_ref().and_then(PutBack::principal).is_some()
    }

    /// How deep the look at the cluster must be.
    pub fn depth(&self) -> Depth {
        match &self.access {
            None if self.put_back.as_ref().and_then(PutBack::principal).is_some() => Depth::Principal,
            None => Depth::Described,
            Some(AccessChange::Bind(_)) => Depth::Principal,
            Some(AccessChange::Mode(to)) => Depth::Mode(*to),
            Some(
                AccessChange::Unbind { .. }
                | AccessChange::Account { .. }
                | AccessChange::Fix
                | AccessChange::Restore(_),
            ) => Depth::Everyone,
        }
    }
}
