//! What is listed before any cluster is known, on the wire: clusters, tags and regions.

use std::collections::BTreeMap;

use serde_json::json;

use super::EksWriter;
use super::account::AccountClient;
use super::wire_tests::{eks, sdk};
use crate::engine::{CallErrorKind, EksRead, EksWrite as _};
use crate::model::{AuthMode, UpdateStatus};
use crate::transport::script::{Reply, Script};

#[tokio::test]
async fn clusters_are_listed_to_the_end() {
    let script = Script::serve(|seen, _| {
        let (name, next) = match seen.target.split_once("nextToken=") {
            None => ("a", json!("t")),
            Some((_, token)) if token.starts_with('t') => ("b", json!("u")),
            Some(_) => ("c", json!(null)),
        };
        Reply::json(200, &json!({"clusters": [name], "nextToken": next}))
    });
    assert_eq!(eks(&script).list_clusters().await.unwrap(), ["a", "b", "c"]);
    let seen = script.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|s| s.method == "GET" && s.target.split('?').next() == Some("/clusters")));
    assert!(seen[0].header("authorization").unwrap().contains("/eu-central-1/eks/"));
}

#[tokio::test]
async fn a_list_that_is_refused_names_its_region() {
    let denied = json!({"__type": "AccessDeniedException", "message": "why"});
    let script = Script::serve(move |_, _| Reply::json(403, &denied));
    let error = eks(&script).list_clusters().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "eks:ListClusters on the clusters in eu-central-1: AccessDeniedException: why (request req-1)"
    );
    assert_eq!(error.kind, CallErrorKind::AccessDenied);
}

#[tokio::test]
async fn a_cluster_is_described_with_its_tags() {
    let script = Script::serve(|seen, _| {
        let name = seen.target.rsplit('/').next().unwrap_or_default();
        if name == "gone" {
            return Reply::json(404, &json!({"__type": "ResourceNotFoundException", "message": "why"}));
        }
        let tags = if name == "dev" { json!({"team": "a", "env": ""}) } else { json!(null) };
        let arn = format!("arn:aws:eks:eu-central-1:111122223333:cluster/{name}");
        Reply::json(200, &json!({"cluster": {"name": name, "arn": arn, "status": "ACTIVE", "tags": tags}}))
    });
    let eks = eks(&script);
    let (description, tags) = eks.tagged_cluster("dev").await.unwrap().unwrap();
    assert_eq!((description.arn.name.as_str(), description.status.as_str()), ("dev", "ACTIVE"));
    assert_eq!(tags, BTreeMap::from([("env".to_owned(), String::new()), ("team".to_owned(), "a".to_owned())]));
    assert_eq!(eks.tagged_cluster("bare").await.unwrap().unwrap().1, BTreeMap::new());
    assert_eq!(eks.tagged_cluster("gone").await, Ok(None));
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test]
async fn the_enabled_regions_are_listed_to_the_end() {
    let region = |name: &str, status: &str| json!({"RegionName": name, "RegionOptStatus": status});
    let script = Script::serve(move |seen, _| {
        let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
        // Statuses that were not requested: a server that ignores the filter returns them.
        Reply::json(
            200,
            &match body["NextToken"].as_str() {
                None => json!({"Regions": [region("us-east-1", "ENABLED_BY_DEFAULT"), region("af-south-1", "DISABLED"),
                    region("me-south-1", "ENABLING")], "NextToken": "t"}),
                Some(_) => json!({"Regions": [region("ap-east-1", "ENABLED"), region("il-central-1", "DISABLING"),
                    region("xx-new-1", "SOMETHING_NEW")]}),
            },
        )
    });
    let regions = AccountClient::new(&sdk(&script.url)).regions().await.unwrap();
    assert_eq!(regions, ["ap-east-1", "us-east-1"]);
    let seen = script.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|s| s.method == "POST" && s.target == "/listRegions"));
    assert!(seen[0].header("authorization").unwrap().contains("/account/aws4_request"));
    let body: serde_json::Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(body, json!({"MaxResults": 50, "RegionOptStatusContains": ["ENABLED", "ENABLED_BY_DEFAULT"]}));
}

#[tokio::test]
async fn a_list_of_regions_that_is_refused_says_so() {
    let denied = json!({"__type": "AccessDeniedException", "message": "why"});
    let script = Script::serve(move |_, _| Reply::json(403, &denied));
    let error = AccountClient::new(&sdk(&script.url)).regions().await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("account:ListRegions", CallErrorKind::AccessDenied));
}

#[tokio::test]
async fn of_all_updates_those_under_way_are_found() {
    let script = Script::serve(|seen, _| {
        let path = seen.target.split('?').next().unwrap_or_default();
        let Some(id) = path.strip_prefix("/clusters/dev/updates/") else {
            let (id, next) = if seen.target.contains("nextToken") { ("b", json!(null)) } else { ("a", json!("t")) };
            return Reply::json(200, &json!({"updateIds": [id], "nextToken": next}));
        };
        let (status, errors) = match id {
            "a" => ("Failed", json!([{"errorCode": "AccessDenied", "errorMessage": "why"}])),
            _ => ("InProgress", json!([])),
        };
        Reply::json(200, &json!({"update": {"id": id, "type": "CapabilityUpdate", "status": status, "errors": errors}}))
    });
    let eks = eks(&script);
    let [under_way] = &eks.list_updates("dev").await.unwrap()[..] else { panic!("one goes on") };
    assert_eq!((under_way.id.as_str(), under_way.kind.as_str()), ("b", "CapabilityUpdate"));
    let ended = eks.describe_update("dev", "a").await.unwrap().unwrap();
    assert_eq!(
        (ended.status, ended.errors),
        (UpdateStatus::Ended("Failed".into()), vec!["AccessDenied: why".to_owned()])
    );
}

#[tokio::test]
async fn a_switch_sends_the_mode_alone_and_meets_another_update() {
    let script = Script::serve(|_, before| {
        if before == 0 {
            return Reply::json(409, &json!({"__type": "ResourceInUseException", "message": "update in progress"}));
        }
        Reply::json(200, &json!({"update": {"id": "u", "type": "AccessConfigUpdate", "status": "InProgress"}}))
    });
    let writer = EksWriter::over(eks(&script));
    let refused = writer.switch_mode("dev", AuthMode::Api).await.unwrap_err();
    assert_eq!((refused.kind, refused.operation), (CallErrorKind::Conflict, "eks:UpdateClusterConfig"));
    let update = writer.switch_mode("dev", AuthMode::Api).await.unwrap();
    assert_eq!((update.id.as_str(), update.status), ("u", UpdateStatus::InProgress));
    let sent = script.seen();
    let mut body: serde_json::Value = serde_json::from_str(&sent[1].body).unwrap();
    let token = body.as_object_mut().unwrap().remove("clientRequestToken");
    assert!(token.is_some(), "a lost answer is sent again with the same token");
    assert_eq!(body, json!({"accessConfig": {"authenticationMode": "API"}}));
    assert_eq!(sent[1].target, "/clusters/dev/update-config");
}
