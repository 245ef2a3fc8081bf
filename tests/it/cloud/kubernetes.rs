//! The Kubernetes API: the ConfigMap, identities and authorisation.

use serde_json::{Value, json};

use super::client::{Answer, Client};
use crate::support::cloud::{AuthMode, Cloud, ClusterSpec, World};

const MAP: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
const MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";

fn reviewed(client: &Client, cloud: &Cloud, cluster: &str) -> Value {
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = client.kubernetes(&cloud.cluster(cluster), "POST", path, &json!({}));
    if answer.status == 201 { answer.json()["status"]["userInfo"].clone() } else { json!(answer.status) }
}

fn may(client: &Client, cloud: &Cloud, verb: &str, resource: &str, namespace: &str) -> bool {
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let attributes = json!({ "verb": verb, "resource": resource, "namespace": namespace });
    let body = json!({ "spec": { "resourceAttributes": attributes } });
    client.kubernetes(&cloud.cluster("dev"), "POST", path, &body).json()["status"]["allowed"].as_bool().unwrap()
}

fn map(data: &str) -> Value {
    json!({ "kind": "ConfigMap", "apiVersion": "v1", "metadata": { "name": "aws-auth", "namespace": "kube-system" },
        "data": { "mapRoles": data } })
}

#[test]
fn the_config_map_is_replaced_only_at_the_version_it_was_read() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let dev = cloud.cluster("dev");
    let read = creator.kubernetes(&dev, "GET", MAP, &Value::Null).json();
    assert!(read["data"]["mapRoles"].as_str().unwrap().contains("# Kept by the platform team"));
    let mut new = read.clone();
    new["data"]["mapUsers"] = json!("[]");
    let dry = creator.kubernetes(&dev, "PUT", &format!("{MAP}?dryRun=All"), &new);
    assert_eq!((dry.status, cloud.config_map("dev").unwrap()), (200, read.clone()));
    // No change, so no new version.
    let same = creator.kubernetes(&dev, "PUT", MAP, &read).json();
    assert_eq!(same["metadata"]["resourceVersion"], read["metadata"]["resourceVersion"]);
    let written = creator.kubernetes(&dev, "PUT", MAP, &new).json();
    assert_ne!(written["metadata"]["resourceVersion"], read["metadata"]["resourceVersion"]);
    assert_eq!(written["metadata"]["uid"], read["metadata"]["uid"]);
    new["data"]["mapUsers"] = json!("- x");
    let late = creator.kubernetes(&dev, "PUT", MAP, &new);
    assert_eq!(late.code(), "409 Conflict");
    assert_eq!(cloud.config_map_data("dev", "mapUsers").unwrap(), "[]");
}

#[test]
fn the_config_map_is_created_once_and_missed_when_gone() {
    let cloud = World::new().dev(ClusterSpec::without_config_map).start();
    let creator = Client::new(&cloud, "creator");
    let dev = cloud.cluster("dev");
    assert_eq!(creator.kubernetes(&dev, "GET", MAP, &Value::Null).code(), "404 NotFound");
    assert_eq!(creator.kubernetes(&dev, "PUT", MAP, &map("[]")).code(), "404 NotFound");
    let dry = creator.kubernetes(&dev, "POST", &format!("{MAPS}?dryRun=All"), &map("[]"));
    assert_eq!((dry.status, cloud.config_map("dev")), (201, None));
    assert_eq!(creator.kubernetes(&dev, "POST", MAPS, &map("[]")).status, 201);
    assert_eq!(creator.kubernetes(&dev, "POST", MAPS, &map("[]")).code(), "409 AlreadyExists");
}

#[test]
fn a_config_map_may_be_frozen_and_may_not_be_huge() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let dev = cloud.cluster("dev");
    let huge = creator.kubernetes(&dev, "PUT", MAP, &map(&"x".repeat(1024 * 1024 + 1)));
    assert_eq!(huge.code(), "422 Invalid");
    assert!(huge.body.contains("Too long: may not be more than 1048576 bytes"), "{}", huge.body);
    assert_eq!(creator.kubernetes(&dev, "PUT", MAP, &map(&"x".repeat(1024 * 1024))).status, 200);
    let mut frozen = map("[]");
    frozen["immutable"] = json!(true);
    cloud.set_config_map("dev", &frozen);
    let answer = creator.kubernetes(&dev, "PUT", MAP, &map("- x"));
    assert_eq!(answer.code(), "422 Invalid");
    assert!(answer.body.contains("field is immutable"), "{}", answer.body);
}

#[test]
fn the_creator_has_access_and_others_only_by_a_mapping() {
    let cloud = World::new()
        .home(|home| {
            home.role_at("/team/", "R", &json!({ "AWS": "*" }));
        })
        .start();
    let member = Client::new(&cloud, "member");
    let session = member.assume("arn:aws:iam::111122223333:role/team/R", "ann@example.com");
    assert_eq!(reviewed(&Client::new(&cloud, "creator"), &cloud, "dev")["username"], "kubernetes-creator");
    assert_eq!(reviewed(&member, &cloud, "dev"), json!(401));
    assert_eq!(reviewed(&session, &cloud, "dev"), json!(401));
    // An ARN with the path matches nothing.
    let entry =
        |arn: &str| format!("- rolearn: {arn}\n  username: r:{{{{SessionName}}}}\n  groups: [system:masters]\n");
    cloud.set_config_map_data("dev", "mapRoles", &entry("arn:aws:iam::111122223333:role/team/R"));
    assert_eq!(reviewed(&session, &cloud, "dev"), json!(401));
    cloud.set_config_map_data("dev", "mapRoles", &entry("arn:aws:iam::111122223333:role/R"));
    let info = reviewed(&session, &cloud, "dev");
    assert_eq!(info["username"], "r:ann-example.com");
    assert_eq!(info["groups"], json!(["system:masters", "system:authenticated"]));
    assert_eq!(info["extra"]["sessionName"], json!(["ann@example.com"]));
    assert!(may(&session, &cloud, "*", "*", ""));
    cloud.delete_config_map("dev");
    assert_eq!(reviewed(&session, &cloud, "dev"), json!(401));
    assert_eq!(reviewed(&Client::new(&cloud, "outsider"), &cloud, "dev"), json!(401));
}

