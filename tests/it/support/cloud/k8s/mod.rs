//! The Kubernetes API of one cluster, as far as it is used here
//! (<https://kubernetes.io/docs/reference/using-api/api-concepts/>).

mod authenticate;
mod authorize;
mod config_maps;
mod discovery;
mod mapping;
mod objects;
mod protobuf;
mod reviews;
mod route;
mod status;
mod template;
mod token;

pub use authenticate::{Identity, Source, by_entries, identify};
pub use authorize::{Attributes, by_access_policies};
pub use config_maps::{fresh, put_data};
pub use mapping::Mappings;
pub use objects::Objects;
pub use route::{Route, route};
pub use status::Status;

use super::state::State;
use super::wire::{HttpRequest, Reply};

/// Carries out a call on the cluster at index `place`; returns the reply and the ARN of the caller.
pub fn handle(
    state: &mut State,
    place: usize,
    request: &HttpRequest,
    route: &Route,
    denied: bool,
) -> (Result<Reply, Status>, Option<String>) {
    if route.open && request.header("authorization").is_none() {
        return (discovery::handle(route, &state.clusters[place]), None);
    }
    let Some(identity) = authenticate::of_request(state, place, request) else {
        return (Err(Status::unauthorized()), None);
    };
    let caller = Some(identity.arn.clone());
    let allowed = !denied && authorize::allowed(&state.clusters[place], &identity, &route.attributes);
    if !route.own && !allowed {
        return (Err(Status::forbidden(&identity.username, &route.attributes)), caller);
    }
    if denied {
        return (Err(Status::forbidden(&identity.username, &route.attributes)), caller);
    }
    let answer = match route.operation.as_str() {
        "SelfSubjectReview" => reviews::identity(request, &identity),
        "SelfSubjectAccessReview" => reviews::access(&state.clusters[place], request, &identity),
        "SelfSubjectRulesReview" => reviews::rules(&state.clusters[place], request, &identity),
        operation if operation.ends_with("ConfigMap") || operation.ends_with("ConfigMaps") => {
            let now = state.now;
            let uid = state.ids.uuid();
            config_maps::handle(&mut state.clusters[place], request, route, now, &uid)
        }
        _ if objects::kind(&route.attributes.group, &route.attributes.resource).is_some() => {
            let (now, uid) = (state.now, state.ids.uuid());
            objects::handle(&mut state.clusters[place], request, route, now, &uid)
        }
        _ => discovery::handle(route, &state.clusters[place]),
    };
    (answer, caller)
}
