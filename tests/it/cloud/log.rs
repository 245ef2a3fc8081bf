//! What is recorded of the calls.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::client::Client;
use crate::support::cloud::{Cloud, World};

#[test]
fn a_call_is_answered_when_its_round_has_come() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let round = |name: &str, times| vec![name.to_owned(); times];
    cloud.expect_rounds(&[round("GetUser", 4), round("GetCallerIdentity", 1)]);
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let ask = || {
            creator.iam("GetUser", &[]);
            answered.fetch_add(1, Ordering::SeqCst);
        };
        for come in 1..4 {
            scope.spawn(ask);
            while cloud.calls().len() < come {
                std::thread::yield_now();
            }
        }
        // A call of a later round does not open an earlier one.
        scope.spawn(|| creator.sts("GetCallerIdentity", &[]));
        while cloud.calls().len() < 4 {
            std::thread::yield_now();
        }
        assert_eq!(answered.load(Ordering::SeqCst), 0);
        ask();
    });
    cloud.came_in_rounds("all of them");
    creator.iam("GetUser", &[]);
    cloud.clear_log();
    assert!(cloud.calls().is_empty());
}

#[test]
#[should_panic(expected = "GetUser was not expected")]
fn an_unexpected_call_is_reported() {
    let cloud = Cloud::start();
    cloud.expect_rounds(&[]);
    Client::new(&cloud, "creator").iam("GetUser", &[]);
    cloud.came_in_rounds("nothing");
}

#[test]
#[should_panic(expected = "GetUser of round 1 never came")]
fn a_missing_call_is_reported() {
    let cloud = Cloud::start();
    cloud.expect_rounds(&[vec!["GetUser".to_owned()]]);
    cloud.came_in_rounds("one");
}

#[test]
fn only_what_changes_something_is_a_write() {
    let cloud = World::new()
        .home(|home| {
            home.role("R");
        })
        .start();
    let creator = Client::new(&cloud, "creator");
    let dev = cloud.cluster("dev");
    let arn = "arn:aws:iam::111122223333:role/R";
    creator.sts("AssumeRole", &[("RoleArn", arn), ("RoleSessionName", "s1")]);
    creator.iam("GetRole", &[("RoleName", "R")]);
    creator.eks("GET", "clusters/dev", &Value::Null);
    let map = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
    let new = cloud.config_map("dev").unwrap();
    creator.kubernetes(&dev, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", &json!({}));
    creator.kubernetes(&dev, "GET", map, &Value::Null);
    creator.kubernetes(&dev, "PUT", &format!("{map}?dryRun=All"), &new);
    assert_eq!(cloud.writes().len(), 0);
    assert_eq!(
        cloud.operations(),
        ["AssumeRole", "GetRole", "DescribeCluster", "SelfSubjectReview", "GetConfigMap", "ReplaceConfigMap"]
    );
    assert!(cloud.calls()[5].dry_run);
    creator.kubernetes(&dev, "PUT", map, &new);
    creator.iam("TagRole", &[("RoleName", "R")]);
    creator.eks("POST", "clusters/dev/update-config", &json!({}));
    let writes: Vec<String> = cloud.writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(writes, ["ReplaceConfigMap", "TagRole", "UpdateClusterConfig"]);
}

#[test]
fn a_record_tells_who_what_and_how_it_ended_but_no_secret() {
    let cloud = World::new()
        .home(|home| {
            home.role("R");
        })
        .start();
    let creator = Client::new(&cloud, "creator");
    let session = creator.assume("arn:aws:iam::111122223333:role/R", "s1");
    session.eks("GET", "clusters/dev", &Value::Null);
    let dev = cloud.cluster("dev");
    session.kubernetes(&dev, "GET", "/api", &Value::Null);
    let calls = cloud.calls();
    assert_eq!(
        (calls[1].service, calls[1].status, calls[1].error.as_deref()),
        ("eks", 403, Some("AccessDeniedException"))
    );
    assert_eq!(calls[1].caller.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/R/s1"));
    assert_eq!((calls[1].target.as_str(), calls[1].done), ("dev", false));
    assert!(calls.windows(2).all(|two| two[0].seq < two[1].seq));
    let text = format!("{calls:?}");
    let secrets = cloud.secrets();
    assert!(secrets.contains(&session.secret) && secrets.contains(session.token.as_ref().unwrap()));
    assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())));
    assert!(!text.contains("k8s-aws-v1"));
}
