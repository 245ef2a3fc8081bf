//! The options of every verb.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use clap::{Args, ValueEnum};

/// Options of every verb.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// AWS profile, which takes precedence over keys in the environment
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region [default: from the cluster's ARN, AWS_REGION or the profile]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Endpoint to use for every AWS service
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Role to sign EKS calls and this program's own Kubernetes token with; IAM calls keep the base credentials
    #[arg(long, global = true, value_name = "ARN")]
    pub assume_role_arn: Option<String>,
    /// Format of the results
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text, value_name = "FORMAT")]
    pub output: OutputFormat,
    /// Show what would change, and stop
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// With --dry-run, exit 3 if something would change; with lint, exit 3 if there are findings
    #[arg(long, global = true)]
    pub detailed_exitcode: bool,
    /// Do not ask for confirmation
    #[arg(long, short = 'y', global = true, conflicts_with = "approve")]
    pub yes: bool,
    /// Carry out exactly the plan with this id, from an earlier --dry-run --output json
    #[arg(long, global = true, value_name = "PLAN_ID", conflicts_with = "dry_run")]
    pub approve: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
    /// Print errors and results only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print more on stderr; repeat for even more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Time limit in seconds [default: 120; mode --to: 1200]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

impl GlobalArgs {
    /// Seconds after which everything must be done, where the verb has no time of its own.
    pub fn timeout(&self) -> u64 {
        self.timeout.unwrap_or(120)
    }
}

/// Format of the results.
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
