//! The partition that a map's cluster is in, known or guessed.

use super::circumstances::Circumstances;
use crate::aws_auth::mapping::Mapping;
use crate::aws_auth::read::Reading;
use crate::model::arn::{Partition, Principal};

/// The partitions in which the entries of a map can match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Partitions {
    /// The cluster's.
    Cluster(Partition),
    /// The cluster is not known and the entries are of several: the most frequent, the first of equally frequent ones.
    MostEntries(Partition),
    /// Not known.
    Unknown,
}

impl Partitions {
    pub(super) fn of(reading: &Reading, circumstances: &Circumstances) -> Self {
        if let Some(partition) = circumstances.partition {
            return Self::Cluster(partition);
        }
        // A single partition, however often, proves nothing, so a large map is not parsed for it.
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
