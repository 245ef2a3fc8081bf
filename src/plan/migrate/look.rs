//! What every row is decided by.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::options::Options;
use crate::aws_auth::{Circumstances, DataKey, Finding, Mapping, Reading, lint_read};
use crate::error::{one_line, shell_word};
use crate::model::{Partition, Principal};

/// The evidence, the options, and what `lint` makes of the map.
pub(super) struct Look<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) options: &'a Options,
    pub(super) reading: &'a Reading,
    /// What `lint` says of the map.
    pub(super) findings: Vec<Finding>,
    /// The names of roles that several accounts have, in lower case.
    ambiguous: BTreeSet<String>,
}

impl<'a> Look<'a> {
    pub(super) fn new(evidence: &'a Evidence, options: &'a Options, reading: &'a Reading) -> Self {
        let partition = evidence.cluster.as_ref().map(|cluster| cluster.partition);
        let circumstances = Circumstances { partition, places: evidence.places.clone(), ..Circumstances::default() };
        let mut accounts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for principal in reading.mappings().filter_map(|mapping| Principal::as_matched(&mapping.arn).ok()) {
            accounts.entry(principal.name.to_ascii_lowercase()).or_default().insert(principal.account);
        }
        let ambiguous = accounts.into_iter().filter(|(_, all)| all.len() > 1).map(|(name, _)| name).collect();
        let findings = lint_read(&evidence.data, reading, &circumstances);
        Self { evidence, options, reading, findings, ambiguous }
    }

    /// The cluster's partition, where the cluster is known.
    pub(super) fn partition(&self) -> Option<Partition> {
        self.evidence.cluster.as_ref().map(|cluster| cluster.partition)
    }

    /// Whether several accounts have a mapped role of this name.
    pub(super) fn is_ambiguous(&self, principal: &Principal) -> bool {
        self.ambiguous.contains(&principal.name.to_ascii_lowercase())
    }

    /// The line and column that are shown.
    pub(super) fn place(&self, key: DataKey, at: (usize, usize)) -> (usize, usize) {
        self.evidence.places.of(key, at)
    }

    /// The command that gives a principal what a mapping says; `None` where the cluster is not known.
    pub(super) fn command(&self, mapping: &Mapping, principal: &Principal) -> Option<String> {
        self.command_for(mapping, &principal.to_string())
    }

    /// The same for a principal by any name that `map` takes.
    pub(super) fn command_for(&self, mapping: &Mapping, principal: &str) -> Option<String> {
        let cluster = self.evidence.cluster.as_ref()?.to_string();
        let mut words = vec!["eksaccess map --cluster".to_owned(), shell_word(&cluster).into_owned()];
        words.push(format!("--principal {}", shell_word(principal)));
        if !mapping.username.is_empty() {
            words.push(format!("--username {}", shell_word(&mapping.username)));
        }
        let groups: Vec<&String> = mapping.groups.iter().filter(|group| !group.is_empty()).collect();
        words.extend(groups.iter().map(|group| format!("--kubernetes-group {}", shell_word(group))));
        if groups.is_empty() {
            words.push("--no-groups".to_owned());
        }
        Some(one_line(&words.join(" ")))
    }
}
