//! UpdateClusterConfig and the updates of a cluster: the authentication mode, one way and one step at a time, and the
//! certificate authorities.

use serde_json::{Value, json};

use super::super::authority::Authority;
use super::super::call::Call;
use super::super::cluster::{AuthMode, Cluster, Update, UpdateKind};
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
    let cluster = super::at(call, place);
    is_free(cluster)?;
    let mode = AuthMode::parse(&wanted).filter(|m| cluster.mode.next() == Some(*m)).ok_or_else(|| {
        let from = cluster.mode.as_str();
        ApiError::invalid_parameter(format!("Unsupported authentication mode update from {from} to {wanted}"))
    })?;
    let answer = json!({ "update": begin(call, place, UpdateKind::Mode(mode)) });
    remember(call, place, body, answer.clone());
    Ok(answer)
}

/// Refuses a second update during another one, and any of a cluster that is not ACTIVE.
pub fn is_free(cluster: &Cluster) -> Result<(), ApiError> {
    if cluster.status != "ACTIVE" {
        let message = format!("Cluster is not in ACTIVE state, it is {}", cluster.status);
        return Err(ApiError::in_use(message));
    }
    if cluster.updates.iter().any(|u| !u.settled) {
        let message = format!("Cluster {} currently has update in progress", cluster.name);
        return Err(ApiError::in_use(message));
    }
    Ok(())
}

/// Begins an update and returns it.
pub fn begin(call: &mut Call, place: usize, kind: UpdateKind) -> Value {
    let (now, duration) = (call.state.now, call.state.settings.update);
    let (id, outcome) = (call.state.ids.uuid(), call.state.settings.update_outcome.clone());
    let update = Update { id, kind, created_at: now, done_at: now + duration, outcome, settled: false };
    let shown = shown(&update);
    super::at(call, place).updates.push(update);
    shown
}

/// The earlier answer for a client token; the same token with another request is refused.
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
    let (kind, params) = match &update.kind {
        UpdateKind::Logging => ("LoggingUpdate", json!([])),
        UpdateKind::Mode(mode) => {
            let value = json!(mode.as_str()).to_string();
            ("AccessConfigUpdate", json!([{ "type": "AuthenticationMode", "value": value }]))
        }
        _ => ("CertificateAuthorityUpdate", json!([])),
    };
    json!({ "id": update.id, "status": status, "type": kind, "errors": errors, "params": params,
        "createdAt": epoch_seconds(update.created_at) })
}

/// Ends the updates whose time has come. When it leaves CONFIG_MAP, EKS creates entries for the creator and the nodes;
/// a successor that waited too long is activated.
pub fn settle(state: &mut State) {
    for place in 0..state.clusters.len() {
        let now = state.now;
        let cluster = &mut state.clusters[place];
        let due = |one: &&Authority| one.auto_activation.is_some_and(|(_, last)| last <= now);
        if let Some(id) = cluster.authorities.iter().find(due).map(|one| one.id.clone()) {
            cluster.activate_authority(&id, now, "EKS");
        }
        let Some(update) = cluster.updates.iter_mut().find(|u| !u.settled && u.done_at <= now) else { continue };
        update.settled = true;
        let (kind, is_done) = (update.kind.clone(), update.outcome == "Successful");
        if !is_done {
            failed(cluster, &kind);
            continue;
        }
        match kind {
            UpdateKind::Mode(mode) => {
                let former = std::mem::replace(&mut cluster.mode, mode);
                cluster.shows_mode = true;
                if former == AuthMode::ConfigMap {
                    entries::made_by_eks(state, place);
                }
            }
            UpdateKind::Logging => {}
            UpdateKind::Distribute(id) => distributed(cluster, &id, "COMPLETE"),
            UpdateKind::Activate(id) => cluster.activate_authority(&id, now, "CUSTOMER"),
            UpdateKind::Delete(id) => cluster.delete_authority(&id),
        }
    }
}

fn distributed(cluster: &mut Cluster, id: &str, status: &'static str) {
    cluster.authorities.iter_mut().filter(|one| one.id == id).for_each(|one| one.distribution = status);
}

/// The state of a certificate authority after a failed update.
fn failed(cluster: &mut Cluster, kind: &UpdateKind) {
    match kind {
        UpdateKind::Mode(_) | UpdateKind::Logging => {}
        UpdateKind::Distribute(id) => distributed(cluster, id, "FAILED"),
        UpdateKind::Delete(id) => distributed(cluster, id, "COMPLETE"),
        UpdateKind::Activate(id) => {
            cluster.authorities.iter_mut().filter(|one| one.id == *id).for_each(|one| one.signing = "NOT_USED");
        }
    }
}
