//! Copies the contents of a cluster of the local cloud to the real one.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, RoleBinding};
use kube::api::{Api, PostParams};
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::background::Background;
use crate::support::cloud::Cluster;

/// Creates the namespaces, the present `aws-auth`, and each grant as a role with a binding.
pub fn fill(background: &Background, client: &Client, cluster: &Cluster) {
    background.wait(async {
        for name in cluster.namespaces.iter().filter(|name| !is_builtin(name)) {
            create::<Namespace>(Api::all(client.clone()), json!({ "metadata": { "name": name } })).await;
        }
        if let Some(map) = &cluster.config_map {
            let mut map = map.clone();
            for field in ["resourceVersion", "uid", "creationTimestamp", "managedFields"] {
                map["metadata"].as_object_mut().expect("an object has metadata").remove(field);
            }
            create::<ConfigMap>(Api::namespaced(client.clone(), "kube-system"), map).await;
        }
        for (place, grant) in cluster.grants.iter().enumerate() {
            let rules = json!([{ "apiGroups": ["*"], "resources": grant.resources, "verbs": grant.verbs }]);
            bind(client, &format!("grant-{place}"), &rules, &grant.group, grant.namespace.as_deref()).await;
        }
    });
}

/// A role and its binding to a group, both called `name`; cluster-wide without a namespace.
async fn bind(client: &Client, name: &str, rules: &Value, group: &str, namespace: Option<&str>) {
    let metadata = json!({ "name": name });
    create::<ClusterRole>(Api::all(client.clone()), json!({ "metadata": metadata, "rules": rules })).await;
    let role = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name });
    let group = json!([{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group }]);
    let binding = json!({ "metadata": metadata, "roleRef": role, "subjects": group });
    match namespace {
        Some(namespace) => create::<RoleBinding>(Api::namespaced(client.clone(), namespace), binding).await,
        None => create::<ClusterRoleBinding>(Api::all(client.clone()), binding).await,
    }
}

async fn create<K>(api: Api<K>, object: Value)
where
    K: Resource + Clone + std::fmt::Debug + Serialize + DeserializeOwned,
{
    let object = serde_json::from_value(object).expect("an object of its kind");
    api.create(&PostParams::default(), &object).await.expect("the administrator may create");
}

fn is_builtin(namespace: &str) -> bool {
    namespace == "default" || namespace.starts_with("kube-")
}
