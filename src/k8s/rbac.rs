//! RBAC bindings as raw JSON: a subject is added to what is there, and nothing else in the object changes.

use http::Method;
use serde_json::{Value, json};

use super::client::{Call, KubeCluster};
use super::lists::encoded;
use crate::engine::CallResult;
use crate::model::rbac::{BindingName, Subject};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Adds a subject to a binding, under the version that was read. What names it already is done.
pub(super) async fn add_subject(cluster: &KubeCluster, binding: &BindingName, subject: &Subject) -> CallResult<()> {
    let (object, path) = (binding.to_string(), path(binding));
    let (get, put) = match binding.namespace {
        Some(_) => ("k8s:GetRoleBinding", "k8s:ReplaceRoleBinding"),
        None => ("k8s:GetClusterRoleBinding", "k8s:ReplaceClusterRoleBinding"),
    };
    let read = Call { operation: get, object: &object, method: Method::GET, path: &path, body: None };
    let mut whole = cluster.send(&read).await?;
    if !whole.is_object() {
        return Err(read.bad_answer("the answer is not a binding"));
    }
    if whole["subjects"].is_null() {
        whole["subjects"] = json!([]);
    }
    let new = written(subject);
    let Some(subjects) = whole["subjects"].as_array_mut() else {
        return Err(read.bad_answer("its subjects are not a list"));
    };
    let is_it = |old: &Value| old["kind"] == new["kind"] && old["name"] == new["name"];
    if subjects.iter().any(is_it) {
        return Ok(());
    }
    subjects.push(new);
    let call = Call { operation: put, object: &object, method: Method::PUT, path: &path, body: Some(&whole) };
    cluster.send(&call).await.map(drop)
}

fn written(subject: &Subject) -> Value {
    let (kind, name) = match subject {
        Subject::User(name) => ("User", name),
        Subject::Group(name) => ("Group", name),
    };
    json!({"apiGroup": GROUP, "kind": kind, "name": name})
}

fn path(binding: &BindingName) -> String {
    let name = encoded(&binding.name);
    match &binding.namespace {
        Some(namespace) => format!("/apis/{GROUP}/v1/namespaces/{}/rolebindings/{name}", encoded(namespace)),
        None => format!("/apis/{GROUP}/v1/clusterrolebindings/{name}"),
    }
}
