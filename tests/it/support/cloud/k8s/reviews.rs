//! SelfSubjectReview and SelfSubjectAccessReview.

use serde_json::{Value, json};

use super::super::cluster::Cluster;
use super::super::wire::{HttpRequest, Reply};
use super::authenticate::Identity;
use super::authorize::{Attributes, allowed};
use super::protobuf;
use super::status::Status;

/// The received review, with the kind and version of its answer.
fn body(request: &HttpRequest, kind: &str) -> Result<Value, Status> {
    let protobuf = request.header("content-type").is_some_and(|t| t.contains("protobuf"));
    let read =
        if protobuf { protobuf::review(&request.body, kind) } else { serde_json::from_slice(&request.body).ok() };
    let mut review = read
        .filter(Value::is_object)
        .ok_or_else(|| Status::new(400, "BadRequest", format!("the body is no {kind}")))?;
    let group = if kind == "SelfSubjectReview" { "authentication" } else { "authorization" };
    review["kind"] = json!(kind);
    review["apiVersion"] = json!(format!("{group}.k8s.io/v1"));
    review["metadata"] = json!({});
    Ok(review)
}

/// Username, groups and the extra keys that EKS gives.
pub fn identity(request: &HttpRequest, identity: &Identity) -> Result<Reply, Status> {
    let mut review = body(request, "SelfSubjectReview")?;
    let mut groups = identity.groups.clone();
    groups.push("system:authenticated".to_owned());
    let uid = format!("aws-iam-authenticator:{}:{}", identity.account, identity.principal_id);
    review["status"] = json!({ "userInfo": {
        "username": identity.username, "uid": uid, "groups": groups,
        "extra": {
            "accessKeyId": [identity.access_key_id], "arn": [identity.arn],
            "canonicalArn": [identity.canonical_arn], "principalId": [identity.principal_id],
            "sessionName": [identity.session_name],
        },
    } });
    // As in the API server's own JSON: an empty name is omitted.
    if identity.username.is_empty() {
        review["status"]["userInfo"].as_object_mut().map(|user| user.remove("username"));
    }
    Ok(Reply::json(201, &review))
}

pub fn access(cluster: &Cluster, request: &HttpRequest, identity: &Identity) -> Result<Reply, Status> {
    let mut review = body(request, "SelfSubjectAccessReview")?;
    let spec = &review["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let resource = &spec["resourceAttributes"];
    let attributes = if let Some(path) = spec["nonResourceAttributes"]["path"].as_str() {
        Attributes {
            verb: text(&spec["nonResourceAttributes"]["verb"]),
            path: Some(path.to_owned()),
            ..Attributes::default()
        }
    } else {
        Attributes {
            verb: text(&resource["verb"]),
            group: text(&resource["group"]),
            resource: text(&resource["resource"]),
            subresource: text(&resource["subresource"]),
            name: text(&resource["name"]),
            namespace: resource["namespace"].as_str().map(str::to_owned),
            path: None,
        }
    };
    review["status"] = json!({ "allowed": allowed(cluster, identity, &attributes) });
    Ok(Reply::json(201, &review))
}

/// Only the rights of masters are listed; those of access policies never are.
pub fn rules(_cluster: &Cluster, request: &HttpRequest, identity: &Identity) -> Result<Reply, Status> {
    let mut review = body(request, "SelfSubjectRulesReview")?;
    let all = json!([{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }]);
    let masters = identity.groups.iter().any(|g| g == "system:masters");
    let own = json!([{ "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] }]);
    review["status"] = json!({ "resourceRules": if masters { all } else { own }, "nonResourceRules": [],
        "incomplete": false });
    Ok(Reply::json(201, &review))
}
