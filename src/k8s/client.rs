//! The connection to one cluster's API server.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures::future::LocalBoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use kube::Client;
use rustls::pki_types::CertificateDer;
use serde_json::Value;

use super::error::{bad_answer, call_error, connection_error, is_worth_another_try, reach, server_pause};
use super::wire::{self, Proxy, Way};
use crate::engine::{CallError, CallErrorKind, CallResult, Reach};
use crate::model::ClusterDescription;
use crate::transport::authority;

/// How long a call is retried by default.
const PATIENCE: Duration = Duration::from_mins(2);
/// The part of that time for the pauses, as the answers need some too.
const PAUSES: f64 = 0.7;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The command line's settings for the connection to an API server.
#[derive(Clone, Debug, Default)]
pub struct KubeSettings {
    /// `--server`: this URL instead of the cluster's endpoint.
    pub server: Option<String>,
    /// `--tls-server-name`: the name that the certificate must hold, instead of the URL's.
    pub tls_server_name: Option<String>,
    /// `--proxy-url`: takes precedence over the environment.
    pub proxy_url: Option<String>,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are used.
    pub proxy_from_env: bool,
    /// How long one answer may take; `None` is 30 s.
    pub read_timeout: Option<Duration>,
    /// How long a call that is throttled or answered with 5xx is retried; `None` is 120 s.
    pub patience: Option<Duration>,
}

/// Provides the bearer token for a request, signed again if the last one is old.
pub trait TokenSource {
    /// The token's text; it is only put into a header that is never logged.
    fn token(&self) -> LocalBoxFuture<'_, CallResult<String>>;
}

/// One cluster's API, as one identity.
#[derive(Clone)]
pub struct KubeCluster {
    client: Client,
    /// The prefix of every path.
    base: String,
    /// The URL as written by the cluster or the command line.
    server: String,
    tokens: Rc<dyn TokenSource>,
    patience: Duration,
}

impl fmt::Debug for KubeCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubeCluster").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A request to an API server.
pub(super) struct Call<'a> {
    /// The operation as named in errors, `k8s:GetConfigMap`.
    pub(super) operation: &'static str,
    /// Its object.
    pub(super) object: &'a str,
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a Value>,
}

impl Call<'_> {
    /// An answer that can't be valid for the request.
    pub(super) fn bad_answer(&self, message: impl Into<String>) -> CallError {
        bad_answer(self.operation, self.object, message.into())
    }
}

impl KubeCluster {
    /// Builds the client without a request.
    ///
    /// # Errors
    /// Of the kind `Invalid` if the cluster has no endpoint, or a URL or certificate is invalid.
    pub fn connect(
        cluster: &ClusterDescription,
        settings: &KubeSettings,
        tokens: Rc<dyn TokenSource>,
    ) -> CallResult<Self> {
        let invalid = |message: String| connection_error(&cluster.arn.name, message);
        let server = settings.server.as_ref().or(cluster.endpoint.as_ref());
        let server = server.ok_or_else(|| invalid(format!("it has no endpoint yet, it is {}", cluster.status)))?;
        let url = https_url(server).ok_or_else(|| invalid(format!("`{server}` is not an https:// URL")))?;

        let way = Way {
            roots: roots(cluster).map_err(invalid)?,
            server_name: settings.tls_server_name.clone(),
            proxy: proxy(settings, &url).map_err(invalid)?,
            read_timeout: settings.read_timeout.unwrap_or(READ_TIMEOUT),
        };
        let client = wire::client(&way).map_err(invalid)?;
        let base = url.to_string().trim_end_matches('/').to_owned();
        let patience = settings.patience.unwrap_or(PATIENCE).mul_f64(PAUSES);
        Ok(Self { client, base, server: server.clone(), tokens, patience })
    }

