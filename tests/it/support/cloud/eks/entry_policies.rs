//! Access policies and their associations
//! (<https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html>).

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::cluster::Association;
use super::super::error::ApiError;
use super::super::policy::texts;
use super::super::time::epoch_seconds;
use super::{Route, entries};
use eksaccess::model::arn::Partition;

pub const CLUSTER_ADMIN: &str = "AmazonEKSClusterAdminPolicy";
const NAMES: [&str; 8] = [
    CLUSTER_ADMIN,
    "AmazonEKSAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSHybridPolicy",
];

/// `arn:P:eks::aws:cluster-access-policy/NAME`.
pub fn policy_arn(partition: Partition, name: &str) -> String {
    format!("arn:{partition}:eks::aws:cluster-access-policy/{name}")
}

pub fn all(call: &mut Call) -> Result<Value, ApiError> {
    call.authorize("eks:ListAccessPolicies", "*")?;
    let partition = call.caller.partition;
    let policies: Vec<Value> =
        NAMES.iter().map(|name| json!({ "name": name, "arn": policy_arn(partition, name) })).collect();
    super::paged(call, "accessPolicies", &policies)
}

pub fn associate(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = entries::target(call, "eks:AssociateAccessPolicy", route)?;
    let body = call.request.json()?;
    let arn = super::text(&body, "policyArn").unwrap_or_default();
    let partition = call.caller.partition;
    if !NAMES.iter().any(|name| policy_arn(partition, name) == arn) {
        let message = format!("The specified policyArn is invalid: {arn} is not a valid access policy.");
        return Err(ApiError::invalid_parameter(message));
    }
    let namespaces = scope(&body)?;
    let now = call.state.now;
    let entry = super::at(call, place).entries.get_mut(&route.object).expect("the entry was just found");
    if !matches!(
        (entry.kind.as_str(), arn.rsplit('/').next()),
        ("STANDARD", _) | ("EC2", Some("AmazonEKSAutoNodePolicy"))
    ) {
        return Err(ApiError::invalid_parameter(
            "Access policies can only be associated with access entries of type \"STANDARD\".",
        ));
    }
    let former = entry.policies.iter().find(|a| a.policy_arn == arn).map(|a| a.associated_at);
    entry.policies.retain(|a| a.policy_arn != arn);
    let association =
        Association { policy_arn: arn, namespaces, associated_at: former.unwrap_or(now), modified_at: now };
    let answer = json!({ "clusterName": route.cluster, "principalArn": route.object,
        "associatedAccessPolicy": shown(&association) });
    entry.policies.push(association);
    Ok(answer)
}

/// `None` for the whole cluster, else its namespaces; patterns are allowed and they need not exist.
fn scope(body: &Value) -> Result<Option<Vec<String>>, ApiError> {
    let scope = &body["accessScope"];
    let namespaces: Vec<String> = texts(scope.get("namespaces")).into_iter().map(str::to_owned).collect();
    match scope["type"].as_str() {
        Some("cluster") if namespaces.is_empty() => Ok(None),
        Some("cluster") => Err(ApiError::invalid_parameter("namespaces can only be used with access scope namespace")),
        Some("namespace") if namespaces.is_empty() => {
            Err(ApiError::invalid_parameter("At least one namespace must be specified for namespace access scope"))
        }
        Some("namespace") => Ok(Some(namespaces)),
        _ => Err(ApiError::invalid_parameter("The access scope type must be one of [cluster, namespace]")),
    }
}

pub fn disassociate(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = entries::target(call, "eks:DisassociateAccessPolicy", route)?;
    let entry = super::at(call, place).entries.get_mut(&route.object).expect("the entry was just found");
    let before = entry.policies.len();
    entry.policies.retain(|a| a.policy_arn != route.policy);
    if entry.policies.len() == before {
        return Err(ApiError::not_found("The specified policyArn is not associated with the access entry."));
    }
    Ok(json!({}))
}

pub fn associated(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = entries::target(call, "eks:ListAssociatedAccessPolicies", route)?;
    let policies: Vec<Value> = super::at(call, place).entries[&route.object].policies.iter().map(shown).collect();
    let mut page = super::paged(call, "associatedAccessPolicies", &policies)?;
    page["clusterName"] = json!(route.cluster);
    page["principalArn"] = json!(route.object);
    Ok(page)
}

fn shown(association: &Association) -> Value {
    let kind = if association.namespaces.is_some() { "namespace" } else { "cluster" };
    json!({ "policyArn": association.policy_arn,
        "accessScope": { "type": kind, "namespaces": association.namespaces.clone().unwrap_or_default() },
        "associatedAt": epoch_seconds(association.associated_at),
        "modifiedAt": epoch_seconds(association.modified_at) })
}
