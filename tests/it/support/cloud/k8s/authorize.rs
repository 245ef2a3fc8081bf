//! Authorisation in the cluster: `system:masters`, access policies, and the configured grants.

use serde_json::Value;

use super::super::cluster::{AccessEntry, Association, Cluster};
use super::super::policy::glob;
use super::authenticate::{Identity, Source};
use super::template;

/// The attributes of a request for authorisation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attributes {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    pub name: String,
    /// `None` or empty: the whole cluster.
    pub namespace: Option<String>,
    /// A non-resource path.
    pub path: Option<String>,
}

impl Attributes {
    fn namespaced(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|n| !n.is_empty())
    }

    /// Whether every authenticated user may read it.
    fn is_discovery(&self) -> bool {
        const PATHS: [&str; 9] =
            ["/api", "/api/*", "/apis", "/apis/*", "/version", "/version/", "/openapi/*", "/readyz", "/healthz"];
        let path = self.path.as_deref().unwrap_or_default();
        self.verb == "get" && PATHS.iter().any(|p| glob(p, path))
    }
}

/// Whether an identity is authorised.
pub fn allowed(cluster: &Cluster, identity: &Identity, attributes: &Attributes) -> bool {
    let masters = identity.groups.iter().any(|g| g == "system:masters");
    if masters || attributes.is_discovery() {
        return true;
    }
    let by_entry = match &identity.source {
        Source::AccessEntry { principal_arn, .. } => {
            cluster.entries.get(principal_arn).is_some_and(|entry| entry_allows(entry, attributes))
        }
        _ => false,
    };
    by_entry || granted(cluster, &identity.groups, attributes) || bound(cluster, identity, attributes)
}

/// Whether access policies alone authorise a user known by name: those of the entry with that username.
pub fn by_access_policies(cluster: &Cluster, username: &str, attributes: &Attributes) -> bool {
    cluster.mode.has_entries()
        && cluster
            .entries
            .values()
            .filter(|entry| glob(&template::pattern(&entry.username), username))
            .any(|entry| entry_allows(entry, attributes))
}

fn entry_allows(entry: &AccessEntry, attributes: &Attributes) -> bool {
    entry.policies.iter().any(|association| policy_allows(association, attributes))
}

fn policy_allows(association: &Association, attributes: &Attributes) -> bool {
    let cluster_wide = association.namespaces.is_none();
    let here = match (&association.namespaces, attributes.namespaced()) {
        (None, _) => true,
        (Some(patterns), Some(namespace)) => patterns.iter().any(|p| glob(p, namespace)),
        (Some(_), None) => false,
    };
    let name = association.policy_arn.rsplit('/').next().unwrap_or_default();
    if name == "AmazonEKSClusterAdminPolicy" {
        return here && (cluster_wide || attributes.path.is_none());
    }
    if !here || attributes.path.is_some() || attributes.verb == "*" {
        return false;
    }
    let reads = ["get", "list", "watch"].contains(&attributes.verb.as_str());
    if name == "AmazonEKSAdminViewPolicy" {
        return reads;
    }
    if attributes.resource == "*" {
        return false;
    }
    let cluster_scoped = ["nodes", "namespaces", "persistentvolumes", "clusterroles", "clusterrolebindings"]
        .contains(&attributes.resource.as_str());
    if cluster_scoped {
        return reads && attributes.resource == "namespaces";
    }
    let rbac = attributes.group == "rbac.authorization.k8s.io";
    match name {
        "AmazonEKSAdminPolicy" => true,
        "AmazonEKSEditPolicy" => !rbac,
        "AmazonEKSViewPolicy" => reads && !rbac && attributes.resource != "secrets",
        "AmazonEKSSecretReaderPolicy" => reads && attributes.resource == "secrets",
        _ => false,
    }
}

/// Whether RBAC's objects allow it.
fn bound(cluster: &Cluster, identity: &Identity, attributes: &Attributes) -> bool {
    let names_it = |binding: &Value| {
        let subjects = binding["subjects"].as_array().into_iter().flatten();
        subjects.into_iter().any(|subject| match (subject["kind"].as_str(), subject["name"].as_str()) {
            (Some("User"), Some(name)) => name == identity.username,
            (Some("Group"), Some(name)) => name == "system:authenticated" || identity.groups.iter().any(|g| g == name),
            _ => false,
        })
    };
    cluster.objects.iter().any(|((resource, namespace, _), binding)| {
        let is_here = match resource.as_str() {
            "clusterrolebindings" => true,
            "rolebindings" => attributes.namespaced() == Some(namespace),
            _ => false,
        };
        let whose = || if binding["roleRef"]["kind"] == "Role" { namespace.clone() } else { String::new() };
        let roles = if binding["roleRef"]["kind"] == "Role" { "roles" } else { "clusterroles" };
        let name = binding["roleRef"]["name"].as_str().unwrap_or_default();
        let role = || cluster.objects.get(&(roles.to_owned(), whose(), name.to_owned()));
        is_here && names_it(binding) && role().is_some_and(|role| role_allows(role, attributes))
    })
}

fn role_allows(role: &Value, attributes: &Attributes) -> bool {
    let rules = role["rules"].as_array().into_iter().flatten();
    rules.into_iter().any(|rule| {
        let has = |field: &str, wanted: &str| {
            let all = rule[field].as_array().into_iter().flatten();
            all.into_iter().any(|one| one == "*" || one == wanted)
        };
        has("verbs", &attributes.verb)
            && match &attributes.path {
                Some(path) => {
                    let all = rule["nonResourceURLs"].as_array().into_iter().flatten();
                    all.into_iter().any(|pattern| pattern.as_str().is_some_and(|pattern| glob(pattern, path)))
                }
                None => has("apiGroups", &attributes.group) && has("resources", &attributes.resource),
            }
    })
}

fn granted(cluster: &Cluster, groups: &[String], attributes: &Attributes) -> bool {
    if attributes.path.is_some() {
        return false;
    }
    cluster.grants.iter().any(|grant| {
        let member = groups.contains(&grant.group) || grant.group == "system:authenticated";
        let verb = grant.verbs.iter().any(|v| v == "*" || *v == attributes.verb);
        let resource = grant.resources.iter().any(|r| r == "*" || *r == attributes.resource);
        let here = grant.namespace.as_deref().is_none_or(|n| Some(n) == attributes.namespaced());
        member && verb && resource && here
    })
}
