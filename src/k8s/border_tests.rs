//! Answers of an API server are checked where they come in, for every caller.

use serde_json::{Value, json};

use super::wire_tests::{object, patient};
use super::*;
use crate::engine::{Can, ClusterRead as _, MapWrite};
use crate::k8s::aws_auth;
use crate::transport::script::{Reply, Script};

/// A long timeout, as answers may be slow on a busy machine.
fn cluster(script: &Script) -> KubeCluster {
    patient(&script.url, Duration::from_mins(1))
}

fn with(path: &[&str], value: Value) -> Value {
    let mut object = object();
    let at = path.iter().fold(&mut object, |at, key| &mut at[*key]);
    *at = value;
    object
}

/// Answers that are not a `kube-system/aws-auth`.
fn others() -> Vec<Value> {
    let mut all = vec![
        with(&["kind"], json!("Secret")),
        with(&["kind"], json!("Status")),
        with(&["kind"], json!(null)),
        with(&["metadata"], json!(null)),
        with(&["metadata"], json!("x")),
        with(&["metadata", "name"], json!("other")),
        with(&["metadata", "namespace"], json!("default")),
        with(&["metadata", "annotations"], json!("x")),
        with(&["metadata", "annotations"], json!({"a": 1})),
        with(&["metadata", "labels"], json!([])),
        with(&["data"], json!("x")),
        with(&["data"], json!({"mapRoles": ["x"]})),
        with(&["data"], json!({"mapRoles": null})),
        with(&["binaryData"], json!([])),
        json!([]),
        json!(null),
        json!(7),
        json!("x"),
        json!({}),
        json!({"kind": "ConfigMapList", "items": [object()]}),
    ];
    all.extend(VERSIONS.map(|version| with(&["metadata", "resourceVersion"], version.to_owned().into())));
    all.push(with(&["metadata", "resourceVersion"], json!(7)));
    all.push(with(&["metadata", "resourceVersion"], json!(null)));
    all
}

/// Values that the API server treats as no version: it then replaces whatever is there.
const VERSIONS: [&str; 4] = ["", "0", "00", " "];

#[tokio::test]
async fn a_map_that_was_not_asked_for_is_refused() {
    for other in others() {
        let answer = other.clone();
        let script = Script::serve(move |_, _| Reply::json(200, &answer));
        let error = cluster(&script).get_aws_auth().await.expect_err(&other.to_string()).to_string();
        assert!(error.starts_with("k8s:GetConfigMap on configmap kube-system/aws-auth: "), "{error}");
        assert_eq!(script.seen().len(), 1, "{other}");
    }
    let empty = with(&["data"], json!(null));
    let script = Script::serve(move |_, _| Reply::json(200, &empty));
    assert!(cluster(&script).get_aws_auth().await.unwrap().is_some(), "a map without data is one");
}

#[tokio::test]
async fn a_write_that_is_answered_with_something_else_is_not_taken_for_done() {
    for other in others() {
        let answer = other.clone();
        let script = Script::serve(move |_, _| Reply::json(200, &answer));
        assert!(aws_auth::send(&cluster(&script), &MapWrite::Replace(&object()), false).await.is_err(), "{other}");
        assert_eq!(script.seen().len(), 1, "{other}");
    }
}

#[tokio::test]
async fn a_replacement_without_a_version_is_never_sent() {
    let mut odd: Vec<Value> = VERSIONS.map(|v| with(&["metadata", "resourceVersion"], json!(v))).to_vec();
    odd.push(with(&["metadata", "resourceVersion"], json!(null)));
    odd.push(with(&["metadata", "resourceVersion"], json!(7)));
    odd.push(with(&["metadata"], json!({"name": "aws-auth", "namespace": "kube-system"})));
    for object in odd {
        for dry_run in [true, false] {
            let script = Script::serve(|seen, _| Reply::Answer(200, seen.body.clone()));
            let error =
                aws_auth::send(&cluster(&script), &MapWrite::Replace(&object), dry_run).await.expect_err("no version");
            assert!(error.to_string().contains("version"), "{error}");
            assert_eq!(script.seen().len(), 0, "{object}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_of_a_creation_has_no_version_yet() {
    let answer = with(&["metadata"], json!({"name": "aws-auth", "namespace": "kube-system"}));
    let script = Script::serve(move |_, _| Reply::json(201, &answer));
    assert!(aws_auth::send(&cluster(&script), &MapWrite::Create(&object()), true).await.is_ok());
    assert!(aws_auth::send(&cluster(&script), &MapWrite::Create(&object()), false).await.is_err());
}

#[tokio::test]
async fn an_answer_ends_at_16_mib_and_is_not_asked_for_again() {
    for status in [200, 404] {
        let long = with(&["data"], json!({"mapRoles": "x".repeat(17 << 20)}));
        let long = long.to_string();
        let script = Script::serve(move |_, _| Reply::Answer(status, long.clone()));
        let error = cluster(&script).get_aws_auth().await.unwrap_err().to_string();
        assert!(error.contains("16 MiB"), "{}", &error[..error.len().min(300)]);
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_missing_identity_or_permission_is_not_made_up() {
    for odd in [
        json!({}),
        json!([]),
        json!({"status": {}}),
        json!({"status": {"userInfo": {"username": 7}, "allowed": "yes"}}),
    ] {
        let answer = odd.clone();
        let script = Script::serve(move |_, _| Reply::json(201, &answer));
        assert!(cluster(&script).who_am_i().await.is_err(), "{odd}");
        assert!(cluster(&script).can_i(&Can::everything()).await.is_err(), "{odd}");
    }
}

#[tokio::test]
async fn no_answer_of_any_shape_panics() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(50_000), close.repeat(50_000));
    let mut all: Vec<String> = others().iter().map(Value::to_string).collect();
    all.extend(["", "null", "<html>sign in</html>", "{\"kind\":", "1e999", "\0", "\u{feff}{}"].map(str::to_owned));
    all.extend([deep("[", "]"), deep("{\"metadata\":", "}"), "[".repeat(200_000)]);
    for field in ["null", "7", "-1e400", "{}", "[]", "\"x\"", "true"] {
        all.push(format!(
            "{{\"kind\":{field},\"code\":{field},\"message\":{field},\"reason\":{field},\"details\":{field},\
             \"metadata\":{field},\"status\":{field}}}"
        ));
    }
    for body in all {
        for status in [200, 302, 400, 404, 409] {
            let answer = body.clone();
            let script = Script::serve(move |_, _| Reply::Answer(status, answer.clone()));
            let cluster = cluster(&script);
            let _ = cluster.get_aws_auth().await;
            let _ = aws_auth::send(&cluster, &MapWrite::Replace(&object()), false).await;
            let _ = aws_auth::send(&cluster, &MapWrite::Create(&object()), true).await;
            let _ = cluster.who_am_i().await;
            let _ = cluster.can_i(&Can::everything()).await;
            let _ = cluster.reach().await;
        }
    }
}
