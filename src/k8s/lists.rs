//! Lists of a cluster's objects, page by page: its nodes, and the RBAC bindings that name users or groups.

use http::Method;
use serde_json::Value;

use super::client::{Call, KubeCluster};
use crate::engine::CallResult;
use crate::model::nodes::ListedNode;
use crate::model::rbac::{BindingName, RbacBinding, Subject};

/// How many objects a page holds, as kubectl asks for them.
const PAGE: usize = 500;
/// More pages than these are not asked for: a server that always names a next one would keep a run for ever.
const MOST_PAGES: usize = 1_000;

/// Every node.
pub(super) async fn nodes(cluster: &KubeCluster) -> CallResult<Vec<ListedNode>> {
    let items = list(cluster, "k8s:ListNodes", "the nodes", "/api/v1/nodes").await?;
    Ok(items.iter().map(node).collect())
}

/// Every `ClusterRoleBinding` and `RoleBinding`.
pub(super) async fn bindings(cluster: &KubeCluster) -> CallResult<Vec<RbacBinding>> {
    const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
    let (of_cluster, of_namespaces) = (format!("{RBAC}/clusterrolebindings"), format!("{RBAC}/rolebindings"));
    let (all, more) = futures::future::join(
        list(cluster, "k8s:ListClusterRoleBindings", "the ClusterRoleBindings", &of_cluster),
        list(cluster, "k8s:ListRoleBindings", "the RoleBindings", &of_namespaces),
    )
    .await;
    Ok(all?.iter().chain(&more?).map(binding).collect())
}

async fn list(cluster: &KubeCluster, operation: &'static str, object: &str, path: &str) -> CallResult<Vec<Value>> {
    let (mut all, mut next) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let token = if next.is_empty() { String::new() } else { format!("&continue={}", encoded(&next)) };
        let path = format!("{path}?limit={PAGE}{token}");
        let call = Call { operation, object, method: Method::GET, path: &path, body: None };
        let mut answer = cluster.send(&call).await?;
        match answer["items"].take() {
            Value::Array(items) => all.extend(items),
            Value::Null => {}
            _ => return Err(call.bad_answer("the answer holds no list")),
        }
        answer["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut next);
        if next.is_empty() {
            return Ok(all);
        }
    }
    let call = Call { operation, object, method: Method::GET, path, body: None };
    Err(call.bad_answer(format!("it has more than {MOST_PAGES} pages")))
}

/// A text as a part of a path or a query: a page's token, an object's name.
pub(super) fn encoded(token: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    token.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn node(item: &Value) -> ListedNode {
    let labels = item["metadata"]["labels"].as_object().into_iter().flatten();
    ListedNode {
        name: text(&item["metadata"]["name"]),
        labels: labels.map(|(name, value)| (name.clone(), text(value))).collect(),
        provider_id: text(&item["spec"]["providerID"]),
    }
}

fn binding(item: &Value) -> RbacBinding {
    let namespace = item["metadata"]["namespace"].as_str().filter(|namespace| !namespace.is_empty());
    let subjects = item["subjects"].as_array().into_iter().flatten().filter_map(|subject| {
        let name = text(&subject["name"]);
        match subject["kind"].as_str() {
            Some("User") => Some(Subject::User(name)),
            Some("Group") => Some(Subject::Group(name)),
            _ => None,
        }
    });
    RbacBinding {
        name: BindingName { namespace: namespace.map(str::to_owned), name: text(&item["metadata"]["name"]) },
        subjects: subjects.collect(),
    }
}
