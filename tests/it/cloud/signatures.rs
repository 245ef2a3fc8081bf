//! Which callers are accepted, and how others are refused.

use serde_json::{Value, json};

use super::client::Client;
use crate::support::cloud::{Cloud, World};
use eksaccess::model::arn::Partition;

#[test]
fn a_right_signature_tells_who_calls() {
    let cloud = Cloud::start();
    let answer = Client::new(&cloud, "member").sts("GetCallerIdentity", &[]);
    assert_eq!(answer.xml("Arn"), "arn:aws:iam::111122223333:user/member");
    assert_eq!(answer.xml("Account"), "111122223333");
    assert!(answer.xml("UserId").starts_with("AIDA"));
    assert!(!answer.xml("RequestId").is_empty());
}

#[test]
fn a_wrong_secret_is_refused_in_each_protocols_words() {
    let cloud = Cloud::start();
    let client = Client { secret: "wrong".to_owned(), ..Client::new(&cloud, "creator") };
    assert_eq!(client.iam("GetUser", &[]).code(), "403 SignatureDoesNotMatch");
    assert_eq!(client.sts("GetCallerIdentity", &[]).code(), "403 SignatureDoesNotMatch");
    let answer = client.eks("GET", "clusters", &Value::Null);
    assert_eq!(answer.code(), "403 InvalidSignatureException");
    assert!(answer.json()["message"].as_str().unwrap().contains("does not match the signature you provided"));
    assert!(cloud.calls().iter().all(|call| call.caller.is_none() && !call.done));
}

#[test]
fn an_unknown_key_is_refused() {
    let cloud = Cloud::start();
    let client = Client { key: "AKIAUNKNOWN".to_owned(), ..Client::new(&cloud, "creator") };
    assert_eq!(client.iam("GetUser", &[]).code(), "403 InvalidClientTokenId");
    assert_eq!(client.eks("GET", "clusters", &Value::Null).code(), "403 UnrecognizedClientException");
}

#[test]
fn a_request_that_was_changed_on_its_way_is_refused() {
    let cloud = Cloud::start();
    let client = Client::new(&cloud, "creator");
    let signed = ("/clusters/dev/update-config", "{\"a\":1}");
    for sent in [("/clusters/prod/update-config", "{\"a\":1}"), ("/clusters/dev/update-config", "{\"a\":2}")] {
        assert_eq!(client.send_changed(("eks", "POST"), signed, sent, &[]).code(), "403 InvalidSignatureException");
    }
    // The unchanged request is only refused for its content.
    assert_eq!(client.send("eks", "POST", signed, &[]).code(), "400 InvalidParameterException");
}

#[test]
fn no_signature_is_refused() {
    let cloud = Cloud::start();
    let client = Client::new(&cloud, "creator");
    let answer = client.raw("POST", "/", "Action=GetUser&Version=2010-05-08", &[("host", &client.address)]);
    assert_eq!(answer.code(), "403 MissingAuthenticationToken");
    let answer = client.raw("GET", "/clusters", "", &[("host", &client.address)]);
    assert_eq!(answer.code(), "403 MissingAuthenticationTokenException");
}

#[test]
fn a_clock_off_by_more_than_a_quarter_of_an_hour_is_refused() {
    let cloud = Cloud::start();
    for skew in [-16 * 60, 16 * 60] {
        let client = Client { skew, ..Client::new(&cloud, "creator") };
        let answer = client.sts("GetCallerIdentity", &[]);
        assert_eq!(answer.code(), "403 SignatureDoesNotMatch");
        assert!(answer.xml("Message").starts_with("Signature "), "{}", answer.body);
    }
    cloud.set_clock_offset(3600);
    assert_eq!(Client::new(&cloud, "creator").sts("GetCallerIdentity", &[]).status, 403);
    let ahead = Client { skew: 3600, ..Client::new(&cloud, "creator") };
    assert_eq!(ahead.sts("GetCallerIdentity", &[]).status, 200);
}

#[test]
fn session_credentials_need_their_token_and_run_out() {
    let cloud = World::new()
        .home(|home| {
            home.role("Deployer");
        })
        .start();
    let session = Client::new(&cloud, "creator").assume("arn:aws:iam::111122223333:role/Deployer", "s1");
    assert!(session.key.starts_with("ASIA"));
    let answer = session.sts("GetCallerIdentity", &[]);
    assert_eq!(answer.xml("Arn"), "arn:aws:sts::111122223333:assumed-role/Deployer/s1");
    assert!(answer.xml("UserId").starts_with("AROA") && answer.xml("UserId").ends_with(":s1"));
    let without = Client { token: None, ..session.clone() };
    assert_eq!(without.sts("GetCallerIdentity", &[]).code(), "403 InvalidClientTokenId");
    cloud.expire_sessions();
    assert_eq!(session.sts("GetCallerIdentity", &[]).code(), "403 ExpiredToken");
    assert_eq!(session.eks("GET", "clusters", &Value::Null).code(), "403 ExpiredTokenException");
}

#[test]
fn two_accounts_in_two_partitions_do_not_see_each_other() {
    let cloud = World::new()
        .account(Partition::AwsCn, "444455556666", |china| {
            china.admin("boss").role("KubernetesAdmin");
        })
        .start();
    let boss = Client::new(&cloud, "boss");
    assert_eq!(boss.sts("GetCallerIdentity", &[]).xml("Arn"), "arn:aws-cn:iam::444455556666:user/boss");
    let role = boss.iam("GetRole", &[("RoleName", "KubernetesAdmin")]);
    assert_eq!(role.xml("Arn"), "arn:aws-cn:iam::444455556666:role/KubernetesAdmin");
    assert!(role.xml("AssumeRolePolicyDocument").contains("arn%3Aaws-cn%3Aiam%3A%3A444455556666%3Aroot"));
    let creator = Client::new(&cloud, "creator");
    assert_eq!(creator.iam("GetRole", &[("RoleName", "KubernetesAdmin")]).code(), "404 NoSuchEntity");
    assert_eq!(boss.eks("GET", "clusters", &Value::Null).json(), json!({ "clusters": [] }));
    assert_eq!(creator.eks("GET", "clusters", &Value::Null).json(), json!({ "clusters": ["dev"] }));
    let astray = Client { region: "eu-west-1".to_owned(), ..boss };
    assert_eq!(astray.eks("GET", "clusters", &Value::Null).code(), "403 UnrecognizedClientException");
}

#[test]
fn the_authenticators_question_is_answered_in_json() {
    let cloud = Cloud::start();
    let client = Client::new(&cloud, "member");
    let host = "sts.eu-west-1.amazonaws.com";
    let url = client.presigned(host, "dev");
    let path = url.strip_prefix("https://sts.eu-west-1.amazonaws.com").unwrap();
    let ask =
        |id: &str| client.raw("GET", path, "", &[("host", host), ("accept", "application/json"), ("x-k8s-aws-id", id)]);
    let result = &ask("dev").json()["GetCallerIdentityResponse"]["GetCallerIdentityResult"];
    assert_eq!(result["Arn"], "arn:aws:iam::111122223333:user/member");
    assert_eq!(result["Account"], "111122223333");
    let other = ask("prod");
    assert_eq!(other.status, 403);
    assert_eq!(other.json()["Error"]["Code"], "SignatureDoesNotMatch");
}
