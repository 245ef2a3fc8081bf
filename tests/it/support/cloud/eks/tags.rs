//! Tags of clusters and access entries.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::Route;

/// `tags` of a request.
pub fn read(body: &Value) -> Result<BTreeMap<String, String>, ApiError> {
    let mut tags = BTreeMap::new();
    for (key, value) in body.get("tags").and_then(Value::as_object).into_iter().flatten() {
        if key.is_empty() || key.len() > 128 || key.to_lowercase().starts_with("aws:") {
            return Err(ApiError::invalid_parameter(format!("The tag key {key} is invalid")));
        }
        tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    check(&tags)?;
    Ok(tags)
}

fn check(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > 50 {
        return Err(ApiError::new(400, "BadRequestException", "Too many tags: at most 50 are allowed"));
    }
    Ok(())
}

/// The tags of the resource that a route names.
fn target<'a>(call: &'a mut Call, action: &str, route: &Route) -> Result<&'a mut BTreeMap<String, String>, ApiError> {
    let arn = &route.object;
    call.authorize(action, arn)?;
    let (partition, account) = (call.caller.partition, call.caller.account.clone());
    for cluster in call.state.clusters.iter_mut().filter(|c| c.partition == partition && c.account == account) {
        if cluster.arn() == *arn {
            return Ok(&mut cluster.tags);
        }
        if let Some(entry) = cluster.entries.values_mut().find(|e| e.arn == *arn) {
            return Ok(&mut entry.tags);
        }
    }
    Err(ApiError::new(404, "NotFoundException", format!("The specified resource could not be found: {arn}")))
}

pub fn tag(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let new = read(&call.request.json()?)?;
    let tags = target(call, "eks:TagResource", route)?;
    let mut all = tags.clone();
    all.extend(new);
    check(&all)?;
    *tags = all;
    Ok(json!({}))
}

pub fn untag(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let gone: Vec<String> =
        call.request.query_pairs().into_iter().filter(|(name, _)| name == "tagKeys").map(|(_, key)| key).collect();
    target(call, "eks:UntagResource", route)?.retain(|key, _| !gone.contains(key));
    Ok(json!({}))
}

pub fn list(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let tags = target(call, "eks:ListTagsForResource", route)?.clone();
    Ok(json!({ "tags": tags }))
}
