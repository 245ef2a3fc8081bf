//! Injected faults.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use crate::support::cloud::{ACCOUNT, AuthMode, Cloud, Effect, Fault, Place, World};
use eksaccess::model::arn::Partition;

/// The propagation delay; the cloud's clock is set ahead instead of waiting.
const SPREADING: Duration = Duration::from_mins(4);
/// The seconds by which the clock is ahead after one delay, and after two. A signature may be fifteen minutes old.
const PASSED: [i64; 2] = [4 * 60 + 1, 2 * (4 * 60 + 1)];

const TRUST: &str = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\
                     \"arn:aws:iam::111122223333:root\"},\"Action\":\"sts:AssumeRole\"}]}";

fn create(client: &Client) -> super::client::Answer {
    client.iam("CreateRole", &[("RoleName", "R"), ("AssumeRolePolicyDocument", TRUST)])
}

#[test]
fn refusals_come_in_each_protocols_words_and_nothing_is_done() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    for (effect, iam, eks) in [
        (Effect::Throttle, "400 Throttling", "400 ThrottlingException"),
        (Effect::Error(500), "500 ServiceFailure", "500 ServerException"),
        (Effect::Error(503), "503 ServiceUnavailable", "503 ServiceUnavailableException"),
        (Effect::AccessDenied, "403 AccessDenied", "403 AccessDeniedException"),
        (Effect::ExpiredToken, "403 ExpiredToken", "403 ExpiredTokenException"),
        (Effect::Conflict, "409 ConcurrentModification", "409 ResourceInUseException"),
        (Effect::Refuse(404, "Odd".into(), "said".into()), "404 Odd", "404 Odd"),
    ] {
        cloud.arm(Fault::new("CreateRole", effect.clone()));
        cloud.arm(Fault::new("eks:*", effect));
        assert_eq!(create(&creator).code(), iam);
        assert_eq!(creator.eks("GET", "clusters", &Value::Null).code(), eks);
        assert!(cloud.role("R").is_none());
        cloud.disarm();
    }
    assert_eq!(create(&creator).status, 200);
}

#[test]
fn a_fault_strikes_the_nth_call_for_so_many_times() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    cloud.arm(Fault::new("GetUser", Effect::Throttle).nth(2).times(2));
    let codes: Vec<u16> = (0..5).map(|_| creator.iam("GetUser", &[]).status).collect();
    assert_eq!(codes, [200, 400, 400, 200, 200]);
}

#[test]
fn a_connection_ends_before_or_after_the_work() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    cloud.arm(Fault::new("write", Effect::DropBefore));
    assert_eq!(create(&creator).status, 0);
    assert!(cloud.role("R").is_none());
    cloud.disarm();
    cloud.arm(Fault::new("CreateRole", Effect::LostAnswer));
    assert_eq!(create(&creator).status, 0);
    assert!(cloud.role("R").is_some());
    assert_eq!(create(&creator).code(), "409 EntityAlreadyExists");
    let done: Vec<bool> = cloud.writes().iter().map(|call| call.done).collect();
    assert_eq!(done, [false, true, false]);
}

#[test]
fn an_answer_may_never_come_and_the_test_is_notified() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    assert!(!cloud.wait_for_hang(Duration::from_millis(1)));
    cloud.arm(Fault::new("CreateRole", Effect::HangAfter));
    std::thread::spawn(move || create(&creator));
    assert!(cloud.wait_for_hang(Duration::from_mins(2)));
    assert!(cloud.role("R").is_some());
    assert!(cloud.calls()[0].end.is_none());
    assert!(!cloud.wait_for_hang(Duration::from_millis(1)));
}

#[test]
fn a_call_may_hang_before_it_is_done() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    cloud.arm(Fault::new("CreateRole", Effect::HangBefore));
    std::thread::spawn(move || create(&creator));
    assert!(cloud.wait_for_hang(Duration::from_mins(2)));
    assert!(cloud.role("R").is_none());
    assert!(!cloud.calls()[0].done);
}

#[test]
fn the_kubernetes_api_has_bad_luck_too() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let dev = cloud.cluster("dev");
    let map = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
    let mut new = cloud.config_map("dev").unwrap();
    new["data"]["x"] = json!("y");
    for (effect, expected) in [
        (Effect::Conflict, "409 Conflict"),
        (Effect::Throttle, "429 TooManyRequests"),
        (Effect::Error(503), "503 ServiceUnavailable"),
        (Effect::AccessDenied, "403 Forbidden"),
        (Effect::ExpiredToken, "401 Unauthorized"),
    ] {
        cloud.arm(Fault::new("ReplaceConfigMap", effect));
        assert_eq!(creator.kubernetes(&dev, "PUT", map, &new).code(), expected);
        assert_eq!(cloud.config_map_data("dev", "x"), None);
    }
    cloud.arm(Fault::new("k8s:*", Effect::LostAnswer));
    assert_eq!(creator.kubernetes(&dev, "PUT", map, &new).status, 0);
    assert_eq!(cloud.config_map_data("dev", "x").unwrap(), "y");
}

