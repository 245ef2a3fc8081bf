//! What a cluster runs, and whether that supports access entries.

use serde::Serialize;

/// The first platform version with access entries, by the minor version of Kubernetes 1
/// (<https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html>). All newer versions have them.
const FIRST: [(u32, u32); 8] = [(23, 17), (24, 15), (25, 12), (26, 11), (27, 10), (28, 6), (29, 1), (30, 2)];

/// What `eks:DescribeCluster` tells of a cluster besides; nothing is known by default.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClusterFacts {
    /// The version of Kubernetes, `1.36`.
    pub kubernetes: Option<String>,
    /// The platform version, `eks.4`.
    pub platform: Option<String>,
    /// `accessConfig.bootstrapClusterCreatorAdminPermissions`: whether the identity that created the cluster was given an
    /// administrator's access entry then.
    pub creator_is_admin: Option<bool>,
    /// Whether it is a local cluster on AWS Outposts, which does not support access entries.
    pub is_local: bool,
    /// Whether it has a `remoteNetworkConfig`: it takes hybrid nodes.
    pub remote_networks: bool,
}

/// Whether a cluster supports access entries.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntrySupport {
    /// It does.
    Yes,
    /// It does not.
    No(NoEntries),
    /// What it runs is not told, or not in a form that is known.
    Unknown,
}

/// Why a cluster does not support access entries.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoEntries {
    /// It is a local cluster on AWS Outposts.
    Local,
    /// What it runs is older; the first that has them, in words.
    Older(String),
}

impl ClusterFacts {
    /// Whether it supports access entries.
    pub fn entries(&self) -> EntrySupport {
        if self.is_local {
            return EntrySupport::No(NoEntries::Local);
        }
        let Some(minor) = self.kubernetes.as_deref().and_then(minor) else { return EntrySupport::Unknown };
        let Some((_, least)) = FIRST.iter().find(|(of, _)| *of == minor) else {
            let (oldest, least) = FIRST[0];
            let is_newer = minor > oldest;
            let older = || NoEntries::Older(format!("Kubernetes 1.{oldest} on platform version eks.{least}"));
            return if is_newer { EntrySupport::Yes } else { EntrySupport::No(older()) };
        };
        match self.platform.as_deref().and_then(|text| text.strip_prefix("eks.")?.parse::<u32>().ok()) {
            None => EntrySupport::Unknown,
            Some(platform) if platform >= *least => EntrySupport::Yes,
            Some(_) => {
                EntrySupport::No(NoEntries::Older(format!("Kubernetes 1.{minor} on platform version eks.{least}")))
            }
        }
    }

    /// What it runs, as people read it.
    pub fn told(&self) -> String {
        let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "not told".to_owned());
        format!("Kubernetes {} on platform version {}", told(&self.kubernetes), told(&self.platform))
    }
}

/// The minor version in `1.36`.
fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("1.")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(kubernetes: &str, platform: &str) -> EntrySupport {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ClusterFacts { kubernetes: some(kubernetes), platform: some(platform), ..ClusterFacts::default() }.entries()
    }

    #[test]
    fn each_version_has_its_first_platform_version() {
        for (minor, least) in FIRST {
            let version = format!("1.{minor}");
            assert_eq!(runs(&version, &format!("eks.{least}")), EntrySupport::Yes, "{version}");
            let before = runs(&version, &format!("eks.{}", least - 1));
            let told = format!("Kubernetes {version} on platform version eks.{least}");
            assert_eq!(before, EntrySupport::No(NoEntries::Older(told)), "{version}");
        }
    }

    #[test]
    fn newer_ones_have_entries_and_older_ones_none() {
        for version in ["1.31", "1.36", "1.40"] {
            assert_eq!(runs(version, "eks.1"), EntrySupport::Yes);
            assert_eq!(runs(version, ""), EntrySupport::Yes);
        }
        let first = NoEntries::Older("Kubernetes 1.23 on platform version eks.17".to_owned());
        assert_eq!(runs("1.22", "eks.99"), EntrySupport::No(first));
    }

    #[test]
    fn what_is_not_told_is_not_known() {
        for (version, platform) in [("", "eks.9"), ("1.30", ""), ("1.30", "eks-local-outposts.1"), ("2.0", "eks.1")] {
            assert_eq!(runs(version, platform), EntrySupport::Unknown, "{version} {platform}");
        }
        let local = ClusterFacts { is_local: true, kubernetes: Some("1.36".into()), ..ClusterFacts::default() };
        assert_eq!(local.entries(), EntrySupport::No(NoEntries::Local));
    }
}
