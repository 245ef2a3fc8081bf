//! The arguments of `migrate`.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::examples;
use crate::cli::args::mode::ModeArg;
use crate::cli::args::parts::BackupArgs;
use crate::cli::args::selection::SelectionArgs;

/// `migrate`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::MIGRATE))]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any(["aws_auth", "all_clusters", "cluster_tags", "contexts"])))]
pub struct MigrateArgs {
    /// The clusters.
    #[command(flatten)]
    pub clusters: SelectionArgs,
    /// aws-auth manifest, YAML or JSON, - for stdin; needs neither AWS nor a cluster; with --rollback the old aws-auth
    #[arg(long, value_name = "FILE", help_heading = "aws-auth", conflicts_with_all = ["to", "remove_mappings"])]
    pub aws_auth: Option<String>,
    /// Authentication mode to end in; a cluster can't be switched back
    #[arg(long, value_enum, value_name = "MODE", ignore_case = true, help_heading = "Migration")]
    pub to: Option<ModeArg>,
    /// Remove a mapping from aws-auth once its access entry is proven
    #[arg(long, help_heading = "Migration")]
    pub remove_mappings: bool,
    /// Undo a migration: its mappings are put back into aws-auth, then its access entries are deleted; not in mode API
    #[arg(long, help_heading = "Migration", conflicts_with_all = ["to", "remove_mappings", "type_of", "username_of", "path_of", "accept_recreated", "create_bindings", "report"])]
    pub rollback: bool,
    /// Migration to undo, by the tag eksaccess.dev/plan of its access entries, if there are several
    #[arg(long, value_name = "ID", requires = "rollback", help_heading = "Migration")]
    pub run: Option<String>,
    /// Where the old aws-auth is kept.
    #[command(flatten)]
    pub backup: BackupArgs,
    /// Allow this change to lock out this principal; may be repeated
    #[arg(long = "allow-lockout", value_name = "ARN", help_heading = "Migration")]
    pub allow_lockout: Vec<String>,
    /// Type of a role's access entry, if the cluster does not show it; may be repeated
    #[arg(long, value_name = "ARN=TYPE", help_heading = "Answers")]
    pub type_of: Vec<String>,
    /// Username of an access entry, if the mapping's can't be kept; may be repeated
    #[arg(long, value_name = "ARN=NAME", help_heading = "Answers")]
    pub username_of: Vec<String>,
    /// Path of a role, by name or ARN, if it can't be read from IAM; / for none; may be repeated
    #[arg(long, value_name = "ROLE=/PATH/", help_heading = "Answers")]
    pub path_of: Vec<String>,
    /// Recreate an access entry that was created for an earlier role or user of this ARN; may be repeated
    #[arg(long, value_name = "ARN", help_heading = "Answers")]
    pub accept_recreated: Vec<String>,
    /// Add a new group or username to the RBAC bindings of one that an access entry can't hold
    #[arg(long, help_heading = "Answers")]
    pub create_bindings: bool,
    /// File to write the report to, as Markdown
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub report: Option<PathBuf>,
}
