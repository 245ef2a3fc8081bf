//! The program, its verbs, and their arguments.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::aws_auth::{LintArgs, MapVerbArgs, WhoArgs};
use super::global::GlobalArgs;
use super::migrate::MigrateArgs;
use super::mode::ModeVerbArgs;
use super::parts::{AccessArgs, BackupArgs, ContextArgs, GroupArgs, Part, RoleArgs};
use super::selection::{ANY, SelectionArgs};
use crate::cli::args::examples;

/// Set up and verify access to Amazon EKS clusters.
///
/// Create an IAM role without permissions of its own, a group that may assume it, the role's access inside the cluster,
/// and a kubeconfig that names the role and holds no secret. Every command can be run twice.
#[derive(Debug, Parser)]
#[command(name = "eksaccess", version, max_term_width = 100, arg_required_else_help = true, after_help = examples::whole(examples::ALL))]
pub struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The command line of kubectl's exec plugin: [`Cli`] with the one verb.
#[derive(Debug, Parser)]
#[command(name = "eksaccess", version, max_term_width = 100)]
pub struct TokenCli {
    /// Options of every verb.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The verb.
    #[command(subcommand)]
    pub verb: TokenVerb,
}

/// The one verb of [`TokenCli`].
#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Print a token for kubectl, as its exec plugin
    Token(TokenArgs),
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Set up everything: role, group, members, mapping or access entry, kubeconfig; then verify it
    Bootstrap(Box<BootstrapArgs>),
    /// Create or update an IAM role without permissions of its own, used only to enter clusters
    Role(RoleVerbArgs),
    /// Create or update the IAM group whose members may assume the role
    Group(GroupVerbArgs),
    /// Map a role or user into a cluster, in aws-auth or by an access entry
    Map(Box<MapVerbArgs>),
    /// Show who a role or user becomes in a cluster, or by an aws-auth manifest, and why
    Who(WhoArgs),
    /// Find traps in an aws-auth: what they do today, and what was meant
    Lint(LintArgs),
    /// Show which access entry each mapping of an aws-auth becomes, and migrate clusters
    Migrate(MigrateArgs),
    /// Write a kubeconfig that names the role and holds no secret
    Kubeconfig(KubeconfigVerbArgs),
    /// Print a token for kubectl, as its exec plugin
    Token(TokenArgs),
    /// Check every link from your credentials into the cluster and show the first broken one
    Verify(VerifyArgs),
    /// Show a cluster's authentication mode, or switch it one step at a time
    Mode(ModeVerbArgs),
    /// Restore a backup of aws-auth, or what a run overwrote
    Restore(RestoreArgs),
    /// Show what was applied from this machine, when, and by whom
    History(HistoryArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual pages
    Man(ManArgs),
}

/// `bootstrap`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::BOOTSTRAP))]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any(ANY)))]
pub struct BootstrapArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: SelectionArgs,
    /// IAM role, by name
    #[arg(long, value_name = "NAME", help_heading = "Role", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// The role.
    #[command(flatten)]
    pub role_args: RoleArgs,
    /// The group.
    #[command(flatten)]
    pub group: GroupArgs,
    /// Inside the cluster.
    #[command(flatten)]
    pub access: AccessArgs,
    /// The kubeconfig.
    #[command(flatten)]
    pub context: ContextArgs,
    /// Part to leave out; may be repeated
    #[arg(long, value_enum, value_name = "PART", help_heading = "Parts")]
    pub skip: Vec<Part>,
    /// Fail if the access could not be verified
    #[arg(long, help_heading = "Parts")]
    pub require_verify: bool,
}

/// `role`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::ROLE))]
pub struct RoleVerbArgs {
    /// IAM role, by name or ARN, in the credentials' own account
    #[arg(long, value_name = "NAME|ARN", help_heading = "Role", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// The role.
    #[command(flatten)]
    pub role_args: RoleArgs,
}

/// `group`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::GROUP))]
pub struct GroupVerbArgs {
    /// IAM role that the members may assume, by name
    #[arg(long, value_name = "NAME", help_heading = "Group", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// The group.
    #[command(flatten)]
    pub group: GroupArgs,
}

/// `kubeconfig`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::KUBECONFIG))]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any(ANY)))]
pub struct KubeconfigVerbArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: SelectionArgs,
    /// IAM role that the context assumes, by name or ARN
    #[arg(long, value_name = "NAME|ARN", help_heading = "Kubeconfig", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// External id that the role's trust requires [default: read from the role]
    #[arg(long, help_heading = "Kubeconfig", value_name = "ID")]
    pub external_id: Option<String>,
    /// The entry.
    #[command(flatten)]
    pub context: ContextArgs,
}

