//! The control plane seen by its administrator, who uses a client certificate and needs no mapping.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde::Deserialize;
use serde_json::{Value, json};

/// An identity in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct User {
    /// The user's name; may be empty.
    pub username: String,
    /// The groups, without those that Kubernetes adds by itself (`system:authenticated`).
    pub groups: Vec<String>,
}

impl User {
    /// Reads a `UserInfo` of the authentication API.
    pub(super) fn from_info(info: &Value) -> Self {
        let mut user = Self::deserialize(info).unwrap_or_default();
        user.groups.retain(|group| group != "system:authenticated");
        user
    }
}

/// One completed write to the API server, from its audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// `create`, `update`, `patch` or `delete`.
    pub verb: String,
    /// `namespace/name`.
    pub object: String,
    /// The writer's username.
    pub username: String,
    /// The HTTP status of the answer: 409 for a conflict.
    pub status: u64,
    /// A server-side dry run, which changes nothing.
    pub dry_run: bool,
}

/// A client for the server of a kubeconfig; must be created in the runtime that uses it.
pub async fn client(kubeconfig: &str) -> kube::Client {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).expect("a kubeconfig that was made here");
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config = config.expect("its certificates are readable");
    config.proxy_url = None;
    kube::Client::try_from(config).expect("TLS can be set up")
}

/// A kubeconfig with one cluster and one user, as JSON, which is YAML too.
pub fn kubeconfig(server: &str, ca_file: Option<&Path>, user: &Value) -> String {
    let mut cluster = json!({ "server": server });
    if let Some(ca_file) = ca_file {
        cluster["certificate-authority"] = json!(ca_file);
    }
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "real",
        "clusters": [{ "name": "real", "cluster": cluster }],
        "users": [{ "name": "real", "user": user }],
        "contexts": [{ "name": "real", "context": { "cluster": "real", "user": "real" } }],
    });
    format!("{config:#}\n")
}

/// Records completed writes to `ConfigMap`s.
pub fn audit_policy() -> String {
    let configmaps = json!([{ "group": "", "resources": ["configmaps"] }]);
    let verbs = json!(["create", "update", "patch", "delete", "deletecollection"]);
    let rules = json!([{ "level": "Metadata", "verbs": verbs, "resources": configmaps }, { "level": "None" }]);
    json!({ "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": rules })
        .to_string()
}

/// Reads an audit log, one event per line, and skips Kubernetes' own writes.
pub fn writes(log: &Path) -> Vec<Write> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let writes = events.map(|event| Write {
        verb: text(&event["verb"]),
        object: format!("{}/{}", text(&event["objectRef"]["namespace"]), text(&event["objectRef"]["name"])),
        username: text(&event["user"]["username"]),
        status: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
        dry_run: text(&event["requestURI"]).contains("dryRun=All"),
    });
    writes.filter(|write| write.username != "system:apiserver").collect()
}

/// A request for the `ConfigMap`'s URL, or its collection's if it has no name.
pub fn config_map_request(
    method: &str,
    namespace: &str,
    name: &str,
    body: Option<&ConfigMap>,
) -> http::Request<Vec<u8>> {
    let slash = if name.is_empty() { "" } else { "/" };
    let body = body.map_or_else(Vec::new, |map| serde_json::to_vec(map).expect("a ConfigMap is JSON"));
    http::Request::builder()
        .method(method)
        .uri(format!("/api/v1/namespaces/{namespace}/configmaps{slash}{name}"))
        .header("content-type", "application/json")
        .body(body)
        .expect("a name of Kubernetes is part of a URL")
}

/// Runs a program with `input` on its standard input, and waits for its end.
pub fn run(program: &Path, args: &[&str], env: &[(&str, PathBuf)], input: &str) -> Output {
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program was found before");
    std::io::Write::write_all(&mut child.stdin.take().expect("its input is a pipe"), input.as_bytes()).ok();
    child.wait_with_output().expect("the program ends")
}
