//! The command line: every clap type, no logic. Completions and the manual are made from these.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::examples;

/// Access to Amazon EKS clusters the right way.
///
/// A role that is only a key, a group that may assume it, what the role means inside the cluster, and a kubeconfig that
/// names the role and holds no secret. Every command can be run twice.
#[derive(Debug, Parser)]
#[command(name = "eksaccess", version, max_term_width = 100, arg_required_else_help = true, after_help = examples::ALL)]
pub struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// All of it: role, group, members, mapping or access entry, kubeconfig, and the proof that it works
    Bootstrap(Box<BootstrapArgs>),
    /// The IAM role that is only a key, and who may take it
    Role(RoleVerbArgs),
    /// The IAM group whose members may assume the role
    Group(GroupVerbArgs),
    /// What a role or user is inside a cluster: in aws-auth or by an access entry
    Map(Box<MapVerbArgs>),
    /// A kubeconfig that names the role and holds no secret
    Kubeconfig(KubeconfigVerbArgs),
    /// A token for kubectl: the exec plugin
    Token(TokenArgs),
    /// Follows the way from credentials into the cluster and says where it ends
    Verify(VerifyArgs),
    /// Puts a kept aws-auth back
    Restore(RestoreArgs),
    /// Completions for a shell
    Completions(CompletionsArgs),
    /// The manual's pages
    Man(ManArgs),
}

/// Options of every verb.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// AWS profile: that one alone, even beside keys in the environment
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region [default: the cluster ARN's, AWS_REGION, the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Endpoint of every AWS service
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Role that signs EKS calls and the planner's own Kubernetes token; IAM stays with the base credentials
    #[arg(long, global = true, value_name = "ARN")]
    pub assume_role_arn: Option<String>,
    /// How results are written
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text, value_name = "FORMAT")]
    pub output: OutputFormat,
    /// Show what would change, and stop
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// With --dry-run: exit 3 where something would change
    #[arg(long, global = true, requires = "dry_run")]
    pub detailed_exitcode: bool,
    /// Do not ask
    #[arg(long, short = 'y', global = true, conflicts_with = "approve")]
    pub yes: bool,
    /// Do exactly the plan that a former --dry-run --output json printed
    #[arg(long, global = true, value_name = "PLAN_ID", conflicts_with = "dry_run")]
    pub approve: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
    /// Errors and results only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more on stderr; repeat for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Seconds after which everything must be done
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// One versioned document.
    Json,
    /// A stream of events, a line each.
    Jsonl,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which cluster, and how its API is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// Cluster, by name or ARN
    #[arg(long, value_name = "NAME|ARN")]
    pub cluster: String,
    /// Kubernetes API to talk to instead of the cluster's endpoint, a tunnel for one
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Name to check the API server's certificate for
    #[arg(long, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Proxy to the Kubernetes API
    #[arg(long, value_name = "URL")]
    pub proxy_url: Option<String>,
}

/// The role and its trust.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Role")]
pub struct RoleArgs {
    /// Principals that may take the role, the whole list [default at creation: the account's root]
    #[arg(long, value_name = "ARN")]
    pub trust: Vec<String>,
    /// Principals that may take the role too
    #[arg(long, value_name = "ARN", conflicts_with = "trust")]
    pub add_trust: Vec<String>,
    /// Identity Center permission set of this account that may take the role
    #[arg(long, value_name = "NAME")]
    pub trust_permission_set: Vec<String>,
    /// Ask for a second factor
    #[arg(long)]
    pub require_mfa: bool,
    /// Ask for this external id
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Only principals of this organisation
    #[arg(long, value_name = "o-ID")]
    pub org_id: Option<String>,
    /// Longest session, in seconds (3600 to 43200)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i32).range(3600..=43_200))]
    pub max_session_duration: Option<i32>,
    /// Policy that bounds the role
    #[arg(long, value_name = "ARN")]
    pub permissions_boundary: Option<String>,
    /// IAM path; for a new role only
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// Description of the role
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Tag of the role
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
}

/// The group and its members.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Group")]
pub struct GroupArgs {
    /// IAM group [default: the role's name and an s]
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// User to be a member; may be repeated
    #[arg(long = "user", value_name = "NAME")]
    pub users: Vec<String>,
}

