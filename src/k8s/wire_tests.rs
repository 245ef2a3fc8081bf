use std::cell::Cell;

use futures::FutureExt;
use serde_json::json;

use super::*;
use crate::engine::{Can, ClusterRead as _, MapWrite};
use crate::k8s::aws_auth;
use crate::transport::script::{Reply, Script};

/// Counts the requested tokens.
#[derive(Default)]
struct Tokens(Cell<usize>);

impl TokenSource for Tokens {
    fn token(&self) -> LocalBoxFuture<'_, CallResult<String>> {
        self.0.set(self.0.get() + 1);
        let text = format!("k8s-aws-v1.token{}", self.0.get());
        async move { Ok(text) }.boxed_local()
    }
}

/// A cluster over plain HTTP, which [`KubeCluster::connect`] itself refuses.
fn cluster(script: &Script) -> KubeCluster {
    at(&script.url)
}

fn at(url: &str) -> KubeCluster {
    patient(url, Duration::from_secs(1))
}

pub(super) fn patient(url: &str, read_timeout: Duration) -> KubeCluster {
    let way = Way { roots: Some(Vec::new()), server_name: None, proxy: None, read_timeout };
    let (client, base) = (wire::client(&way).unwrap(), url.to_owned());
    KubeCluster {
        client,
        base,
        server: url.to_owned(),
        tokens: Rc::new(Tokens::default()),
        patience: Duration::from_secs(5),
    }
}

fn status(code: u16, reason: &str) -> Reply {
    Reply::json(code, &json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "why"}))
}

pub(super) fn object() -> Value {
    json!({
        "data": {"mapRoles": "[]", "zzz": "kept"},
        "metadata": {"name": "aws-auth", "namespace": "kube-system", "resourceVersion": "7", "unknown": {"b": 1, "a": 2}},
        "apiVersion": "v1", "kind": "ConfigMap",
    })
}

#[tokio::test]
async fn the_map_is_read_raw_with_a_token_that_is_never_shown() {
    let script = Script::serve(|_, _| Reply::json(200, &object()));
    let map = cluster(&script).get_aws_auth().await.unwrap().unwrap();
    assert_eq!(map.object.to_string(), object().to_string(), "keys in their order, unknown ones too");
    let seen = &script.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/api/v1/namespaces/kube-system/configmaps/aws-auth")
    );
    assert_eq!(seen.header("authorization"), Some("Bearer k8s-aws-v1.token1"));
}

#[tokio::test]
async fn an_absent_map_gives_none() {
    let script = Script::serve(|_, _| status(404, "NotFound"));
    assert_eq!(cluster(&script).get_aws_auth().await, Ok(None));
}

#[tokio::test]
async fn a_replacement_goes_out_whole_and_names_its_writer() {
    let script = Script::serve(|seen, _| Reply::Answer(200, seen.body.clone()));
    let cluster = cluster(&script);
    let map = aws_auth::send(&cluster, &MapWrite::Replace(&object()), true).await.unwrap();
    assert_eq!(map.object.to_string(), object().to_string());
    aws_auth::send(&cluster, &MapWrite::Replace(&object()), false).await.unwrap();
    let path = "/api/v1/namespaces/kube-system/configmaps/aws-auth?fieldManager=eksaccess";
    let targets: Vec<_> = script.seen().iter().map(|s| (s.method.clone(), s.target.clone())).collect();
    assert_eq!(targets, [("PUT".into(), format!("{path}&dryRun=All")), ("PUT".into(), path.into())]);
}

