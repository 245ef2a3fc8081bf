//! The accounts of several clusters, each read once for all of its clusters.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::engine::{AccountRef, Connect, Looking};
use crate::error::{Error, Result};
use crate::model::ClusterDescription;
use crate::plan::Desired;

/// The reader of each account, or why the account's role could not be assumed.
pub(crate) struct PerAccount<T>(BTreeMap<AccountRef, Result<T>>);

/// The accounts, as read by the pipeline.
pub(crate) type Lookings<'a, C> = PerAccount<Looking<'a, C>>;

impl<T> PerAccount<T> {
    /// Creates the readers; makes no call.
    ///
    /// # Errors
    /// One can't be created.
    pub(crate) fn new<'a, C: 'a>(
        accounts: impl IntoIterator<Item = AccountRef>,
        world_of: impl Fn(&AccountRef) -> Result<&'a C>,
        make: impl Fn(&AccountRef, &'a C) -> Result<T>,
    ) -> Result<Self> {
        let mut all = BTreeMap::new();
        for account in accounts {
            if let Entry::Vacant(entry) = all.entry(account) {
                let entered = match world_of(entry.key()) {
                    Ok(world) => Ok(make(entry.key(), world)?),
                    Err(error) => Err(error),
                };
                entry.insert(entered);
            }
        }
        Ok(Self(all))
    }

    /// The reader of an account.
    ///
    /// # Errors
    /// Its role could not be assumed.
    pub(crate) fn of(&self, account: &AccountRef) -> Result<&T> {
        let made = self.0.get(account).ok_or_else(|| Error::usage("no cluster was named"))?;
        made.as_ref().map_err(Clone::clone)
    }

    /// The number of accounts whose role could not be assumed.
    pub(crate) fn closed(&self) -> usize {
        self.0.values().filter(|made| made.is_err()).count()
    }
}

impl<C: Connect> Lookings<'_, C> {
    /// Clusters that were described a moment ago.
    pub(crate) fn know(&self, described: impl IntoIterator<Item = (AccountRef, ClusterDescription)>) {
        for (account, description) in described {
            if let Some(Ok(looking)) = self.0.get(&account) {
                looking.knows(description);
            }
        }
    }
}

/// An account, read for `desired`.
///
/// # Errors
/// It names a role in an invalid way.
pub(crate) fn looking<'a, C: Connect>(
    account: &AccountRef,
    world: &'a C,
    desired: &'a Desired,
) -> Result<Looking<'a, C>> {
    Ok(Looking::new(world, desired)?.in_account(account.known_id()))
}
