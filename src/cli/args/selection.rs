//! The selection of clusters, accounts and regions.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use clap::Args;

use super::parts::ClusterArgs;
use crate::engine::{Regions, Selection};
use crate::error::{Error, Result};
use crate::model::account_list::account_role;
use crate::model::selector::SelectorError;
use crate::model::{ClusterArn, ClusterSelector, MaxFailures, Partition, TagSelector};
use crate::token::{Hosts, sts_host};

/// The options other than `--cluster` that select clusters, one of which is enough.
pub(super) const ANY: [&str; 3] = ["all_clusters", "cluster_tags", "contexts"];

/// Which clusters, how many of them may fail, and how their APIs are reached.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Clusters")]
pub struct SelectionArgs {
    /// Cluster, by name, ARN, or a glob with * and ? (one that begins with arn: matches ARNs); may be repeated
    #[arg(long = "cluster", value_name = "NAME|ARN|GLOB", conflicts_with = "all_clusters")]
    pub clusters: Vec<String>,
    /// Select every cluster in the accounts and regions
    #[arg(long)]
    pub all_clusters: bool,
    /// Select only clusters with this tag; may be repeated: a cluster must have all of them
    #[arg(long = "cluster-tag", value_name = "KEY=VALUE")]
    pub cluster_tags: Vec<String>,
    /// Region to look for clusters in, instead of --region; may be repeated
    #[arg(long = "cluster-region", value_name = "REGION", conflicts_with = "all_regions")]
    pub cluster_regions: Vec<String>,
    /// Look for clusters in every region that is enabled in the account
    #[arg(long)]
    pub all_regions: bool,
    /// File of accounts to look in, one per line: ID [ROLE|ROLE-ARN] [# comment]; - for stdin
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<String>,
    /// Role to assume in each account; it signs every call there, including IAM's
    #[arg(long, value_name = "NAME|PATH/NAME")]
    pub account_role: Option<String>,
    /// External id for the accounts' roles
    #[arg(long, value_name = "ID")]
    pub account_external_id: Option<String>,
    /// Number or share of clusters that may fail before no more are started [default: 25%, at least 5]
    #[arg(long, value_name = "N|P%")]
    pub max_failures: Option<MaxFailures>,
    /// Seconds after which no more clusters are started [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub deadline: Option<u64>,
    /// Kubeconfig context to take the cluster from, and the tunnel or proxy to it; may be repeated
    #[arg(
        long = "context",
        value_name = "NAME",
        conflicts_with_all = ["clusters", "all_clusters", "cluster_tags", "cluster_regions", "all_regions", "accounts"]
    )]
    pub contexts: Vec<String>,
    /// The contexts that were named, by the ARN of their cluster, once they were looked for.
    #[arg(skip)]
    pub found_contexts: Vec<(String, String)>,
    /// Kubernetes API to use instead of the cluster's endpoint, such as a tunnel; needs exactly one cluster
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Name that the API server's certificate must have; needs exactly one cluster
    #[arg(long, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Proxy to the Kubernetes APIs
    #[arg(long, value_name = "URL")]
    pub proxy_url: Option<String>,
}

impl SelectionArgs {
    /// What is selected, where `region` is the one that the command line, the environment or the profile names.
    ///
    /// # Errors
    /// A malformed selector, tag, region or role.
    pub(crate) fn selection(&self, region: &str) -> Result<Selection> {
        let clusters = self.clusters.iter().map(|text| text.parse().map_err(|e| wrong("--cluster", &e)));
        let tags = self.cluster_tags.iter().map(|text| text.parse().map_err(|e| wrong("--cluster-tag", &e)));
        let (clusters, tags) =
            (clusters.collect::<Result<Vec<ClusterSelector>>>()?, tags.collect::<Result<Vec<TagSelector>>>()?);
        self.cluster_regions.iter().try_for_each(|region| check_region(region))?;
        self.check_accounts()?;
        let regions = match &self.cluster_regions[..] {
            _ if self.all_regions => Regions::All,
            [] => Regions::Listed(vec![region.to_owned()]),
            named => Regions::Listed(named.to_vec()),
        };
        Ok(Selection { clusters, all: self.all_clusters, tags, regions })
    }

