//! Regions, and the lists of clusters in them.

use serde_json::{Value, json};

use super::client::{Answer, Client};
use crate::support::cloud::{Cloud, ClusterSpec, World};

fn regions(client: &Client, body: &Value) -> Answer {
    client.send("account", "POST", ("/listRegions", &body.to_string()), &[("content-type", "application/json")])
}

fn names(answer: &Answer) -> Vec<String> {
    let regions = answer.json()["Regions"].as_array().cloned().unwrap_or_default();
    regions.iter().filter_map(|region| region["RegionName"].as_str().map(str::to_owned)).collect()
}

#[test]
fn an_accounts_regions_are_listed_by_status_in_pages() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    assert_eq!(names(&regions(&creator, &json!({}))).len(), 7);
    let mut asked = json!({ "RegionOptStatusContains": ["ENABLED", "ENABLED_BY_DEFAULT"], "MaxResults": 3 });
    let first = regions(&creator, &asked);
    assert_eq!(names(&first), ["eu-central-1", "eu-west-1", "us-east-1"]);
    asked["NextToken"] = first.json()["NextToken"].clone();
    let second = regions(&creator, &asked);
    assert_eq!((names(&second), second.json().get("NextToken")), (vec!["us-west-2".to_owned()], None));
    assert_eq!(regions(&creator, &json!({ "MaxResults": 51 })).code(), "400 ValidationException");
    let call = cloud.calls().pop().unwrap();
    assert_eq!((call.service, call.operation.as_str(), call.mutating), ("account", "ListRegions", false));
}

#[test]
fn regions_need_a_permission() {
    let cloud = Cloud::start();
    assert_eq!(regions(&Client::new(&cloud, "outsider"), &json!({})).code(), "403 AccessDeniedException");
}

#[test]
fn the_clusters_of_a_region_are_listed_in_pages() {
    let many = (0..101)
        .fold(World::new(), |world, at| world.cluster(ClusterSpec::new(&format!("c{at:03}")).without_endpoint()));
    let cloud = many.start();
    let creator = Client::new(&cloud, "creator");
    let list = |query: &str| creator.eks("GET", &format!("clusters{query}"), &Value::Null).json();
    let first = list("");
    assert_eq!(first["clusters"].as_array().map(Vec::len), Some(100));
    let rest = list(&format!("?nextToken={}", first["nextToken"].as_str().unwrap()));
    assert_eq!(rest["clusters"], json!(["c100", "dev"]));
    assert_eq!(rest.get("nextToken"), None);
}

#[test]
fn a_cluster_is_described_with_its_tags() {
    let cloud = World::new().dev(|dev| dev.tag("team", "a")).start();
    let shown = Client::new(&cloud, "creator").eks("GET", "clusters/dev", &Value::Null).json();
    assert_eq!(shown["cluster"]["tags"], json!({ "team": "a" }));
}
