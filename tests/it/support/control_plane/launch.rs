//! The files, certificates and command lines of a control plane.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use super::admin;
use super::certificates::{Authority, signing_keys};
use super::ports::free_port;
use super::program::Program;
use crate::support::cloud::Cluster;

/// The names in the API server's certificate; the last one for tests of `tls-server-name`.
const SERVER_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "kubernetes.default.svc"];

/// What is created before the first program starts.
pub struct Launch {
    pub bin: PathBuf,
    pub state: TempDir,
    pub authority: Authority,
    pub sts_authority: Arc<Authority>,
    /// The cluster when its control plane starts.
    pub cluster: Cluster,
}

impl Launch {
    /// Creates the certificates and the files for the programs.
    pub fn prepare(bin: PathBuf, cluster: Cluster) -> Self {
        let state = TempDir::new().expect("the temporary directory can be written");
        let authority = Authority::new("eksaccess test cluster");
        let sts_authority = Arc::new(Authority::new("eksaccess test STS"));
        let launch = Self { bin, state, authority, sts_authority, cluster };
        let server = launch.authority.server(&SERVER_NAMES);
        let accounts = signing_keys();
        let admin = launch.authority.client("administrator", "system:masters");
        // The authenticator uses an existing key pair; its own one would be a self-signed authority, which rustls
        // refuses.
        std::fs::create_dir(launch.path("authenticator")).expect("the temporary directory can be written");
        let webhook = launch.authority.server(&["127.0.0.1"]);
        for (file, text) in [
            ("authenticator/cert.pem", webhook.pem),
            ("authenticator/key.pem", webhook.key),
            ("ca.pem", launch.authority.pem()),
            ("sts-ca.pem", launch.sts_authority.pem()),
            ("server.pem", server.pem),
            ("server.key", server.key),
            ("admin.pem", admin.pem),
            ("admin.key", admin.key),
            ("accounts.key", accounts.0),
            ("accounts.pub", accounts.1),
            ("audit-policy", admin::audit_policy()),
            ("creator.json", launch.creator()),
        ] {
            launch.write(file, &text);
        }
        launch
    }

    /// A file of this control plane.
    pub fn path(&self, file: &str) -> PathBuf {
        self.state.path().join(file)
    }

    /// Writes a file of this control plane.
    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).expect("the temporary directory can be written");
    }

    /// The authenticator's own configuration: only the creator's mapping. The cluster's creator has access without a
    /// mapping; a session's ARN lacks its role's path.
    fn creator(&self) -> String {
        let users = self.cluster.creator.iter().map(|(_, arn)| {
            let arn = match (arn.split_once(":role/"), arn.rsplit_once('/')) {
                (Some((account, _)), Some((_, name))) => format!("{account}:role/{name}"),
                _ => arn.clone(),
            };
            json!({ "userARN": arn, "username": "kubernetes-creator", "groups": ["system:masters"] })
        });
        json!({ "clusterID": self.cluster.token_id(), "server": { "mapUsers": users.collect::<Vec<_>>() } }).to_string()
    }

    fn program(&self, name: &'static str, args: &[String], env: &[(&str, &OsStr)]) -> Program {
        Program::start(name, &self.bin.join(name), args, env, self.state.path()).expect("the program was found before")
    }

    /// Starts etcd; returns its URL too.
    pub fn etcd(&self) -> (String, Program) {
        let (client, peer) = (loopback("http"), loopback("http"));
        let args = [
            format!("--data-dir={}", self.path("etcd").display()),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
            "--unsafe-no-fsync".to_owned(),
        ];
        let program = self.program("etcd", &args, &[]);
        (client, program)
    }

    /// Starts kube-apiserver on `etcd`; returns its URL too.
    pub fn api_server(&self, etcd: &str) -> (String, Program) {
        let port = free_port();
        let file = |flag: &str, name: &str| format!("--{flag}={}", self.path(name).display());
        let args = [
            format!("--etcd-servers={etcd}"),
            format!("--secure-port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            file("tls-cert-file", "server.pem"),
            file("tls-private-key-file", "server.key"),
            file("client-ca-file", "ca.pem"),
            file("service-account-key-file", "accounts.pub"),
            file("service-account-signing-key-file", "accounts.key"),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            "--disable-admission-plugins=ServiceAccount".to_owned(),
            file("authentication-token-webhook-config-file", "authentication"),
            "--authentication-token-webhook-cache-ttl=1s".to_owned(),
            "--authorization-mode=RBAC,Webhook".to_owned(),
            file("authorization-webhook-config-file", "authorization"),
            "--authorization-webhook-version=v1".to_owned(),
            "--authorization-webhook-cache-authorized-ttl=1s".to_owned(),
            "--authorization-webhook-cache-unauthorized-ttl=1s".to_owned(),
            file("audit-policy-file", "audit-policy"),
            file("audit-log-path", "audit.log"),
            file("cert-dir", "certificates"),
        ];
        (format!("https://127.0.0.1:{port}"), self.program("kube-apiserver", &args, &[]))
    }

    /// Starts the authenticator, which uses STS through `proxy`; returns its URL too.
    pub fn authenticator(&self, proxy: &str) -> (String, Program) {
        let port = free_port();
        let file = |flag: &str, name: &str| format!("--{flag}={}", self.path(name).display());
        let args = [
            "server".to_owned(),
            file("config", "creator.json"),
            format!("--cluster-id={}", self.cluster.token_id()),
            "--backend-mode=MountedFile,EKSConfigMap".to_owned(),
            format!("--partition={}", self.cluster.partition),
            file("kubeconfig", "admin.kubeconfig"),
            "--address=127.0.0.1".to_owned(),
            format!("--port={port}"),
            file("state-dir", "authenticator"),
            file("generate-kubeconfig", "webhook.kubeconfig"),
        ];
        let authorities = self.path("sts-ca.pem");
        let env: [(&str, &OsStr); 3] = [
            ("HTTPS_PROXY", proxy.as_ref()),
            ("SSL_CERT_FILE", authorities.as_ref()),
            ("AWS_EC2_METADATA_DISABLED", "true".as_ref()),
        ];
        (format!("https://127.0.0.1:{port}"), self.program("aws-iam-authenticator", &args, &env))
    }
}

fn loopback(scheme: &str) -> String {
    format!("{scheme}://127.0.0.1:{}", free_port())
}
