//! The certificate authorities of a cluster.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client, kubernetes};
use crate::support::cloud::Cloud;

const ALL: &str = "clusters/dev/certificate-authorities";

fn cloud() -> (Cloud, Client) {
    let cloud = Cloud::start();
    cloud.set_update_duration(Duration::ZERO);
    let creator = Client::new(&cloud, "creator");
    (cloud, creator)
}

fn one(client: &Client, method: &str, path: &str) -> Answer {
    client.eks(method, &format!("{ALL}{path}"), &Value::Null)
}

fn described(client: &Client, id: &str) -> Value {
    one(client, "GET", &format!("/{id}")).json()["certificateAuthority"].clone()
}

#[test]
fn a_successor_is_appended_distributed_activated_and_the_former_one_deleted() {
    let (cloud, creator) = cloud();
    let first = cloud.cluster("dev").ca_pem;
    let begun = creator.eks("POST", ALL, &json!({ "clientRequestToken": "t" })).json();
    assert_eq!(begun["update"]["type"], "CertificateAuthorityUpdate");
    assert_eq!(begun["certificateAuthority"]["distributionStatus"], "IN_PROGRESS");
    assert_eq!(creator.eks("POST", ALL, &json!({ "clientRequestToken": "t" })).json(), begun, "once");
    let successor = described(&creator, "ca-2");
    assert_eq!(
        (&successor["signingStatus"], &successor["distributionStatus"]),
        (&json!("NOT_USED"), &json!("COMPLETE"))
    );
    assert!(successor["scheduledEvents"]["finalAutoActivation"].as_f64() > successor["createdAt"].as_f64());
    let shown = creator.eks("GET", "clusters/dev", &Value::Null).json()["cluster"]["certificateAuthority"].clone();
    assert_eq!(shown["active"], json!({ "id": "ca-1", "activatedBy": "EKS" }));
    let both = cloud.cluster("dev").ca_pem;
    assert!(both.starts_with(&first) && both.len() > first.len());
    assert_eq!(one(&creator, "POST", "").code(), "400 ResourceLimitExceededException");
    assert_eq!(one(&creator, "DELETE", "/ca-1").code(), "409 ResourceInUseException");

    assert_eq!(one(&creator, "POST", "/ca-2/activate").json()["certificateAuthority"]["signingStatus"], "ACTIVATING");
    let active = described(&creator, "ca-2");
    assert_eq!((&active["signingStatus"], &active["activatedBy"]), (&json!("IN_USE"), &json!("CUSTOMER")));
    assert_eq!(one(&creator, "POST", "/ca-2/activate").code(), "400 InvalidParameterException");
    assert_eq!(one(&creator, "DELETE", "/ca-1").json()["certificateAuthority"]["distributionStatus"], "DELETING");
    assert_eq!(one(&creator, "GET", "/ca-1").code(), "404 ResourceNotFoundException");
    let left = one(&creator, "GET", "").json()["certificateAuthorities"].clone();
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    // The API shows a certificate of the signing authority.
    assert_eq!(kubernetes(&cloud.cluster("dev"), "no token", "GET", "/version", &Value::Null).status, 401);
}

#[test]
fn what_is_not_distributed_yet_is_not_activated_and_one_update_goes_on_at_a_time() {
    let (cloud, creator) = cloud();
    cloud.set_update_outcome("Failed");
    one(&creator, "POST", "");
    assert_eq!(described(&creator, "ca-2")["distributionStatus"], "FAILED");
    assert_eq!(one(&creator, "POST", "/ca-2/activate").code(), "400 InvalidParameterException");
    cloud.set_update_outcome("Successful");
    cloud.set_update_duration(Duration::from_hours(1));
    one(&creator, "DELETE", "/ca-2");
    assert_eq!(one(&creator, "POST", "").code(), "409 ResourceInUseException");
    assert_eq!(one(&creator, "POST", "/ca-9/activate").code(), "404 ResourceNotFoundException");
    assert_eq!(one(&Client::new(&cloud, "outsider"), "GET", "").code(), "403 AccessDeniedException");
}

#[test]
fn eks_activates_a_successor_that_was_left_alone() {
    let (cloud, creator) = cloud();
    one(&creator, "POST", "");
    assert_eq!(described(&creator, "ca-2")["signingStatus"], "NOT_USED");
    cloud.with_cluster("dev", |dev| dev.authorities[1].auto_activation = Some((0, 0)));
    assert_eq!(described(&creator, "ca-2")["activatedBy"], "EKS");
    let former = described(&creator, "ca-1");
    assert_eq!((&former["signingStatus"], &former["rollbackAvailable"]), (&json!("NOT_USED"), &json!(true)));
}
