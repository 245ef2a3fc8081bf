//! The question, and the findings.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::link::{Link, LinkKind, LinkState};
use crate::engine::cluster_ref::ClusterRef;
use crate::engine::port::Can;
use crate::error::shell_word;
use crate::kubeconfig::merged::FileList;
use crate::kubeconfig::{AuthorityFile, ContextView, PluginGate};
use crate::model::{CallerIdentity, ClusterArn, Principal, trust};
use crate::plan::Tunnel;
use crate::token::{RoleStep, default_session_name};

/// The question of a person: why does this identity get access to this cluster, or not?
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// The cluster.
    pub cluster: ClusterRef,
    /// The role to assume, by name or ARN; empty if there turns out to be none.
    pub role: String,
    /// Where that role was named.
    pub role_from: RoleFrom,
    /// The external id to send; else the one that the role's trust requires, else the context's.
    pub external_id: Option<String>,
    /// The external id in the context that names the role.
    pub context_external_id: Option<String>,
    /// The name of the role's session, if that context has one.
    pub session_name: Option<String>,
    /// The MFA device named on the command line.
    pub mfa_serial: Option<String>,
    /// The operating system's user, for a session's name without another source.
    pub os_user: Option<String>,
    /// The right to check; everything for the default role if none is named.
    pub can: Option<Can>,
    /// The named context: it is verified itself, not another one of the same cluster.
    pub context: Option<String>,
    /// The kubeconfig files that kubectl would read, merged like kubectl does.
    pub kubeconfig: Rc<FileList>,
    /// What kubectl would find on this machine.
    pub machine: Surroundings,
    /// The connection to the API server, if it is not the cluster's own address.
    pub tunnel: Tunnel,
    /// Another principal, verified from the outside.
    pub principal: Option<String>,
}

/// Where the role was named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RoleFrom {
    /// The command line: another principal is then verified through it too.
    Asked,
    /// A context of the cluster, in words: its name and file.
    Context(String),
    /// Nowhere: the default role, if it exists.
    Default,
}

/// What kubectl would find on this machine.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The profile from `--profile`.
    pub named_profile: Option<String>,
    /// The profile from the environment: `AWS_PROFILE`.
    pub env_profile: Option<String>,
    /// Whether the environment holds keys, which take precedence over a profile named by a variable.
    pub has_keys: bool,
    /// The profiles of exec sections that do not exist.
    pub missing_profiles: Vec<String>,
    /// The commands of exec sections that are missing or not executable.
    pub missing_commands: Vec<String>,
    /// The id of the newest backup of the cluster's `aws-auth`.
    pub newest_kept: Option<String>,
    /// The directory of this program.
    pub own_directory: Option<String>,
    /// Whether kubectl runs the programs of exec sections.
    pub gate: PluginGate,
}

impl Inquiry {
    /// A command of this program for this cluster; with the profile if the verified identity is the caller.
    pub(super) fn command(&self, verb: &str) -> String {
        let profile = match (&self.machine.named_profile, verb) {
            (Some(profile), "verify" | "kubeconfig" | "token") => format!(" --profile {}", shell_word(profile)),
            _ => String::new(),
        };
        self.command_of(verb) + &profile
    }

    /// The same without a profile.
    pub(super) fn command_of(&self, verb: &str) -> String {
        let (name, region) = (shell_word(&self.cluster.name), shell_word(&self.cluster.region));
        format!("eksaccess {verb} --cluster {name} --region {region}")
    }

    /// Whether the named role is this one.
    pub(super) fn names_role(&self, arn: &Principal) -> bool {
        self.role.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(&arn.name))
    }

    /// The role as an option, with a blank before it; empty if absent.
    pub(super) fn role_flag(&self) -> String {
        if self.role.is_empty() { String::new() } else { format!(" --role {}", shell_word(&self.role)) }
    }

    /// The same question again, with `more` appended.
    pub(super) fn again(&self, more: &str) -> String {
        let role = Some(&self.role).filter(|_| self.role_from == RoleFrom::Asked);
        let mut command = self.command("verify") + more;
        for (flag, value) in [
            ("--role", role),
            ("--external-id", self.external_id.as_ref()),
            ("--mfa-serial", self.mfa_serial.as_ref()),
            ("--principal", self.principal.as_ref()),
        ] {
            if let Some(value) = value {
                command = format!("{command} {flag} {}", shell_word(value));
            }
        }
        command + &self.can_flag()
    }

    /// The right as an option, with a blank before it; empty for none and for everything.
    pub(super) fn can_flag(&self) -> String {
        self.can.as_ref().filter(|can| **can != Can::everything()).map_or_else(String::new, |can| {
            let place = can.namespace.as_ref().map_or_else(String::new, |n| format!(" -n {}", shell_word(n)));
            format!(" --can {} {}{place}", shell_word(&can.verb), shell_word(&can.kind()))
        })
    }

    /// The certificate authority of a context in base64, from the file if it names one.
    pub(super) fn authority_data(&self, view: &ContextView) -> Option<String> {
        let of_file = |file: &String| match self.kubeconfig.authority_file(file)? {
            AuthorityFile::Read(pem) => Some(STANDARD.encode(pem)),
            _ => None,
        };
        let data = view.certificate_authority_data.clone().filter(|data| !data.is_empty());
        data.or_else(|| view.certificate_authority.as_ref().and_then(of_file))
    }

    /// The name of the caller's session of the role, as used by `token`.
    pub(super) fn session_name(&self, caller: &CallerIdentity) -> String {
        let default = || default_session_name(Some(&caller.arn), self.os_user.as_deref());
        self.session_name.clone().unwrap_or_else(default)
    }

    /// The external id that is sent: the given one, else the one that the trust requires, else the context's.
    pub(super) fn sent_external_id(&self, trust: Option<&Value>) -> Option<String> {
        let of_trust = trust.and_then(|trust| trust::needs(trust).external_id);
        self.external_id.clone().or(of_trust).or_else(|| self.context_external_id.clone())
    }

    /// The role as `token` would assume it.
    pub(super) fn role_step(&self, role: &Principal, external_id: Option<String>) -> RoleStep {
        RoleStep {
            role_arn: role.to_string(),
            external_id,
            session_name: self.session_name.clone(),
            duration: None,
            mfa_serial: self.mfa_serial.clone(),
        }
    }
}

/// The chain, link by link.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The signer, if known.
    pub caller: Option<CallerIdentity>,
    /// The cluster's ARN, if known.
    pub cluster: Option<ClusterArn>,
    /// The role, if one is used and was found.
    pub role: Option<Principal>,
    /// The reason for that role, or for none.
    pub role_why: Option<String>,
    /// The links in order.
    pub links: Vec<Link>,
    /// Whether it is another principal's chain: it is not walked, so every link counts.
    pub is_outside: bool,
}

impl Findings {
    /// The result: broken if any link is, unknown if a link that counts is, else ok. A link that only explains does not
    /// count if it could not be read.
    pub fn ending(&self) -> LinkState {
        self.reason().map_or(LinkState::Ok, |link| link.state)
    }

    /// The link that decides a result other than ok.
    pub fn reason(&self) -> Option<&Link> {
        let counts = |link: &&Link| self.is_outside || link.kind == LinkKind::Walked;
        let broken = self.links.iter().find(|link| link.state == LinkState::Broken);
        broken.or_else(|| self.links.iter().filter(counts).find(|link| link.state == LinkState::Unknown))
    }
}
