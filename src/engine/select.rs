//! From a selection to the clusters: names, ARNs, globs and tags over several accounts and regions.
//!
//! A single named cluster, in one account and one region, needs no call. Anything else is searched in lists; a failed
//! list affects its own place only. A named cluster that does not exist ends the command before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::cluster_ref::{AccountRef, ClusterRef};
use super::explain::explain;
use super::listing::{Sight, look, of_account};
use super::not_there::{Missing, no_home, none_tagged, not_there};
use super::port::{Connect, EksRead};
use super::selection::Wish;
pub use super::selection::{ALL_REGIONS, Account, Regions, Selected, Selection};
use crate::error::{Error, Result};
use crate::model::{ClusterArn, ClusterSelector, Partition};

/// The clusters that a selection means.
///
/// # Errors
/// A usage error if something named does not exist, or if a glob, a tag or `--all-clusters` matches nothing; the first
/// failed list, if nothing was found.
pub async fn select<C: Connect>(accounts: &[Account<'_, C>], selection: &Selection) -> Result<Selected> {
    let wishes = selection.wishes()?;
    if let Some(wish) = wishes.iter().find(|wish| wish.homes(accounts).is_empty()) {
        return Err(no_home(*wish));
    }
    if let Some(cluster) = alone(accounts, selection, &wishes) {
        return Ok(Selected { clusters: vec![cluster], ..Selected::default() });
    }
    let sight = look(accounts, selection, &wishes).await;
    let mut found = Found { picked: !selection.tags.is_empty(), ..Found::default() };
    for wish in &wishes {
        found.add(*wish, accounts, selection, &sight);
    }
    if !found.missing.is_empty() {
        return Err(not_there(&found.missing));
    }
    let mut selected = Selected { picked: found.picked, ..Selected::default() };
    selected.failed = found.failures(accounts, &sight);
    if selection.tags.is_empty() {
        selected.clusters = found.clusters.into_iter().map(|(key, seen)| cluster(accounts, &key, seen)).collect();
    } else {
        keep_tagged(accounts, selection, found.clusters, &mut selected).await?;
    }
    ended(selected)
}

/// The only cluster, if it is known without a call.
fn alone<W>(accounts: &[Account<'_, W>], selection: &Selection, wishes: &[Wish<'_>]) -> Option<ClusterRef> {
    let [wish @ Wish::Of(selector)] = wishes else { return None };
    if !selection.tags.is_empty() {
        return None;
    }
    let (region, name, arn) = match selector {
        ClusterSelector::Name(name) => (selection.only_region(accounts)?, name, None),
        ClusterSelector::Arn(arn) => (arn.region.as_str(), &arn.name, Some(arn.clone())),
        ClusterSelector::Glob(_) => return None,
    };
    let account = accounts[*wish.homes(accounts).first()?].account.clone();
    Some(ClusterRef { account, name: name.clone(), region: region.to_owned(), arn })
}

/// A cluster's place: the account, the region, and its name. Orders clusters for output.
type Key = (AccountRef, String, String);

/// The index of the account, and the ARN if it was named by one.
type Seen = (usize, Option<ClusterArn>);

fn cluster<W>(accounts: &[Account<'_, W>], (_, region, name): &Key, (account, arn): Seen) -> ClusterRef {
    let account = accounts[account].account.clone();
    ClusterRef { account, name: name.clone(), region: region.clone(), arn }
}

/// The results for the wishes so far.
#[derive(Default)]
struct Found {
    clusters: BTreeMap<Key, Seen>,
    picked: bool,
    missing: Vec<Missing>,
    /// The searched places that can't be read.
    dark: BTreeSet<usize>,
    /// The accounts whose regions are not known.
    closed: BTreeMap<usize, Error>,
    /// What was not found while a place could not be read.
    doubtful: Vec<String>,
}

impl Found {
    fn add<W>(&mut self, wish: Wish<'_>, accounts: &[Account<'_, W>], selection: &Selection, sight: &Sight) {
        let places = sight.places(wish, accounts);
        let is_known = match wish {
            Wish::All | Wish::Of(ClusterSelector::Glob(_)) => false,
            Wish::Of(ClusterSelector::Arn(_)) => true,
            Wish::Of(ClusterSelector::Name(_)) => selection.only_region(accounts).is_some(),
        };
        let mut hits = 0;
        let mut dark = Vec::new();
        for &at in &places {
            let view = &sight.views[at];
            let Ok(clusters) = &view.clusters else {
                dark.push(at);
                continue;
            };
            for arn in clusters.iter().filter(|arn| means(wish, arn)) {
                hits += 1;
                self.insert(accounts, view.account, wish, arn);
            }
        }
        if is_known && hits == 0 && !dark.is_empty() {
            // Its place is known; whether it exists shows when it is described.
            self.insert_known(accounts, wish, &sight.views[dark[0]].region);
            return;
        }
        self.picked |= hits > 1 || !is_plain(wish);
        let closed = sight.closed(wish, accounts);
        let is_whole = dark.is_empty() && closed.is_empty();
        self.dark.extend(dark);
        self.closed.extend(closed.into_iter().map(|(at, error)| (at, error.clone())));
        match (hits, is_whole) {
            (0, true) => self.missing.push(Missing::new(wish, accounts, sight, &places)),
            (0, false) => self.doubtful.extend(text(wish)),
            _ => {}
        }
    }

    /// Adds a cluster from a list.
    fn insert<W>(&mut self, accounts: &[Account<'_, W>], account: usize, wish: Wish<'_>, seen: &ClusterArn) {
        let named = match wish {
            Wish::Of(ClusterSelector::Arn(arn)) => Some(arn.clone()),
            _ => None,
        };
        let key = (accounts[account].account.clone(), seen.region.clone(), seen.name.clone());
        let entry = self.clusters.entry(key).or_insert((account, None));
        entry.1 = entry.1.take().or(named);
    }

    /// Adds a cluster whose place was named, and whose list can't be read.
    fn insert_known<W>(&mut self, accounts: &[Account<'_, W>], wish: Wish<'_>, region: &str) {
        let (Wish::Of(ClusterSelector::Name(name) | ClusterSelector::Arn(ClusterArn { name, .. })), [home, ..]) =
            (wish, &wish.homes(accounts)[..])
        else {
            return;
        };
        let place = ClusterArn {
            partition: Partition::of_region(region),
            region: region.to_owned(),
            account: String::new(),
            name: name.clone(),
        };
        self.insert(accounts, *home, wish, &place);
    }

    /// The failed places, each with what may be there.
    fn failures<W>(&self, accounts: &[Account<'_, W>], sight: &Sight) -> Vec<(AccountRef, String, Error)> {
        let told = |error: &Error| match &self.doubtful[..] {
            [] => error.clone(),
            names => {
                error.clone().because(format!("{} may be there; it was not found anywhere else", names.join(", ")))
            }
        };
        let closed = self.closed.iter().map(|(at, error)| (*at, ALL_REGIONS, error));
        let dark = self.dark.iter().filter_map(|at| {
            let view = &sight.views[*at];
            Some((view.account, view.region.as_str(), view.clusters.as_ref().err()?))
        });
        let all = closed
            .chain(dark)
            .map(|(at, region, error)| (accounts[at].account.clone(), region.to_owned(), told(error)));
        let mut all: Vec<_> = all.collect();
        all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        all
    }
}

/// Whether a wish matches a listed cluster. The account of a wished ARN was matched before.
fn means(wish: Wish<'_>, cluster: &ClusterArn) -> bool {
    match wish {
        Wish::All => true,
        Wish::Of(ClusterSelector::Arn(arn)) => arn.name == cluster.name,
        Wish::Of(selector) => selector.matches(cluster),
    }
}

fn is_plain(wish: Wish<'_>) -> bool {
    matches!(wish, Wish::Of(selector) if !selector.is_glob())
}

fn text(wish: Wish<'_>) -> Option<String> {
    match wish {
        Wish::All => None,
        Wish::Of(selector) => Some(format!("`{selector}`")),
    }
}

/// Describes the candidates and keeps those that have every tag.
async fn keep_tagged<C: Connect>(
    accounts: &[Account<'_, C>],
    selection: &Selection,
    candidates: BTreeMap<Key, Seen>,
    selected: &mut Selected,
) -> Result<()> {
    let describe = |(key, seen): (Key, Seen)| async move {
        let (account, region, name) = (&accounts[seen.0], &key.1, &key.2);
        let doing = || format!("reading the tags of cluster {name} in {region}{}", of_account(account));
        let answer = match account.world() {
            Ok(world) => {
                let answer = world.eks(region).tagged_cluster(name).await;
                answer.map_err(|error| explain(&doing(), &error))
            }
            Err(error) => Err(error),
        };
        (cluster(accounts, &key, seen), answer)
    };
    let (count, first) = (candidates.len(), candidates.keys().next().cloned());
    for (cluster, answer) in join_all(candidates.into_iter().map(describe)).await {
        match answer {
            Ok(Some((description, tags))) if selection.tags.iter().all(|tag| tag.matches(&tags)) => {
                selected.clusters.push(cluster);
                selected.described.push(description);
            }
            Ok(_) => {}
            Err(error) => selected.failed.push((cluster.account, cluster.region, error)),
        }
    }
    if selected.clusters.is_empty() && selected.failed.is_empty() {
        let first = first.map(|(_, region, name)| (region, name));
        return Err(none_tagged(&selection.tags, count, first));
    }
    Ok(())
}

/// With nothing selected and failed places, the first of them is the error.
fn ended(selected: Selected) -> Result<Selected> {
    let others = selected.failed.len().saturating_sub(1);
    match selected.failed.first() {
        Some((_, _, error)) if selected.clusters.is_empty() => Err(match others {
            0 => error.clone(),
            1 => error.clone().because("one other place could not be read either"),
            _ => error.clone().because(format!("{others} other places could not be read either")),
        }),
        _ => Ok(selected),
    }
}
