//! Modes, entries and policies.

use serde_json::{Value, json};

use super::client::{Answer, Client};
use crate::support::cloud::{AuthMode, Cloud, ClusterSpec, World};
use eksaccess::model::arn::Partition;

const ROLE: &str = "arn:aws:iam::111122223333:role/team/R";
const PASS: &str = "clusters/dev/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fteam%2FR";

fn world() -> World {
    World::new().dev(|dev| dev.mode(AuthMode::Api)).home(|home| {
        home.role_at("/team/", "R", &json!({ "AWS": "111122223333" }));
    })
}

fn create(client: &Client, body: &Value) -> Answer {
    let mut whole = json!({ "principalArn": ROLE });
    for (key, value) in body.as_object().into_iter().flatten() {
        whole[key] = value.clone();
    }
    client.eks("POST", "clusters/dev/access-entries", &whole)
}

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_mode_goes_one_step_at_a_time_and_never_back() {
    let cloud = Cloud::start();
    cloud.set_update_duration(std::time::Duration::from_millis(80));
    let creator = Client::new(&cloud, "creator");
    let switch = |mode: &str| {
        creator.eks("POST", "clusters/dev/update-config", &json!({ "accessConfig": { "authenticationMode": mode } }))
    };
    for mode in ["API", "CONFIG_MAP", "NONSENSE"] {
        let answer = switch(mode);
        assert_eq!(answer.code(), "400 InvalidParameterException");
        assert_eq!(message(&answer), format!("Unsupported authentication mode update from CONFIG_MAP to {mode}"));
    }
    let update = switch("API_AND_CONFIG_MAP").json()["update"].clone();
    assert_eq!((&update["status"], &update["type"]), (&json!("InProgress"), &json!("AccessConfigUpdate")));
    assert_eq!(cloud.mode("dev"), AuthMode::ConfigMap);
    assert_eq!(switch("API_AND_CONFIG_MAP").code(), "409 ResourceInUseException");
    std::thread::sleep(std::time::Duration::from_millis(100));
    let path = format!("clusters/dev/updates/{}", update["id"].as_str().unwrap());
    assert_eq!(creator.eks("GET", &path, &Value::Null).json()["update"]["status"], "Successful");
    let shown = creator.eks("GET", "clusters/dev", &Value::Null).json();
    assert_eq!(shown["cluster"]["accessConfig"]["authenticationMode"], "API_AND_CONFIG_MAP");
    // EKS creates the creator's entry and the nodes'.
    let entries = cloud.access_entries("dev");
    let kinds: Vec<(&str, usize)> = entries.iter().map(|e| (e.kind.as_str(), e.policies.len())).collect();
    assert_eq!(kinds, [("EC2_LINUX", 0), ("STANDARD", 1)]);
}

#[test]
fn entries_need_a_mode_that_knows_them() {
    let cloud = world().start();
    cloud.set_mode("dev", AuthMode::ConfigMap);
    let creator = Client::new(&cloud, "creator");
    for answer in [
        create(&creator, &json!({})),
        creator.eks("GET", "clusters/dev/access-entries", &Value::Null),
        creator.eks("GET", PASS, &Value::Null),
    ] {
        assert_eq!(answer.code(), "400 InvalidRequestException");
        assert_eq!(
            message(&answer),
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
        );
    }
}

#[test]
fn an_entry_is_made_once_and_found_by_its_whole_arn() {
    let cloud = world().start();
    let creator = Client::new(&cloud, "creator");
    let entry = create(&creator, &json!({ "tags": { "a": "b" } })).json()["accessEntry"].clone();
    assert_eq!(entry["username"], "arn:aws:sts::111122223333:assumed-role/R/{{SessionName}}");
    let arn = entry["accessEntryArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:eks:eu-west-1:111122223333:access-entry/dev/role/111122223333/R/"), "{arn}");
    let again = create(&creator, &json!({}));
    assert_eq!(again.code(), "409 ResourceInUseException");
    assert_eq!(message(&again), "The specified access entry resource is already in use on this cluster.");
    assert_eq!(creator.eks("GET", PASS, &Value::Null).json()["accessEntry"], entry);
    let tags = format!("tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    creator.eks("POST", &tags, &json!({ "tags": { "c": "d" } }));
    assert_eq!(creator.eks("GET", &tags, &Value::Null).json()["tags"], json!({ "a": "b", "c": "d" }));
    assert_eq!(creator.eks("DELETE", PASS, &Value::Null).status, 200);
    assert_eq!(creator.eks("DELETE", PASS, &Value::Null).code(), "404 ResourceNotFoundException");
}