/// Gives `member` an entry by its own ARN.
fn entry(cloud: &Cloud, policy: Option<(&str, Value)>) {
    let creator = Client::new(cloud, "creator");
    let arn = "arn:aws:iam::111122223333:user/member";
    let path = format!("clusters/dev/access-entries/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    let made = creator.eks("POST", "clusters/dev/access-entries", &json!({ "principalArn": arn }));
    assert_eq!(made.status, 200, "{}", made.body);
    if let Some((name, scope)) = policy {
        let body =
            json!({ "policyArn": format!("arn:aws:eks::aws:cluster-access-policy/{name}"), "accessScope": scope });
        assert_eq!(creator.eks("POST", &format!("{path}/access-policies"), &body).status, 200);
    }
}

#[test]
fn an_empty_entry_masks_a_mapping() {
    let cloud = World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)).start();
    let member = Client::new(&cloud, "member");
    let mapping = "- userarn: arn:aws:iam::111122223333:user/member\n  username: m\n  groups: [system:masters]\n";
    cloud.set_config_map_data("dev", "mapUsers", mapping);
    assert_eq!(reviewed(&member, &cloud, "dev")["username"], "m");
    assert!(may(&member, &cloud, "get", "pods", "default"));
    entry(&cloud, None);
    assert_eq!(reviewed(&member, &cloud, "dev")["groups"], json!(["system:authenticated"]));
    assert!(!may(&member, &cloud, "get", "pods", "default"));
    let token = member.token("dev");
    let found = cloud.review_token_by_entries("dev", &token).unwrap();
    assert!(matches!(found.source, crate::support::cloud::Source::AccessEntry { masks: true, .. }));
    cloud.set_mode("dev", AuthMode::ConfigMap);
    assert_eq!(cloud.review_token_by_entries("dev", &token), None);
    assert_eq!(cloud.identity_of_token("dev", &token).unwrap().username, "m");
}

#[test]
fn access_policies_reach_as_far_as_their_scope() {
    let cloud = World::new().dev(|dev| dev.mode(AuthMode::Api)).start();
    let member = Client::new(&cloud, "member");
    entry(&cloud, Some(("AmazonEKSEditPolicy", json!({ "type": "namespace", "namespaces": ["dev-*"] }))));
    for (verb, resource, namespace, expected) in [
        ("get", "pods", "dev-a", true),
        ("delete", "configmaps", "dev-b", true),
        ("get", "pods", "prod", false),
        ("get", "nodes", "", false),
        ("*", "*", "dev-a", false),
    ] {
        assert_eq!(may(&member, &cloud, verb, resource, namespace), expected, "{verb} {resource} {namespace}");
    }
    let refused = member.kubernetes(&cloud.cluster("dev"), "GET", MAP, &Value::Null);
    assert_eq!(refused.code(), "403 Forbidden");
    assert!(refused.body.contains("cannot get resource \\\"configmaps\\\""), "{}", refused.body);
    let admin = Client::new(&cloud, "creator");
    assert!(may(&admin, &cloud, "*", "*", ""));
}

#[test]
fn an_entry_of_a_role_that_was_made_anew_matches_nothing() {
    let cloud = World::new()
        .dev(|dev| dev.mode(AuthMode::Api))
        .home(|home| {
            home.role_at("/", "R", &json!({ "AWS": "*" }));
        })
        .start();
    let arn = "arn:aws:iam::111122223333:role/R";
    let creator = Client::new(&cloud, "creator");
    creator.eks("POST", "clusters/dev/access-entries", &json!({ "principalArn": arn }));
    let member = Client::new(&cloud, "member");
    assert!(reviewed(&member.assume(arn, "s1"), &cloud, "dev")["username"].is_string());
    cloud.recreate_role("R");
    assert_eq!(reviewed(&member.assume(arn, "s1"), &cloud, "dev"), json!(401));
    // It looks unchanged.
    let answer: Answer =
        creator.eks("GET", "clusters/dev/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FR", &Value::Null);
    assert_eq!(answer.json()["accessEntry"]["principalArn"], arn);
}

#[test]
fn grants_of_groups_count_too() {
    let cloud = World::new().dev(|dev| dev.grant("viewers", &["get", "list"], &["pods"], Some("default"))).start();
    let mapping = "- userarn: arn:aws:iam::111122223333:user/member\n  username: m\n  groups: [viewers]\n";
    cloud.set_config_map_data("dev", "mapUsers", mapping);
    let member = Client::new(&cloud, "member");
    assert!(may(&member, &cloud, "list", "pods", "default"));
    assert!(!may(&member, &cloud, "list", "pods", "kube-system"));
    assert!(!may(&member, &cloud, "delete", "pods", "default"));
}

#[test]
fn a_node_gets_access_by_its_instances_name() {
    let cloud = Cloud::start();
    let node = |session: &str| {
        let client = Client::from_env(&cloud.session_env("dev-node", session));
        reviewed(&client, &cloud, "dev")
    };
    let info = node("i-0123456789abcdef0");
    assert_eq!(info["username"], "system:node:ip-0123456789abcdef0.internal");
    assert_eq!(info["groups"], json!(["system:bootstrappers", "system:nodes", "system:authenticated"]));
    assert_eq!(node("ann"), json!(401));
}
