//! Objects that the API server only keeps: nodes, leases, RBAC's roles and bindings. Listed page by page, replaced under the
//! version that was read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::time::{Millis, iso};
use super::super::wire::{HttpRequest, Reply};
use super::route::Route;
use super::status::Status;

/// By resource, namespace (empty for none) and name.
pub type Objects = BTreeMap<(String, String, String), Value>;

/// The resources that are kept, each with its group and its kind.
const KINDS: [(&str, &str, &str); 6] = [
    ("nodes", "", "Node"),
    ("leases", "coordination.k8s.io", "Lease"),
    ("roles", "rbac.authorization.k8s.io", "Role"),
    ("clusterroles", "rbac.authorization.k8s.io", "ClusterRole"),
    ("rolebindings", "rbac.authorization.k8s.io", "RoleBinding"),
    ("clusterrolebindings", "rbac.authorization.k8s.io", "ClusterRoleBinding"),
];

/// The kind of a resource that is kept here.
pub fn kind(group: &str, resource: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, of, _)| *name == resource && *of == group).map(|(.., kind)| *kind)
}

fn api_version(group: &str) -> String {
    if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") }
}

pub fn handle(
    cluster: &mut Cluster,
    request: &HttpRequest,
    route: &Route,
    now: Millis,
    uid: &str,
) -> Result<Reply, Status> {
    let attributes = &route.attributes;
    let (resource, name) = (attributes.resource.clone(), attributes.name.clone());
    let namespace = attributes.namespace.clone().unwrap_or_default();
    let key = (resource.clone(), namespace.clone(), name.clone());
    match attributes.verb.as_str() {
        "list" => list(cluster, request, attributes.group.as_str(), &resource, &namespace),
        "create" => {
            let mut object = body(request)?;
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let key = (resource.clone(), namespace.clone(), name.clone());
            if cluster.objects.contains_key(&key) {
                return Err(Status::new(409, "AlreadyExists", format!("{resource} \"{name}\" already exists")));
            }
            object["kind"] = json!(kind(&attributes.group, &resource));
            object["apiVersion"] = json!(api_version(&attributes.group));
            object["metadata"]["uid"] = json!(uid);
            object["metadata"]["creationTimestamp"] = json!(iso(now));
            if !namespace.is_empty() {
                object["metadata"]["namespace"] = json!(namespace);
            }
            store(cluster, key, object, route.dry_run, 201)
        }
        "update" => {
            let before = found(cluster, &key)?;
            let object = body(request)?;
            let given = object["metadata"]["resourceVersion"].as_str().filter(|version| !version.is_empty());
            if given.is_some() && given != before["metadata"]["resourceVersion"].as_str() {
                return Err(Status::conflict(&resource, &name));
            }
            store(cluster, key, object, route.dry_run, 200)
        }
        "delete" => {
            found(cluster, &key)?;
            if !route.dry_run {
                cluster.objects.remove(&key);
            }
            Ok(Reply::json(200, &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})))
        }
        _ => Ok(Reply::json(200, &found(cluster, &key)?)),
    }
}

fn body(request: &HttpRequest) -> Result<Value, Status> {
    serde_json::from_slice(&request.body)
        .map_err(|e| Status::new(400, "BadRequest", format!("the object provided is unrecognized: {e}")))
}

fn found(cluster: &Cluster, key: &(String, String, String)) -> Result<Value, Status> {
    cluster.objects.get(key).cloned().ok_or_else(|| Status::not_found(&key.0, &key.2))
}

fn store(
    cluster: &mut Cluster,
    key: (String, String, String),
    mut object: Value,
    dry_run: bool,
    status: u16,
) -> Result<Reply, Status> {
    if !dry_run {
        object["metadata"]["resourceVersion"] = json!(cluster.next_resource_version());
        cluster.objects.insert(key, object.clone());
    }
    Ok(Reply::json(status, &object))
}

fn list(
    cluster: &Cluster,
    request: &HttpRequest,
    group: &str,
    resource: &str,
    namespace: &str,
) -> Result<Reply, Status> {
    let query = request.query_pairs();
    let asked = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    let from: usize = asked("continue").and_then(|token| token.parse().ok()).unwrap_or_default();
    let most: usize = asked("limit").and_then(|limit| limit.parse().ok()).filter(|n| *n > 0).unwrap_or(usize::MAX);
    let is_asked = |key: &(String, String, String)| key.0 == resource && (namespace.is_empty() || key.1 == namespace);
    let all: Vec<&Value> = cluster.objects.iter().filter(|(key, _)| is_asked(key)).map(|(_, object)| object).collect();
    let page: Vec<&Value> = all.iter().skip(from).take(most).copied().collect();
    let mut metadata = json!({"resourceVersion": cluster.resource_version.to_string()});
    if from + page.len() < all.len() {
        metadata["continue"] = json!((from + page.len()).to_string());
    }
    let kind = format!("{}List", kind(group, resource).unwrap_or_default());
    Ok(Reply::json(200, &json!({"kind": kind, "apiVersion": api_version(group), "metadata": metadata, "items": page})))
}
