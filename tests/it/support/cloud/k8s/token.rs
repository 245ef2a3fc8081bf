//! A bearer token as parsed by the control plane's webhook (aws-iam-authenticator, `pkg/token`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::authentication::authenticate;
use super::super::cluster::Cluster;
use super::super::sigv4::Signed;
use super::super::state::{Caller, State};
use super::super::time::parse_compact;
use super::super::wire::{HttpRequest, pairs};
use eksaccess::model::arn::Partition;

const PARAMETERS: [&str; 9] = [
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signedheaders",
    "x-amz-signature",
];

/// The caller that a token proves on this cluster, or why it is refused.
pub fn verify(state: &State, cluster: &Cluster, token: &str) -> Result<Caller, String> {
    let request = presigned(state, cluster, token)?;
    let (caller, _) = authenticate(state, &request).map_err(|failure| format!("STS refused the URL: {failure:?}"))?;
    Ok(caller)
}

/// The request to STS in a token.
fn presigned(state: &State, cluster: &Cluster, token: &str) -> Result<HttpRequest, String> {
    if token.len() > 4096 {
        return Err("token is too large".to_owned());
    }
    let encoded = token.strip_prefix("k8s-aws-v1.").ok_or("token is missing expected \"k8s-aws-v1.\" prefix")?;
    let url = URL_SAFE_NO_PAD.decode(encoded).map_err(|e| e.to_string())?;
    let url = String::from_utf8(url).map_err(|e| e.to_string())?;
    let rest = url.strip_prefix("https://").ok_or("unexpected scheme in pre-signed URL")?;
    let (address, query) = rest.split_once('?').ok_or("no query in pre-signed URL")?;
    let (host, path) = address.split_once('/').ok_or("no path in pre-signed URL")?;
    if !is_sts_host(host, cluster.partition) {
        return Err(format!("unexpected hostname {host} in pre-signed URL"));
    }
    if !path.is_empty() {
        return Err("unexpected path in pre-signed URL".to_owned());
    }
    let request = HttpRequest {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: query.to_owned(),
        headers: vec![("host".to_owned(), host.to_owned()), ("x-k8s-aws-id".to_owned(), cluster.token_id().to_owned())],
        body: Vec::new(),
    };
    check_query(state, &request)?;
    Ok(request)
}

fn check_query(state: &State, request: &HttpRequest) -> Result<(), String> {
    let mut seen = Vec::new();
    for (name, _) in pairs(&request.query) {
        let name = name.to_lowercase();
        if !PARAMETERS.contains(&name.as_str()) {
            return Err(format!("non-whitelisted query parameter {name:?}"));
        }
        if seen.contains(&name) {
            return Err(format!("input contained duplicate query parameter {name:?}"));
        }
        seen.push(name);
    }
    if request.query_value("Action").as_deref() != Some("GetCallerIdentity") {
        return Err("unexpected action parameter in pre-signed URL".to_owned());
    }
    let signed = Signed::read(request).map_err(|failure| format!("{failure:?}"))?;
    if !signed.signed_headers.iter().any(|h| h.eq_ignore_ascii_case("x-k8s-aws-id")) {
        return Err("client did not sign the x-k8s-aws-id header in the pre-signed URL".to_owned());
    }
    let expires: i64 = request
        .query_value("X-Amz-Expires")
        .and_then(|text| text.parse().ok())
        .ok_or("invalid X-Amz-Expires parameter in pre-signed URL")?;
    if !(0..=900).contains(&expires) {
        return Err("invalid X-Amz-Expires parameter in pre-signed URL".to_owned());
    }
    let made = parse_compact(&signed.date).ok_or("error parsing X-Amz-Date parameter")?;
    if made + 15 * 60 * 1000 < state.now {
        return Err("X-Amz-Date parameter is expired (15 minute expiration)".to_owned());
    }
    Ok(())
}

/// Whether a host is one of STS: regional, FIPS, dual-stack, and in `aws` the global one. Without a port.
fn is_sts_host(host: &str, partition: Partition) -> bool {
    if partition == Partition::Aws && host == "sts.amazonaws.com" {
        return true;
    }
    let suffixes = [format!(".{}", partition.dns_suffix()), ".api.aws".to_owned()];
    let Some(name) = suffixes.iter().find_map(|suffix| host.strip_suffix(suffix.as_str())) else { return false };
    let Some(region) = name.strip_prefix("sts.").or_else(|| name.strip_prefix("sts-fips.")) else { return false };
    let parts: Vec<&str> = region.split('-').collect();
    let shaped = parts.len() >= 3
        && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric()))
        && parts.last().is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    shaped && Partition::of_region(region) == partition
}
