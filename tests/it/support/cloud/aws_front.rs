//! The HTTP front of IAM, STS, EKS and Account Management: one port; the signature's scope selects the service.

use std::io;
use std::sync::Arc;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use super::authentication::{authenticate, refusal};
use super::call::{Call, Params};
use super::error::ApiError;
use super::faults::Effect;
use super::server::{Incoming, carry};
use super::shared::Shared;
use super::sigv4::{AuthFailure, Signed};
use super::state::State;
use super::under_way::Place;
use super::wire::{HttpRequest, Protocol, Reply, pairs};
use super::{eks, iam, regions, sts};

/// The one operation of Account Management, which uses EKS's protocol.
const LIST_REGIONS: &str = "ListRegions";

/// A parsed request.
struct Parsed {
    protocol: Protocol,
    operation: String,
    params: Params,
    route: eks::Route,
}

pub async fn handle(shared: Arc<Shared>, _name: Arc<str>, request: HttpRequest) -> io::Result<Response<Full<Bytes>>> {
    let parsed = parse(&request);
    let (service, mutating) = match parsed.protocol {
        Protocol::IamXml => ("iam", iam::mutates(&parsed.operation)),
        Protocol::StsXml | Protocol::StsJson => ("sts", false),
        Protocol::EksJson if parsed.operation == LIST_REGIONS => ("account", false),
        Protocol::EksJson => ("eks", eks::mutates(&parsed.operation)),
    };
    let operation = parsed.operation.clone();
    let place = Signed::read(&request).ok().and_then(|signed| {
        let account = shared.state().keys.get(&signed.access_key_id)?.caller.account.clone();
        Some(Place { service, region: signed.region, account })
    });
    let target = target(&parsed, &request);
    let incoming = Incoming { service, operation, mutating, dry_run: false, target, place, cluster: None };
    carry(&shared, incoming, |state, fault| work(state, &request, &parsed, fault)).await
}

fn parse(request: &HttpRequest) -> Parsed {
    let mut all = pairs(&String::from_utf8_lossy(&request.body));
    all.extend(request.query_pairs());
    let params = Params::new(all);
    let service = Signed::read(request).ok().map(|signed| signed.service);
    let version = params.get("Version").unwrap_or_default();
    let protocol = match (service.as_deref(), version) {
        (Some("iam"), _) | (None, "2010-05-08") => Protocol::IamXml,
        (Some("sts"), _) | (None, "2011-06-15") => {
            let json = request.header("accept").is_some_and(|accept| accept.contains("application/json"));
            if json { Protocol::StsJson } else { Protocol::StsXml }
        }
        _ => Protocol::EksJson,
    };
    let route = eks::route(request).filter(|_| protocol == Protocol::EksJson).unwrap_or_default();
    let is_of_account = service.as_deref() == Some("account");
    let operation = match protocol {
        Protocol::EksJson if is_of_account && request.path == regions::PATH => LIST_REGIONS.to_owned(),
        Protocol::EksJson if route.operation.is_empty() => "UnknownOperation".to_owned(),
        Protocol::EksJson => route.operation.to_owned(),
        _ => params.get("Action").unwrap_or_default().to_owned(),
    };
    Parsed { protocol, operation, params, route }
}

/// The names in a call; never a document or a token.
fn target(parsed: &Parsed, request: &HttpRequest) -> String {
    if parsed.protocol == Protocol::EksJson {
        let principal = request
            .json()
            .ok()
            .and_then(|body| super::policy::texts(body.get("principalArn")).first().map(|t| (*t).to_owned()));
        let mut target = parsed.route.target();
        if let Some(principal) = principal {
            target = format!("{target} {principal}");
        }
        return target;
    }
    let fields = ["RoleName", "GroupName", "UserName", "PolicyName", "PolicyArn", "RoleArn", "PolicySourceArn"];
    fields.iter().filter_map(|f| parsed.params.get(f)).collect::<Vec<_>>().join(" ")
}

fn work(state: &mut State, request: &HttpRequest, parsed: &Parsed, fault: Option<&Effect>) -> (Reply, Option<String>) {
    let request_id = state.ids.uuid();
    let Parsed { protocol, operation, .. } = parsed;
    let mut caller_arn = None;
    let result = answer(state, request, parsed, fault, &mut caller_arn);
    let reply = match result {
        Ok(value) => protocol.success(operation, &value, &request_id),
        Err(error) => protocol.failure(&error, &request_id),
    };
    (reply, caller_arn)
}

fn answer(
    state: &mut State,
    request: &HttpRequest,
    parsed: &Parsed,
    fault: Option<&Effect>,
    caller_arn: &mut Option<String>,
) -> Result<serde_json::Value, ApiError> {
    if let Some(error) = fault.and_then(|fault| ordered(fault, parsed.protocol)) {
        return Err(error);
    }
    if parsed.operation == "AssumeRoleWithWebIdentity" {
        return sts::assume_with_web_identity(state, &parsed.params);
    }
    let (caller, signed) = authenticate(state, request).map_err(|failure| refusal(&failure, parsed.protocol))?;
    *caller_arn = Some(caller.arn.clone());
    let mut call = Call {
        state,
        caller,
        operation: parsed.operation.clone(),
        request,
        region: signed.region,
        params: parsed.params.clone(),
        denied: fault == Some(&Effect::AccessDenied),
    };
    match parsed.protocol {
        Protocol::IamXml => iam::handle(&mut call),
        Protocol::StsXml | Protocol::StsJson => sts::handle(&mut call),
        Protocol::EksJson if parsed.operation == LIST_REGIONS => regions::list(&mut call),
        Protocol::EksJson => eks::handle(&mut call, &parsed.route),
    }
}

/// The refusal of a fault, in the words of the protocol.
fn ordered(fault: &Effect, protocol: Protocol) -> Option<ApiError> {
    let rest = protocol == Protocol::EksJson;
    match fault {
        Effect::Throttle if rest => Some(ApiError::new(400, "ThrottlingException", "Rate exceeded")),
        Effect::Throttle => Some(ApiError::new(400, "Throttling", "Rate exceeded")),
        Effect::Error(503) if rest => {
            Some(ApiError::new(503, "ServiceUnavailableException", "The service is unavailable."))
        }
        Effect::Error(status) if rest => Some(ApiError::new(*status, "ServerException", "Internal Service Error")),
        Effect::Error(503) => Some(ApiError::new(503, "ServiceUnavailable", "The service is unavailable.")),
        Effect::Error(status) => Some(ApiError::new(
            *status,
            "ServiceFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        )),
        Effect::Refuse(status, code, message) => Some(ApiError::new(*status, code, message)),
        Effect::ExpiredToken => Some(refusal(&AuthFailure::ExpiredToken, protocol)),
        Effect::Conflict if rest => Some(ApiError::in_use("The resource is in use.")),
        Effect::Conflict => Some(ApiError::new(
            409,
            "ConcurrentModification",
            "The request was rejected because multiple requests to change this object were submitted simultaneously.",
        )),
        _ => None,
    }
}
