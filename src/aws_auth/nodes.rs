//! The mappings that keep nodes joined to a cluster.

use super::mapping::Mapping;
use super::who::EC2_PRIVATE_DNS_NAME;

/// Whether a mapping is for nodes: it has the username `system:node:…` of an EC2 instance or a Fargate pod, or a group
/// for nodes only. Without it their kubelets get 401 and the nodes turn `NotReady`
/// (<https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html>).
#[must_use]
pub fn is_node_mapping(mapping: &Mapping) -> bool {
    mapping.username.starts_with("system:node:")
        || mapping.username.contains(EC2_PRIVATE_DNS_NAME)
        || mapping.groups.iter().any(|group| is_node_group(group))
}

/// Whether a group is for nodes only.
#[must_use]
pub fn is_node_group(group: &str) -> bool {
    const GROUPS: [&str; 4] = ["system:nodes", "system:bootstrappers", "system:node-proxier", "eks:kube-proxy-windows"];
    GROUPS.contains(&group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_auth::read;

    fn first(username: &str, group: &str) -> Mapping {
        let text =
            format!("- rolearn: arn:aws:iam::111122223333:role/N\n  username: '{username}'\n  groups: ['{group}']\n");
        read(&[("mapRoles".to_owned(), text)].into()).roles.remove(0)
    }

    #[test]
    fn nodes_are_known_by_name_or_group() {
        assert!(is_node_mapping(&first("system:node:{{EC2PrivateDNSName}}", "x")));
        assert!(is_node_mapping(&first("system:node:{{SessionName}}", "system:node-proxier")));
        assert!(is_node_mapping(&first("x", "system:nodes")));
        assert!(!is_node_mapping(&first("admin:{{SessionName}}", "system:masters")));
    }
}
