//! The operation of a method and a path.

use super::super::wire::HttpRequest;
use super::authorize::Attributes;
use super::objects::kind;

/// An operation of the Kubernetes API.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// `GetConfigMap`, `ReplaceConfigMap`, `SelfSubjectReview`, `Discovery`, …
    pub operation: String,
    pub mutating: bool,
    pub dry_run: bool,
    /// Whether it needs no token.
    pub open: bool,
    /// Whether every authenticated user may call it: the reviews of the caller itself.
    pub own: bool,
    pub attributes: Attributes,
    pub path: String,
}

/// Reads a request.
pub fn route(request: &HttpRequest) -> Route {
    let path = request.path.trim_end_matches('/').to_owned();
    let dry_run = request.query_pairs().iter().any(|(name, value)| name == "dryRun" && value == "All");
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match &parts[..] {
        ["apis", "authentication.k8s.io", _, "selfsubjectreviews"] => review("SelfSubjectReview", path),
        ["apis", "authorization.k8s.io", _, "selfsubjectaccessreviews"] => review("SelfSubjectAccessReview", path),
        ["apis", "authorization.k8s.io", _, "selfsubjectrulesreviews"] => review("SelfSubjectRulesReview", path),
        ["api", "v1", "namespaces", namespace, resource, rest @ ..] => {
            object(request, &path, dry_run, Some(namespace), (resource, rest.first().copied()))
        }
        ["api", "v1", resource, rest @ ..] => object(request, &path, dry_run, None, (resource, rest.first().copied())),
        ["apis", group, "v1", "namespaces", namespace, resource, rest @ ..] if kind(group, resource).is_some() => {
            of_group(group, object(request, &path, dry_run, Some(namespace), (resource, rest.first().copied())))
        }
        ["apis", group, "v1", resource, rest @ ..] if kind(group, resource).is_some() => {
            of_group(group, object(request, &path, dry_run, None, (resource, rest.first().copied())))
        }
        ["version" | "readyz" | "livez" | "healthz"] => Route { open: true, ..other(request, "Discovery", &path) },
        _ => other(request, "Discovery", &path),
    }
}

fn of_group(group: &str, route: Route) -> Route {
    let attributes = Attributes { group: group.to_owned(), ..route.attributes };
    Route { attributes, ..route }
}

fn review(operation: &str, path: String) -> Route {
    Route { operation: operation.to_owned(), own: true, path, ..Route::default() }
}

fn other(request: &HttpRequest, operation: &str, path: &str) -> Route {
    Route {
        operation: operation.to_owned(),
        attributes: Attributes {
            verb: request.method.to_lowercase(),
            path: Some(path.to_owned()),
            ..Attributes::default()
        },
        path: path.to_owned(),
        ..Route::default()
    }
}

fn object(
    request: &HttpRequest,
    path: &str,
    dry_run: bool,
    namespace: Option<&str>,
    (resource, name): (&str, Option<&str>),
) -> Route {
    let (word, verb) = match (request.method.as_str(), name) {
        ("GET", None) => ("List", "list"),
        ("GET", Some(_)) => ("Get", "get"),
        ("POST", _) => ("Create", "create"),
        ("PUT", _) => ("Replace", "update"),
        ("PATCH", _) => ("Patch", "patch"),
        ("DELETE", _) => ("Delete", "delete"),
        _ => ("Other", "get"),
    };
    let kind = match resource {
        "configmaps" => "ConfigMap",
        "namespaces" => "Namespace",
        "pods" => "Pod",
        "nodes" => "Node",
        "secrets" => "Secret",
        "services" => "Service",
        "leases" => "Lease",
        "roles" => "Role",
        "clusterroles" => "ClusterRole",
        "rolebindings" => "RoleBinding",
        "clusterrolebindings" => "ClusterRoleBinding",
        other => other,
    };
    let plural = if word == "List" { "s" } else { "" };
    Route {
        operation: format!("{word}{kind}{plural}"),
        mutating: !matches!(word, "List" | "Get") && !dry_run,
        dry_run,
        open: false,
        own: false,
        attributes: Attributes {
            verb: verb.to_owned(),
            group: String::new(),
            resource: resource.to_owned(),
            subresource: String::new(),
            name: name.unwrap_or_default().to_owned(),
            namespace: namespace.map(str::to_owned),
            path: None,
        },
        path: path.to_owned(),
    }
}
