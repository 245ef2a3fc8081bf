//! One HTTP client for all SDK clients.
//!
//! An SDK client with its default settings parses the root certificates when it is built and again before its first
//! call; this one parses them once, before the first call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, HttpClientError};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::retry::GivesUp;
use crate::engine::answered;
use crate::secrets::learn;
use crate::transport::LONGEST_ANSWER;

/// The headers with AWS's id of a request; older services use the second.
const REQUEST_ID: [&str; 2] = ["x-amzn-requestid", "x-amz-request-id"];

/// A client that trusts the system's roots and `extra_roots` (PEM), and uses the proxy that `HTTPS_PROXY`,
/// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name where `proxy_from_env` says so.
///
/// # Errors
/// Where the TLS library rejects the trust store.
pub fn shared_client(
    extra_roots: Option<&str>,
    proxy_from_env: bool,
    clock: &AwsClock,
) -> Result<SharedHttpClient, HttpClientError> {
    let store = match extra_roots {
        Some(pem) => TrustStore::default().with_pem_certificate(pem),
        None => TrustStore::default(),
    };
    let context = TlsContext::builder().with_trust_store(store).build()?;
    let clock = clock.clone();
    let made: Mutex<Vec<(Timeouts, SharedHttpConnector)>> = Mutex::default();
    Ok(http_client_fn(move |settings, components| {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = made.iter().find(|(of, _)| *of == timeouts) {
            return connector.clone();
        }
        let connector = connector(settings, components, context.clone(), proxy_from_env);
        let connector = SharedHttpConnector::new(Timed(connector, clock.clone()));
        made.push((timeouts, connector.clone()));
        connector
    }))
}

/// How far AWS's clock is ahead of this machine's, by the `Date` of its latest answer, a refusal included: AWS rejects
/// what is signed too far from its own time, with various messages.
#[derive(Clone, Debug, Default)]
pub struct AwsClock(Arc<Mutex<Option<i64>>>);

impl AwsClock {
    /// Seconds; `None` before any answer.
    pub fn ahead(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, date: &str) {
        let Ok(date) = DateTime::from_str(date, Format::HttpDate) else { return };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ahead = date.secs() - i64::try_from(now.as_secs()).unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
    }
}

/// Headers whose value is a secret, possibly from a source that this program does not read.
const SECRET_HEADERS: [&str; 4] =
    ["authorization", "x-amz-security-token", "x-aws-ec2-metadata-token", "x-amz-sso_bearer_token"];

/// Registers what is sent as a secret, whatever its source. A signature, which is different for every request, is
/// recognised by its name.
fn learn_headers(request: &HttpRequest) {
    let values = SECRET_HEADERS.iter().filter_map(|name| request.headers().get(*name));
    for value in values.filter(|value| !value.starts_with("AWS4-")) {
        learn(value);
        if let Some((_, token)) = value.split_once(' ') {
            learn(token);
        }
    }
}

/// A connection that reads the time and the request id from every answer.
#[derive(Debug)]
struct Timed(SharedHttpConnector, AwsClock);

impl HttpConnector for Timed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        learn_headers(&request);
        let (answer, clock) = (self.0.call(request), self.1.clone());
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if let Some(date) = answer.headers().get("date") {
                clock.saw(date);
            }
            let id = REQUEST_ID.iter().find_map(|name| answer.headers().get(*name));
            id.into_iter().for_each(answered);
            let whole = whole(answer.take_body()).await?;
            *answer.body_mut() = whole;
            Ok(answer)
        })
    }
}

/// Reads a whole body. One that is too long is an error that the SDK does not retry.
async fn whole(body: SdkBody) -> Result<SdkBody, ConnectorError> {
    match Limited::new(body, LONGEST_ANSWER).collect().await {
        Ok(body) => Ok(SdkBody::from(body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(ConnectorError::other(error, None)),
        Err(error) => Err(ConnectorError::io(error)),
    }
}

type Timeouts = (Option<Duration>, Option<Duration>);

fn connector(
    settings: &HttpConnectorSettings,
    components: &RuntimeComponents,
    context: TlsContext,
    proxy_from_env: bool,
) -> SharedHttpConnector {
    let mut builder = Connector::builder().connector_settings(settings.clone());
    builder.set_sleep_impl(components.sleep_impl());
    builder.set_proxy_config(proxy_from_env.then(ProxyConfig::from_env));
    let provider = tls::Provider::rustls(CryptoMode::AwsLc);
    let connector = builder.tls_provider(provider).tls_context(context).build();
    SharedHttpConnector::new(GivesUp(SharedHttpConnector::new(connector)))
}

/// The certificates of a bundle that TLS can use as roots, as PEM; anything else is left out, as OpenSSL does.
///
/// # Errors
/// Where the bundle has no usable certificate.
pub fn usable_roots(bundle: &[u8]) -> Result<String, &'static str> {
    let mut store = RootCertStore::empty();
    let mut pem = String::new();
    for certificate in CertificateDer::pem_slice_iter(bundle).flatten() {
        if store.add(certificate.clone()).is_ok() {
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            let text = STANDARD.encode(&certificate);
            for line in text.as_bytes().chunks(64) {
                pem.extend(line.iter().map(|b| char::from(*b)));
                pem.push('\n');
            }
            pem.push_str("-----END CERTIFICATE-----\n");
        }
    }
    if pem.is_empty() { Err("it holds no certificate in PEM form") } else { Ok(pem) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> String {
        rcgen::generate_simple_self_signed(vec!["ca.test".into()]).unwrap().cert.pem()
    }

    #[test]
    fn a_bundle_gives_its_certificates_and_leaves_out_the_rest() {
        let (a, b) = (certificate(), certificate());
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let pem = usable_roots(format!("# comment\n{a}\n{broken}{b}").as_bytes()).unwrap();
        assert_eq!(pem.matches("BEGIN").count(), 2);
        let again: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).flatten().collect();
        assert_eq!(again[0], CertificateDer::from_pem_slice(a.as_bytes()).unwrap());
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused() {
        assert!(usable_roots(b"hello").is_err());
        assert!(usable_roots(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
    }
}
