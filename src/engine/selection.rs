//! What a command line selects, and in which accounts it is looked for.

use super::cluster_ref::{AccountRef, ClusterRef};
use crate::error::{Error, Result};
use crate::model::{ClusterDescription, ClusterSelector, TagSelector};

/// Where names are looked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Regions {
    /// In these.
    Listed(Vec<String>),
    /// In every region that an account has.
    All,
}

/// What was selected on the command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection {
    /// Each `--cluster`.
    pub clusters: Vec<ClusterSelector>,
    /// `--all-clusters`.
    pub all: bool,
    /// The tags that each cluster must have; alone they mean every cluster that has them.
    pub tags: Vec<TagSelector>,
    /// Where clusters are looked for that name no region themselves.
    pub regions: Regions,
}

/// One account's world to look in.
#[derive(Debug)]
pub struct Account<'w, W> {
    /// The account.
    pub account: AccountRef,
    /// Its ports, signed for as the account asks; or why it can't be entered.
    pub world: std::result::Result<&'w W, &'w Error>,
}

impl<'w, W> Account<'w, W> {
    /// Its ports.
    ///
    /// # Errors
    /// Why it can't be entered.
    pub(super) fn world(&self) -> Result<&'w W> {
        self.world.map_err(Clone::clone)
    }
}

/// Stands for the region where the list of an account's regions itself failed.
pub const ALL_REGIONS: &str = "all regions";

/// What came out of a selection.
#[derive(Debug, Default)]
pub struct Selected {
    /// The clusters, by account, region and name.
    pub clusters: Vec<ClusterRef>,
    /// Whether they were picked by a glob, by tags, as all, or by a name that several places have: additive steps ask then.
    pub picked: bool,
    /// Those that were described to see their tags, as they were described.
    pub described: Vec<ClusterDescription>,
    /// The places that could not be looked in: account, region ([`ALL_REGIONS`] where its regions could not be listed), and why.
    pub failed: Vec<(AccountRef, String, Error)>,
}

/// One thing that is wished.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish<'s> {
    /// Every cluster.
    All,
    /// Those that a selector means.
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

    /// Those of the accounts that it can be about: the one that it names, else those of which the id is not known.
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
    /// Everything that is wished, each thing once.
    ///
    /// # Errors
    /// Nothing is.
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

    /// The one region, where there is one account and one region to look in.
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