/// What the principal is inside the cluster.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Inside the cluster")]
pub struct AccessArgs {
    /// Kubernetes username [default: kubernetes-admin for the default role, else ROLE:{{SessionName}}]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Kubernetes group, the whole list; may be repeated
    #[arg(long = "kubernetes-group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Kubernetes group beside those that are there
    #[arg(long = "append-kubernetes-group", value_name = "GROUP", conflicts_with = "groups")]
    pub append_groups: Vec<String>,
    /// EKS access policy, name or ARN, the whole list; may be repeated
    #[arg(long = "access-policy", value_name = "POLICY")]
    pub policies: Vec<String>,
    /// EKS access policy beside those that are there
    #[arg(long = "append-access-policy", value_name = "POLICY", conflicts_with = "policies")]
    pub append_policies: Vec<String>,
    /// Namespace where the access policies apply, * allowed; may be repeated [default: the whole cluster]
    #[arg(long = "policy-namespace", value_name = "NAMESPACE")]
    pub policy_namespaces: Vec<String>,
    /// Where the principal is bound
    #[arg(long, value_enum, default_value_t = ViaArg::Auto)]
    pub via: ViaArg,
    /// Lock exactly this one out all the same; may be repeated
    #[arg(long = "allow-lockout", value_name = "ARN")]
    pub allow_lockout: Vec<String>,
    /// Where old aws-auth manifests are kept
    #[command(flatten)]
    pub backup: BackupArgs,
}

/// Where old `aws-auth` manifests are kept.
#[derive(Args, Clone, Debug, Default)]
pub struct BackupArgs {
    /// Directory for the old aws-auth [default: eksaccess/backups below XDG_STATE_HOME]
    #[arg(long, help_heading = "Kept aws-auth", value_name = "DIR", conflicts_with = "no_backup")]
    pub backup_dir: Option<PathBuf>,
    /// Keep no copy of the old aws-auth
    #[arg(long, help_heading = "Kept aws-auth")]
    pub no_backup: bool,
}

/// Where a principal is bound.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum ViaArg {
    /// Where it is bound already, else by the cluster's mode.
    #[default]
    Auto,
    /// The ConfigMap.
    AwsAuth,
    /// An EKS access entry.
    AccessEntry,
}

/// The kubeconfig entry.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Kubeconfig")]
pub struct ContextArgs {
    /// Kubeconfig to write, - for stdout [default: the one that kubectl uses]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<String>,
    /// Program that makes tokens for kubectl
    #[arg(long, value_enum, value_name = "TOOL")]
    pub exec: Option<ExecArg>,
    /// AWS profile to be written into the exec section
    #[arg(long, value_name = "NAME")]
    pub exec_profile: Option<String>,
    /// Name of the context
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
    /// Name of the user
    #[arg(long, value_name = "NAME")]
    pub user_alias: Option<String>,
    /// Namespace of the context
    #[arg(long, value_name = "NAMESPACE")]
    pub context_namespace: Option<String>,
    /// Make it the current context [default: only where there is none]
    #[arg(long, conflicts_with = "keep_current")]
    pub set_current: bool,
    /// Leave the current context, even where there is none
    #[arg(long)]
    pub keep_current: bool,
}

/// The programs that make tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ExecArg {
    /// This program.
    Eksaccess,
    /// The AWS CLI.
    Aws,
    /// The authenticator.
    AwsIamAuthenticator,
}

/// The parts of `bootstrap`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Part {
    /// The role is taken as it is.
    Role,
    /// No group, no members.
    Group,
    /// No mapping, no entry.
    Map,
    /// No kubeconfig.
    Kubeconfig,
    /// No proof.
    Verify,
}

/// `bootstrap`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::BOOTSTRAP)]
pub struct BootstrapArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
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
    /// Fail where the way could not be tested
    #[arg(long, help_heading = "Parts")]
    pub require_verify: bool,
}

/// `role`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::ROLE)]
pub struct RoleVerbArgs {
    /// IAM role, by name
    #[arg(long, value_name = "NAME", help_heading = "Role", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// The role.
    #[command(flatten)]
    pub role_args: RoleArgs,
}

/// `group`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::GROUP)]
pub struct GroupVerbArgs {
    /// IAM role that the members may assume, by name
    #[arg(long, value_name = "NAME", help_heading = "Group", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// The group.
    #[command(flatten)]
    pub group: GroupArgs,
}

