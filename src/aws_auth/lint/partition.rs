//! The partition that a map's cluster is in, known or guessed.

use super::circumstances::Circumstances;
use crate::aws_auth::mapping::Mapping;
use crate::aws_auth::read::Reading;
use crate::model::arn::{Partition, Principal};

/// Where the entries of a map can match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Partitions {
    /// The cluster's.
    Cluster(Partition),
    /// No cluster is known and the entries are of several: that of most, of equally many the first.
    MostEntries(Partition),
    /// Nothing tells.
    Unknown,
}

impl Partitions {
    pub(super) fn of(reading: &Reading, circumstances: &Circumstances) -> Self {
        if let Some(partition) = circumstances.partition {
            return Self::Cluster(partition);
        }
        // One partition, however often, tells nothing; a large map is not taken apart for that.
        let field = |mapping: &Mapping| mapping.arn.split(':').nth(1).map(str::to_owned);
        let first = reading.mappings().next().and_then(field);
        if reading.mappings().all(|mapping| mapping.arn.split(':').nth(1) == first.as_deref()) {
            return Self::Unknown;
        }
        let mut counts: Vec<(Partition, usize)> = Vec::new();
        for principal in reading.mappings().filter_map(|mapping| Principal::as_matched(&mapping.arn).ok()) {
            match counts.iter_mut().find(|(partition, _)| *partition == principal.partition) {
                Some((_, count)) => *count += 1,
                None => counts.push((principal.partition, 1)),
            }
        }
        let several = counts.len() > 1;
        let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        most.filter(|_| several).map_or(Self::Unknown, |(partition, _)| Self::MostEntries(partition))
    }
}
