use aws_sdk_eks::types::{
    AccessConfigResponse, AuthenticationMode, Certificate, Cluster, OutpostConfigResponse, VpcConfigResponse,
};

use base64::Engine as _;

use super::*;
use crate::model::{AuthMode, ClusterFacts};

const ARN: &str = "arn:aws-cn:eks:cn-north-1:111122223333:cluster/dev";

fn described(cluster: &Cluster) -> ClusterDescription {
    cluster_of("dev", Some("cn-north-1"), cluster).unwrap()
}

fn outpost(etcd: Option<&str>) -> OutpostConfigResponse {
    OutpostConfigResponse::builder()
        .outpost_arns("arn")
        .control_plane_instance_type("m5.large")
        .set_etcd_instance_type(etcd.map(str::to_owned))
        .build()
        .unwrap()
}

#[test]
fn a_cluster_is_described_whole() {
    let access = AccessConfigResponse::builder()
        .authentication_mode(AuthenticationMode::ApiAndConfigMap)
        .bootstrap_cluster_creator_admin_permissions(false)
        .build();
    let vpc = VpcConfigResponse::builder().endpoint_private_access(true).endpoint_public_access(false).build();
    let pem = rcgen::generate_simple_self_signed(vec!["ca.test".into()]).unwrap().cert.pem();
    let authority = base64::engine::general_purpose::STANDARD.encode(pem);
    let cluster = Cluster::builder()
        .name("dev")
        .arn(ARN)
        .status("ACTIVE".into())
        .endpoint("https://example.com")
        .certificate_authority(Certificate::builder().data(&authority).build())
        .access_config(access)
        .resources_vpc_config(vpc)
        .version("1.30")
        .platform_version("eks.7")
        .build();
    let seen = described(&cluster);
    assert_eq!(seen.arn.to_string(), ARN);
    assert_eq!((seen.status.as_str(), seen.mode), ("ACTIVE", AuthMode::ApiAndConfigMap));
    assert_eq!(seen.certificate_authority.as_deref(), Some(authority.as_str()));
    assert!(seen.private_only && seen.is_usable());
    assert_eq!(seen.token_cluster_id, "dev");
    let (kubernetes, platform) = (Some("1.30".to_owned()), Some("eks.7".to_owned()));
    assert_eq!(
        seen.facts,
        ClusterFacts { kubernetes, platform, creator_is_admin: Some(false), ..ClusterFacts::default() }
    );
}

#[test]
fn what_is_absent_is_absent() {
    let empty = Certificate::builder().data("").build();
    let seen = described(&Cluster::builder().arn(ARN).endpoint("").certificate_authority(empty).build());
    assert_eq!((seen.endpoint, seen.certificate_authority), (None, None));
    assert_eq!((seen.mode, seen.private_only), (AuthMode::ConfigMap, false));
    assert_eq!((seen.token_cluster_id.as_str(), seen.facts), ("dev", ClusterFacts::default()));
    assert!(cluster_of("dev", None, &Cluster::builder().build()).is_err());
}

#[test]
fn a_local_cluster_on_outposts_signs_for_its_id() {
    let cluster = |etcd| {
        let seen = described(&Cluster::builder().arn(ARN).name("dev").id("c-1").outpost_config(outpost(etcd)).build());
        (seen.token_cluster_id, seen.facts.is_local)
    };
    assert_eq!(cluster(None), ("c-1".to_owned(), true));
    assert_eq!(cluster(Some("m5.large")), ("dev".to_owned(), false));
}

#[test]
fn a_scope_comes_back_as_it_was_sent() {
    for scope in [PolicyScope::Cluster, PolicyScope::Namespaces(vec!["dev-*".into(), "ops".into()])] {
        assert_eq!(scope_of(Some(&access_scope(&scope))), scope);
    }
}
