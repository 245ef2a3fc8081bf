//! UpdateClusterConfig and the updates that it makes: the authentication mode, one way and one step at a time.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::cluster::{AuthMode, Update};
use super::super::error::ApiError;
use super::super::state::State;
use super::super::time::epoch_seconds;
use super::{Route, entries};

pub fn config(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:UpdateClusterConfig", route)?;
    let body = call.request.json()?;
    if let Some(answer) = remembered(call, place, &body)? {
        return Ok(answer);
    }
    let kinds =
        ["accessConfig", "resourcesVpcConfig", "logging", "upgradePolicy", "computeConfig", "deletionProtection"];
    let given: Vec<&str> = kinds.into_iter().filter(|k| body.get(k).is_some()).collect();
    if given != ["accessConfig"] {
        let message = match given.len() {
            0 => "No changes needed for the cluster config provided",
            1 => "The local cloud changes the access config only",
            _ => "Only one type of update can be allowed.",
        };
        return Err(ApiError::invalid_parameter(message));
    }
    let wanted = body["accessConfig"]["authenticationMode"].as_str().unwrap_or_default().to_owned();
    let (now, duration) = (call.state.now, call.state.settings.update);
    let outcome = call.state.settings.update_outcome.clone();
    let id = call.state.ids.uuid();
    let cluster = super::at(call, place);
    if cluster.status != "ACTIVE" {
        let message = format!("Cluster is not in ACTIVE state, it is {}", cluster.status);
        return Err(ApiError::in_use(message));
    }
    if cluster.updates.iter().any(|u| !u.settled) {
        let message = format!("Cluster {} currently has update in progress", cluster.name);
        return Err(ApiError::in_use(message));
    }
    let mode = AuthMode::parse(&wanted).filter(|m| cluster.mode.next() == Some(*m)).ok_or_else(|| {
        let from = cluster.mode.as_str();
        ApiError::invalid_parameter(format!("Unsupported authentication mode update from {from} to {wanted}"))
    })?;
    let update = Update { id, mode, created_at: now, done_at: now + duration, outcome, settled: false };
    let answer = json!({ "update": shown(&update) });
    cluster.updates.push(update);
    remember(call, place, body, answer.clone());
    Ok(answer)
}

/// The answer that a client token already got; the same token with another request is refused.
pub fn remembered(call: &mut Call, place: usize, body: &Value) -> Result<Option<Value>, ApiError> {
    let Some(token) = super::text(body, "clientRequestToken") else { return Ok(None) };
    match super::at(call, place).client_tokens.get(&token) {
        None => Ok(None),
        Some((request, answer)) if request == body => Ok(Some(answer.clone())),
        Some(_) => Err(ApiError::invalid_parameter("The client request token was used with other parameters")),
    }
}

pub fn remember(call: &mut Call, place: usize, body: Value, answer: Value) {
    if let Some(token) = super::text(&body, "clientRequestToken") {
        super::at(call, place).client_tokens.insert(token, (body, answer));
    }
}

pub fn describe(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DescribeUpdate", route)?;
    let found = super::at(call, place).updates.iter().find(|u| u.id == route.object).map(shown);
    let update = found.ok_or_else(|| ApiError::not_found(format!("No update found for ID: {}", route.object)))?;
    Ok(json!({ "update": update }))
}

pub fn list(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ListUpdates", route)?;
    let ids: Vec<Value> = super::at(call, place).updates.iter().map(|u| json!(u.id)).collect();
    super::paged(call, "updateIds", &ids)
}

fn shown(update: &Update) -> Value {
    let status = if update.settled { update.outcome.as_str() } else { "InProgress" };
    let errors: Vec<Value> = match status {
        "Failed" => vec![json!({ "errorCode": "Unknown", "errorMessage": "the update failed" })],
        _ => Vec::new(),
    };
    let value = json!(update.mode.as_str()).to_string();
    json!({ "id": update.id, "status": status, "type": "AccessConfigUpdate", "errors": errors,
        "params": [{ "type": "AuthenticationMode", "value": value }],
        "createdAt": epoch_seconds(update.created_at) })
}

/// Ends the updates whose time has come. Leaving CONFIG_MAP, EKS makes entries for the creator and the nodes.
pub fn settle(state: &mut State) {
    for place in 0..state.clusters.len() {
        let now = state.now;
        let cluster = &mut state.clusters[place];
        let Some(update) = cluster.updates.iter_mut().find(|u| !u.settled && u.done_at <= now) else { continue };
        update.settled = true;
        if update.outcome != "Successful" {
            continue;
        }
        let former = std::mem::replace(&mut cluster.mode, update.mode);
        cluster.shows_mode = true;
        if former == AuthMode::ConfigMap {
            entries::made_by_eks(state, place);
        }
    }
}
