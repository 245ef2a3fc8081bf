//! The two webhooks of the API server, with EKS's additions to Kubernetes: access entries take precedence over
//! `aws-auth`, and access policies grant rights in addition to RBAC (EKS User Guide, "Grant IAM users access to
//! Kubernetes with EKS access entries").

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::support::cloud::{Attributes, Cloud, Identity};

/// Sits between the API server and the authenticator and asks the cloud first.
pub struct Webhooks {
    pub cloud: Cloud,
    pub cluster: String,
    /// Calls the authenticator; empty until it runs.
    pub authenticator: OnceLock<kube::Client>,
}

/// The routes `/authenticate` and `/authorize`.
pub fn routes(webhooks: Arc<Webhooks>) -> Router {
    Router::new().route("/authenticate", post(authenticate)).route("/authorize", post(authorize)).with_state(webhooks)
}

async fn authenticate(State(webhooks): State<Arc<Webhooks>>, Json(review): Json<Value>) -> (StatusCode, Json<Value>) {
    match webhooks.review(&review).await {
        Ok(answer) => (StatusCode::OK, Json(answer)),
        Err(status) => (status, Json(answer(&review, &json!({ "authenticated": false })))),
    }
}

async fn authorize(State(webhooks): State<Arc<Webhooks>>, Json(review): Json<Value>) -> Json<Value> {
    let (user, asked) = (review["spec"]["user"].as_str().unwrap_or_default().to_owned(), attributes(&review["spec"]));
    let Webhooks { cloud, cluster, .. } = &*webhooks;
    let (cloud, cluster) = (cloud.clone(), cluster.clone());
    let allowed = spawn_blocking(move || cloud.authorize(&cluster, &user, &[], &asked)).await;
    Json(answer(&review, &json!({ "allowed": allowed.unwrap_or(false) })))
}

/// The attributes of a `SubjectAccessReview`, as in the local cloud.
fn attributes(spec: &Value) -> Attributes {
    let resource = &spec["resourceAttributes"];
    let path = &spec["nonResourceAttributes"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Attributes {
        verb: text(if resource.is_null() { &path["verb"] } else { &resource["verb"] }),
        group: text(&resource["group"]),
        resource: text(&resource["resource"]),
        subresource: text(&resource["subresource"]),
        name: text(&resource["name"]),
        namespace: resource["namespace"].as_str().map(str::to_owned),
        path: path["path"].as_str().map(str::to_owned),
    }
}

/// A `UserInfo` with the same extra fields as from the authenticator.
fn user_info(identity: &Identity) -> Value {
    json!({
        "username": identity.username,
        "uid": format!("aws-iam-authenticator:{}:{}", identity.account, identity.principal_id),
        "groups": identity.groups,
        "extra": {
            "accessKeyId": [identity.access_key_id],
            "arn": [identity.arn],
            "canonicalArn": [identity.canonical_arn],
            "principalId": [identity.principal_id],
            "sessionName": [identity.session_name],
        },
    })
}

impl Webhooks {
    /// Answers a `TokenReview`; the error is the status of a refusal, as from the authenticator.
    pub async fn review(self: &Arc<Self>, review: &Value) -> Result<Value, StatusCode> {
        let (asked, token) = (Arc::clone(self), review["spec"]["token"].as_str().unwrap_or_default().to_owned());
        let asked = spawn_blocking(move || {
            let entry = asked.cloud.review_token_by_entries(&asked.cluster, &token);
            (entry, asked.cloud.config_map_counts(&asked.cluster))
        });
        match asked.await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)? {
            (Some(user), _) => Ok(answer(review, &json!({ "authenticated": true, "user": user_info(&user) }))),
            (None, true) => self.forward(review).await,
            (None, false) => Err(StatusCode::FORBIDDEN),
        }
    }

    /// Forwards a `TokenReview` to the authenticator unchanged.
    async fn forward(&self, review: &Value) -> Result<Value, StatusCode> {
        let client = self.authenticator.get().ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
        let request = http::Request::post("/authenticate").header("content-type", "application/json");
        let request = request.body(Body::from(review.to_string().into_bytes())).expect("a constant request is valid");
        let response = client.send(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        let status = response.status();
        let body = response.into_body().collect_bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_GATEWAY)
        } else {
            Err(status)
        }
    }
}

fn answer(review: &Value, status: &Value) -> Value {
    json!({ "apiVersion": review["apiVersion"], "kind": review["kind"], "status": status })
}
