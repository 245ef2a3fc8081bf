//! The place of a map's text, a cluster or a manifest, and what is known there besides.

use serde_json::Value;

use super::map::{edit_error, seen_map};
use super::matching::matching_key;
use super::near;
use crate::aws_auth::{Circumstances, EditError, Places};
use crate::error::{Error, Result, shell_word};
use crate::model::{AccessEntry, AwsAuthMap, AwsAuthState, ClusterState, Principal, Scope};

/// Where the text of a map is.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A cluster as read, whose entries and node roles count too.
    Cluster(&'a ClusterState),
    /// A manifest in a file, with only its text.
    Manifest {
        /// The file's name.
        file: &'a str,
        /// The places of its texts.
        places: &'a Places,
    },
}

impl<'a> Place<'a> {
    /// The access entries that were read.
    pub(super) fn entries(self) -> Vec<AccessEntry> {
        match self {
            Self::Cluster(cluster) => cluster.entries(),
            Self::Manifest { .. } => Vec::new(),
        }
    }

    /// The ARNs of the nodes' roles.
    pub(super) fn node_roles(self) -> &'a [String] {
        match self {
            Self::Cluster(cluster) => cluster.node_roles(),
            Self::Manifest { .. } => &[],
        }
    }

    /// The principals with stale entries.
    pub(super) fn dead(self) -> &'a [String] {
        match self {
            Self::Cluster(cluster) => cluster.dead(),
            Self::Manifest { .. } => &[],
        }
    }

    /// The ARNs, as matched by the control plane, for which an access entry overrides the map.
    pub(super) fn masked(self) -> Vec<String> {
        let lives = |entry: &&AccessEntry| !self.dead().contains(&entry.principal);
        self.entries().iter().filter(lives).map(|entry| matching_key(&entry.principal)).collect()
    }

    /// What is known besides the text, for its traps.
    pub(super) fn circumstances(self) -> Circumstances {
        match self {
            Self::Cluster(cluster) => near::circumstances(cluster),
            Self::Manifest { places, .. } => Circumstances { places: places.clone(), ..Circumstances::default() },
        }
    }

    /// The error for an edit that was not made.
    pub(super) fn edit_error(self, error: &EditError) -> Error {
        match self {
            Self::Cluster(cluster) => edit_error(error, &cluster.description.arn.name),
            Self::Manifest { file, places } => {
                Error::failed(format!("the aws-auth in {file} can't be edited; nothing was changed"))
                    .because_of(error.clone().placed(places))
                    .hint(format!("see how the control plane reads it: eksaccess lint {}", self.option()))
            }
        }
    }

    /// The file's name, if it is a file.
    pub(super) fn file(self) -> Option<String> {
        match self {
            Self::Cluster(_) => None,
            Self::Manifest { file, .. } => Some(file.to_owned()),
        }
    }

    /// The object to change; `None` if absent.
    ///
    /// # Errors
    /// The map may not be changed.
    pub(super) fn object(self) -> Result<Option<&'a Value>> {
        match self {
            Self::Cluster(cluster) => Ok(seen_map(cluster)?.map(|map| &map.object)),
            Self::Manifest { .. } => Ok(None),
        }
    }

    /// The version that a change is planned on; `None` if there is no map, and for files.
    pub(super) fn resource_version(self) -> Option<String> {
        match self {
            Self::Cluster(ClusterState { aws_auth: AwsAuthState::Present(map), .. }) => {
                Some(AwsAuthMap::resource_version(map).to_owned())
            }
            _ => None,
        }
    }

    /// The place of a step on it.
    pub(super) fn scope(self) -> Scope {
        match self {
            Self::Cluster(cluster) => Scope::Cluster(cluster.description.arn.clone()),
            Self::Manifest { file, .. } => Scope::File(file.to_owned()),
        }
    }

    /// The note on removing a mapping from a principal with an entry.
    pub(super) fn entry_of(self, principal: &Principal) -> Option<String> {
        let is_of = |arn: &str| arn.parse::<Principal>().is_ok_and(|p| p.same_entity(principal));
        let entry = self.entries().into_iter().find(|entry| is_of(&entry.principal))?;
        Some(format!(
            "{} has an access entry, which is kept and gives it access as {}",
            entry.principal, entry.username
        ))
    }

    /// The place as an option of a command.
    pub(super) fn option(self) -> String {
        match self {
            Self::Cluster(cluster) => format!("--cluster {}", cluster.description.arn),
            Self::Manifest { file: "stdin", .. } => "--file -".to_owned(),
            Self::Manifest { file, .. } => format!("--file {}", shell_word(file)),
        }
    }

    /// The command that removes every entry of a principal.
    pub(super) fn removal_of_all(self, arn: &str) -> String {
        format!("eksaccess map {} --remove --principal {} --all-duplicates", self.option(), shell_word(arn))
    }
}