    /// The single named cluster, by name or ARN, if there are no other options for clusters, accounts and regions.
    pub(crate) fn one(&self) -> Option<&str> {
        let is_all = self.cluster_tags.is_empty()
            && self.cluster_regions.is_empty()
            && self.contexts.is_empty()
            && self.accounts.is_none()
            && self.account_role.is_none()
            && !self.all_clusters
            && !self.all_regions;
        match &self.clusters[..] {
            [one] if is_all && !one.contains(['*', '?']) => Some(one),
            _ => None,
        }
    }

    /// Whether no option selects clusters.
    pub(crate) const fn names_none(&self) -> bool {
        let is_picked = self.all_clusters || !self.cluster_tags.is_empty();
        self.clusters.is_empty() && self.contexts.is_empty() && !is_picked
    }

    /// The first region in the selection, from a well-formed `--cluster-region` or a cluster's ARN.
    fn region(&self) -> Option<String> {
        let of_arn = |text: &String| text.parse::<ClusterArn>().ok().map(|arn| arn.region);
        let listed = self.cluster_regions.first().filter(|region| check_region(region).is_ok());
        listed.cloned().or_else(|| self.clusters.iter().find_map(of_arn))
    }

    /// The single named cluster, with the connection to its API.
    pub(crate) fn as_cluster(&self) -> ClusterArgs {
        ClusterArgs {
            cluster: self.one().map(str::to_owned),
            region: self.region(),
            server: self.server.clone(),
            tls_server_name: self.tls_server_name.clone(),
            proxy_url: self.proxy_url.clone(),
        }
    }

    /// Refuses options for a single cluster where several are selected.
    ///
    /// # Errors
    /// Such an option was given.
    pub(crate) fn check_many(&self) -> Result<()> {
        let of_one = [("--server", &self.server), ("--tls-server-name", &self.tls_server_name)];
        match of_one.iter().find(|(_, value)| value.is_some()) {
            Some((option, _)) => Err(Error::usage(format!("{option} is for one cluster, but several are selected"))
                .hint(format!("name one cluster, or leave {option} out"))),
            None => Ok(()),
        }
    }

    /// How many clusters may fail.
    pub(crate) fn max_failures(&self) -> MaxFailures {
        self.max_failures.unwrap_or_default()
    }

    fn check_accounts(&self) -> Result<()> {
        if let Some(role) = &self.account_role {
            // An ARN belongs to one account, but the option applies to all of them.
            if role.starts_with("arn:") {
                let bare = role.split_once(":role/").map_or(role.as_str(), |(_, bare)| bare);
                return Err(Error::usage(format!("--account-role: {role} is the ARN of a role of one account"))
                    .hint(format!("--account-role {}", crate::error::shell_word(bare))));
            }
            // Any account id will do to check a name.
            account_role(Partition::Aws, "000000000000", role)
                .map_err(|error| Error::usage(format!("--account-role: {error}")))?;
        } else if self.account_external_id.is_some() && self.accounts.is_none() {
            return Err(Error::usage("--account-external-id: no role is assumed in any account")
                .hint("name the role as well, with --account-role or in the lines of --accounts"));
        }
        Ok(())
    }
}

fn wrong(option: &str, error: &SelectorError) -> Error {
    Error::usage(format!("{option}: {error}"))
}

