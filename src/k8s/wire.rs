//! The connection to an API server: names, proxies, TLS, time limits. Built without [`kube::Config`], whose kubeconfig
//! readers and credential plugins would add a tenth to the binary unused.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Response, Uri};
use http_body_util::Limited;
use hyper::rt::{Read, Write};
use hyper_rustls::{ConfigBuilderExt, FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::Client;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

use crate::engine::answered;
use crate::transport::{LONGEST_ANSWER, describe};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// The settings of a connection.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The trusted authorities of its certificate; `None` for the system's.
    pub(super) roots: Option<Vec<CertificateDer<'static>>>,
    /// The name that the certificate must hold, if it is not the URL's.
    pub(super) server_name: Option<String>,
    /// The proxy.
    pub(super) proxy: Option<Proxy>,
    /// The longest time without data.
    pub(super) read_timeout: Duration,
}

/// A proxy for tunnels.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Proxy {
    /// `http://` or `https://`, without a user.
    pub(super) url: Uri,
    /// `Proxy-Authorization`, if needed.
    pub(super) user: Option<HeaderValue>,
}

/// A client for this connection; sends no request yet. Requests must name the server in their URIs. Needs a Tokio
/// runtime.
///
/// # Errors
/// An invalid certificate or name, in words.
pub(super) fn client(way: &Way) -> Result<Client, String> {
    let tls = tls(way.roots.as_deref())?;
    let Some(proxy) = &way.proxy else { return over(tcp(), tls, way) };
    // The proxy's own certificate, if it has one, is checked against the system's roots.
    let system = self::tls(None)?;
    let to_proxy = HttpsConnectorBuilder::new().with_tls_config(system).https_or_http().enable_http1();
    let mut tunnel = Tunnel::new(proxy.url.clone(), to_proxy.wrap_connector(tcp()));
    if let Some(mut user) = proxy.user.clone() {
        user.set_sensitive(true);
        tunnel = tunnel.with_auth(user);
    }
    over(tunnel, tls, way)
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp
}

fn tls(roots: Option<&[CertificateDer<'static>]>) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| describe(&e))?;
    let builder = match roots {
        None => builder.with_native_roots().map_err(|e| describe(&e))?,
        Some(roots) => {
            let mut store = RootCertStore::empty();
            for root in roots {
                store
                    .add(root.clone())
                    .map_err(|e| format!("its certificate authority is not valid: {}", describe(&e)))?;
            }
            builder.with_root_certificates(store)
        }
    };
    Ok(builder.with_no_client_auth())
}

fn over<C>(connector: C, tls: ClientConfig, way: &Way) -> Result<Client, String>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &way.server_name {
        let name = ServerName::try_from(name.clone()).map_err(|_| format!("`{name}` is not a server name"))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let mut timed = TimeoutConnector::new(builder.enable_http1().wrap_connector(connector));
    timed.set_connect_timeout(Some(CONNECT_TIMEOUT));
    timed.set_read_timeout(Some(way.read_timeout));
    timed.set_reset_reader_on_write(true);
    let http = hyper_util::client::legacy::Builder::new(TokioExecutor::new()).build(timed);
    Ok(Client::new(Heard(http), "default"))
}

/// Reports the API server's id of each request, as in its audit log; and refuses an answer that is too long.
#[derive(Clone, Debug)]
struct Heard<S>(S);

impl<S, R, B> Service<R> for Heard<S>
where
    S: Service<R, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<Limited<B>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let answer = self.0.call(request);
        async move {
            let answer = answer.await?;
            let id = answer.headers().get("audit-id").and_then(|id| id.to_str().ok());
            id.into_iter().for_each(answered);
            Ok(answer.map(|body| Limited::new(body, LONGEST_ANSWER)))
        }
        .boxed()
    }
}
