//! Which roles are those of nodes, and the type of their entry: by what runs, not by how the mapping looks.
//!
//! <https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html>, the types of access entries.

use std::collections::BTreeSet;

use super::evidence::{Answered, Evidence};
use super::groups::AUTHENTICATED;
use crate::aws_auth::{EC2_PRIVATE_DNS_NAME, Mapping, is_node_group};
use crate::model::access::STANDARD;
use crate::model::nodes::LiveNode;
use crate::model::{Partition, Principal};
use crate::plan::entry_names::{RAW_SESSION_NAME, SESSION_NAME};
use crate::plan::matching::matching_key;

/// The types of entries that there are, [`STANDARD`] first.
pub const TYPES: [&str; 7] =
    [STANDARD, "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", "EC2"];
/// The group that Windows nodes need.
const WINDOWS_GROUP: &str = "eks:kube-proxy-windows";
/// The access policy of EKS Auto Mode's nodes.
pub const AUTO_NODE_POLICY: &str = "AmazonEKSAutoNodePolicy";

/// What a mapping is, by the evidence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NodeType {
    /// Not one of nodes.
    None,
    /// One of nodes, of this type.
    Is(&'static str),
    /// A person has to say: why, and the types that it may be.
    Asks(String, Vec<&'static str>),
    /// It can't be migrated as things are, and why.
    Stop(String),
}

/// The username that EKS gives the nodes of a type.
pub fn own_username(entry_type: &str) -> String {
    match entry_type {
        "EC2_LINUX" | "EC2_WINDOWS" => format!("system:node:{EC2_PRIVATE_DNS_NAME}"),
        _ => format!("system:node:{SESSION_NAME}"),
    }
}

/// Whether a mapping's username is the one that EKS gives the nodes of a type; an instance's session has no character that
/// the two templates of its name tell apart.
pub fn is_own_username(entry_type: &str, username: &str) -> bool {
    username.replace(RAW_SESSION_NAME, SESSION_NAME) == own_username(entry_type)
}

/// The groups of a mapping that an entry of a node type does not give.
pub fn lost_groups(groups: &[String]) -> Vec<&str> {
    let is_given = |group: &str| group.is_empty() || group == AUTHENTICATED || is_node_group(group);
    groups.iter().map(String::as_str).filter(|group| !is_given(group)).collect()
}

/// The evidence of one role's nodes.
struct Signs<'a> {
    mapping: &'a Mapping,
    /// The types that live nodes, node groups and Fargate profiles show, and what showed them.
    shown: BTreeSet<(&'static str, String)>,
    /// Nodes of that role of which the type can't be told.
    unclear: Vec<String>,
    services: Vec<String>,
    trust_is_known: bool,
    /// Whether the role of each node in the cluster is known.
    all_known: bool,
    remote_networks: bool,
}

/// What a role's mapping is; `said` is the type from the command line.
pub fn node_type(mapping: &Mapping, principal: &Principal, evidence: &Evidence, said: Option<&str>) -> NodeType {
    let signs = Signs::of(mapping, principal, evidence);
    let by_evidence = if signs.is_of_nodes() { signs.by_what_runs() } else { NodeType::None };
    let Some(said) = said.and_then(|said| TYPES.into_iter().find(|known| *known == said)) else { return by_evidence };
    match by_evidence {
        NodeType::Is(found) if found != said => {
            let reason = format!("--type-of says {said}, and the evidence says {}", signs.told(found));
            NodeType::Asks(reason, vec![found])
        }
        NodeType::Stop(why) => NodeType::Stop(why),
        _ if said == STANDARD => NodeType::None,
        _ => NodeType::Is(said),
    }
}

impl<'a> Signs<'a> {
    fn of(mapping: &'a Mapping, principal: &Principal, evidence: &Evidence) -> Self {
        let key = matching_key(&principal.to_string());
        let is_its = |role: &str| matching_key(role) == key;
        let mut signs = Self {
            mapping,
            shown: BTreeSet::new(),
            unclear: Vec::new(),
            services: Vec::new(),
            trust_is_known: false,
            all_known: false,
            remote_networks: evidence.nodes.remote_networks,
        };
        if let Answered::Exists(found) = evidence.of(principal) {
            signs.services = found.trusted("Service");
            signs.trust_is_known = found.trust.is_some();
        }
        if let Some(live) = evidence.nodes.live.read() {
            signs.all_known = live.iter().all(|node| node.role.is_some());
            for node in live.iter().filter(|node| node.role.as_deref().is_some_and(is_its)) {
                match type_of_live(node, &mapping.username) {
                    Some(found) => drop(signs.shown.insert((found, "its live nodes are of that type".to_owned()))),
                    None => signs.unclear.push(node.name.clone()),
                }
            }
        }
        for group in evidence.nodes.groups.read().into_iter().flatten().filter(|group| is_its(&group.role)) {
            match type_of_ami(&group.ami_type, &mapping.username) {
                Some(found) => drop(signs.shown.insert((found, format!("node group {} is of that type", group.name)))),
                None => signs.unclear.push(format!("node group {} ({})", group.name, group.ami_type)),
            }
        }
        if evidence.nodes.fargate.read().into_iter().flatten().any(|role| is_its(role)) {
            signs.shown.insert(("FARGATE_LINUX", "pods of a Fargate profile run as it".to_owned()));
        }
        signs
    }

    /// Whether the role is one of nodes: something runs as it, or its mapping gives a node's name.
    fn is_of_nodes(&self) -> bool {
        let name = &self.mapping.username;
        let is_shown = !self.shown.is_empty() || !self.unclear.is_empty();
        is_shown || name.starts_with("system:node:") || name.contains(EC2_PRIVATE_DNS_NAME)
    }

    /// Whether its trust names a service, whose domain ends as its partition's do.
    fn trusts(&self, service: &str) -> bool {
        let names = Partition::ALL.map(|partition| format!("{service}.{}", partition.dns_suffix()));
        self.services.iter().any(|known| names.contains(known))
    }

    /// What shows a type.
    fn told(&self, entry_type: &str) -> String {
        let all = self.shown.iter().filter(|(shown, _)| *shown == entry_type).map(|(_, why)| why.as_str());
        let all: Vec<&str> = all.collect();
        if all.is_empty() {
            format!("{entry_type}: its trust policy and its username")
        } else {
            format!("{entry_type}: {}", all.join(", "))
        }
    }

    fn by_what_runs(&self) -> NodeType {
        let types: BTreeSet<&'static str> = self.shown.iter().map(|(shown, _)| *shown).collect();
        let types: Vec<&'static str> = types.into_iter().collect();
        if types.len() > 1 {
            let told: Vec<String> = types.iter().map(|found| self.told(found)).collect();
            return NodeType::Stop(format!(
                "nodes of several types run as this role ({}), and a role can have only one entry: give one of the types a role \
                 of its own first",
                told.join("; ")
            ));
        }
        if !self.unclear.is_empty() {
            let reason = format!("the type of these is not known: {}", self.unclear.join(", "));
            return NodeType::Asks(reason, types);
        }
        match types.first() {
            Some(found) if *found == "EC2_LINUX" && self.may_hide_windows() => {
                let reason = format!("the mapping has {WINDOWS_GROUP}, and the role of some nodes is not known");
                NodeType::Asks(reason, vec!["EC2_LINUX", "EC2_WINDOWS"])
            }
            Some(found) => NodeType::Is(found),
            None => self.by_trust(),
        }
    }

    /// Whether Windows nodes may run as this role without having been seen.
    fn may_hide_windows(&self) -> bool {
        !self.all_known && self.has_group(WINDOWS_GROUP)
    }

    fn has_group(&self, group: &str) -> bool {
        self.mapping.groups.iter().any(|known| known == group)
    }

    /// The type by the role's trust policy and the username, if no node shows it.
    fn by_trust(&self) -> NodeType {
        let is_by_dns = is_own_username("EC2_LINUX", &self.mapping.username);
        let is_by_session = is_own_username("EC2", &self.mapping.username);
        let ec2 = self.trusts("ec2");
        let hybrid = self.trusts("rolesanywhere") || self.trusts("ssm");
        let fargate = self.trusts("eks-fargate-pods");
        let asks = |why: &str, types: &[&'static str]| {
            NodeType::Asks(format!("no node shows its type: {why}"), types.to_vec())
        };
        if [ec2, hybrid, fargate].into_iter().filter(|trusted| *trusted).count() > 1 {
            return asks("its trust policy names several services", &TYPES[1..]);
        }
        if is_by_dns {
            let is_contradicted = self.trust_is_known && !ec2;
            return match (is_contradicted, self.has_group(WINDOWS_GROUP)) {
                (true, _) => asks("its trust policy does not name ec2.amazonaws.com", &TYPES[1..]),
                (_, true) => asks(&format!("the mapping has {WINDOWS_GROUP}"), &["EC2_LINUX", "EC2_WINDOWS"]),
                _ if ec2 || self.all_known => NodeType::Is("EC2_LINUX"),
                _ => asks("its trust policy could not be read", &["EC2_LINUX"]),
            };
        }
        if is_by_session {
            let by_group = self.has_group("system:node-proxier");
            return match () {
                () if fargate || (by_group && !self.trust_is_known) => NodeType::Is("FARGATE_LINUX"),
                () if by_group => asks("its groups are those of Fargate, and its trust policy is not", &TYPES[1..]),
                () if hybrid => NodeType::Is("HYBRID_LINUX"),
                () if ec2 => NodeType::Is("EC2"),
                () if self.trust_is_known => asks("its trust policy names no service that runs nodes", &TYPES[1..]),
                () if self.remote_networks => {
                    asks("its trust policy could not be read", &["HYBRID_LINUX", "EC2", "FARGATE_LINUX"])
                }
                () => asks("its trust policy could not be read", &["EC2", "FARGATE_LINUX", "HYBRID_LINUX"]),
            };
        }
        asks("its username is not one that EKS gives to nodes", &TYPES)
    }
}

/// The type of a live node.
fn type_of_live(node: &LiveNode, username: &str) -> Option<&'static str> {
    match (node.compute.as_deref(), node.os.as_deref()) {
        (Some("fargate"), _) => Some("FARGATE_LINUX"),
        (Some("hybrid"), _) => Some("HYBRID_LINUX"),
        (Some("hyperpod"), _) => Some("HYPERPOD_LINUX"),
        (Some("auto"), _) => Some("EC2"),
        (Some("ec2") | None, Some("windows")) => Some("EC2_WINDOWS"),
        (Some("ec2") | None, Some("linux")) => {
            // With `InstanceIdNodeName` a node is named after its instance, and its username after its session.
            let is_by_id = is_own_username("EC2", username) && node.name.starts_with("i-");
            Some(if is_by_id { "EC2" } else { "EC2_LINUX" })
        }
        _ => None,
    }
}

