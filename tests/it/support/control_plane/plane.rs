//! One cluster's control plane: etcd, kube-apiserver and aws-iam-authenticator, connected as in EKS.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Output;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::admin::{self, User, Write};
use super::background::Background;
use super::launch::Launch;
use super::missing::Missing;
use super::program::Program;
use super::seed;
use super::sts_proxy::StsProxy;
use super::webhooks::{self, Webhooks};
use crate::support::cloud::Cloud;

/// Longest wait for one of the programs; about 3 s in all on an idle machine.
const START: Duration = Duration::from_secs(90);
/// The authenticator also serves its health here, on every interface; not if the port is taken.
const HEALTH_PORT: u16 = 21_363;

/// A running control plane; dropping it ends its programs, the API server before etcd.
///
/// The API server caches a token's result for 10 s, and no flag shortens that: to see a changed mapping, use another
/// token (created in another second) or [`ControlPlane::review`].
pub struct ControlPlane {
    // Dropped in this order.
    authenticator: Program,
    _api_server: Program,
    _etcd: Program,
    background: Background,
    admin: kube::Client,
    webhooks: Arc<Webhooks>,
    proxy: StsProxy,
    url: String,
    bin: PathBuf,
    state: TempDir,
    _health_port: Option<TcpListener>,
}

impl ControlPlane {
    /// Starts the control plane of a cluster that `cloud` has, in place of the emulation: with the same `aws-auth`,
    /// namespaces and grants, the same creator, and its endpoint in `DescribeCluster` from now on. `EKSACCESS_REAL_BIN`
    /// names the folder of the programs. For threads without an asynchronous runtime.
    ///
    /// # Panics
    /// If a program exists and does not start; with the end of its log.
    pub fn start(cloud: &Cloud, cluster: &str) -> Result<Self, Missing> {
        let bin = Missing::or_path("EKSACCESS_REAL_BIN", "kube-apiserver")?.with_file_name("");
        for program in ["etcd", "aws-iam-authenticator", "kubectl"] {
            Missing::or_path("EKSACCESS_REAL_BIN", program)?;
        }
        let launch = Launch::prepare(bin, cloud.cluster(cluster));
        let background = Background::start();
        let webhooks = Webhooks { cloud: cloud.clone(), cluster: cluster.to_owned(), authenticator: OnceLock::new() };
        let webhooks = Arc::new(webhooks);
        let front = background.serve(webhooks::routes(Arc::clone(&webhooks)));
        for (name, route) in [("authentication", "authenticate"), ("authorization", "authorize")] {
            launch.write(name, &admin::kubeconfig(&format!("{front}/{route}"), None, &json!({})));
        }
        let proxy = StsProxy::start(&background, Arc::clone(&launch.sts_authority), address(cloud));

        let (etcd_url, etcd) = launch.etcd();
        let (url, mut api_server) = launch.api_server(&etcd_url);
        let user = json!({ "client-certificate": launch.path("admin.pem"), "client-key": launch.path("admin.key") });
        let kubeconfig = admin::kubeconfig(&url, Some(&launch.path("ca.pem")), &user);
        launch.write("admin.kubeconfig", &kubeconfig);
        let client = background.wait(admin::client(&kubeconfig));
        for path in ["/readyz", "/api/v1/namespaces/kube-system"] {
            api_server.wait_until("ready", START, || background.wait(answers(&client, path)));
        }

        let health_port = TcpListener::bind((Ipv4Addr::LOCALHOST, HEALTH_PORT)).ok();
        let (webhook, mut authenticator) = launch.authenticator(proxy.url());
        let webhook = admin::kubeconfig(&webhook, Some(&launch.path("ca.pem")), &json!({}));
        let webhook = background.wait(admin::client(&webhook));
        authenticator.wait_until("answering", START, || background.wait(answers(&webhook, "/healthz")));
        webhooks.authenticator.set(webhook).unwrap_or_else(|_| unreachable!("it is set once"));

        seed::fill(&background, &client, &launch.cluster);
        let ca_pem = launch.authority.pem();
        cloud.set_cluster_endpoint(cluster, &url, &ca_pem);
        let Launch { bin, state, .. } = launch;
        Ok(Self {
            authenticator,
            _api_server: api_server,
            _etcd: etcd,
            background,
            admin: client,
            webhooks,
            proxy,
            url,
            bin,
            state,
            _health_port: health_port,
        })
    }