    /// Sends a call, and retries it where that can help: after 429 and 5xx, and without an answer. A write can be sent
    /// again safely, because it has the version that it replaces, or creates an object that can be created once: after
    /// a lost answer the second one is a conflict, and the caller reads the object.
    pub(super) async fn send(&self, call: &Call<'_>) -> CallResult<Value> {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_total_delay(Some(self.patience))
            .with_jitter();
        let attempt = Cell::new(0);
        let once = || async {
            attempt.set(attempt.get() + 1);
            self.send_once(call).await
        };
        once.retry(backoff)
            .when(|failure| matches!(failure, Failure::Kube(error) if is_worth_another_try(error, attempt.get())))
            .adjust(|failure, pause| match failure {
                Failure::Kube(error) => pause.map(|pause| server_pause(error).unwrap_or(pause).max(pause)),
                Failure::Token(_) => pause,
            })
            .await
            .map_err(|failure| match failure {
                Failure::Token(error) => error,
                Failure::Kube(error) => call_error(call.operation, call.object, &self.server, error),
            })
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let token = self.tokens.token().await.map_err(Failure::Token)?;
        let unusable = |message: &str| {
            Failure::Token(CallError::new(call.operation, call.object, CallErrorKind::Invalid, message))
        };
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| unusable("the token can't be the value of a header"))?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.base, call.path))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, bearer)
            .body(call.body.map(|body| body.to_string().into_bytes()).unwrap_or_default())
            .map_err(|_| unusable("the request can't be built"))?;
        let begin = Instant::now();
        let answer = self.client.request(request).await;
        let outcome = if answer.is_ok() { "ok" } else { "failed" };
        tracing::debug!(
            "{} {}{}: {outcome} after {} ms",
            call.method,
            self.server,
            call.path,
            begin.elapsed().as_millis()
        );
        Ok(answer?)
    }
}

enum Failure {
    Token(CallError),
    Kube(kube::Error),
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        Self::Kube(error)
    }
}

impl KubeCluster {
    /// Requests the version, without a token: only the fact of an answer matters.
    pub(super) async fn probe(&self) -> Reach {
        let request = Request::builder()
            .uri(format!("{}/version", self.base))
            .header(ACCEPT, "application/json")
            .body(Vec::new());
        let Ok(request) = request else { return Reach::Answers };
        match self.client.request::<Value>(request).await {
            Ok(_) | Err(kube::Error::Api(_) | kube::Error::SerdeError(_)) => Reach::Answers,
            Err(error) => reach(&error),
        }
    }
}

fn https_url(text: &str) -> Option<Uri> {
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url: Uri = text.parse().ok()?;
    (url.scheme_str() == Some("https") && url.host().is_some_and(|host| !host.is_empty())).then_some(url)
}

/// The cluster's certificate authority as DER. If only a kubeconfig is known and has none, the system's roots are used;
/// EKS always reports one.
fn roots(cluster: &ClusterDescription) -> Result<Option<Vec<CertificateDer<'static>>>, String> {
    match &cluster.certificate_authority {
        Some(text) => authority(text).map(Some).map_err(|why| format!("its certificate authority {why}")),
        None if cluster.of_kubeconfig => Ok(None),
        None => Err(format!("it is {} and EKS reports no certificate authority for it", cluster.status)),
    }
}

/// The proxy for `server`: the given one, else the environment's.
fn proxy(settings: &KubeSettings, server: &Uri) -> Result<Option<Proxy>, String> {
    if let Some(text) = &settings.proxy_url {
        let url: Option<Uri> = text.parse().ok();
        let known = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        if !url.as_ref().is_some_and(known) {
            // Not repeated in the error: it may hold a password.
            return Err("--proxy-url is not an http:// or https:// URL".to_owned());
        }
        return proxy_of(&Matcher::builder().all(text.as_str()).build(), server);
    }
    if !settings.proxy_from_env {
        return Ok(None);
    }
    proxy_of(&Matcher::from_env(), server)
}

fn proxy_of(matcher: &Matcher, server: &Uri) -> Result<Option<Proxy>, String> {
    let Some(found) = matcher.intercept(server) else { return Ok(None) };
    let url = found.uri();
    if !matches!(url.scheme_str(), Some("http" | "https")) {
        return Err(format!("the environment's proxy {url} is neither http:// nor https://"));
    }
    Ok(Some(Proxy { url: url.clone(), user: found.basic_auth().cloned() }))
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "border_tests.rs"]
mod border_tests;

#[cfg(test)]
#[path = "wire_tests.rs"]
mod wire_tests;