/// The type of a node group's nodes.
fn type_of_ami(ami_type: &str, username: &str) -> Option<&'static str> {
    if ami_type.starts_with("WINDOWS_") {
        return Some("EC2_WINDOWS");
    }
    let is_linux = ["AL2_", "AL2023_", "BOTTLEROCKET_"].iter().any(|family| ami_type.starts_with(family));
    let linux = if is_own_username("EC2", username) { "EC2" } else { "EC2_LINUX" };
    is_linux.then_some(linux)
}

/// Whether live nodes of the role are those of EKS Auto Mode.
pub fn is_auto(principal: &Principal, evidence: &Evidence) -> bool {
    let key = matching_key(&principal.to_string());
    let is_its = |node: &&LiveNode| node.role.as_deref().is_some_and(|role| matching_key(role) == key);
    let mut its = evidence.nodes.live.read().into_iter().flatten().filter(is_its);
    its.any(|node| node.compute.as_deref() == Some("auto"))
}

/// That nodes of a managed node group and other nodes run as one role: EKS removes the role's mapping with its last managed
/// node group.
pub fn shared(principal: &Principal, evidence: &Evidence) -> Option<String> {
    let key = matching_key(&principal.to_string());
    let is_its = |role: &str| matching_key(role) == key;
    let groups = evidence.nodes.groups.read().into_iter().flatten().filter(|group| is_its(&group.role));
    let names: Vec<&str> = groups.map(|group| group.name.as_str()).collect();
    let live = evidence.nodes.live.read().into_iter().flatten();
    let others = live.filter(|node| node.role.as_deref().is_some_and(is_its) && node.group.is_none()).count();
    (!names.is_empty() && others > 0).then(|| {
        format!(
            "managed node groups ({}) share the role with {others} nodes outside managed groups: EKS removes the role's mapping \
             from aws-auth with its last managed group, and those nodes then lose their access",
            names.join(", ")
        )
    })
}