    /// The API server's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A kubeconfig file with the administrator's client certificate.
    pub fn admin_kubeconfig(&self) -> PathBuf {
        self.state.path().join("admin.kubeconfig")
    }

    /// The `kubectl` of the control plane's own version.
    pub fn kubectl_path(&self) -> PathBuf {
        self.bin.join("kubectl")
    }

    /// The real `aws-iam-authenticator`, for creating tokens.
    pub fn authenticator_path(&self) -> PathBuf {
        self.bin.join("aws-iam-authenticator")
    }

    /// Runs `kubectl` as the administrator.
    pub fn kubectl(&self, args: &[&str]) -> Output {
        self.kubectl_with_input(args, "")
    }

    /// Runs `kubectl` as the administrator with `input` on its standard input: `["apply", "-f", "-"]`.
    pub fn kubectl_with_input(&self, args: &[&str], input: &str) -> Output {
        let env = [("KUBECONFIG", self.admin_kubeconfig()), ("HOME", self.state.path().to_owned())];
        admin::run(&self.kubectl_path(), args, &env, input)
    }

    /// Runs `kubectl` as the bearer of a token.
    pub fn kubectl_with_token(&self, token: &str, args: &[&str]) -> Output {
        let kubeconfig =
            admin::kubeconfig(&self.url, Some(&self.state.path().join("ca.pem")), &json!({ "token": token }));
        let file = tempfile::NamedTempFile::new_in(self.state.path()).expect("the temporary directory can be written");
        std::fs::write(file.path(), kubeconfig).expect("the temporary directory can be written");
        let env = [("KUBECONFIG", file.path().to_owned()), ("HOME", self.state.path().to_owned())];
        admin::run(&self.kubectl_path(), args, &env, "")
    }

    /// The current `ConfigMap`.
    pub fn config_map(&self, namespace: &str, name: &str) -> Option<ConfigMap> {
        let found = self.background.wait(self.admin.request(admin::config_map_request("GET", namespace, name, None)));
        match found {
            Ok(map) => Some(map),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(error) => panic!("cannot read ConfigMap {namespace}/{name}: {error}"),
        }
    }

    /// The current `kube-system/aws-auth`.
    pub fn aws_auth(&self) -> Option<ConfigMap> {
        self.config_map("kube-system", "aws-auth")
    }

    /// Creates or replaces a `ConfigMap`, whatever its version; for `kube-system/aws-auth` it waits until the
    /// authenticator has read it.
    pub fn put_config_map(&self, map: &ConfigMap) -> ConfigMap {
        let namespace = map.metadata.namespace.as_deref().unwrap_or("default");
        let name = map.metadata.name.as_deref().expect("a ConfigMap has a name");
        let before = self.config_map(namespace, name);
        let (method, path_name) = if before.is_some() { ("PUT", name) } else { ("POST", "") };
        let seen = self.mapping_events();
        let request = admin::config_map_request(method, namespace, path_name, Some(map));
        let after: ConfigMap = self.background.wait(self.admin.request(request)).expect("the administrator may write");
        let version = |map: &ConfigMap| map.metadata.resource_version.clone();
        if (namespace, name) == ("kube-system", "aws-auth") && before.as_ref().and_then(version) != version(&after) {
            self.await_mapping_event(seen);
        }
        after
    }

    /// Creates or replaces `kube-system/aws-auth` with these data keys and waits until the authenticator has read it.
    pub fn put_aws_auth(&self, data: &[(&str, &str)]) -> ConfigMap {
        let mut map = ConfigMap::default();
        map.metadata.namespace = Some("kube-system".to_owned());
        map.metadata.name = Some("aws-auth".to_owned());
        map.data =
            Some(data.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>());
        self.put_config_map(&map)
    }

