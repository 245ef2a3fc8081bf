//! Discovery: versions, groups, resources; and lists of a few objects.

use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::time::iso;
use super::super::wire::Reply;
use super::route::Route;
use super::status::Status;

pub fn handle(route: &Route, cluster: &Cluster) -> Result<Reply, Status> {
    match route.operation.as_str() {
        "ListNamespaces" => return Ok(list("NamespaceList", &namespaces(cluster))),
        "ListPods" => return Ok(list("PodList", &[])),
        "ListNodes" => return Ok(list("NodeList", &[])),
        "ListSecrets" => return Ok(list("SecretList", &[])),
        "ListServices" => return Ok(list("ServiceList", &[])),
        "GetNamespace" => {
            let name = &route.attributes.name;
            let found = cluster.namespaces.get(name).map(|name| namespace(cluster, name));
            return found.map(|n| Reply::json(200, &n)).ok_or_else(|| Status::not_found("namespaces", name));
        }
        "Discovery" => {}
        _ => return Err(Status::not_found(&route.attributes.resource, &route.attributes.name)),
    }
    let body = match route.path.as_str() {
        "/version" => {
            json!({ "major": "1", "minor": "36", "gitVersion": "v1.36.3-eks-local", "platform": "linux/amd64" })
        }
        "/readyz" | "/livez" | "/healthz" => {
            let mut reply = Reply::json(200, &Value::Null);
            reply.body = b"ok".to_vec();
            return Ok(reply);
        }
        "/api" => json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] }),
        "/apis" => json!({ "kind": "APIGroupList", "apiVersion": "v1",
            "groups": [group("authentication.k8s.io"), group("authorization.k8s.io")] }),
        "/api/v1" => resources(
            "v1",
            &[
                ("configmaps", "ConfigMap", true),
                ("namespaces", "Namespace", false),
                ("nodes", "Node", false),
                ("pods", "Pod", true),
                ("secrets", "Secret", true),
                ("services", "Service", true),
            ],
        ),
        "/apis/authentication.k8s.io" => group("authentication.k8s.io"),
        "/apis/authorization.k8s.io" => group("authorization.k8s.io"),
        "/apis/authentication.k8s.io/v1" => {
            resources("authentication.k8s.io/v1", &[("selfsubjectreviews", "SelfSubjectReview", false)])
        }
        "/apis/authorization.k8s.io/v1" => resources(
            "authorization.k8s.io/v1",
            &[
                ("selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
                ("selfsubjectrulesreviews", "SelfSubjectRulesReview", false),
            ],
        ),
        _ => return Err(Status::new(404, "NotFound", "the server could not find the requested resource")),
    };
    Ok(Reply::json(200, &body))
}

fn group(name: &str) -> Value {
    let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
    json!({ "name": name, "versions": [version], "preferredVersion": version })
}

fn resources(version: &str, all: &[(&str, &str, bool)]) -> Value {
    let all: Vec<Value> = all
        .iter()
        .map(|(name, kind, namespaced)| {
            let short = match *name {
                "configmaps" => json!(["cm"]),
                "namespaces" => json!(["ns"]),
                "nodes" => json!(["no"]),
                "pods" => json!(["po"]),
                "services" => json!(["svc"]),
                _ => json!([]),
            };
            json!({ "name": name, "singularName": kind.to_lowercase(), "namespaced": namespaced, "kind": kind,
                "shortNames": short, "verbs": ["create", "delete", "get", "list", "patch", "update"] })
        })
        .collect();
    json!({ "kind": "APIResourceList", "groupVersion": version, "resources": all })
}

fn list(kind: &str, items: &[Value]) -> Reply {
    Reply::json(
        200,
        &json!({ "kind": kind, "apiVersion": "v1", "metadata": { "resourceVersion": "1" },
        "items": items }),
    )
}

fn namespaces(cluster: &Cluster) -> Vec<Value> {
    cluster.namespaces.iter().map(|name| namespace(cluster, name)).collect()
}

fn namespace(cluster: &Cluster, name: &str) -> Value {
    json!({ "kind": "Namespace", "apiVersion": "v1",
        "metadata": { "name": name, "uid": format!("ns-{name}"), "creationTimestamp": iso(cluster.created_at) },
        "spec": {}, "status": { "phase": "Active" } })
}
