//! What is asked, and what was found.

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

/// What a person wants to know: why this identity gets into this cluster, or does not.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// The cluster.
    pub cluster: ClusterRef,
    /// The role to go through, by name or ARN; empty where it turned out that there is none.
    pub role: String,
    /// Who named that role.
    pub role_from: RoleFrom,
    /// The external id to send; else the one that the role's trust asks for, else the context's.
    pub external_id: Option<String>,
    /// The external id that the context sends which named the role.
    pub context_external_id: Option<String>,
    /// The name of the role's session, where that context gives one.
    pub session_name: Option<String>,
    /// The second factor that was named on the command line.
    pub mfa_serial: Option<String>,
    /// The operating system's user, for a session's name where nobody else is known.
    pub os_user: Option<String>,
    /// The verb that should be allowed; everything for the default role where none is named.
    pub can: Option<Can>,
    /// The context that was named: its own way is gone, and not another one's of the same cluster.
    pub context: Option<String>,
    /// The kubeconfig files that kubectl would read, as it merges them.
    pub kubeconfig: Rc<FileList>,
    /// What kubectl would find on this machine.
    pub machine: Surroundings,
    /// The way to the API server, where it is another than the cluster's own address.
    pub tunnel: Tunnel,
    /// Somebody else, to be looked at from the outside.
    pub principal: Option<String>,
}

/// Who named the role to go through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RoleFrom {
    /// The command line: a principal that is looked at from the outside then goes through it too.
    Asked,
    /// A context of the cluster, as it is told: its name and file.
    Context(String),
    /// Nobody: the default, where it exists.
    Default,
}

/// What kubectl would find on this machine.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The profile that signs here: `--profile`.
    pub named_profile: Option<String>,
    /// The profile that is active without being named: `AWS_PROFILE`.
    pub env_profile: Option<String>,
    /// Whether the environment holds keys, which beat a profile that is named by a variable.
    pub has_keys: bool,
    /// The profiles of exec sections that do not exist.
    pub missing_profiles: Vec<String>,
    /// The commands of exec sections that are not there, or can't be run.
    pub missing_commands: Vec<String>,
    /// The id of the newest `aws-auth` of the cluster that is kept here.
    pub newest_kept: Option<String>,
    /// The directory of this program.
    pub own_directory: Option<String>,
    /// Whether kubectl runs the programs of exec sections.
    pub gate: PluginGate,
}

impl Inquiry {
    /// A command of this program for this cluster; with the profile where the one who asks is the one who types it.
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

    /// Whether the role that was named is this one.
    pub(super) fn names_role(&self, arn: &Principal) -> bool {
        self.role.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(&arn.name))
    }

    /// The role as an option, with a blank before it; empty where none is taken.
    pub(super) fn role_flag(&self) -> String {
        if self.role.is_empty() { String::new() } else { format!(" --role {}", shell_word(&self.role)) }
    }

    /// The same question once more, with what `more` adds to it.
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

    /// The verb that is asked about as an option, with a blank before it; empty for none and for everything.
    pub(super) fn can_flag(&self) -> String {
        self.can.as_ref().filter(|can| **can != Can::everything()).map_or_else(String::new, |can| {
            let place = can.namespace.as_ref().map_or_else(String::new, |n| format!(" -n {}", shell_word(n)));
            format!(" --can {} {}{place}", shell_word(&can.verb), shell_word(&can.kind()))
        })
    }

    /// The certificate authority of a context in base64, from the file where it names one.
    pub(super) fn authority_data(&self, view: &ContextView) -> Option<String> {
        let of_file = |file: &String| match self.kubeconfig.authority_file(file)? {
            AuthorityFile::Read(pem) => Some(STANDARD.encode(pem)),
            _ => None,
        };
        let data = view.certificate_authority_data.clone().filter(|data| !data.is_empty());
        data.or_else(|| view.certificate_authority.as_ref().and_then(of_file))
    }

    /// The name of the caller's session of the role, as `token` gives it.
    pub(super) fn session_name(&self, caller: &CallerIdentity) -> String {
        let default = || default_session_name(Some(&caller.arn), self.os_user.as_deref());
        self.session_name.clone().unwrap_or_else(default)
    }

    /// The external id that is sent: the one asked for, else the one that the trust wants, else the context's.
    pub(super) fn sent_external_id(&self, trust: Option<&Value>) -> Option<String> {
        let of_trust = trust.and_then(|trust| trust::needs(trust).external_id);
        self.external_id.clone().or(of_trust).or_else(|| self.context_external_id.clone())
    }

    /// The role as `token` would be asked for it.
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

/// The way, link by link.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Who signs, where that was found.
    pub caller: Option<CallerIdentity>,
    /// The cluster's ARN, where it is known.
    pub cluster: Option<ClusterArn>,
    /// The role, where one is taken and was found.
    pub role: Option<Principal>,
    /// Why that role, or none.
    pub role_why: Option<String>,
    /// The links in order.
    pub links: Vec<Link>,
    /// Whether it is another principal's way: nothing of it is walked, so every link is what was asked for.
    pub is_outside: bool,
}

impl Findings {
    /// How it ends: broken where any link is, unknown where one that counts is, else ok. A link that only explains counts for
    /// nothing where it may not be looked at.
    pub fn ending(&self) -> LinkState {
        self.reason().map_or(LinkState::Ok, |link| link.state)
    }

    /// The link that decides how it ends, where it does not end well.
    pub fn reason(&self) -> Option<&Link> {
        let counts = |link: &&Link| self.is_outside || link.kind == LinkKind::Walked;
        let broken = self.links.iter().find(|link| link.state == LinkState::Broken);
        broken.or_else(|| self.links.iter().filter(counts).find(|link| link.state == LinkState::Unknown))
    }
}
