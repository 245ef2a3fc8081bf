//! What is kept of the calls.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::support::cloud::{Cloud, World};

#[test]
fn rounds_count_the_longest_chain() {
    let cloud = Cloud::start();
    cloud.set_latency(Duration::from_millis(40));
    let creator = Client::new(&cloud, "creator");
    let both = || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| creator.iam("GetUser", &[]));
            }
        });
    };
    both();
    assert_eq!(cloud.rounds(), 1);
    creator.iam("GetUser", &[]);
    both();
    assert_eq!((cloud.rounds(), cloud.calls().len()), (3, 9));
    cloud.clear_log();
    assert_eq!((cloud.rounds(), cloud.calls().len()), (0, 0));
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