/// `token`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::TOKEN))]
pub struct TokenArgs {
    /// Cluster, by name or ARN [env: KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID=]
    #[arg(long, short = 'i', visible_alias = "cluster-name", value_name = "NAME")]
    pub cluster: Option<String>,
    /// Id of a local cluster on Outposts, instead of its name
    #[arg(long, value_name = "ID", conflicts_with = "cluster")]
    pub cluster_id: Option<String>,
    /// Role to assume
    #[arg(
        long,
        short = 'r',
        visible_alias = "role-arn",
        value_name = "ARN",
        env = "DEFAULT_ROLE",
        hide_env_values = true
    )]
    pub role: Option<String>,
    /// External id that the role's trust requires
    #[arg(long, short = 'e', value_name = "ID")]
    pub external_id: Option<String>,
    /// Name of the role session [default: the user's or session's own]
    #[arg(long, short = 's', value_name = "NAME")]
    pub session_name: Option<String>,
    /// Lifetime of the role session, in seconds (900 to 43200) [default: 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i32).range(900..=43_200))]
    pub duration: Option<i32>,
    /// MFA device, by ARN or serial number; its code is asked for on the terminal
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<String>,
    /// Print only the token
    #[arg(long)]
    pub token_only: bool,
    /// Neither read nor write the cache of role sessions
    #[arg(long)]
    pub no_cache: bool,
    /// Remove every cached role session
    #[arg(long)]
    pub clear_cache: bool,
}

/// `verify`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::VERIFY))]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any(ANY)))]
pub struct VerifyArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: SelectionArgs,
    /// IAM role to assume, by name or ARN [default: the role in the kubectl context for the cluster; else KubernetesAdmin, if
    /// it exists; else none, and the caller's own token is used]
    #[arg(long, help_heading = "Question", value_name = "NAME|ARN")]
    pub role: Option<String>,
    /// Explain the access of another role, user or group, by its ARN, without its credentials
    #[arg(long, help_heading = "Question", value_name = "ARN")]
    pub principal: Option<String>,
    /// External id that the role's trust requires [default: read from the role]
    #[arg(long, help_heading = "Question", value_name = "ID")]
    pub external_id: Option<String>,
    /// MFA device, by ARN or serial number, for a role that requires MFA; its code is asked for on the terminal [default:
    /// AWS_MFA_SERIAL, or the profile's mfa_serial]
    #[arg(long, help_heading = "Question", value_name = "ARN")]
    pub mfa_serial: Option<String>,
    /// Verb and resource that should be allowed [default: everything, for KubernetesAdmin]
    #[arg(long, help_heading = "Question", num_args = 2, value_names = ["VERB", "RESOURCE"])]
    pub can: Option<Vec<String>>,
    /// Namespace of that resource [default: all]
    #[arg(long, short, help_heading = "Question", value_name = "NAMESPACE", requires = "can")]
    pub namespace: Option<String>,
    /// Kubeconfig to compare with [default: those that kubectl reads]
    #[arg(long, help_heading = "Question", value_name = "FILE")]
    pub kubeconfig: Option<String>,
}

/// `restore`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::RESTORE))]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any([ANY[0], ANY[1], ANY[2], "run"])))]
pub struct RestoreArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: SelectionArgs,
    /// Backup to restore, as --list shows it
    #[arg(value_name = "ID", help_heading = "Backups of aws-auth", required_unless_present_any = ["list", "diff", "run"])]
    pub id: Option<String>,
    /// List the backups
    #[arg(long, help_heading = "Backups of aws-auth", conflicts_with_all = ["id", "diff"])]
    pub list: bool,
    /// Show how a backup differs from today's aws-auth
    #[arg(long, help_heading = "Backups of aws-auth", value_name = "ID", conflicts_with = "id")]
    pub diff: Option<String>,
    /// Put back what a run overwrote of a role (trust, settings, boundary), a group's policy or an access entry; `history`
    /// shows the command for each run
    #[arg(long, help_heading = "What a run overwrote", value_name = "RUN", conflicts_with_all = ["id", "list", "diff"])]
    pub run: Option<String>,
    /// Allow this change to lock out this principal; may be repeated
    #[arg(long = "allow-lockout", help_heading = "Backups of aws-auth", value_name = "ARN")]
    pub allow_lockout: Vec<String>,
    /// Where they are kept.
    #[command(flatten)]
    pub backup: BackupArgs,
}

/// `completions`.
#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = examples::whole(examples::COMPLETIONS))]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::MAN))]
pub struct ManArgs {
    /// Verb whose page to print [default: the page of the whole program]
    #[arg(value_name = "VERB")]
    pub verb: Option<String>,
    /// Write all pages into this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    pub dir: Option<PathBuf>,
}

/// `history`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::HISTORY))]
pub struct HistoryArgs {
    /// Show only what concerned this cluster, by name or ARN
    #[arg(long, value_name = "NAME|ARN")]
    pub cluster: Option<String>,
    /// Show only this many of the newest runs
    #[arg(long, value_name = "COUNT")]
    pub last: Option<usize>,
    /// Show only the run whose id begins with this, and what is left of it
    #[arg(long, value_name = "ID", conflicts_with_all = ["cluster", "last"])]
    pub run: Option<String>,
}