#[test]
fn another_client_may_act_just_before_a_call() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let dev = cloud.cluster("dev");
    let map = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
    let mut new = cloud.config_map("dev").unwrap();
    new["data"]["mine"] = json!("1");
    cloud.on_call("ReplaceConfigMap", 1, |cloud| cloud.set_config_map_data("dev", "theirs", "2"));
    assert_eq!(creator.kubernetes(&dev, "PUT", map, &new).code(), "409 Conflict");
    assert_eq!(cloud.config_map_data("dev", "theirs").unwrap(), "2");
    assert_eq!(cloud.config_map_data("dev", "mine"), None);
}

#[test]
fn a_new_role_is_read_at_once_but_takes_its_time_to_act() {
    let cloud = World::new().dev(|dev| dev.mode(AuthMode::Api)).propagation(SPREADING).start();
    let creator = Client::new(&cloud, "creator");
    let arn = "arn:aws:iam::111122223333:role/R";
    create(&creator);
    assert_eq!(creator.iam("GetRole", &[("RoleName", "R")]).status, 200);
    let assume = || creator.sts("AssumeRole", &[("RoleArn", arn), ("RoleSessionName", "s1")]).code();
    let entry = || creator.eks("POST", "clusters/dev/access-entries", &json!({ "principalArn": arn }));
    let trusting = TRUST.replace("arn:aws:iam::111122223333:root", arn);
    let trust = || creator.iam("CreateRole", &[("RoleName", "T"), ("AssumeRolePolicyDocument", &trusting)]).code();
    let early = (assume(), entry().body, trust());
    assert_eq!(early.0, "403 AccessDenied");
    assert!(early.1.contains("invalid principal"), "{}", early.1);
    assert_eq!(early.2, "400 MalformedPolicyDocument");
    cloud.set_clock_offset(PASSED[0]);
    assert_eq!((assume().as_str(), entry().status, trust().as_str()), ("200 ok", 200, "200 ok"));
    // The entry needs to propagate too.
    let session = creator.assume(arn, "s1");
    let get = || session.kubernetes(&cloud.cluster("dev"), "GET", "/api", &Value::Null).status;
    assert_eq!(get(), 401);
    cloud.set_clock_offset(PASSED[1]);
    assert_eq!(get(), 200);
}

#[test]
fn a_changed_trust_and_a_new_member_take_their_time() {
    let cloud = Cloud::start();
    let (creator, member) = (Client::new(&cloud, "creator"), Client::new(&cloud, "member"));
    create(&creator);
    let arn = "arn:aws:iam::111122223333:role/R";
    let assume = |client: &Client| client.sts("AssumeRole", &[("RoleArn", arn), ("RoleSessionName", "s1")]).code();
    cloud.home(|home| {
        home.group("Rs", &[]).group_policy(
            "Rs",
            "P",
            &json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn }] }),
        );
    });
    cloud.set_propagation(SPREADING);
    creator.iam("AddUserToGroup", &[("GroupName", "Rs"), ("UserName", "member")]);
    assert_eq!(assume(&member), "403 AccessDenied");
    cloud.set_clock_offset(PASSED[0]);
    assert_eq!(assume(&member), "200 ok");
    let narrow = TRUST.replace(":root", ":user/outsider");
    creator.iam("UpdateAssumeRolePolicy", &[("RoleName", "R"), ("PolicyDocument", &narrow)]);
    assert_eq!(assume(&member), "200 ok");
    cloud.set_clock_offset(PASSED[1]);
    assert_eq!(assume(&member), "403 AccessDenied");
}

#[test]
fn one_account_is_throttled_and_another_is_not() {
    let other = "444455556666";
    let cloud = World::new().account(Partition::Aws, other, |account| {
        account.admin("other");
    });
    let cloud = cloud.start();
    let creator = Client::new(&cloud, "creator");
    let neighbour = Client::new(&cloud, "other");
    let codes = || [&creator, &neighbour].map(|client| client.iam("GetUser", &[]).code());
    assert_eq!(codes(), ["200 ok", "200 ok"]);
    cloud.throttle(other, 0);
    assert_eq!(codes(), ["200 ok", "400 Throttling"]);
    cloud.arm(Fault::new("GetUser", Effect::Error(503)).of_account(ACCOUNT));
    assert_eq!(codes(), ["503 ServiceUnavailable", "400 Throttling"]);
    let most = cloud.most_under_way();
    let place = |account: &str| Place { service: "iam", region: "us-east-1".into(), account: account.to_owned() };
    assert_eq!((most.len(), most.get(&place(ACCOUNT)), most.get(&place(other))), (2, Some(&1), Some(&1)), "{most:?}");
}
