//! `kube-system/aws-auth` as raw JSON: nothing in it passes through a type of ours, so nothing unknown is lost.

use http::Method;
use serde_json::{Value, json};

use super::client::{Call, KubeCluster};
use crate::engine::{CallErrorKind, CallResult};
use crate::model::AwsAuthMap;

const OBJECT: &str = "configmap kube-system/aws-auth";
const CONFIG_MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
const AWS_AUTH: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
/// Who the API server's `managedFields` say has written it.
const FIELD_MANAGER: &str = "eksaccess";

/// Reads it; `None` where it is absent.
pub(super) async fn get(cluster: &KubeCluster) -> CallResult<Option<AwsAuthMap>> {
    let call = Call { operation: "k8s:GetConfigMap", object: OBJECT, method: Method::GET, path: AWS_AUTH, body: None };
    match cluster.send(&call).await {
        Ok(object) => Ok(Some(AwsAuthMap { object })),
        Err(error) if error.is(CallErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates it.
pub(super) async fn create(cluster: &KubeCluster, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
    write(cluster, "k8s:CreateConfigMap", Method::POST, CONFIG_MAPS, object, dry_run).await
}

/// Replaces it whole.
pub(super) async fn replace(cluster: &KubeCluster, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
    write(cluster, "k8s:ReplaceConfigMap", Method::PUT, AWS_AUTH, object, dry_run).await
}

async fn write(
    cluster: &KubeCluster,
    operation: &'static str,
    method: Method,
    path: &str,
    object: &Value,
    dry_run: bool,
) -> CallResult<AwsAuthMap> {
    let dry = if dry_run { "&dryRun=All" } else { "" };
    let path = format!("{path}?fieldManager={FIELD_MANAGER}{dry}");
    let whole = with_type(object);
    let call = Call { operation, object: OBJECT, method, path: &path, body: Some(&whole) };
    Ok(AwsAuthMap { object: cluster.send(&call).await? })
}

/// The object with what the API server wants to know of any: its type.
fn with_type(object: &Value) -> Value {
    let mut whole = object.clone();
    if let Some(map) = whole.as_object_mut() {
        map.entry("apiVersion").or_insert_with(|| json!("v1"));
        map.entry("kind").or_insert_with(|| json!("ConfigMap"));
    }
    whole
}
