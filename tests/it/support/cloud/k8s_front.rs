//! The HTTPS front of one cluster.

use std::io;
use std::sync::Arc;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use super::faults::Effect;
use super::k8s::{self, Status};
use super::server::{Incoming, carry};
use super::shared::Shared;
use super::state::State;
use super::wire::{HttpRequest, Reply};

/// `name` is the cluster's ARN.
pub async fn handle(shared: Arc<Shared>, name: Arc<str>, request: HttpRequest) -> io::Result<Response<Full<Bytes>>> {
    let route = k8s::route(&request);
    let target = match &route.attributes.path {
        Some(path) => path.clone(),
        None => [route.attributes.namespace.as_deref().unwrap_or_default(), &route.attributes.name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/"),
    };
    let incoming = Incoming {
        service: "k8s",
        operation: route.operation.clone(),
        mutating: route.mutating,
        dry_run: route.dry_run,
        target,
        place: None,
        cluster: Some(name.clone()),
    };
    carry(&shared, incoming, |state, fault| {
        let (mut reply, caller) = work(state, &name, &request, &route, fault);
        reply.headers.push(("audit-id".to_owned(), state.ids.uuid()));
        (reply, caller)
    })
    .await
}

fn work(
    state: &mut State,
    name: &str,
    request: &HttpRequest,
    route: &k8s::Route,
    fault: Option<&Effect>,
) -> (Reply, Option<String>) {
    let refused = match fault {
        Some(Effect::Throttle) => {
            let mut reply = Status::new(429, "TooManyRequests", "the server has received too many requests").reply();
            reply.headers.push(("retry-after".to_owned(), "1".to_owned()));
            return (reply, None);
        }
        Some(Effect::Error(503)) => Some(Status::new(503, "ServiceUnavailable", "the server is unavailable")),
        Some(Effect::Error(code)) => Some(Status::new(*code, "InternalError", "an internal error occurred")),
        Some(Effect::Conflict) => Some(Status::conflict("configmaps", &route.attributes.name)),
        Some(Effect::Refuse(code, reason, message)) => Some(Status::new(*code, reason, message)),
        Some(Effect::ExpiredToken) => Some(Status::unauthorized()),
        _ => None,
    };
    if let Some(status) = refused {
        return (status.reply(), None);
    }
    let Some(place) = state.clusters.iter().position(|c| c.arn() == name) else {
        return (Status::new(503, "ServiceUnavailable", "the cluster is gone").reply(), None);
    };
    let denied = fault == Some(&Effect::AccessDenied);
    let (answer, caller) = k8s::handle(state, place, request, route, denied);
    (answer.unwrap_or_else(|status| status.reply()), caller)
}
