//! `kube-system/aws-auth` as raw JSON: it is never converted to a type of this program, so unknown fields survive.
//! Answers are checked against the request, and replacements against the version that they replace.

use http::Method;
use serde_json::{Value, json};

use super::client::{Call, KubeCluster};
use super::error::bad_answer;
use crate::engine::{CallError, CallErrorKind, CallResult, MapWrite};
use crate::model::AwsAuthMap;

const NAME: &str = "aws-auth";
const NAMESPACE: &str = "kube-system";
const OBJECT: &str = "configmap kube-system/aws-auth";
const CONFIG_MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
const AWS_AUTH: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
/// The writer's name in the API server's `managedFields`.
const FIELD_MANAGER: &str = "eksaccess";

/// Reads it; `None` if it does not exist.
pub(super) async fn get(cluster: &KubeCluster) -> CallResult<Option<AwsAuthMap>> {
    let call = Call { operation: "k8s:GetConfigMap", object: OBJECT, method: Method::GET, path: AWS_AUTH, body: None };
    match cluster.send(&call).await {
        Ok(object) => checked(call.operation, object, true).map(Some),
        Err(error) if error.is(CallErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates it, or replaces it whole; in a dry run nothing is stored.
pub(super) async fn send(cluster: &KubeCluster, write: &MapWrite<'_>, dry_run: bool) -> CallResult<AwsAuthMap> {
    match write {
        MapWrite::Create(object) => {
            request(cluster, "k8s:CreateConfigMap", (Method::POST, CONFIG_MAPS), object, dry_run).await
        }
        MapWrite::Replace(object) => replace(cluster, object, dry_run).await,
    }
}

/// Refuses to send an object without a version, which would replace whatever is there.
async fn replace(cluster: &KubeCluster, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
    const OPERATION: &str = "k8s:ReplaceConfigMap";
    if !is_version(&object["metadata"]["resourceVersion"]) {
        let message = "it was not sent: it does not name the version that it replaces";
        return Err(CallError::new(OPERATION, OBJECT, CallErrorKind::Invalid, message));
    }
    request(cluster, OPERATION, (Method::PUT, AWS_AUTH), object, dry_run).await
}

async fn request(
    cluster: &KubeCluster,
    operation: &'static str,
    (method, path): (Method, &str),
    object: &Value,
    dry_run: bool,
) -> CallResult<AwsAuthMap> {
    let dry = if dry_run { "&dryRun=All" } else { "" };
    let path = format!("{path}?fieldManager={FIELD_MANAGER}{dry}");
    let whole = with_type(object);
    let call = Call { operation, object: OBJECT, method, path: &path, body: Some(&whole) };
    // The result of a dry run has no version yet.
    checked(operation, cluster.send(&call).await?, !dry_run)
}

/// The object with its type, which the API server requires.
fn with_type(object: &Value) -> Value {
    let mut whole = object.clone();
    if let Some(map) = whole.as_object_mut() {
        map.entry("apiVersion").or_insert_with(|| json!("v1"));
        map.entry("kind").or_insert_with(|| json!("ConfigMap"));
    }
    whole
}

/// The answer, if it is the requested `ConfigMap`.
fn checked(operation: &'static str, object: Value, versioned: bool) -> CallResult<AwsAuthMap> {
    let odd = |what: String| bad_answer(operation, OBJECT, format!("the answer is not that ConfigMap: {what}"));
    let meta = &object["metadata"];
    for (field, found, expected) in [
        ("kind", &object["kind"], "ConfigMap"),
        ("name", &meta["name"], NAME),
        ("namespace", &meta["namespace"], NAMESPACE),
    ] {
        match found.as_str() {
            Some(found) if found == expected => {}
            Some(found) => return Err(odd(format!("its {field} is `{found}`"))),
            None => return Err(odd(format!("it has no {field}"))),
        }
    }
    let texts = [
        ("data", &object["data"]),
        ("binaryData", &object["binaryData"]),
        ("labels", &meta["labels"]),
        ("annotations", &meta["annotations"]),
    ];
    for (field, found) in texts {
        let all_texts = found.as_object().is_some_and(|map| map.values().all(Value::is_string));
        if !found.is_null() && !all_texts {
            return Err(odd(format!("its {field} is not a map of strings")));
        }
    }
    if !object["immutable"].is_null() && !object["immutable"].is_boolean() {
        return Err(odd("its `immutable` is neither true nor false".to_owned()));
    }
    if versioned && !is_version(&meta["resourceVersion"]) {
        return Err(odd("it has no resourceVersion".to_owned()));
    }
    Ok(AwsAuthMap { object })
}

/// Whether a `resourceVersion` names a version. The API server treats an empty one and zero as none, and then replaces
/// whatever is there.
fn is_version(version: &Value) -> bool {
    version.as_str().is_some_and(|text| text.bytes().any(|b| b.is_ascii_graphic() && b != b'0'))
}
