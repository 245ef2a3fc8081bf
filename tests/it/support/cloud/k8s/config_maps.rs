//! `kube-system/aws-auth` with the API server's rules for every ConfigMap.

use serde_json::{Map, Value, json};

use super::super::cluster::Cluster;
use super::super::time::{Millis, iso};
use super::super::wire::{HttpRequest, Reply};
use super::route::Route;
use super::status::Status;

const NAME: &str = "aws-auth";
const LIMIT: usize = 1024 * 1024;
/// The most bytes of all annotations, keys and values.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

pub fn handle(
    cluster: &mut Cluster,
    request: &HttpRequest,
    route: &Route,
    now: Millis,
    uid: &str,
) -> Result<Reply, Status> {
    let attributes = &route.attributes;
    let here = attributes.namespace.as_deref() == Some("kube-system");
    let wanted = here && attributes.name == NAME;
    let current = cluster.config_map.clone();
    let found = || current.clone().filter(|_| wanted).ok_or_else(|| Status::not_found("configmaps", &attributes.name));
    match route.operation.as_str() {
        "ListConfigMaps" => {
            let items: Vec<Value> = current.into_iter().collect();
            Ok(Reply::json(
                200,
                &json!({ "kind": "ConfigMapList", "apiVersion": "v1",
                "metadata": { "resourceVersion": cluster.resource_version.to_string() }, "items": items }),
            ))
        }
        "GetConfigMap" => Ok(Reply::json(200, &found()?)),
        "CreateConfigMap" if here => create(cluster, &read(request)?, route.dry_run, now, uid),
        "ReplaceConfigMap" => replace(cluster, &found()?, &read(request)?, route.dry_run),
        "PatchConfigMap" => {
            let before = found()?;
            let mut after = before.clone();
            merge(&mut after, &read(request)?);
            replace(cluster, &before, &after, route.dry_run)
        }
        "DeleteConfigMap" => {
            found()?;
            if !route.dry_run {
                cluster.config_map = None;
            }
            Ok(Reply::json(200, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success" })))
        }
        _ => Err(Status::not_found("namespaces", attributes.namespace.as_deref().unwrap_or_default())),
    }
}

fn read(request: &HttpRequest) -> Result<Value, Status> {
    if request.body.len() > 3 * LIMIT {
        let message = format!("Request entity too large: limit is {}", 3 * LIMIT);
        return Err(Status::new(413, "RequestEntityTooLarge", message));
    }
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|e| Status::new(400, "BadRequest", format!("the object provided is unrecognized: {e}")))?;
    Ok(body)
}

/// Refuses what the API server refuses of any ConfigMap.
fn check(object: &Value) -> Result<(), Status> {
    let invalid = |message: String| Status::new(422, "Invalid", format!("ConfigMap \"{NAME}\" is invalid: {message}"));
    if object["metadata"]["name"].as_str() != Some(NAME) {
        let message = "the name of the object does not match the name on the URL".to_owned();
        return Err(Status::new(400, "BadRequest", message));
    }
    let mut size = 0;
    for (key, value) in object.get("data").and_then(Value::as_object).into_iter().flatten() {
        let Some(text) = value.as_str() else {
            let message =
                format!("ConfigMap in version \"v1\" cannot be handled as a ConfigMap: data.{key} is no string");
            return Err(Status::new(400, "BadRequest", message));
        };
        size += text.len();
    }
    for (_, value) in object.get("binaryData").and_then(Value::as_object).into_iter().flatten() {
        size += value.as_str().unwrap_or_default().len() / 4 * 3;
    }
    if size > LIMIT {
        return Err(invalid(format!("[]: Too long: may not be more than {LIMIT} bytes")));
    }
    let annotations = object["metadata"]["annotations"].as_object().into_iter().flatten();
    let size: usize = annotations.map(|(key, value)| key.len() + value.as_str().unwrap_or_default().len()).sum();
    if size > ANNOTATIONS_LIMIT {
        let limit = ANNOTATIONS_LIMIT;
        return Err(invalid(format!("metadata.annotations: Too long: may not be more than {limit} bytes")));
    }
    Ok(())
}

fn create(cluster: &mut Cluster, body: &Value, dry_run: bool, now: Millis, uid: &str) -> Result<Reply, Status> {
    check(body)?;
    if cluster.config_map.is_some() {
        let message = format!("configmaps \"{NAME}\" already exists");
        return Err(Status::new(409, "AlreadyExists", message));
    }
    let mut object = fresh(uid, now);
    take(&mut object, body);
    store(cluster, object, dry_run, 201)
}

fn replace(cluster: &mut Cluster, before: &Value, body: &Value, dry_run: bool) -> Result<Reply, Status> {
    check(body)?;
    for field in ["resourceVersion", "uid"] {
        let given = body["metadata"][field].as_str().filter(|v| !v.is_empty());
        if given.is_some() && given != before["metadata"][field].as_str() {
            return Err(Status::conflict("configmaps", NAME));
        }
    }
    let content = |object: &Value| [object["data"].clone(), object["binaryData"].clone()];
    if before["immutable"] == json!(true) && (content(before) != content(body) || body["immutable"] != json!(true)) {
        let message =
            format!("ConfigMap \"{NAME}\" is invalid: data: Forbidden: field is immutable when `immutable` is set");
        return Err(Status::new(422, "Invalid", message));
    }
    let mut object = before.clone();
    for field in ["data", "binaryData", "immutable"] {
        object.as_object_mut().map(|o| o.remove(field));
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        object["metadata"].as_object_mut().map(|o| o.remove(field));
    }
    take(&mut object, body);
    if object == *before {
        return Ok(Reply::json(200, before));
    }
    store(cluster, object, dry_run, 200)
}

/// Copies what a client may write; the server's own fields stay.
fn take(object: &mut Value, body: &Value) {
    for field in ["data", "binaryData", "immutable"] {
        if let Some(value) = body.get(field).filter(|v| !v.is_null()) {
            object[field] = value.clone();
        }
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        if let Some(value) = body["metadata"].get(field).filter(|v| !v.is_null()) {
            object["metadata"][field] = value.clone();
        }
    }
}

fn store(cluster: &mut Cluster, mut object: Value, dry_run: bool, status: u16) -> Result<Reply, Status> {
    if !dry_run {
        object["metadata"]["resourceVersion"] = json!(cluster.next_resource_version());
        cluster.config_map = Some(object.clone());
    }
    Ok(Reply::json(status, &object))
}

/// An empty `aws-auth` as created by the server.
pub fn fresh(uid: &str, now: Millis) -> Value {
    json!({ "kind": "ConfigMap", "apiVersion": "v1", "metadata": { "name": NAME, "namespace": "kube-system",
        "uid": uid, "creationTimestamp": iso(now) } })
}

/// Replaces the whole data, as another writer.
pub fn put_data(cluster: &mut Cluster, data: &[(String, String)], now: Millis, uid: &str) {
    let mut object = cluster.config_map.take().unwrap_or_else(|| fresh(uid, now));
    let data: Map<String, Value> = data.iter().map(|(key, text)| (key.clone(), json!(text))).collect();
    object["data"] = Value::Object(data);
    object["metadata"]["resourceVersion"] = json!(cluster.next_resource_version());
    cluster.config_map = Some(object);
}

/// A JSON merge patch (RFC 7386), which for a ConfigMap equals a strategic one.
fn merge(target: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in fields {
        if value.is_null() {
            target.as_object_mut().map(|o| o.remove(key));
        } else {
            merge(&mut target[key], value);
        }
    }
}
