//! The clusters of several accounts and regions, as listed: names and tags.

use std::collections::BTreeMap;

use crate::engine::CallErrorKind as K;

/// The tags of clusters, by name.
type Clusters = BTreeMap<String, BTreeMap<String, String>>;

/// The clusters by place. A region that is missing here has no clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    /// By account and region; or why a region can't be read.
    clusters: BTreeMap<(String, String), Result<Clusters, K>>,
    /// The accounts whose regions can't be listed.
    closed: Vec<String>,
}

impl Places {
    /// Clusters without tags in one region.
    pub(super) fn new(account: &str, region: &str, names: &[&str]) -> Self {
        Self::default().with(account, region, names)
    }

    /// Adds more of them.
    pub(super) fn with(mut self, account: &str, region: &str, names: &[&str]) -> Self {
        let clusters = names.iter().map(|&name| (name.to_owned(), BTreeMap::new())).collect();
        self.clusters.insert((account.to_owned(), region.to_owned()), Ok(clusters));
        self
    }

    /// Adds a tag to one.
    pub(super) fn tagged(mut self, (account, region, name): (&str, &str, &str), tag: (&str, &str)) -> Self {
        let place = self.clusters.get_mut(&(account.to_owned(), region.to_owned())).expect("a region with clusters");
        let tags = place.as_mut().expect("a region that can be read").get_mut(name).expect("a cluster");
        tags.insert(tag.0.to_owned(), tag.1.to_owned());
        self
    }

    /// A region that can't be read.
    pub(super) fn failing(mut self, account: &str, region: &str, why: K) -> Self {
        self.clusters.insert((account.to_owned(), region.to_owned()), Err(why));
        self
    }

    /// An account whose regions can't be listed.
    pub(super) fn closed(mut self, account: &str) -> Self {
        self.closed.push(account.to_owned());
        self
    }

    /// The clusters of a region.
    pub(super) fn at(&self, account: &str, region: &str) -> Result<Clusters, K> {
        self.clusters.get(&(account.to_owned(), region.to_owned())).cloned().unwrap_or_else(|| Ok(Clusters::new()))
    }

    /// The regions of an account.
    pub(super) fn regions(&self, account: &str) -> Result<Vec<String>, K> {
        if self.closed.iter().any(|closed| closed == account) {
            return Err(K::AccessDenied);
        }
        Ok(self.clusters.keys().filter(|(owner, _)| owner == account).map(|(_, region)| region.clone()).collect())
    }
}
