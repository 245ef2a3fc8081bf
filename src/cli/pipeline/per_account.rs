//! The accounts of several clusters, each looked at once for all of its own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::engine::{AccountRef, Connect, Looking};
use crate::error::{Error, Result};
use crate::model::ClusterDescription;
use crate::plan::Desired;

/// What each account is looked at with, or why one can't be entered.
pub(crate) struct PerAccount<T>(BTreeMap<AccountRef, Result<T>>);

/// The accounts as the pipeline looks at them.
pub(crate) type Lookings<'a, C> = PerAccount<Looking<'a, C>>;

impl<T> PerAccount<T> {
    /// Makes ready; no call is made.
    ///
    /// # Errors
    /// One can't be made.
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

    /// That of an account.
    ///
    /// # Errors
    /// It could not be entered.
    pub(crate) fn of(&self, account: &AccountRef) -> Result<&T> {
        let made = self.0.get(account).ok_or_else(|| Error::usage("no cluster was named"))?;
        made.as_ref().map_err(Clone::clone)
    }

    /// How many could not be entered.
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

/// An account, looked at for a wish.
///
/// # Errors
/// The wish names a role in a way that can't be meant.
pub(crate) fn looking<'a, C: Connect>(
    account: &AccountRef,
    world: &'a C,
    desired: &'a Desired,
) -> Result<Looking<'a, C>> {
    Ok(Looking::new(world, desired)?.in_account(account.known_id()))
}
