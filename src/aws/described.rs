//! Answers of `eks:DescribeCluster`, checked before use: tokens are sent to the endpoint, and a kubeconfig trusts the
//! authority for years.

use std::str::FromStr as _;

use aws_sdk_eks::types::{
    AccessConfigResponse, AuthenticationMode, CertificateAuthority, CertificateAuthoritySigningStatus as Status,
    Cluster, ErrorDetail, Update, UpdateType,
};
use aws_smithy_types::DateTime;
use http::uri::Authority;
use rustls::pki_types::ServerName;

use crate::model::{
    AuthMode, Authorities, ClusterArn, ClusterAuthority, ClusterDescription, ClusterFacts, ClusterUpdate, Partition,
    Signing, UpdateStatus,
};
use crate::transport;

/// The cluster `name` of a region, as described.
///
/// # Errors
/// What is wrong with the answer, in words.
pub(super) fn cluster_of(name: &str, region: Option<&str>, cluster: &Cluster) -> Result<ClusterDescription, String> {
    let arn: ClusterArn = cluster.arn().unwrap_or_default().parse().map_err(|error| format!("its ARN: {error}"))?;
    let other_region = region.is_some_and(|region| region != arn.region);
    let other_name = arn.name != name || cluster.name().is_some_and(|described| described != name);
    if other_region || other_name || Partition::of_region(&arn.region) != arn.partition {
        let named = cluster.name().filter(|named| *named != arn.name).map(|named| format!(" (named {named})"));
        return Err(format!("the answer describes {arn}{}, which was not requested", named.unwrap_or_default()));
    }
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let endpoint = text(cluster.endpoint());
    if let Some(url) = endpoint.as_deref().filter(|url| !is_host_alone(url)) {
        return Err(format!("its endpoint `{url}` is not https:// with a host and nothing else"));
    }
    let authority = text(cluster.certificate_authority().and_then(|ca| ca.data()));
    if let Some(text) = &authority {
        transport::authority(text).map_err(|why| format!("its certificate authority {why}"))?;
    }
    let mode = cluster.access_config().and_then(|access| access.authentication_mode());
    // The token of a local cluster on Outposts is signed for its id (AWS CLI, `eks get-token`; aws-iam-authenticator).
    let local = cluster.outpost_config().is_some_and(|outpost| outpost.etcd_instance_type().is_none());
    let id = if local { text(cluster.id()) } else { None };
    Ok(ClusterDescription {
        status: cluster.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        endpoint,
        certificate_authority: authority,
        mode: AuthMode::of_api(mode.map(AuthenticationMode::as_str)),
        private_only: cluster
            .resources_vpc_config()
            .is_some_and(|vpc| vpc.endpoint_private_access() && !vpc.endpoint_public_access()),
        token_cluster_id: id.unwrap_or_else(|| arn.name.clone()),
        facts: ClusterFacts {
            kubernetes: text(cluster.version()),
            platform: text(cluster.platform_version()),
            creator_is_admin: cluster
                .access_config()
                .and_then(AccessConfigResponse::bootstrap_cluster_creator_admin_permissions),
            is_local: local,
            remote_networks: cluster.remote_network_config().is_some(),
        },
        of_kubeconfig: false,
        arn,
    })
}

/// A cluster's certificate authority, as described.
pub(super) fn authority_of(authority: &CertificateAuthority) -> ClusterAuthority {
    let latest = authority.scheduled_events().and_then(|events| events.final_auto_activation());
    ClusterAuthority {
        signing: match authority.signing_status() {
            Some(Status::InUse) => Some(Signing::InUse),
            Some(Status::Activating) => Some(Signing::Activating),
            Some(Status::NotUsed) => Some(Signing::NotUsed),
            _ => None,
        },
        created_at: authority.created_at().and_then(|at| at.to_millis().ok()),
        activated_at: authority.activated_at().map(DateTime::secs),
        final_auto_activation: latest.map(DateTime::secs),
        certificates: authority.data().and_then(Authorities::of_data),
    }
}

/// An update of a cluster as it is described.
pub(super) fn update_of(update: &Update) -> ClusterUpdate {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let told = |error: &ErrorDetail| {
        let code = error.error_code().map(|code| format!("{}: ", code.as_str())).unwrap_or_default();
        format!("{code}{}", error.error_message().unwrap_or_default())
    };
    ClusterUpdate {
        id: text(update.id()),
        kind: text(update.r#type().map(UpdateType::as_str)),
        status: UpdateStatus::of_api(update.status().map_or("", |status| status.as_str())),
        errors: update.errors().iter().map(told).collect(),
    }
}

/// Whether a URL is `https://`, a host, an optional port, and at most the path `/`.
fn is_host_alone(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let Ok(authority) = Authority::from_str(rest) else { return false };
    let (host, port) = (authority.host(), authority.port_u16());
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let whole = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    whole == rest && port != Some(0) && ServerName::try_from(bare).is_ok()
}
