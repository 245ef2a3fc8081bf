//! Errors for a selection without a match: where it was searched, similar names, and what to use instead.

use std::collections::BTreeSet;

use super::listing::Sight;
use super::selection::{Account, Wish};
use crate::error::{Error, shell_word};
use crate::model::nearest::nearest_names;
use crate::model::{ClusterArn, ClusterSelector, TagSelector};

/// The most names in a message.
const MOST: usize = 10;

/// A wish without a match.
#[derive(Debug)]
pub(super) struct Missing {
    selector: Option<ClusterSelector>,
    /// Where it was searched, in words.
    place: String,
    /// The first region.
    region: Option<String>,
    /// Whether there are other regions to search.
    is_narrow: bool,
    /// The existing names.
    names: Vec<String>,
}

impl Missing {
    /// From the places that were searched.
    pub(super) fn new<W>(wish: Wish<'_>, accounts: &[Account<'_, W>], sight: &Sight, places: &[usize]) -> Self {
        let views = || places.iter().map(|at| &sight.views[*at]);
        let regions: BTreeSet<&str> = views().map(|view| view.region.as_str()).collect();
        let homes: BTreeSet<usize> = views().map(|view| view.account).collect();
        let names: BTreeSet<String> =
            views().flat_map(|view| view.clusters.iter().flatten()).map(|cluster| cluster.name.clone()).collect();
        let region = match regions.len() {
            1 => regions.first().map_or_else(String::new, |region| (*region).to_owned()),
            count => format!("{count} regions"),
        };
        let account = match homes.len() {
            1 => homes.first().and_then(|at| accounts[*at].account.known_id()).map(|id| format!(" of account {id}")),
            count => Some(format!(" of {count} accounts")),
        };
        Self {
            selector: match wish {
                Wish::All => None,
                Wish::Of(selector) => Some(selector.clone()),
            },
            place: format!("{region}{}", account.unwrap_or_default()),
            region: regions.first().map(|region| (*region).to_owned()),
            is_narrow: regions.len() == 1 && wish.region().is_none(),
            names: names.into_iter().collect(),
        }
    }

    fn message(&self) -> String {
        let place = &self.place;
        match &self.selector {
            None => format!("--all-clusters: there is no cluster in {place}"),
            Some(ClusterSelector::Glob(_)) => format!("--cluster {}: no cluster in {place} matches", self.word()),
            Some(ClusterSelector::Arn(arn)) => {
                format!("--cluster {}: there is no cluster {} in {place}", self.word(), arn.name)
            }
            Some(ClusterSelector::Name(_)) => {
                format!("--cluster {}: there is no cluster of that name in {place}", self.word())
            }
        }
    }

    fn word(&self) -> String {
        self.selector.as_ref().map(|selector| shell_word(&selector.to_string()).into_owned()).unwrap_or_default()
    }

    /// The names that may be meant.
    fn nearest(&self) -> Vec<&str> {
        match &self.selector {
            Some(ClusterSelector::Name(name) | ClusterSelector::Arn(ClusterArn { name, .. })) => {
                nearest_names(name, &self.names)
            }
            _ => Vec::new(),
        }
    }

    /// The existing names, in words.
    fn there(&self) -> Option<String> {
        let near = self.nearest();
        if let [_, _, ..] = near[..] {
            return Some(format!("the closest names are {}", listed(&near)));
        }
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        match (&self.selector, &names[..]) {
            (None, _) => None,
            (_, []) => Some(format!("there are no clusters in {}", self.place)),
            (_, [one]) => Some(format!("the only cluster there is {one}")),
            _ => Some(format!("there are {}", listed(&names))),
        }
    }

    /// The option for the nearest cluster, if there is exactly one.
    fn instead(&self) -> Option<String> {
        let near = self.nearest();
        let ([one], Some(selector)) = (&near[..], &self.selector) else { return None };
        Some(match selector {
            ClusterSelector::Arn(arn) => {
                format!("--cluster {}", ClusterArn { name: (*one).to_owned(), ..arn.clone() })
            }
            _ => format!("--cluster {one}"),
        })
    }

    fn hint(&self) -> String {
        match &self.region {
            _ if self.is_narrow && self.names.is_empty() => "look in every region: --all-regions".to_owned(),
            Some(region) => format!("list the clusters: aws eks list-clusters --region {}", shell_word(region)),
            None => "list the clusters: aws eks list-clusters".to_owned(),
        }
    }
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The error for all wishes without a match.
pub(super) fn not_there(missing: &[Missing]) -> Error {
    let messages: Vec<String> = missing.iter().map(Missing::message).collect();
    let error = Error::usage(messages.join("; "));
    let error =
        missing.iter().filter_map(Missing::there).collect::<BTreeSet<_>>().into_iter().fold(error, Error::because);
    let instead: Option<Vec<String>> = missing.iter().map(Missing::instead).collect();
    match (instead, missing.first()) {
        (Some(options), _) => error.hint(options.join(" ")),
        (None, Some(first)) => error.hint(first.hint()),
        (None, None) => error,
    }
}

/// The error for a wish in an account that was not selected.
pub(super) fn no_home(wish: Wish<'_>) -> Error {
    let Wish::Of(selector) = wish else { return Error::usage("no account is selected") };
    let account = selector.account().unwrap_or_default();
    Error::usage(format!(
        "--cluster {}: account {account} is not one of the selected accounts",
        shell_word(&selector.to_string())
    ))
    .hint(format!("add account {account} to the list that --accounts reads"))
}

/// The error for tags that no candidate has; the first candidate by region and name.
pub(super) fn none_tagged(tags: &[TagSelector], candidates: usize, first: Option<(String, String)>) -> Error {
    let options: Vec<String> =
        tags.iter().map(|tag| format!("--cluster-tag {}", shell_word(&tag.to_string()))).collect();
    let tags = if tags.len() == 1 { "that tag" } else { "all of those tags" };
    let message = match candidates {
        1 => format!("{}: the one cluster found does not have {tags}", options.join(" ")),
        _ => format!("{}: none of the {candidates} clusters found has {tags}", options.join(" ")),
    };
    let error = Error::usage(message);
    match first {
        Some((region, name)) => error.hint(format!(
            "see the tags of one: aws eks describe-cluster --region {} --name {} --query cluster.tags",
            shell_word(&region),
            shell_word(&name)
        )),
        None => error,
    }
}