#[tokio::test]
async fn a_creation_gets_its_type() {
    let script = Script::serve(|seen, _| {
        let mut made: Value = serde_json::from_str(&seen.body).unwrap();
        made["metadata"]["resourceVersion"] = json!("1");
        Reply::json(201, &made)
    });
    let bare = json!({"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {}});
    let map = aws_auth::send(&cluster(&script), &MapWrite::Create(&bare), false).await.unwrap();
    assert_eq!((&map.object["apiVersion"], &map.object["kind"]), (&json!("v1"), &json!("ConfigMap")));
    let seen = &script.seen()[0];
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, "/api/v1/namespaces/kube-system/configmaps?fieldManager=eksaccess");
}

#[tokio::test]
async fn an_obstacle_to_a_write_is_reported_and_not_retried() {
    for (code, reason, kind) in [
        (409, "Conflict", CallErrorKind::Conflict),
        (409, "AlreadyExists", CallErrorKind::AlreadyExists),
        (403, "Forbidden", CallErrorKind::AccessDenied),
        (401, "Unauthorized", CallErrorKind::Unauthorized),
        (422, "Invalid", CallErrorKind::Refused),
    ] {
        let script = Script::serve(move |_, _| status(code, reason));
        let error = aws_auth::send(&cluster(&script), &MapWrite::Replace(&object()), false).await.unwrap_err();
        assert_eq!(error.kind, kind);
        assert_eq!(error.to_string(), format!("k8s:ReplaceConfigMap on configmap kube-system/aws-auth: {reason}: why"));
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_with_the_same_version_and_a_token_each() {
    let script = Script::serve(|seen, before| match before {
        0 => status(429, "TooManyRequests"),
        1 => status(503, "ServiceUnavailable"),
        2 => Reply::Drop,
        _ => Reply::Answer(200, seen.body.clone()),
    });
    aws_auth::send(&cluster(&script), &MapWrite::Replace(&object()), false).await.unwrap();
    let seen = script.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|s| s.body == seen[0].body));
    assert_eq!(seen[3].header("authorization"), Some("Bearer k8s-aws-v1.token4"));
}

#[tokio::test]
async fn an_answer_lost_after_the_write_shows_as_a_conflict() {
    let script = Script::serve(|_, before| if before == 0 { Reply::Drop } else { status(409, "Conflict") });
    let error = aws_auth::send(&cluster(&script), &MapWrite::Replace(&object()), false).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Conflict);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_given_up_soon_and_named() {
    let url = Script::serve(|_, _| Reply::Drop).url;
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_ne!(port, free);
    let url = format!("http://127.0.0.1:{free}");
    // Without giving up, the call would take the whole day.
    let patient = KubeCluster { patience: Duration::from_hours(24), ..at(&url) };
    let error = patient.get_aws_auth().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unreachable);
    assert!(error.message.starts_with(&format!("{url} can't be reached: ")), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_out_of_reach() {
    let script = Script::serve(|_, before| if before < 9 { Reply::Hang(Duration::from_secs(3)) } else { Reply::Drop });
    let slow = patient(&script.url, Duration::from_millis(50));
    let error = slow.get_aws_auth().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unreachable);
    assert!(error.message.contains("no answer in time"), "{error}");
}

#[tokio::test]
async fn an_identity_is_reported_by_old_servers_too() {
    let script = Script::serve(|seen, _| {
        if seen.target.contains("/v1/") {
            return status(404, "NotFound");
        }
        let user = json!({"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]});
        Reply::json(201, &json!({"status": {"userInfo": user}}))
    });
    let identity = cluster(&script).who_am_i().await.unwrap();
    assert_eq!(identity.username, "kubernetes-admin");
    assert_eq!(identity.groups, ["system:masters", "system:authenticated"]);
    assert!(script.seen()[1].body.contains("authentication.k8s.io/v1beta1"));
}

#[tokio::test]
async fn an_access_review_asks_what_was_asked() {
    let script = Script::serve(|seen, _| {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        Reply::json(201, &json!({"status": {"allowed": body["spec"]["resourceAttributes"].get("namespace").is_none()}}))
    });
    let cluster = cluster(&script);
    assert_eq!(cluster.can_i(&Can::everything()).await, Ok(true));
    let pods = Can { verb: "get".into(), group: String::new(), resource: "pods".into(), namespace: Some("dev".into()) };
    assert_eq!(cluster.can_i(&pods).await, Ok(false));
    let body: Value = serde_json::from_str(&script.seen()[1].body).unwrap();
    assert_eq!(
        body["spec"]["resourceAttributes"],
        json!({"verb": "get", "group": "", "resource": "pods", "namespace": "dev"})
    );
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_an_error() {
    let script = Script::serve(|_, _| Reply::Answer(200, "<html>sign in</html>".into()));
    let error = cluster(&script).get_aws_auth().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::BadAnswer);
    assert!(error.message.contains("the object"), "{error}");
}
