//! The certificate authorities of a cluster: at most two; a successor is appended, distributed, activated, and what it replaced
//! is deleted.

use serde_json::{Value, json};

use super::super::authority::Authority;
use super::super::call::Call;
use super::super::cluster::{Cluster, UpdateKind};
use super::super::error::ApiError;
use super::super::time::epoch_seconds;
use super::{Route, updates};

const MOST: usize = 2;

pub fn list(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ListCertificateAuthorities", route)?;
    let all: Vec<Value> = super::at(call, place).authorities.iter().map(summary).collect();
    super::paged(call, "certificateAuthorities", &all)
}

pub fn describe(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DescribeCertificateAuthority", route)?;
    let authority = named(super::at(call, place), route)?;
    let mut shown = summary(authority);
    shown["data"] = json!(super::clusters::base64(&authority.pem));
    shown["rollbackAvailable"] = json!(authority.signing == "NOT_USED" && authority.activated.is_some());
    if let Some((first, last)) = authority.auto_activation {
        shown["scheduledEvents"] =
            json!({ "firstAutoActivation": epoch_seconds(first), "finalAutoActivation": epoch_seconds(last) });
    }
    Ok(json!({ "certificateAuthority": shown }))
}

pub fn create(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:CreateCertificateAuthority", route)?;
    let body = call.request.json().unwrap_or_default();
    if let Some(answer) = updates::remembered(call, place, &body)? {
        return Ok(answer);
    }
    let now = call.state.now;
    let cluster = super::at(call, place);
    updates::is_free(cluster)?;
    if cluster.authorities.len() >= MOST {
        let message = format!("A cluster has at most {MOST} certificate authorities.");
        return Err(ApiError::new(400, "ResourceLimitExceededException", message));
    }
    let id = cluster.append_authority(now);
    begun(call, place, body, UpdateKind::Distribute(id.clone()), &id)
}

pub fn activate(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ActivateCertificateAuthority", route)?;
    let body = call.request.json().unwrap_or_default();
    if let Some(answer) = updates::remembered(call, place, &body)? {
        return Ok(answer);
    }
    let cluster = super::at(call, place);
    let authority = named(cluster, route)?;
    if authority.signing != "NOT_USED" {
        return Err(ApiError::invalid_parameter("The certificate authority is already active."));
    }
    if authority.distribution != "COMPLETE" {
        return Err(ApiError::invalid_parameter("The certificate authority's distribution status must be COMPLETE."));
    }
    updates::is_free(cluster)?;
    let id = route.object.clone();
    if let Some(one) = cluster.authorities.iter_mut().find(|one| one.id == id) {
        one.signing = "ACTIVATING";
    }
    begun(call, place, body, UpdateKind::Activate(id.clone()), &id)
}

pub fn delete(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DeleteCertificateAuthority", route)?;
    let cluster = super::at(call, place);
    if named(cluster, route)?.signing != "NOT_USED" {
        return Err(ApiError::in_use("The certificate authority is currently signing certificates for the cluster."));
    }
    updates::is_free(cluster)?;
    let id = route.object.clone();
    if let Some(one) = cluster.authorities.iter_mut().find(|one| one.id == id) {
        one.distribution = "DELETING";
    }
    begun(call, place, Value::Null, UpdateKind::Delete(id.clone()), &id)
}

/// Begins the update and returns it with the authority.
fn begun(call: &mut Call, place: usize, body: Value, kind: UpdateKind, id: &str) -> Result<Value, ApiError> {
    let update = updates::begin(call, place, kind);
    let authority = super::at(call, place).authorities.iter().find(|one| one.id == id).map(summary);
    let answer = json!({ "update": update, "certificateAuthority": authority });
    updates::remember(call, place, body, answer.clone());
    Ok(answer)
}

fn named<'a>(cluster: &'a Cluster, route: &Route) -> Result<&'a Authority, ApiError> {
    let found = cluster.authorities.iter().find(|one| one.id == route.object);
    found.ok_or_else(|| ApiError::not_found(format!("No certificate authority found for ID: {}.", route.object)))
}

fn summary(authority: &Authority) -> Value {
    let mut shown = json!({ "id": authority.id, "createdAt": epoch_seconds(authority.created_at),
        "createdBy": authority.created_by, "signingStatus": authority.signing,
        "distributionStatus": authority.distribution });
    if let Some((at, by)) = authority.activated {
        (shown["activatedAt"], shown["activatedBy"]) = (json!(epoch_seconds(at)), json!(by));
    }
    shown
}
