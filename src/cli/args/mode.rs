//! What `mode` takes.

#![allow(clippy::doc_markdown, reason = "these comments are the help text")]

use clap::{Args, ValueEnum};

use super::examples;
use super::selection::{ANY, SelectionArgs};
use crate::model::AuthMode;

/// `mode`.
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::whole(examples::MODE))]
#[command(mut_arg("clusters", |arg| arg.required_unless_present_any(ANY)))]
pub struct ModeVerbArgs {
    /// The cluster.
    #[command(flatten)]
    pub cluster: SelectionArgs,
    /// Switch to this mode; a cluster can't be switched back
    #[arg(long, help_heading = "Mode", value_enum, value_name = "MODE", ignore_case = true)]
    pub to: Option<ModeArg>,
    /// Lock exactly this one out all the same; may be repeated
    #[arg(long = "allow-lockout", help_heading = "Mode", value_name = "ARN", requires = "to")]
    pub allow_lockout: Vec<String>,
}

/// The authentication modes, as EKS spells them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ModeArg {
    /// aws-auth alone; a cluster can't be switched to it.
    #[value(name = "CONFIG_MAP", hide = true)]
    ConfigMap,
    /// Access entries, then aws-auth.
    #[value(name = "API_AND_CONFIG_MAP")]
    ApiAndConfigMap,
    /// Access entries alone.
    #[value(name = "API")]
    Api,
}

impl ModeArg {
    /// The mode that is meant.
    pub const fn mode(self) -> AuthMode {
        match self {
            Self::ConfigMap => AuthMode::ConfigMap,
            Self::ApiAndConfigMap => AuthMode::ApiAndConfigMap,
            Self::Api => AuthMode::Api,
        }
    }
}
