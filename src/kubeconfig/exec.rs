//! The `exec` section of a kubeconfig user: built for three tools, and read as they read it.
//!
//! [`ExecSpec`] is a section to write, [`ExecMeaning`] what an existing section means. The tools are `eksaccess token`,
//! `aws eks get-token` (<https://docs.aws.amazon.com/cli/latest/reference/eks/get-token.html>) and
//! `aws-iam-authenticator token` (<https://github.com/kubernetes-sigs/aws-iam-authenticator>). Pure.

use serde::Serialize;
use serde_yaml::{Mapping, Value};

use super::texts::{assigned, only_sets, strings};
use crate::model::ClusterArn;

/// The API version in new sections; kubectl refuses a credential of another version than the section's, and all three
/// tools support this one.
pub const API_VERSION: &str = "client.authentication.k8s.io/v1beta1";

/// The environment variable that names a profile.
const AWS_PROFILE: &str = "AWS_PROFILE";

/// The token tools, as recognised in a section.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// `eksaccess token`.
    Eksaccess,
    /// `aws eks get-token`.
    Aws,
    /// `aws-iam-authenticator token` (once `heptio-authenticator-aws`).
    AwsIamAuthenticator,
}

impl Tool {
    /// The program's name, as spelled by `--exec` and in a kubeconfig.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eksaccess => "eksaccess",
            Self::Aws => "aws",
            Self::AwsIamAuthenticator => "aws-iam-authenticator",
        }
    }

    /// Whether the tool can send an external id when it assumes the role.
    #[must_use]
    pub const fn carries_external_id(self) -> bool {
        !matches!(self, Self::Aws)
    }

    /// The tool that a command names: its last path component, without `.exe`.
    pub(super) fn of_command(command: &str) -> Option<Self> {
        let base = command.rsplit(['/', '\\']).next().unwrap_or(command);
        match base.strip_suffix(".exe").unwrap_or(base) {
            "eksaccess" => Some(Self::Eksaccess),
            "aws" => Some(Self::Aws),
            "aws-iam-authenticator" | "heptio-authenticator-aws" => Some(Self::AwsIamAuthenticator),
            _ => None,
        }
    }

    const fn install_hint(self) -> &'static str {
        match self {
            Self::Eksaccess => {
                "eksaccess makes the tokens for this cluster. Put it into PATH, or write this entry for the AWS CLI: \
                 eksaccess kubeconfig --exec aws"
            }
            Self::Aws => {
                "The AWS CLI makes the tokens for this cluster. \
                 See https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
            }
            Self::AwsIamAuthenticator => {
                "aws-iam-authenticator makes the tokens for this cluster. \
                 See https://github.com/kubernetes-sigs/aws-iam-authenticator/releases"
            }
        }
    }
}

/// The program in a new section.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ExecTool {
    /// This program, by name or by path.
    Eksaccess {
        /// What kubectl runs: `eksaccess`, or a path to it.
        command: String,
    },
    /// The AWS CLI.
    Aws,
    /// The authenticator of the Kubernetes project.
    AwsIamAuthenticator,
}

impl ExecTool {
    /// Which of the three it is.
    #[must_use]
    pub const fn tool(&self) -> Tool {
        match self {
            Self::Eksaccess { .. } => Tool::Eksaccess,
            Self::Aws => Tool::Aws,
            Self::AwsIamAuthenticator => Tool::AwsIamAuthenticator,
        }
    }

    fn command(&self) -> &str {
        match self {
            Self::Eksaccess { command } => command,
            other => other.tool().as_str(),
        }
    }
}

/// Requirements of the trust policy and the command line on an exec section.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ExecNeeds<'a> {
    /// The cluster's id if tokens must be signed for it (local clusters on Outposts); else they are for the name.
    pub cluster_id: Option<&'a str>,
    /// The external id that the role's trust policy requires.
    pub external_id: Option<&'a str>,
    /// The profile whose credentials assume the role; `None` leaves it to the environment.
    pub profile: Option<&'a str>,
    /// Whether the trust policy requires MFA.
    pub mfa: bool,
}

/// Why a tool can't be used for a role.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ExecError {
    /// The trust policy requires an external id, which the tool can't send.
    #[error(
        "an exec section for `{0}` can't assume {1}: its trust policy requires an external id, which `aws eks get-token` has no option to send"
    )]
    ExternalId(&'static str, String),
    /// The trust policy requires MFA, which the tool does not support when it assumes the role.
    #[error(
        "an exec section for `{0}` can't assume {1}: its trust policy requires MFA, and the tool sends no MFA code when it assumes a role by ARN"
    )]
    Mfa(&'static str, String),
}

/// An exec section, ready to write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExecSpec {
    /// The tool.
    pub tool: Tool,
    /// `client.authentication.k8s.io/…`.
    pub api_version: String,
    /// What kubectl runs.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables set for it, in addition to kubectl's own environment.
    pub env: Vec<(String, String)>,
    /// kubectl's message if the command is not in PATH.
    pub install_hint: Option<String>,
    /// Whether it may prompt on the terminal; required by `client.authentication.k8s.io/v1`.
    pub interactive_mode: String,
}

