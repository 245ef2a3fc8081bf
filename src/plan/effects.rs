//! The effects of a plan on access in a cluster, before and after, for the guard.

use super::migrate::Report;
use crate::aws_auth::{Change, Reading};
use crate::model::AccessEntry;

/// The effects of a plan in one cluster, or in a manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The map, as far as it was read.
    pub map: MapEffect,
    /// The changes of access entries, one for each that changes.
    pub entries: Vec<EntryEffect>,
    /// Whether any access is removed.
    pub takes_away: bool,
}

/// What a change of access makes of a cluster's map and of its entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// What becomes of the map.
    pub map: MapEffect,
    /// What becomes of entries, where it is not the one of the principal that the command names.
    pub entries: Vec<EntryEffect>,
    /// What a migration makes of each mapping.
    pub migration: Option<Report>,
}

impl From<MapEffect> for Changed {
    fn from(map: MapEffect) -> Self {
        Self { map, ..Self::default() }
    }
}

/// What is known of a map, and its change. Each of its texts is read once.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum MapEffect {
    /// It was not read, or does not exist.
    #[default]
    NotRead,
    /// It stays as it is.
    Same(Reading),
    /// It changes.
    Changes(MapChange),
}

impl MapEffect {
    /// As it is read today.
    pub const fn had(&self) -> Option<&Reading> {
        match self {
            Self::NotRead => None,
            Self::Same(reading) => Some(reading),
            Self::Changes(change) => Some(&change.had),
        }
    }

    /// The same once the cluster does not read the map any more.
    pub fn given_up(self) -> Self {
        let (had, changes) = match self {
            Self::NotRead => return self,
            Self::Same(had) => (had, None),
            Self::Changes(change) => (change.had, change.changes),
        };
        Self::Changes(MapChange { had, has: Reading::default(), changes })
    }

    /// Its reading after the plan.
    pub const fn then(&self) -> Option<&Reading> {
        match self {
            Self::NotRead => None,
            Self::Same(reading) => Some(reading),
            Self::Changes(change) => Some(&change.has),
        }
    }
}

/// A map before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct MapChange {
    /// Its reading today.
    pub had: Reading,
    /// Its reading after the plan.
    pub has: Reading,
    /// The changes of the command; `None` if the map is replaced as a whole, whatever that uncovers.
    pub changes: Option<Vec<Change>>,
}

/// An access entry before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryEffect {
    /// The principal's ARN.
    pub principal: String,
    /// The entry today; `None` for none.
    pub had: Option<AccessEntry>,
    /// The entry after the plan; `None` for none.
    pub has: Option<AccessEntry>,
}
