//! Lists clusters: in every account and region in which a selection may match, each read once, concurrently.

use std::collections::BTreeSet;

use futures::future::{join, join_all};

use super::call_error::CallErrorKind;
use super::explain::explain;
use super::port::{Connect, EksRead};
use super::selection::{Account, Regions, Selection, Wish};
use crate::error::{Error, Result};
use crate::model::{ClusterArn, ClusterSelector, Partition};

/// One region of one account, as listed.
#[derive(Debug)]
pub(super) struct View {
    /// The index of the account.
    pub(super) account: usize,
    /// The region.
    pub(super) region: String,
    /// The clusters; without the account's id in their ARNs if neither the command nor a selector needs it.
    pub(super) clusters: Result<Vec<ClusterArn>>,
}

/// Everything that was listed.
#[derive(Debug)]
pub(super) struct Sight {
    /// The places.
    pub(super) views: Vec<View>,
    /// The regions of each account to search for selectors without a region; or why they are not known.
    regions: Vec<Result<Vec<String>>>,
}

impl Sight {
    /// The places to search for a wish.
    pub(super) fn places<W>(&self, wish: Wish<'_>, accounts: &[Account<'_, W>]) -> Vec<usize> {
        let sought = sought(wish, accounts, &self.regions);
        let is_sought = |view: &View| sought.contains(&(view.account, view.region.clone()));
        (0..self.views.len()).filter(|&at| is_sought(&self.views[at])).collect()
    }

    /// The accounts that can't be searched for a wish, as their regions are not known.
    pub(super) fn closed<W>(&self, wish: Wish<'_>, accounts: &[Account<'_, W>]) -> Vec<(usize, &Error)> {
        if wish.region().is_some() {
            return Vec::new();
        }
        let homes = wish.homes(accounts).into_iter();
        homes.filter_map(|at| self.regions[at].as_ref().err().map(|error| (at, error))).collect()
    }
}

/// Account and region of each place to search for a wish.
fn sought<W>(
    wish: Wish<'_>,
    accounts: &[Account<'_, W>],
    regions: &[Result<Vec<String>>],
) -> BTreeSet<(usize, String)> {
    let of_account = |at: usize| match wish.region() {
        Some(own) => vec![(at, own.to_owned())],
        None => regions[at].iter().flatten().map(|region| (at, region.clone())).collect(),
    };
    wish.homes(accounts).into_iter().flat_map(of_account).collect()
}

/// Lists every place in which one of the wishes may match.
pub(super) async fn look<C: Connect>(accounts: &[Account<'_, C>], selection: &Selection, wishes: &[Wish<'_>]) -> Sight {
    let regions = regions(accounts, selection, wishes).await;
    let places: BTreeSet<_> = wishes.iter().flat_map(|wish| sought(*wish, accounts, &regions)).collect();
    let (names, ids) = join(names(accounts, &places), ids(accounts, wishes, &places)).await;
    let views = places.into_iter().zip(names).map(|((account, region), names)| {
        let clusters = names.and_then(|names| {
            let id = ids[account].clone()?;
            Ok(names.into_iter().map(|name| arn(&region, &id, name)).collect())
        });
        View { account, region, clusters }
    });
    Sight { views: views.collect(), regions }
}

fn arn(region: &str, account: &str, name: String) -> ClusterArn {
    ClusterArn { partition: Partition::of_region(region), region: region.to_owned(), account: account.to_owned(), name }
}

/// The regions of each account; listed only if all of them are to be searched.
async fn regions<C: Connect>(
    accounts: &[Account<'_, C>],
    selection: &Selection,
    wishes: &[Wish<'_>],
) -> Vec<Result<Vec<String>>> {
    let needed: BTreeSet<usize> =
        wishes.iter().filter(|wish| wish.region().is_none()).flat_map(|wish| wish.homes(accounts)).collect();
    let of_account = |at: usize| {
        let is_needed = needed.contains(&at);
        async move {
            match &selection.regions {
                // An account without a usable role can't be searched, whatever its regions.
                _ if is_needed && accounts[at].world.is_err() => accounts[at].world().map(|_| Vec::new()),
                Regions::Listed(regions) => Ok(regions.clone()),
                Regions::All if is_needed => enabled(&accounts[at]).await,
                Regions::All => Ok(Vec::new()),
            }
        }
    };
    join_all((0..accounts.len()).map(of_account)).await
}

async fn enabled<C: Connect>(account: &Account<'_, C>) -> Result<Vec<String>> {
    account.world()?.regions().await.map_err(|error| {
        let doing = format!("listing the regions{}", of_account(account));
        let told = explain(&doing, &error);
        if error.is(CallErrorKind::AccessDenied) {
            return told.hint("name the regions with --cluster-region instead of --all-regions");
        }
        told
    })
}

/// The names of the clusters in each of the places.
async fn names<C: Connect>(
    accounts: &[Account<'_, C>],
    places: &BTreeSet<(usize, String)>,
) -> Vec<Result<Vec<String>>> {
    let list = |(at, region): &(usize, String)| {
        let account = &accounts[*at];
        let region = region.clone();
        async move {
            let doing = || format!("listing the clusters in {region}{}", of_account(account));
            account.world()?.eks(&region).list_clusters().await.map_err(|error| explain(&doing(), &error))
        }
    };
    join_all(places.iter().map(list)).await
}

/// The ids of the accounts, if needed: a pattern of ARNs matches them too.
async fn ids<C: Connect>(
    accounts: &[Account<'_, C>],
    wishes: &[Wish<'_>],
    places: &BTreeSet<(usize, String)>,
) -> Vec<Result<String>> {
    let by_arn = wishes.iter().any(|wish| matches!(wish, Wish::Of(ClusterSelector::Glob(glob)) if glob.is_of_arns()));
    let id = |at: usize| {
        let is_needed = by_arn && places.iter().any(|(account, _)| *account == at);
        async move {
            match accounts[at].account.known_id() {
                Some(id) => Ok(id.to_owned()),
                None if is_needed => signing_account(accounts[at].world()?).await,
                None => Ok(String::new()),
            }
        }
    };
    join_all((0..accounts.len()).map(id)).await
}

/// The account of the clusters: that of the identity that signs the EKS calls.
async fn signing_account<C: Connect>(world: &C) -> Result<String> {
    let caller = world.caller().await;
    let caller = caller.map_err(|error| explain("finding out who signs (sts:GetCallerIdentity)", &error))?;
    Ok(caller.signs_as.unwrap_or(caller.arn).account)
}

/// The account in words, if it is known.
pub(super) fn of_account<W>(account: &Account<'_, W>) -> String {
    account.account.known_id().map(|id| format!(" of account {id}")).unwrap_or_default()
}
