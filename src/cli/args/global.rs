//! The options of every verb.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use clap::{Args, ValueEnum};

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
    /// With --dry-run: exit 3 where something would change; lint: exit 3 where there are findings
    #[arg(long, global = true)]
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
    /// Seconds after which everything must be done [default: 120; mode --to: 1200]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

impl GlobalArgs {
    /// Seconds after which everything must be done, where the verb has no time of its own.
    pub fn timeout(&self) -> u64 {
        self.timeout.unwrap_or(120)
    }
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
