//! The selection of a command line, and the accounts to search.

use super::cluster_ref::{AccountRef, ClusterRef};
use crate::error::{Error, Result};
use crate::model::{ClusterDescription, ClusterSelector, TagSelector};

/// Where names are searched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Regions {
    /// In these.
    Listed(Vec<String>),
    /// In every region of an account.
    All,
}

/// The selection of a command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection {
    /// Each `--cluster`.
    pub clusters: Vec<ClusterSelector>,
    /// `--all-clusters`.
    pub all: bool,
    /// The tags that each cluster must have; alone they select every cluster with them.
    pub tags: Vec<TagSelector>,
    /// The regions for selectors that do not name one.
    pub regions: Regions,
}

/// The world of one account to search.
#[derive(Debug)]
pub struct Account<'w, W> {
    /// The account.
    pub account: AccountRef,
    /// Its ports, with the account's signer; or why its role could not be assumed.
    pub world: std::result::Result<&'w W, &'w Error>,
}

impl<'w, W> Account<'w, W> {
    /// Its ports.
    ///
    /// # Errors
    /// Its role could not be assumed.
    pub(super) fn world(&self) -> Result<&'w W> {
        self.world.map_err(Clone::clone)
    }
}

/// In place of the region if the list of an account's regions failed.
pub const ALL_REGIONS: &str = "all regions";

/// The result of a selection.
#[derive(Debug, Default)]
pub struct Selected {
    /// The clusters, by account, region and name.
    pub clusters: Vec<ClusterRef>,
    /// Whether they were picked by a glob, by tags, by `--all-clusters`, or by a name that several places have:
    /// additive steps then need a confirmation.
    pub picked: bool,
    /// The descriptions that were read for their tags.
    pub described: Vec<ClusterDescription>,
    /// The places that could not be read: account, region ([`ALL_REGIONS`] if its regions could not be listed), and
    /// why.
    pub failed: Vec<(AccountRef, String, Error)>,
}

/// One thing that is selected.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish<'s> {
    /// Every cluster.
    All,
    /// Those that match a selector.
    Of(&'s ClusterSelector),
}

impl<'s> Wish<'s> {
    /// The region that it names itself.
    pub(super) fn region(self) -> Option<&'s str> {
        match self {
            Self::All => None,
            Self::Of(selector) => selector.region(),
        }
    }

    /// The accounts to which it can apply: the one that it names, else those whose id is not known.
    pub(super) fn homes<W>(self, accounts: &[Account<'_, W>]) -> Vec<usize> {
        let indices = |keep: &dyn Fn(Option<&str>) -> bool| -> Vec<usize> {
            (0..accounts.len()).filter(|&at| keep(accounts[at].account.known_id())).collect()
        };
        let named = match self {
            Self::All => None,
            Self::Of(selector) => selector.account(),
        };
        let Some(named) = named else { return indices(&|_| true) };
        let exact = indices(&|id| id == Some(named));
        if exact.is_empty() { indices(&|id| id.is_none()) } else { exact }
    }
}

impl Selection {
    /// Everything that is selected, without duplicates.
    ///
    /// # Errors
    /// Nothing is selected.
    pub(super) fn wishes(&self) -> Result<Vec<Wish<'_>>> {
        if self.all || (self.clusters.is_empty() && !self.tags.is_empty()) {
            return Ok(vec![Wish::All]);
        }
        let mut wishes: Vec<&ClusterSelector> = Vec::new();
        for selector in &self.clusters {
            if !wishes.contains(&selector) {
                wishes.push(selector);
            }
        }
        if wishes.is_empty() {
            return Err(Error::usage("no cluster is selected: neither --cluster nor --cluster-tag nor --all-clusters")
                .hint("list the clusters: aws eks list-clusters"));
        }
        Ok(wishes.into_iter().map(Wish::Of).collect())
    }

    /// The only region, if there is one account and one region to search.
    pub(super) fn only_region<W>(&self, accounts: &[Account<'_, W>]) -> Option<&str> {
        match (&self.regions, accounts) {
            (Regions::Listed(regions), [_]) => {
                let first = regions.first()?;
                regions.iter().all(|region| region == first).then_some(first)
            }
            _ => None,
        }
    }
}
