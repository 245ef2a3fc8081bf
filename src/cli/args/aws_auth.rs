//! The arguments of the verbs for an `aws-auth`, in a cluster or in a file.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use clap::Args;

use super::parts::{AccessArgs, BackupArgs, PrincipalArgs};
use super::selection::{ANY, SelectionArgs};
use crate::cli::args::examples;

/// Where the aws-auth is.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any([ANY[0], ANY[1], ANY[2], "file"])))]
pub struct PlaceArgs {
    /// The clusters.
    #[command(flatten)]
    pub clusters: SelectionArgs,
    /// aws-auth manifest to use instead, YAML or JSON, - for stdin; needs neither AWS nor a cluster
    #[arg(
        long,
        help_heading = "Clusters",
        value_name = "FILE",
        conflicts_with_all = [
            "clusters", "all_clusters", "cluster_tags", "cluster_regions", "all_regions", "accounts", "contexts", "server",
            "tls_server_name", "proxy_url"
        ]
    )]
    pub file: Option<String>,
}

/// `map`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::MAP))]
pub struct MapVerbArgs {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Whom.
    #[command(flatten)]
    pub principal: PrincipalArgs,
    /// Another change than adding or updating one principal's mapping.
    #[command(flatten)]
    pub other: MapChangeArgs,
    /// Inside the cluster.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// Changes of `aws-auth` other than one principal's mapping.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "aws-auth")]
pub struct MapChangeArgs {
    /// Remove the mapping from aws-auth: that of --principal, of --role, or the one with --username
    #[arg(long, conflicts_with_all = ["groups", "append_groups", "no_groups", "policies", "append_policies", "policy_namespaces"])]
    pub remove: bool,
    /// With --remove, every entry that matches, not only the one that decides
    #[arg(long, requires = "remove")]
    pub all_duplicates: bool,
    /// Account for mapAccounts, twelve digits: every identity in it gets access, with its ARN as username and no groups
    #[arg(long, value_name = "ID", conflicts_with_all = ["role", "principal", "username", "groups", "append_groups", "no_groups", "policies", "append_policies", "policy_namespaces", "all_duplicates"])]
    pub account: Option<String>,
}

/// `who`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::WHO))]
pub struct WhoArgs {
    /// Role, role session or user
    #[arg(value_name = "ARN", help_heading = "Question")]
    pub arn: String,
    /// Name of the role session, for usernames that contain it
    #[arg(long, value_name = "NAME", help_heading = "Question")]
    pub session: Option<String>,
    /// Where.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `lint`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::LINT))]
pub struct LintArgs {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Ask IAM whether the mapped roles and users of the caller's account exist, and who can assume those roles
    #[arg(long, help_heading = "Traps")]
    pub check_iam: bool,
    /// Fix what can be fixed without changing any access
    #[arg(long, help_heading = "Traps")]
    pub fix: bool,
    /// Where old ones are kept.
    #[command(flatten)]
    pub backup: BackupArgs,
}