#[test]
fn a_client_token_makes_a_create_idempotent() {
    let cloud = world().start();
    let creator = Client::new(&cloud, "creator");
    let body = json!({ "clientRequestToken": "t1" });
    let first = create(&creator, &body);
    assert_eq!(create(&creator, &body).json(), first.json());
    let other = create(&creator, &json!({ "clientRequestToken": "t1", "username": "x" }));
    assert_eq!(other.code(), "400 InvalidParameterException");
}

#[test]
fn what_an_entry_may_not_be_is_refused() {
    let cloud = world()
        .home(|home| {
            home.role_at("/aws-service-role/eks.amazonaws.com/", "Linked", &json!({ "Service": "eks.amazonaws.com" }));
        })
        .account(Partition::Aws, "222233334444", |other| {
            other.role("Other");
        })
        .start();
    let creator = Client::new(&cloud, "creator");
    let invalid = "The specified principalArn is invalid: invalid principal.";
    let format = "The principalArn parameter format is not valid";
    for (body, expected) in [
        (json!({ "principalArn": "arn:aws:iam::111122223333:role/R" }), invalid),
        (json!({ "principalArn": "arn:aws-cn:iam::111122223333:role/team/R" }), invalid),
        (json!({ "principalArn": "arn:aws:sts::111122223333:assumed-role/R/s1" }), format),
        (json!({ "principalArn": "arn:aws:iam::111122223333:root" }), format),
        (
            json!({ "principalArn": "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/Linked" }),
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role",
        ),
        (
            json!({ "kubernetesGroups": ["system:masters"] }),
            "The kubernetes group name system:masters is invalid, it cannot start with system:",
        ),
        (json!({ "username": "eks:x" }), "The username eks:x is invalid, it cannot start with eks:"),
        (
            json!({ "username": "{{SessionName}}" }),
            "The username {{SessionName}} is invalid, it must contain a colon before {{SessionName}}",
        ),
        (
            json!({ "type": "EC2_LINUX", "kubernetesGroups": ["g"] }),
            "You can only specify a username or kubernetes groups for access entries with a type of \"STANDARD\".",
        ),
        (
            json!({ "type": "EC2", "principalArn": "arn:aws:iam::222233334444:role/Other" }),
            "The principalArn of an access entry of type EC2 must be a role of the cluster's account",
        ),
    ] {
        let answer = create(&creator, &body);
        assert_eq!(answer.code(), "400 InvalidParameterException", "{body}");
        assert_eq!(message(&answer), expected);
    }
    let cross = create(&creator, &json!({ "principalArn": "arn:aws:iam::222233334444:role/Other" }));
    assert_eq!(cross.status, 200, "{}", cross.body);
    assert_eq!(create(&creator, &json!({ "username": "R:{{SessionName}}" })).status, 200);
}

#[test]
fn an_update_resets_what_it_leaves_out() {
    let cloud = world().start();
    let creator = Client::new(&cloud, "creator");
    create(&creator, &json!({ "username": "u", "kubernetesGroups": ["g"] }));
    let updated = creator.eks("POST", PASS, &json!({ "kubernetesGroups": ["h"] })).json();
    assert_eq!(updated["accessEntry"]["kubernetesGroups"], json!(["h"]));
    assert_eq!(updated["accessEntry"]["username"], "arn:aws:sts::111122223333:assumed-role/R/{{SessionName}}");
    let node = PASS.replace("team%2FR", "dev-node");
    let answer = creator.eks("POST", &node, &json!({ "username": "u" }));
    assert!(message(&answer).contains("a type of \"STANDARD\""), "{}", answer.body);
}

