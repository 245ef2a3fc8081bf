//! Node groups and Fargate profiles as set up.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::Route;

pub fn list(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ListNodegroups", route)?;
    let names: Vec<Value> = super::at(call, place).node_groups.keys().map(|name| json!(name)).collect();
    super::paged(call, "nodegroups", &names)
}

pub fn describe(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DescribeNodegroup", route)?;
    let name = &route.object;
    let found = super::at(call, place).node_groups.get(name).cloned();
    let group = found.ok_or_else(|| ApiError::not_found(format!("No node group found for name: {name}.")))?;
    Ok(json!({ "nodegroup": group }))
}

pub fn list_fargate(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ListFargateProfiles", route)?;
    let names: Vec<Value> = super::at(call, place).fargate_profiles.keys().map(|name| json!(name)).collect();
    super::paged(call, "fargateProfileNames", &names)
}

pub fn describe_fargate(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DescribeFargateProfile", route)?;
    let name = &route.object;
    let found = super::at(call, place).fargate_profiles.get(name).cloned();
    let profile = found.ok_or_else(|| ApiError::not_found(format!("No Fargate Profile found with name: {name}.")))?;
    Ok(json!({ "fargateProfile": profile }))
}

pub fn capabilities(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ListCapabilities", route)?;
    let all = super::at(call, place).capabilities.iter();
    let all: Vec<Value> = all.map(|(name, _)| json!({"capabilityName": name, "status": "ACTIVE"})).collect();
    super::paged(call, "capabilities", &all)
}

pub fn capability(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DescribeCapability", route)?;
    let name = &route.object;
    let found = super::at(call, place).capabilities.get(name).cloned();
    let role = found.ok_or_else(|| ApiError::not_found(format!("No capability found for name: {name}.")))?;
    Ok(json!({ "capability": { "capabilityName": name, "roleArn": role, "status": "ACTIVE" } }))
}

pub fn identity_providers(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    super::cluster(call, "eks:ListIdentityProviderConfigs", route)?;
    Ok(json!({ "identityProviderConfigs": [] }))
}
