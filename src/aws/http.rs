//! One HTTP client for all SDK clients.
//!
//! An SDK client that is left to itself parses the root certificates when it is built and again before its first call;
//! here they are parsed once, before the first call that goes out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, HttpClientError};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::retry::GivesUp;

/// A client that trusts the system's roots and `extra_roots` (PEM), and goes through the proxy that `HTTPS_PROXY`,
/// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name where `proxy_from_env` says so.
///
/// # Errors
/// Where the TLS library takes no such trust store.
pub fn shared_client(extra_roots: Option<&str>, proxy_from_env: bool) -> Result<SharedHttpClient, HttpClientError> {
    let store = match extra_roots {
        Some(pem) => TrustStore::default().with_pem_certificate(pem),
        None => TrustStore::default(),
    };
    let context = TlsContext::builder().with_trust_store(store).build()?;
    let made: Mutex<Vec<(Timeouts, SharedHttpConnector)>> = Mutex::default();
    Ok(http_client_fn(move |settings, components| {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = made.iter().find(|(of, _)| *of == timeouts) {
            return connector.clone();
        }
        let connector = connector(settings, components, context.clone(), proxy_from_env);
        made.push((timeouts, connector.clone()));
        connector
    }))
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

/// The certificates of a bundle that TLS can use as roots, as PEM; what is no certificate is left out, as OpenSSL does.
///
/// # Errors
/// Where none is left.
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
