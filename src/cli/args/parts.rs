//! The families of options that several verbs share: cluster, role, group, access, kubeconfig.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// One cluster, and how its API is reached.
#[derive(Clone, Debug, Default)]
pub struct ClusterArgs {
    /// The name or the ARN; `None` where none is named alone.
    pub cluster: Option<String>,
    /// The region that the selection names, where the command line, the environment and the profile name none.
    pub region: Option<String>,
    /// `--server`.
    pub server: Option<String>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--proxy-url`.
    pub proxy_url: Option<String>,
}

/// The role and its trust.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Role")]
pub struct RoleArgs {
    /// Principals that may assume the role, as the whole list: all others are removed, including services and identity
    /// providers [default at creation: the account's root]
    #[arg(long, value_name = "ARN")]
    pub trust: Vec<String>,
    /// Principal to add to those that may assume the role
    #[arg(long, value_name = "ARN", conflicts_with = "trust")]
    pub add_trust: Vec<String>,
    /// Identity Center permission set of this account, by its whole name, that may assume the role
    #[arg(long, value_name = "NAME")]
    pub trust_permission_set: Vec<String>,
    /// Require MFA in every statement of the trust (sessions of Identity Center, web identity and chained roles never have it)
    #[arg(long)]
    pub require_mfa: bool,
    /// Require this external id
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Trust only principals of this organisation
    #[arg(long, value_name = "o-ID")]
    pub org_id: Option<String>,
    /// Maximum session duration, in seconds (3600 to 43200)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i32).range(3600..=43_200))]
    pub max_session_duration: Option<i32>,
    /// Policy to set as the role's permissions boundary
    #[arg(long, value_name = "ARN")]
    pub permissions_boundary: Option<String>,
    /// IAM path, for a new role only
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// Description of the role
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Tag to set on the role; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
}

/// The group and its members.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Group")]
pub struct GroupArgs {
    /// IAM group [default: the role's name with an s added]
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// User to make a member; may be repeated
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
    /// Kubernetes group; may be repeated, and replaces the whole list
    #[arg(long = "kubernetes-group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Kubernetes group to add, keeping the present ones
    #[arg(long = "append-kubernetes-group", value_name = "GROUP", conflicts_with = "groups")]
    pub append_groups: Vec<String>,
    /// Set no Kubernetes groups: rights come from the username alone, or from access policies
    #[arg(long, conflicts_with_all = ["groups", "append_groups"])]
    pub no_groups: bool,
    /// EKS access policy, by name or ARN; may be repeated, and replaces the whole list
    #[arg(long = "access-policy", value_name = "POLICY")]
    pub policies: Vec<String>,
    /// EKS access policy to add, keeping the present ones
    #[arg(long = "append-access-policy", value_name = "POLICY", conflicts_with = "policies")]
    pub append_policies: Vec<String>,
    /// Namespace where the access policies apply, * allowed; may be repeated [default: the whole cluster]
    #[arg(long = "policy-namespace", value_name = "NAMESPACE")]
    pub policy_namespaces: Vec<String>,
    /// Where to bind the principal
    #[arg(long, value_enum, default_value_t = ViaArg::Auto)]
    pub via: ViaArg,
    /// Allow this change to lock out this principal; may be repeated
    #[arg(long = "allow-lockout", value_name = "ARN")]
    pub allow_lockout: Vec<String>,
    /// Where old aws-auth manifests are kept
    #[command(flatten)]
    pub backup: BackupArgs,
}

/// Where old `aws-auth` manifests are kept.
#[derive(Args, Clone, Debug, Default)]
pub struct BackupArgs {
    /// Directory for backups of aws-auth [default: eksaccess/backups under XDG_STATE_HOME]
    #[arg(long, help_heading = "Backups of aws-auth", value_name = "DIR", conflicts_with = "no_backup")]
    pub backup_dir: Option<PathBuf>,
    /// Change aws-auth without a backup
    #[arg(long, help_heading = "Backups of aws-auth")]
    pub no_backup: bool,
}

/// Where a principal is bound.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum ViaArg {
    /// Where it is bound already, or else by the cluster's mode.
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
    /// AWS profile to write into the exec section
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
    /// Make it the current context; with several clusters, the one of this context or cluster [default: only if none is set
    /// and one cluster is selected]
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with = "keep_current"
    )]
    pub set_current: Option<String>,
    /// Leave the current context alone, even if none is set
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
    /// Use the role as it is.
    Role,
    /// No group and no members.
    Group,
    /// No mapping and no access entry.
    Map,
    /// No kubeconfig.
    Kubeconfig,
    /// No verification.
    Verify,
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