/// Whom a mapping is about.
#[derive(Args, Clone, Debug, Default)]
#[group(multiple = false)]
pub struct PrincipalArgs {
    /// IAM role, by name or ARN [default: KubernetesAdmin]
    #[arg(long, help_heading = "Principal", value_name = "NAME|ARN")]
    pub role: Option<String>,
    /// Role, role session, user, or permission-set:NAME of Identity Center
    #[arg(long, help_heading = "Principal", value_name = "ARN|permission-set:NAME")]
    pub principal: Option<String>,
}

/// `map`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::MAP)]
pub struct MapVerbArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Whom.
    #[command(flatten)]
    pub principal: PrincipalArgs,
    /// Inside the cluster.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// `kubeconfig`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::KUBECONFIG)]
pub struct KubeconfigVerbArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// IAM role that the context assumes, by name or ARN
    #[arg(long, value_name = "NAME|ARN", help_heading = "Kubeconfig", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// External id that the role's trust asks for [default: read from the role]
    #[arg(long, help_heading = "Kubeconfig", value_name = "ID")]
    pub external_id: Option<String>,
    /// The entry.
    #[command(flatten)]
    pub context: ContextArgs,
}

/// `token`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::TOKEN)]
pub struct TokenArgs {
    /// Cluster, by name or ARN
    #[arg(long, short = 'i', visible_alias = "cluster-name", value_name = "NAME", required_unless_present_any = ["cluster_id", "clear_cache"])]
    pub cluster: Option<String>,
    /// Id of a local cluster on Outposts, instead of its name
    #[arg(long, value_name = "ID", conflicts_with = "cluster")]
    pub cluster_id: Option<String>,
    /// Role to be assumed
    #[arg(
        long,
        short = 'r',
        visible_alias = "role-arn",
        value_name = "ARN",
        env = "DEFAULT_ROLE",
        hide_env_values = true
    )]
    pub role: Option<String>,
    /// External id that the role's trust asks for
    #[arg(long, short = 'e', value_name = "ID")]
    pub external_id: Option<String>,
    /// Name of the role session [default: the user's or session's own]
    #[arg(long, short = 's', value_name = "NAME")]
    pub session_name: Option<String>,
    /// Seconds that the role session lives (900 to 43200) [default: 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i32).range(900..=43_200))]
    pub duration: Option<i32>,
    /// Second factor, its ARN or serial number; the code is asked for on the terminal
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<String>,
    /// Print the bare token
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
#[command(after_help = examples::VERIFY)]
pub struct VerifyArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// IAM role to go through, by name or ARN
    #[arg(long, help_heading = "Question", value_name = "NAME|ARN", default_value = crate::model::desired::DEFAULT_ROLE)]
    pub role: String,
    /// External id that the role's trust asks for [default: read from the role]
    #[arg(long, help_heading = "Question", value_name = "ID")]
    pub external_id: Option<String>,
    /// Verb and resource that should be allowed [default: everything, for the default role]
    #[arg(long, help_heading = "Question", num_args = 2, value_names = ["VERB", "RESOURCE"])]
    pub can: Option<Vec<String>>,
    /// Namespace of that resource [default: all]
    #[arg(long, short, help_heading = "Question", value_name = "NAMESPACE", requires = "can")]
    pub namespace: Option<String>,
}

/// `restore`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::RESTORE)]
pub struct RestoreArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Which one; as --list shows it
    #[arg(value_name = "ID", help_heading = "Kept aws-auth", required_unless_present_any = ["list", "diff"])]
    pub id: Option<String>,
    /// Show what is kept
    #[arg(long, help_heading = "Kept aws-auth", conflicts_with_all = ["id", "diff"])]
    pub list: bool,
    /// Show how a kept one differs from today's
    #[arg(long, help_heading = "Kept aws-auth", value_name = "ID", conflicts_with = "id")]
    pub diff: Option<String>,
    /// Lock exactly this one out all the same; may be repeated
    #[arg(long = "allow-lockout", help_heading = "Kept aws-auth", value_name = "ARN")]
    pub allow_lockout: Vec<String>,
    /// Where they are kept.
    #[command(flatten)]
    pub backup: BackupArgs,
}

/// `completions`.
#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = examples::COMPLETIONS)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::MAN)]
pub struct ManArgs {
    /// Verb whose page is printed [default: the page about all of it]
    #[arg(value_name = "VERB")]
    pub verb: Option<String>,
    /// Write all pages into this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    pub dir: Option<PathBuf>,
}
