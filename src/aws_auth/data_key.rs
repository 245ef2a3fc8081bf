//! The keys of `data` that the control plane reads.

use std::fmt;

/// A key of the `ConfigMap`'s `data` that the control plane reads; it ignores every other key and spelling.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum DataKey {
    /// `mapRoles`
    MapRoles,
    /// `mapUsers`
    MapUsers,
    /// `mapAccounts`
    MapAccounts,
}

impl DataKey {
    /// All three, in the order in which they are looked up.
    pub const ALL: [Self; 3] = [Self::MapRoles, Self::MapUsers, Self::MapAccounts];

    /// The key as `data` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MapRoles => "mapRoles",
            Self::MapUsers => "mapUsers",
            Self::MapAccounts => "mapAccounts",
        }
    }

    /// The field that holds an entry's ARN, in lower case.
    #[must_use]
    pub const fn arn_field(self) -> &'static str {
        match self {
            Self::MapUsers => "userarn",
            _ => "rolearn",
        }
    }
}

impl fmt::Display for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