    /// Deletes `kube-system/aws-auth` if it exists and waits until the authenticator has noticed.
    pub fn delete_aws_auth(&self) {
        let seen = self.mapping_events();
        let request = admin::config_map_request("DELETE", "kube-system", "aws-auth", None);
        match self.background.wait(self.admin.request::<Value>(request)) {
            Ok(_) => self.await_mapping_event(seen),
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => panic!("cannot delete ConfigMap kube-system/aws-auth: {error}"),
        }
    }

    /// How often the authenticator has read `aws-auth` so far; read it before a write, then
    /// [`await_mapping_event`](Self::await_mapping_event).
    pub fn mapping_events(&self) -> usize {
        let log = self.authenticator.log();
        log.matches("Received aws-auth watch event").count() + log.matches("Resetting configmap on delete").count()
    }

    /// Waits until the authenticator has read `aws-auth` once more than `seen` times and stored the result.
    pub fn await_mapping_event(&self, seen: usize) {
        let start = std::time::Instant::now();
        while self.mapping_events() <= seen {
            assert!(start.elapsed() < START, "the authenticator has not read aws-auth:\n{}", self.authenticator.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        // The line is printed before the text is parsed and stored.
        std::thread::sleep(Duration::from_millis(50));
    }

    /// The identity of a token, from access entries and the real authenticator, bypassing the API server's cache.
    pub fn review(&self, token: &str) -> Option<User> {
        let review =
            json!({ "apiVersion": "authentication.k8s.io/v1beta1", "kind": "TokenReview", "spec": { "token": token } });
        let answer = self.background.wait(self.webhooks.review(&review)).ok()?;
        (answer["status"]["authenticated"] == true).then(|| User::from_info(&answer["status"]["user"]))
    }

    /// The identity of a token's bearer according to the API server (`SelfSubjectReview`); `None` for a 401.
    pub fn whoami(&self, token: &str) -> Option<User> {
        let kubeconfig =
            admin::kubeconfig(&self.url, Some(&self.state.path().join("ca.pem")), &json!({ "token": token }));
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let request = http::Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews")
            .header("content-type", "application/json")
            .body(review.to_string().into_bytes())
            .expect("a constant request is valid");
        let answer = self.background.wait(async { admin::client(&kubeconfig).await.request::<Value>(request).await });
        match answer {
            Ok(answer) => Some(User::from_info(&answer["status"]["userInfo"])),
            Err(kube::Error::Api(status)) if status.code == 401 => None,
            Err(error) => panic!("the API server did not review its caller: {error}"),
        }
    }

    /// Every write to a `ConfigMap` so far, including this administrator's (`username` `administrator`).
    pub fn writes(&self) -> Vec<Write> {
        admin::writes(&self.state.path().join("audit.log"))
    }

    /// The proxy that replaces AWS's own STS hosts, and the file of its certificate authority.
    pub fn sts_by_proxy(&self) -> (&str, PathBuf) {
        (self.proxy.url(), self.state.path().join("sts-ca.pem"))
    }

    /// Every `host:port` that the authenticator requested.
    pub fn hosts_asked(&self) -> Vec<String> {
        self.proxy.hosts()
    }

    /// The authenticator's output.
    pub fn authenticator_log(&self) -> String {
        self.authenticator.log()
    }
}

/// The address of the cloud's plain HTTP.
fn address(cloud: &Cloud) -> SocketAddr {
    let address = cloud.endpoint().strip_prefix("http://").and_then(|address| address.parse().ok());
    address.expect("the local cloud listens on an address of the loopback interface")
}

async fn answers(client: &kube::Client, path: &str) -> bool {
    let request = http::Request::get(path).body(Vec::new()).expect("a constant request is valid");
    client.request_text(request).await.is_ok()
}