impl ExecSpec {
    /// The section with which `tool` gets a token for `cluster` as `role_arn` (the full ARN, path included).
    ///
    /// # Errors
    /// [`ExecError`] if the tool does not meet the role's trust policy.
    pub fn build(
        tool: &ExecTool,
        cluster: &ClusterArn,
        role_arn: &str,
        needs: ExecNeeds<'_>,
    ) -> Result<Self, ExecError> {
        let kind = tool.tool();
        if needs.external_id.is_some() && !kind.carries_external_id() {
            return Err(ExecError::ExternalId(kind.as_str(), role_arn.to_owned()));
        }
        if needs.mfa && kind != Tool::Eksaccess {
            return Err(ExecError::Mfa(kind.as_str(), role_arn.to_owned()));
        }
        let (cluster_flag, cluster_value) = match (needs.cluster_id, kind) {
            (Some(id), Tool::Eksaccess | Tool::Aws) => ("--cluster-id", id),
            (None, Tool::Eksaccess) => ("--cluster", cluster.name.as_str()),
            (None, Tool::Aws) => ("--cluster-name", cluster.name.as_str()),
            (id, Tool::AwsIamAuthenticator) => ("-i", id.unwrap_or(&cluster.name)),
        };
        let region = cluster.region.as_str();
        let mut args = match kind {
            Tool::Eksaccess => vec!["token", cluster_flag, cluster_value, "--region", region, "--role", role_arn],
            Tool::Aws => vec![
                "--region",
                region,
                "eks",
                "get-token",
                cluster_flag,
                cluster_value,
                "--output",
                "json",
                "--role",
                role_arn,
            ],
            Tool::AwsIamAuthenticator => {
                vec!["token", cluster_flag, cluster_value, "--region", region, "-r", role_arn]
            }
        };
        if let Some(external_id) = needs.external_id {
            args.extend(["--external-id", external_id]);
        }
        let mut env = Vec::new();
        match (needs.profile, kind) {
            // The flag, unlike the variable, also takes precedence over access keys in kubectl's environment.
            (Some(profile), Tool::Eksaccess) => args.extend(["--profile", profile]),
            (Some(profile), _) => env.push((AWS_PROFILE.to_owned(), profile.to_owned())),
            (None, _) => {}
        }
        Ok(Self {
            tool: kind,
            api_version: API_VERSION.to_owned(),
            command: tool.command().to_owned(),
            args: args.into_iter().map(str::to_owned).collect(),
            env,
            install_hint: Some(kind.install_hint().to_owned()),
            interactive_mode: "IfAvailable".to_owned(),
        })
    }

    /// The section as in a kubeconfig, with the keys in kubectl's order.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut section = Mapping::new();
        let mut put = |key: &str, value: Value| section.insert(key.into(), value);
        put("apiVersion", self.api_version.clone().into());
        put("args", self.args.iter().map(|arg| Value::from(arg.as_str())).collect());
        put("command", self.command.clone().into());
        if !self.env.is_empty() {
            put("env", self.env.iter().map(|(name, value)| env_item(name, value)).collect());
        }
        if let Some(hint) = &self.install_hint {
            put("installHint", hint.clone().into());
        }
        put("interactiveMode", self.interactive_mode.clone().into());
        put("provideClusterInfo", false.into());
        Value::Mapping(section)
    }

    /// The meaning of the section.
    #[must_use]
    pub fn meaning(&self) -> Option<ExecMeaning> {
        understand(&self.to_value())
    }
}

/// One variable of an exec section's `env`.
pub(super) fn env_item(name: &str, value: &str) -> Value {
    Value::Mapping([("name".into(), name.into()), ("value".into(), value.into())].into_iter().collect())
}

/// The meaning of an exec section, by any author.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ExecMeaning {
    /// The token tool.
    pub tool: Tool,
    /// The command as written; for a wrapped tool the wrapper.
    pub command: String,
    /// Whether another program runs the tool (`aws-vault exec … -- aws eks get-token …`).
    pub wrapped: bool,
    /// The section's `apiVersion`.
    pub api_version: Option<String>,
    /// Whether the tool may prompt on the terminal: `Never`, `IfAvailable`, `Always`.
    pub interactive_mode: Option<String>,
    /// The cluster's name or id for which the token is signed.
    pub cluster: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The role that the tool assumes.
    pub role_arn: Option<String>,
    /// The external id that it sends.
    pub external_id: Option<String>,
    /// The name of its session.
    pub session_name: Option<String>,
    /// The profile whose credentials it uses.
    pub profile: Option<String>,
    /// Whether an option names that profile: keys in the environment do not take precedence over it.
    pub profile_by_option: bool,
}

