//! What the control plane accepts as a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value;

use super::client::{Client, kubernetes, token_of};
use crate::support::cloud::{Cloud, ClusterSpec, World};
use eksaccess::model::arn::Partition;

const HOST: &str = "sts.eu-west-1.amazonaws.com";

fn status(cloud: &Cloud, token: &str) -> u16 {
    kubernetes(&cloud.cluster("dev"), token, "GET", "/api", &Value::Null).status
}

#[test]
fn a_url_of_any_sts_host_of_the_partition_is_taken() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    for (host, region, expected) in [
        (HOST, "eu-west-1", 200),
        ("sts.us-east-1.amazonaws.com", "us-east-1", 200),
        ("sts-fips.us-east-1.amazonaws.com", "us-east-1", 200),
        ("sts.eu-west-1.api.aws", "eu-west-1", 200),
        ("sts.amazonaws.com", "us-east-1", 200),
        ("127.0.0.1", "eu-west-1", 401),
        ("sts.eu-west-1.amazonaws.com:443", "eu-west-1", 401),
        ("sts.cn-north-1.amazonaws.com.cn", "cn-north-1", 401),
        ("sts.example.com", "eu-west-1", 401),
        ("iam.eu-west-1.amazonaws.com", "eu-west-1", 401),
    ] {
        let client = Client { region: region.to_owned(), ..creator.clone() };
        assert_eq!(status(&cloud, &token_of(&client.presigned(host, "dev"))), expected, "{host}");
    }
}

#[test]
fn anything_odd_is_refused() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let url = creator.presigned(HOST, "dev");
    assert_eq!(status(&cloud, &token_of(&url)), 200);
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap().to_owned();
    for (what, odd) in [
        ("a plain scheme", url.replace("https://", "http://")),
        ("another signature", url.replace(&signature, &"0".repeat(64))),
        ("no expiry", url.replace("X-Amz-Expires=60", "X-Amz-Expires=x")),
        ("no signed cluster", url.replace("%3Bx%2Dk8s%2Daws%2Did", "")),
    ] {
        assert_ne!(odd, url, "{what}");
        assert_eq!(status(&cloud, &token_of(&odd)), 401, "{what}");
    }
    // Unusual, but correctly signed.
    let version = "Version=2011-06-15";
    for (what, rest, seconds, expected) in [
        ("nothing", format!("/?Action=GetCallerIdentity&{version}"), 900, 200),
        ("a long expiry", format!("/?Action=GetCallerIdentity&{version}"), 901, 401),
        ("a path", format!("/x?Action=GetCallerIdentity&{version}"), 60, 401),
        ("an unknown parameter", format!("/?Action=GetCallerIdentity&{version}&foo=bar"), 60, 401),
        ("a parameter twice", format!("/?Action=GetCallerIdentity&{version}&{version}"), 60, 401),
        ("another action", format!("/?Action=GetSessionToken&{version}"), 60, 401),
    ] {
        let odd = creator.presigned_as(&format!("{HOST}{rest}"), "dev", seconds);
        assert_eq!(status(&cloud, &token_of(&odd)), expected, "{what}");
    }
    assert_eq!(status(&cloud, &creator.token("prod")), 401);
    assert_eq!(status(&cloud, "k8s-aws-v1.!!!"), 401);
    assert_eq!(status(&cloud, &token_of(&url).replace("k8s-aws-v1.", "")), 401);
    let padded = URL_SAFE.encode(format!("{url} "));
    assert_eq!(status(&cloud, &format!("k8s-aws-v1.{padded}=")), 401);
    let wrong = Client { secret: "wrong".to_owned(), ..creator };
    assert_eq!(status(&cloud, &wrong.token("dev")), 401);
}

#[test]
fn a_token_lives_a_quarter_of_an_hour_whatever_its_expiry_says() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    for (skew, expected) in [(-14 * 60, 200), (-15 * 60 - 5, 401)] {
        assert_eq!(status(&cloud, &Client { skew, ..creator.clone() }.token("dev")), expected, "{skew}");
    }
}

#[test]
fn a_token_past_4096_bytes_is_refused() {
    let cloud = World::new()
        .home(|home| {
            home.role("R");
        })
        .start();
    cloud.set_config_map_data(
        "dev",
        "mapRoles",
        "- rolearn: arn:aws:iam::111122223333:role/R\n  username: r\n  groups: [g]\n",
    );
    for (length, expected) in [(2400, 200), (2900, 401)] {
        cloud.set_session_token_length(length);
        let session = Client::new(&cloud, "creator").assume("arn:aws:iam::111122223333:role/R", "s1");
        let token = session.token("dev");
        assert_eq!(token.len() <= 4096, expected == 200, "{}", token.len());
        assert_eq!(status(&cloud, &token), expected, "{length}");
    }
}

#[test]
fn a_local_cluster_wants_its_id_and_china_its_own_sts() {
    let cloud = World::new()
        .cluster(ClusterSpec::new("outpost").outpost("id-1").creator("creator"))
        .account(Partition::AwsCn, "444455556666", |china| {
            china.admin("boss");
        })
        .cluster(ClusterSpec::new("china").account(Partition::AwsCn, "444455556666", "cn-north-1").creator("boss"))
        .start();
    let creator = Client::new(&cloud, "creator");
    let ask =
        |cluster: &str, token: &str| kubernetes(&cloud.cluster(cluster), token, "GET", "/api", &Value::Null).status;
    assert_eq!(ask("outpost", &creator.token("id-1")), 200);
    assert_eq!(ask("outpost", &creator.token("outpost")), 401);
    let boss = Client::new(&cloud, "boss");
    assert_eq!(ask("china", &token_of(&boss.presigned("sts.cn-north-1.amazonaws.com.cn", "china"))), 200);
    assert_eq!(ask("china", &token_of(&boss.presigned("sts.cn-north-1.amazonaws.com", "china"))), 401);
}
