//! The reviews that any authenticated identity may ask for: its identity and its rights.

use http::Method;
use serde_json::{Value, json};

use super::client::{Call, KubeCluster};
use super::error::bad_answer;
use crate::engine::{CallErrorKind, CallResult, Can};
use crate::model::KubernetesIdentity;

const WHO: &str = "k8s:CreateSelfSubjectReview";
const SELF: &str = "the identity that asks";

/// `SelfSubjectReview`; `v1` since Kubernetes 1.28, `v1beta1` on older servers.
pub(super) async fn who_am_i(cluster: &KubeCluster) -> CallResult<KubernetesIdentity> {
    let answer = match review(cluster, "v1").await {
        Err(error) if error.is(CallErrorKind::NotFound) => review(cluster, "v1beta1").await?,
        other => other?,
    };
    let user = &answer["status"]["userInfo"];
    let groups = user["groups"].as_array().into_iter().flatten();
    // The API server omits an empty name, which a mapping without a username yields.
    let username = match &user["username"] {
        Value::String(name) => name.clone(),
        Value::Null if user.is_object() => String::new(),
        _ => return Err(bad_answer(WHO, SELF, "the answer names no identity".to_owned())),
    };
    Ok(KubernetesIdentity { username, groups: groups.filter_map(|group| group.as_str().map(str::to_owned)).collect() })
}

async fn review(cluster: &KubeCluster, version: &str) -> CallResult<Value> {
    let body = json!({"apiVersion": format!("authentication.k8s.io/{version}"), "kind": "SelfSubjectReview"});
    let path = format!("/apis/authentication.k8s.io/{version}/selfsubjectreviews");
    let call = Call { operation: WHO, object: SELF, method: Method::POST, path: &path, body: Some(&body) };
    cluster.send(&call).await
}

/// `SelfSubjectAccessReview`.
pub(super) async fn can_i(cluster: &KubeCluster, can: &Can) -> CallResult<bool> {
    let body = access_review(can);
    let object = match &can.namespace {
        Some(namespace) => format!("{} {} in namespace {namespace}", can.verb, can.resource),
        None => format!("{} {} everywhere", can.verb, can.resource),
    };
    let call = Call {
        operation: "k8s:CreateSelfSubjectAccessReview",
        object: &object,
        method: Method::POST,
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body: Some(&body),
    };
    let answer = cluster.send(&call).await?;
    answer["status"]["allowed"].as_bool().ok_or_else(|| call.bad_answer("the answer says neither yes nor no"))
}

fn access_review(can: &Can) -> Value {
    let (resource, sub) =
        can.resource.split_once('/').map_or((can.resource.as_str(), None), |(resource, sub)| (resource, Some(sub)));
    let mut attributes = json!({"verb": can.verb, "group": can.group, "resource": resource});
    if let Some(sub) = sub {
        attributes["subresource"] = json!(sub);
    }
    if let Some(namespace) = &can.namespace {
        attributes["namespace"] = json!(namespace);
    }
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    })
}