/// The spellings of one option.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag {
    pub(super) long: &'static [&'static str],
    pub(super) short: Option<char>,
}

pub(super) const CLUSTER: Flag = Flag { long: &["--cluster", "--cluster-name", "--cluster-id"], short: Some('i') };
pub(super) const ROLE: Flag = Flag { long: &["--role", "--role-arn"], short: Some('r') };
pub(super) const EXTERNAL_ID: Flag = Flag { long: &["--external-id"], short: Some('e') };
pub(super) const SESSION_NAME: Flag = Flag { long: &["--session-name"], short: Some('s') };
pub(super) const REGION: Flag = Flag { long: &["--region"], short: None };
pub(super) const PROFILE: Flag = Flag { long: &["--profile"], short: None };

/// The place of an option's value: the argument, and the first byte in it.
type ValuePlace = (usize, usize);

impl Flag {
    /// The last occurrence of the option, which is the one that counts.
    fn find(self, args: &[String]) -> Option<ValuePlace> {
        let mut found = None;
        let mut index = 0;
        while index < args.len() {
            let arg = args[index].as_str();
            let exact = self.long.contains(&arg)
                || self.short.is_some_and(|short| arg.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4])));
            if exact {
                if index + 1 < args.len() {
                    found = Some((index + 1, 0));
                }
                index += 2;
                continue;
            }
            if let Some((name, _)) = arg.split_once('=').filter(|(name, _)| self.long.contains(name)) {
                found = Some((index, name.len() + 1));
            } else if let Some(rest) = self.short.and_then(|short| arg.strip_prefix('-')?.strip_prefix(short)) {
                let equals = usize::from(rest.starts_with('='));
                found = Some((index, 2 + equals));
            }
            index += 1;
        }
        found
    }

    fn value(self, args: &[String]) -> Option<String> {
        self.find(args).map(|(index, from)| args[index][from..].to_owned())
    }

    /// Sets the option's value, in place if it is present, else at the end.
    pub(super) fn put(self, args: &mut Vec<String>, value: &str) {
        if let Some((index, from)) = self.find(args) {
            args[index].replace_range(from.., value);
        } else {
            args.extend([self.long[0].to_owned(), value.to_owned()]);
        }
    }
}

/// Reads an exec section as its tool does: flags first (the last of each counts), then the variables of its `env`.
/// `None` for a section without a known tool.
#[must_use]
pub fn understand(exec: &Value) -> Option<ExecMeaning> {
    let command = exec.get("command")?.as_str()?;
    let args = strings(exec.get("args"));
    let (tool, rest, wrapped) = if let Some(tool) = Tool::of_command(command) {
        (tool, &args[..], false)
    } else {
        let at = args.iter().position(|arg| Tool::of_command(arg).is_some())?;
        (Tool::of_command(&args[at])?, &args[at + 1..], true)
    };
    // `env` sets variables and runs the tool itself.
    let before = if wrapped { &args[..args.len() - rest.len() - 1] } else { &[] };
    let is_read = only_sets(command, before);
    let words: &[&str] = if tool == Tool::Aws { &["eks", "get-token"] } else { &["token"] };
    let mut wanted = words.iter();
    let mut next = wanted.next();
    for arg in rest {
        if next == Some(&arg.as_str()) {
            next = wanted.next();
        }
    }
    if next.is_some() {
        return None;
    }
    let env = |name: &str| if is_read { assigned(before, name) } else { None }.or_else(|| env_value(exec, name));
    let authenticator = |name: &str| if tool == Tool::AwsIamAuthenticator { env(name) } else { None };
    Some(ExecMeaning {
        tool,
        command: command.to_owned(),
        wrapped,
        api_version: exec.get("apiVersion").and_then(Value::as_str).map(str::to_owned),
        interactive_mode: exec.get("interactiveMode").and_then(Value::as_str).map(str::to_owned),
        cluster: CLUSTER.value(rest).or_else(|| authenticator("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID")),
        region: REGION.value(rest).or_else(|| env("AWS_REGION")).or_else(|| env("AWS_DEFAULT_REGION")),
        role_arn: ROLE.value(rest).or_else(|| authenticator("DEFAULT_ROLE")),
        external_id: EXTERNAL_ID.value(rest),
        session_name: SESSION_NAME.value(rest),
        profile: PROFILE.value(rest).or_else(|| env(AWS_PROFILE)),
        profile_by_option: PROFILE.value(rest).is_some(),
    })
}

/// Whether a command is one of the token tools.
pub(in crate::kubeconfig) fn is_tool(command: &str) -> bool {
    Tool::of_command(command).is_some()
}

fn env_value(exec: &Value, name: &str) -> Option<String> {
    let items = exec.get("env")?.as_sequence()?;
    let item = items.iter().rev().find(|item| item.get("name").and_then(Value::as_str) == Some(name))?;
    item.get("value")?.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
#[path = "exec_tests.rs"]
mod tests;
