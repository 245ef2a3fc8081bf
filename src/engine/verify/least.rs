//! The smallest policy or role of AWS and Kubernetes that includes a right. Pure.
//!
//! EKS's access policies: <https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html>;
//! Kubernetes' own roles: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>. Reading
//! either by an API call needs permissions, so their documented contents are written down here.

use crate::engine::port::Can;

/// What includes the right and as little else as possible.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Least {
    /// Reads everything except secrets and permissions.
    View,
    /// Reads secrets.
    SecretReader,
    /// Changes workloads, reads secrets.
    Edit,
    /// Changes the namespace's own roles as well.
    Admin,
    /// Reads everything.
    AdminView,
    /// Everything.
    ClusterAdmin,
}

/// The API groups whose resources the policies list; other groups are covered only by the two with `*`.
const GROUPS: [&str; 7] = ["", "apps", "autoscaling", "batch", "extensions", "networking.k8s.io", "policy"];
/// The API group of roles and bindings.
const RBAC: &str = "rbac.authorization.k8s.io";

/// Resources outside namespaces: only the two with `*` cover them.
const CLUSTER_SCOPED: [&str; 9] = [
    "apiservices",
    "clusterrolebindings",
    "clusterroles",
    "customresourcedefinitions",
    "ingressclasses",
    "nodes",
    "persistentvolumes",
    "priorityclasses",
    "storageclasses",
];

/// Resources in a namespace, and the namespace itself, that `edit` and `admin` can read but not change.
const NOT_EDITABLE: [&str; 7] =
    ["bindings", "endpoints", "endpointslices", "events", "limitranges", "namespaces", "resourcequotas"];

impl Least {
    /// The least that includes the right.
    pub(super) fn of(can: &Can) -> Self {
        let is_read = matches!(can.verb.as_str(), "get" | "list" | "watch");
        let (all, some) = (if is_read { Self::AdminView } else { Self::ClusterAdmin }, can.resource.split_once('/'));
        let (resource, sub) = some.map_or((can.resource.as_str(), ""), |(resource, sub)| (resource, sub));
        let is_write = matches!(can.verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection");
        match (can.group.as_str(), resource, sub) {
            (RBAC, "roles" | "rolebindings", "") if is_write => Self::Admin,
            (group, resource, _)
                if !GROUPS.contains(&group) || resource == "*" || CLUSTER_SCOPED.contains(&resource) =>
            {
                all
            }
            (_, "pods" | "services", "exec" | "attach" | "portforward" | "proxy") if is_read || is_write => Self::Edit,
            (_, "secrets", "") if is_read => Self::SecretReader,
            (_, _, "" | "log" | "status" | "scale") if is_read => Self::View,
            (_, "serviceaccounts", "") if can.verb == "impersonate" => Self::Edit,
            (_, resource, "" | "scale" | "rollback" | "eviction") if is_write && !NOT_EDITABLE.contains(&resource) => {
                Self::Edit
            }
            _ => all,
        }
    }

    /// Kubernetes' own role for it, if one is close; else the right is granted alone.
    pub(super) const fn cluster_role(self) -> Option<&'static str> {
        match self {
            Self::View => Some("view"),
            Self::Edit => Some("edit"),
            Self::Admin => Some("admin"),
            Self::SecretReader | Self::AdminView | Self::ClusterAdmin => None,
        }
    }

    /// EKS's access policy for it.
    pub(super) const fn policy(self) -> &'static str {
        match self {
            Self::View => "AmazonEKSViewPolicy",
            Self::SecretReader => "AmazonEKSSecretReaderPolicy",
            Self::Edit => "AmazonEKSEditPolicy",
            Self::Admin => "AmazonEKSAdminPolicy",
            Self::AdminView => "AmazonEKSAdminViewPolicy",
            Self::ClusterAdmin => crate::model::access::CLUSTER_ADMIN_POLICY,
        }
    }

    /// The next larger one, if this one is present but not sufficient; `None` after the last.
    pub(super) const fn more(self) -> Option<Self> {
        match self {
            Self::View | Self::SecretReader => Some(Self::Edit),
            Self::Edit => Some(Self::Admin),
            Self::Admin | Self::AdminView => Some(Self::ClusterAdmin),
            Self::ClusterAdmin => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proposed_holds_the_right_and_no_more_than_it_must() {
        for (verb, group, resource, least) in [
            ("*", "*", "*", Least::ClusterAdmin),
            ("*", "", "pods", Least::ClusterAdmin),
            ("get", "*", "*", Least::AdminView),
            ("get", "", "nodes", Least::AdminView),
            ("delete", "", "nodes", Least::ClusterAdmin),
            ("list", "", "persistentvolumes", Least::AdminView),
            ("get", RBAC, "clusterroles", Least::AdminView),
            ("get", RBAC, "roles", Least::AdminView),
            ("create", RBAC, "rolebindings", Least::Admin),
            ("bind", RBAC, "roles", Least::ClusterAdmin),
            ("get", "example.com", "widgets", Least::AdminView),
            ("create", "example.com", "widgets", Least::ClusterAdmin),
            ("get", "", "namespaces", Least::View),
            ("delete", "", "namespaces", Least::ClusterAdmin),
            ("get", "", "pods", Least::View),
            ("watch", "apps", "deployments", Least::View),
            ("get", "", "pods/log", Least::View),
            ("get", "", "pods/exec", Least::Edit),
            ("create", "", "pods/exec", Least::Edit),
            ("list", "", "secrets", Least::SecretReader),
            ("create", "", "secrets", Least::Edit),
            ("create", "apps", "deployments", Least::Edit),
            ("patch", "apps", "deployments/scale", Least::Edit),
            ("patch", "apps", "deployments/status", Least::ClusterAdmin),
            ("delete", "", "pods", Least::Edit),
            ("create", "", "resourcequotas", Least::ClusterAdmin),
        ] {
            let can = Can { verb: verb.into(), group: group.into(), resource: resource.into(), namespace: None };
            let found = Least::of(&can);
            assert_eq!(found, least, "{verb} {resource}");
            let more = std::iter::successors(Some(found), |least| least.more()).last();
            assert_eq!(more, Some(Least::ClusterAdmin), "{verb} {resource}: there is always more, to the end");
        }
    }
}