#[test]
fn associating_again_replaces_the_scope() {
    let cloud = world().start();
    let creator = Client::new(&cloud, "creator");
    create(&creator, &json!({}));
    let policies = format!("{PASS}/access-policies");
    let associate = |policy: &str, scope: Value| {
        creator.eks("POST", &policies, &json!({ "policyArn": policy, "accessScope": scope }))
    };
    let view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    assert_eq!(associate(view, json!({ "type": "namespace", "namespaces": ["dev-*"] })).status, 200);
    assert_eq!(associate(view, json!({ "type": "cluster" })).status, 200);
    let listed = creator.eks("GET", &policies, &Value::Null).json();
    assert_eq!(listed["associatedAccessPolicies"].as_array().unwrap().len(), 1);
    assert_eq!(listed["associatedAccessPolicies"][0]["accessScope"], json!({ "type": "cluster", "namespaces": [] }));
    for (policy, scope) in [
        (&view.replace("aws:eks", "aws-cn:eks"), json!({ "type": "cluster" })),
        (&view.to_owned(), json!({ "type": "namespace", "namespaces": [] })),
        (&view.to_owned(), json!({ "type": "cluster", "namespaces": ["a"] })),
    ] {
        assert_eq!(associate(policy, scope).code(), "400 InvalidParameterException");
    }
    let one = format!("{policies}/{}", view.replace(':', "%3A").replace('/', "%2F"));
    assert_eq!(creator.eks("DELETE", &one, &Value::Null).status, 200);
    assert_eq!(creator.eks("DELETE", &one, &Value::Null).code(), "404 ResourceNotFoundException");
    let all = creator.eks("GET", "access-policies", &Value::Null).json();
    assert!(all["accessPolicies"].as_array().unwrap().iter().any(|p| p["arn"] == view));
}

#[test]
fn entries_come_in_pages() {
    let cloud = world().start();
    cloud.set_page_size(Some(1));
    let creator = Client::new(&cloud, "creator");
    create(&creator, &json!({}));
    let (mut seen, mut path) = (Vec::new(), "clusters/dev/access-entries".to_owned());
    loop {
        let page = creator.eks("GET", &path, &Value::Null).json();
        seen.extend(page["accessEntries"].as_array().unwrap().clone());
        let Some(next) = page["nextToken"].as_str() else { break };
        path = format!("clusters/dev/access-entries?nextToken={next}");
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn clusters_that_are_not_there_yet_say_so() {
    let cloud = World::new()
        .cluster(ClusterSpec::new("young").status("CREATING").without_endpoint())
        .cluster(ClusterSpec::new("closed").private())
        .cluster(ClusterSpec::new("mute").silent())
        .cluster(ClusterSpec::new("old").without_access_config())
        .start();
    let creator = Client::new(&cloud, "creator");
    let get = |name: &str| creator.eks("GET", &format!("clusters/{name}"), &Value::Null);
    let young = get("young").json();
    assert_eq!((&young["cluster"]["status"], &young["cluster"]["endpoint"]), (&json!("CREATING"), &Value::Null));
    let closed = get("closed").json();
    assert_eq!(closed["cluster"]["resourcesVpcConfig"]["endpointPublicAccess"], false);
    let address = closed["cluster"]["endpoint"].as_str().unwrap().replace("https://", "");
    assert!(std::net::TcpStream::connect(address).is_err());
    assert_eq!(get("old").json()["cluster"].get("accessConfig"), None);
    let missing = get("none");
    assert_eq!(missing.code(), "404 ResourceNotFoundException");
    assert_eq!(message(&missing), "No cluster found for name: none.");
    let silent = cloud.cluster("mute").endpoint.unwrap().replace("https://", "");
    let mut stream = std::net::TcpStream::connect(silent).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
    assert!(std::io::Read::read(&mut stream, &mut [0; 1]).is_err());
    let elsewhere = Client { region: "us-east-1".to_owned(), ..creator.clone() };
    assert_eq!(elsewhere.eks("GET", "clusters/dev", &Value::Null).code(), "404 ResourceNotFoundException");
    let switch = json!({ "accessConfig": { "authenticationMode": "API_AND_CONFIG_MAP" } });
    assert_eq!(creator.eks("POST", "clusters/young/update-config", &switch).code(), "409 ResourceInUseException");
}

#[test]
fn a_switch_may_fail() {
    let cloud = Cloud::start();
    cloud.set_update_duration(std::time::Duration::ZERO);
    cloud.set_update_outcome("Failed");
    let creator = Client::new(&cloud, "creator");
    let body = json!({ "accessConfig": { "authenticationMode": "API_AND_CONFIG_MAP" } });
    let id = creator.eks("POST", "clusters/dev/update-config", &body).json()["update"]["id"].clone();
    let path = format!("clusters/dev/updates/{}", id.as_str().unwrap());
    assert_eq!(creator.eks("GET", &path, &Value::Null).json()["update"]["status"], "Failed");
    assert_eq!(cloud.mode("dev"), AuthMode::ConfigMap);
    cloud.set_update_outcome("Successful");
    assert_eq!(creator.eks("POST", "clusters/dev/update-config", &body).status, 200);
}
