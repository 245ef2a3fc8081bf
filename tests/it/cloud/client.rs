//! A client that shares no code with the cloud: `aws-sigv4` signs, a plain socket sends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::aws_lc_rs};

use crate::support::cloud::{Cloud, Cluster};

/// An answer; status 0 if the connection ended without one.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The text of the first XML element of that name.
    pub fn xml(&self, name: &str) -> &str {
        let start = self.body.find(&format!("<{name}>")).unwrap_or_else(|| panic!("no <{name}> in {}", self.body));
        let rest = &self.body[start + name.len() + 2..];
        &rest[..rest.find(&format!("</{name}>")).unwrap()]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// `STATUS CODE` of a refusal in any of the protocols.
    pub fn code(&self) -> String {
        let rest = self.head.lines().find_map(|l| l.strip_prefix("x-amzn-errortype: ")).map(str::to_owned);
        let code = rest.unwrap_or_else(|| {
            if self.body.starts_with('<') {
                return if self.body.contains("<Code>") { self.xml("Code").to_owned() } else { "ok".to_owned() };
            }
            self.json()["reason"].as_str().unwrap_or("ok").to_owned()
        });
        format!("{} {code}", self.status)
    }
}

/// A caller with keys.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: String,
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: String,
    pub skew: i64,
}

impl Client {
    pub fn new(cloud: &Cloud, user: &str) -> Self {
        Self::from_env(&cloud.env(user))
    }

    /// A caller with these variables.
    pub fn from_env(env: &[(String, String)]) -> Self {
        let find = |name: &str| env.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let value = |name: &str| find(name).unwrap();
        Self {
            address: value("AWS_ENDPOINT_URL").replace("http://", ""),
            key: value("AWS_ACCESS_KEY_ID"),
            secret: value("AWS_SECRET_ACCESS_KEY"),
            token: find("AWS_SESSION_TOKEN"),
            region: value("AWS_REGION"),
            skew: 0,
        }
    }

    fn time(&self) -> SystemTime {
        let skew = Duration::from_secs(self.skew.unsigned_abs());
        if self.skew < 0 { SystemTime::now() - skew } else { SystemTime::now() + skew }
    }

    /// The headers, or query pairs, of a signature.
    fn signed(&self, service: &str, request: SignableRequest<'_>, settings: SigningSettings) -> Vec<(String, String)> {
        let identity = Credentials::new(&self.key, &self.secret, self.token.clone(), None, "test").into();
        let presign = settings.signature_location == SignatureLocation::QueryParams;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(self.time())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        if presign {
            return instructions.params().iter().map(|(n, v)| ((*n).to_owned(), v.to_string())).collect();
        }
        instructions.headers().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    /// Sends a signed request.
    pub fn send(&self, service: &str, method: &str, sent: (&str, &str), extra: &[(&str, &str)]) -> Answer {
        self.send_changed((service, method), sent, sent, extra)
    }

    /// Signs one path and body and sends another.
    pub fn send_changed(
        &self,
        (service, method): (&str, &str),
        (path, body): (&str, &str),
        (sent_path, sent_body): (&str, &str),
        extra: &[(&str, &str)],
    ) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let mut headers = vec![("host", self.address.as_str())];
        headers.extend(extra);
        let signable = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new(method, &*url, headers.iter().copied(), signable).unwrap();
        let signed = self.signed(service, request, SigningSettings::default());
        let all: Vec<(&str, &str)> =
            headers.into_iter().chain(signed.iter().map(|(n, v)| (n.as_str(), v.as_str()))).collect();
        self.raw(method, sent_path, sent_body, &all)
    }

    /// Sends exactly this request.
    pub fn raw(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        exchange(TcpStream::connect(&self.address).unwrap(), method, path, body, headers)
    }

    pub fn iam(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        self.query("iam", "2010-05-08", action, params)
    }

    pub fn sts(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        self.query("sts", "2011-06-15", action, params)
    }

    fn query(&self, service: &str, version: &str, action: &str, params: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in params {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let region = if self.region.starts_with("cn-") { "cn-north-1" } else { "us-east-1" };
        let signer = Self { region: region.to_owned(), ..self.clone() };
        signer.send(service, "POST", ("/", &body), &[("content-type", "application/x-www-form-urlencoded")])
    }

    /// A call of EKS; `path` without its leading slash, its parts encoded.
    pub fn eks(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send("eks", method, (&format!("/{path}"), &body), &[("content-type", "application/json")])
    }

    /// The credentials of a role.
    pub fn assume(&self, role_arn: &str, session: &str) -> Self {
        let answer = self.sts("AssumeRole", &[("RoleArn", role_arn), ("RoleSessionName", session)]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.with_credentials(&answer)
    }

    pub fn with_credentials(&self, answer: &Answer) -> Self {
        Self {
            key: answer.xml("AccessKeyId").to_owned(),
            secret: answer.xml("SecretAccessKey").to_owned(),
            token: Some(answer.xml("SessionToken").to_owned()),
            ..self.clone()
        }
    }

    /// A token as kubectl sends it.
    pub fn token(&self, cluster: &str) -> String {
        let host = format!("sts.{}.amazonaws.com", self.region);
        token_of(&self.presigned(&host, cluster))
    }

    /// The URL in a token.
    pub fn presigned(&self, host: &str, cluster: &str) -> String {
        self.presigned_as(&format!("{host}/?Action=GetCallerIdentity&Version=2011-06-15"), cluster, 60)
    }

    /// A URL of another kind, correctly signed.
    pub fn presigned_as(&self, address: &str, cluster: &str, seconds: u64) -> String {
        let base = format!("https://{address}");
        let host = address.split('/').next().unwrap();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
        settings.excluded_headers = None;
        let headers = [("host", host), ("x-k8s-aws-id", cluster)];
        let request = SignableRequest::new("GET", &*base, headers.iter().copied(), SignableBody::Bytes(b"")).unwrap();
        let pairs = self.signed("sts", request, settings);
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        pairs.iter().fold(base.clone(), |url, (name, value)| format!("{url}&{name}={}", encode(value)))
    }

    /// A call to a cluster's Kubernetes API with a token created for it.
    pub fn kubernetes(&self, cluster: &Cluster, method: &str, path: &str, body: &Value) -> Answer {
        kubernetes(cluster, &self.token(cluster.token_id()), method, path, body)
    }
}

/// `k8s-aws-v1.…`
pub fn token_of(url: &str) -> String {
    format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url))
}

/// A call with any token.
pub fn kubernetes(cluster: &Cluster, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(cluster.ca_pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = cluster.endpoint.as_ref().unwrap().replace("https://", "");
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = StreamOwned::new(connection, TcpStream::connect(&address).unwrap());
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let bearer = format!("Bearer {token}");
    let headers = [("host", address.as_str()), ("authorization", &bearer), ("content-type", "application/json")];
    exchange(stream, method, path, &body, &headers)
}

fn exchange(mut stream: impl Read + Write, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    let mut answer = Vec::new();
    let sent = stream.write_all(text.as_bytes());
    let _ = sent.and_then(|()| stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
