//! What is asked, and what was found.

use super::link::Link;
use crate::engine::observe::ClusterRef;
use crate::engine::port::Can;
use crate::model::{CallerIdentity, Principal};

/// What a person wants to know: why this identity gets into this cluster, or does not.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// The cluster.
    pub cluster: ClusterRef,
    /// The role to go through, by name or ARN.
    pub role: String,
    /// Whether that role was asked for: a role that is looked at from the outside then goes through it.
    pub through_role: bool,
    /// The external id to send; else the one that the role's trust asks for.
    pub external_id: Option<String>,
    /// The operating system's user, for a session's name where nobody else is known.
    pub os_user: Option<String>,
    /// The verb that should be allowed.
    pub can: Option<Can>,
    /// The kubeconfig files that kubectl would read, path and text, in its order.
    pub kubeconfig: Vec<(String, String)>,
    /// Whether the API server is reached by another address than the cluster's own.
    pub by_tunnel: bool,
    /// Somebody else, to be looked at from the outside.
    pub principal: Option<String>,
}

impl Inquiry {
    /// A command of this program for this cluster.
    pub(super) fn command(&self, verb: &str) -> String {
        format!("eksaccess {verb} --cluster {} --region {}", self.cluster.name, self.cluster.region)
    }
}

/// The way, link by link.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Who signs, where that was found.
    pub caller: Option<CallerIdentity>,
    /// The role, where it was found.
    pub role: Option<Principal>,
    /// The links in order.
    pub links: Vec<Link>,
}
