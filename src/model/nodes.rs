//! What tells which IAM roles are those of nodes. Pure.

use std::collections::BTreeMap;

/// A managed node group, as EKS describes it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NodeGroup {
    /// Its name.
    pub name: String,
    /// The ARN of its nodes' role.
    pub role: String,
    /// Its AMI type, as the EKS API spells it.
    pub ami_type: String,
}

/// What EKS knows of a cluster's nodes: those that it manages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NodeSources {
    /// The managed node groups.
    pub groups: Vec<NodeGroup>,
    /// The ARNs of the Fargate profiles' pod roles.
    pub fargate: Vec<String>,
}

impl NodeSources {
    /// The ARNs of all their roles, each once, in alphabetical order.
    pub fn roles(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.groups.iter().map(|group| group.role.clone()).chain(self.fargate.iter().cloned()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The label of a node's operating system.
const OS: &str = "kubernetes.io/os";
/// The label of what EKS runs a node on: `fargate`, `auto`, `hybrid`, `ec2`.
const COMPUTE: &str = "eks.amazonaws.com/compute-type";
/// The label of a managed node's group.
const GROUP: &str = "eks.amazonaws.com/nodegroup";

/// A node as the API server lists it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ListedNode {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its `providerID`: `aws:///ZONE/INSTANCE` for an EC2 instance.
    pub provider_id: String,
}

/// A node that is in the cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LiveNode {
    /// Its name.
    pub name: String,
    /// The ARN of the role that it runs as; `None` where that could not be looked up.
    pub role: Option<String>,
    /// The label `kubernetes.io/os`.
    pub os: Option<String>,
    /// The label `eks.amazonaws.com/compute-type`.
    pub compute: Option<String>,
    /// The label `eks.amazonaws.com/nodegroup`: its managed node group.
    pub group: Option<String>,
}

impl LiveNode {
    /// A node with the role that its node group or its Fargate profile tells.
    pub fn of(node: &ListedNode, sources: Option<&NodeSources>) -> Self {
        let label = |name: &str| node.labels.get(name).cloned();
        let of_group = || {
            let name = label(GROUP)?;
            sources?.groups.iter().find(|group| group.name == name).map(|group| group.role.clone())
        };
        let of_fargate = || {
            let sources = sources.filter(|_| label(COMPUTE).as_deref() == Some("fargate"))?;
            // Of several profiles a node does not tell which one it is of.
            match &sources.fargate[..] {
                [first, rest @ ..] if rest.iter().all(|other| other == first) => Some(first.clone()),
                _ => None,
            }
        };
        let role = of_group().or_else(of_fargate);
        Self { name: node.name.clone(), role, os: label(OS), compute: label(COMPUTE), group: label(GROUP) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(labels: &[(&str, &str)]) -> ListedNode {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ListedNode { name: "n".into(), labels, provider_id: String::new() }
    }

    #[test]
    fn a_node_runs_as_the_role_of_its_group_or_of_the_only_fargate_role() {
        let group = NodeGroup { name: "g".into(), role: "arn:g".into(), ami_type: "AL2023_x86_64_STANDARD".into() };
        let sources = NodeSources { groups: vec![group], fargate: vec!["arn:f".into(), "arn:f".into()] };
        let role = |labels: &[(&str, &str)], sources: &NodeSources| LiveNode::of(&node(labels), Some(sources)).role;
        assert_eq!(role(&[(GROUP, "g"), (OS, "linux")], &sources).as_deref(), Some("arn:g"));
        assert_eq!(role(&[(GROUP, "other")], &sources), None);
        assert_eq!(role(&[(COMPUTE, "fargate")], &sources).as_deref(), Some("arn:f"));
        assert_eq!(role(&[], &sources), None, "self-managed");
        let two = NodeSources { fargate: vec!["arn:f".into(), "arn:h".into()], ..sources.clone() };
        assert_eq!(role(&[(COMPUTE, "fargate")], &two), None, "which of them is not known");
        assert_eq!(sources.roles(), ["arn:f", "arn:g"]);
    }
}