/// Checks the form of a region's name, which becomes part of a host name.
fn check_region(region: &str) -> Result<()> {
    if sts_host(region, Partition::of_region(region), Hosts::default()).is_some() {
        return Ok(());
    }
    Err(Error::usage(format!(
        "--cluster-region: `{region}` is not a region: expected lower-case letters, digits and hyphens, as in eu-west-1"
    )))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::error::Kind;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SelectionArgs,
    }

    fn parsed(words: &str) -> Result<SelectionArgs, clap::Error> {
        Line::try_parse_from(std::iter::once("x").chain(words.split_whitespace())).map(|line| line.args)
    }

    fn args(words: &str) -> SelectionArgs {
        parsed(words).unwrap_or_else(|error| panic!("{words}: {error}"))
    }

    fn refusal(words: &str) -> String {
        let error = args(words).selection("eu-west-1").expect_err(words);
        assert_eq!(error.kind, Kind::Usage);
        error.message
    }

    #[test]
    fn a_command_line_becomes_a_selection() {
        let line = "--cluster dev --cluster p?od-* --cluster arn:aws:eks:eu-west-1:111122223333:cluster/x \
                    --cluster-tag team=a --cluster-tag env=";
        let selection = args(line).selection("eu-west-1").unwrap();
        assert_eq!(
            selection.clusters.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["dev", "p?od-*", "arn:aws:eks:eu-west-1:111122223333:cluster/x"]
        );
        assert_eq!(selection.tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["team=a", "env="]);
        assert!(!selection.all);
        assert!(args("--all-clusters").selection("x").unwrap().all);
    }

    #[test]
    fn clusters_are_looked_for_where_the_command_says() {
        let regions = |line: &str| args(line).selection("eu-west-1").unwrap().regions;
        let listed = |names: &[&str]| Regions::Listed(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(regions("--cluster dev"), listed(&["eu-west-1"]));
        assert_eq!(regions("--all-clusters --cluster-region b-1 --cluster-region a-1"), listed(&["b-1", "a-1"]));
        assert_eq!(regions("--all-clusters --all-regions"), Regions::All);
        assert!(parsed("--all-clusters --all-regions --cluster-region a").is_err());
    }

    #[test]
    fn a_malformed_value_is_reported_with_its_option() {
        for (line, told) in [
            ("--cluster dev[1]", "--cluster: `dev[1]` holds `[`"),
            ("--cluster a/b", "--cluster: `a/b` is not a valid cluster name"),
            (
                "--cluster arn:aws:iam::111122223333:role/x",
                "--cluster: `arn:aws:iam::111122223333:role/x` is not the ARN",
            ),
            ("--all-clusters --cluster-tag team", "--cluster-tag: `team` is not a tag"),
            ("--all-clusters --cluster-region EU", "--cluster-region: `EU` is not a region"),
            ("--all-clusters --cluster-region x.example/", "--cluster-region: `x.example/` is not a region"),
            ("--all-clusters --account-role a:b", "--account-role: the role `a:b` is not a valid role name"),
            ("--all-clusters --account-external-id x1", "--account-external-id: no role is assumed in any account"),
        ] {
            let error = refusal(line);
            assert!(error.starts_with(told), "{line}: {error}");
        }
        let arn =
            args("--cluster x --account-role arn:aws:iam::111122223333:role/team/Ops").selection("x").unwrap_err();
        assert_eq!(arn.hint.as_deref(), Some("--account-role team/Ops"));
        for line in ["--account-role team/Ops", "--accounts f --account-external-id x1", "--account-role Ops"] {
            assert!(args(&format!("--cluster x {line}")).selection("x").is_ok(), "{line}");
        }
    }

    #[test]
    fn one_cluster_is_one_that_is_named_with_nothing_beside_it() {
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/x";
        assert_eq!(args("--cluster dev").one(), Some("dev"));
        assert_eq!(
            args(&format!("--cluster {arn} --server https://x --proxy-url http://p --deadline 5")).one(),
            Some(arn)
        );
        for line in [
            "",
            "--cluster d*",
            "--cluster de?",
            "--cluster dev --cluster prod",
            "--cluster dev --cluster-tag a=b",
            "--cluster dev --cluster-region eu-west-1",
            "--cluster dev --all-regions",
            "--cluster dev --accounts f",
            "--cluster dev --account-role Ops",
            "--all-clusters",
            "--context dev",
        ] {
            assert_eq!(args(line).one(), None, "{line}");
        }
    }

    #[test]
    fn a_context_excludes_other_selectors_and_all_clusters_excludes_named_ones() {
        assert_eq!(args("--context a --context b --proxy-url http://p").contexts, ["a", "b"]);
        for other in [
            "--cluster x",
            "--all-clusters",
            "--cluster-tag a=b",
            "--cluster-region a",
            "--all-regions",
            "--accounts f",
        ] {
            assert!(parsed(&format!("--context a {other}")).is_err(), "{other}");
        }
        assert!(parsed("--cluster a --all-clusters").is_err());
    }

    #[test]
    fn how_many_may_fail_and_how_long_it_may_take() {
        assert_eq!(args("").max_failures(), MaxFailures::default());
        assert_eq!(args("--max-failures 0").max_failures(), MaxFailures::Count(0));
        assert_eq!(args("--max-failures 10%").max_failures(), MaxFailures::Share { percent: 10, least: 0 });
        assert_eq!((args("").deadline, args("--deadline 60").deadline), (None, Some(60)));
        for wrong in ["--max-failures x", "--max-failures 101%", "--deadline 0"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
