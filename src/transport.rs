//! Failures below HTTP: names, routes, proxies, TLS. Reads the chain of causes from the HTTP libraries.
//!
//! Turns an HTTP client's error into words, and decides whether a retry can help. Also the checks that both adapters
//! make: the length of an answer, a readable certificate authority.

use std::error::Error;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::LengthLimitError;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::characters::is_hidden;

/// The longest answer that is read from a peer, in bytes: 16 MiB. A `ConfigMap` holds 1 MiB, a page of AWS far less.
pub const LONGEST_ANSWER: usize = 16 << 20;

/// Messages of libraries about their own layers, of no use to a person.
const NOISE: [&str; 7] =
    ["dispatch failure", "io error", "other", "timeout", "service error", "client error (Connect)", "tunnel error"];

/// Makes the TLS library gather its first randomness now, on another thread. Without the switch in `.cargo/config.toml`
/// it measures the jitter of the processor, which takes some 100 ms once per process, and would delay all calls during
/// the first handshake.
pub fn seed_tls_early() {
    // If it fails here, the first handshake reports it.
    let seeded = std::thread::Builder::new().name("tls seed".to_owned()).spawn(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().secure_random.fill(&mut [0; 16]);
    });
    drop(seeded);
}

/// The error and all its sources, outermost first. An [`io::Error`] hides its payload from [`source`](Error::source);
/// here it is part of the chain.
pub fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// The first error of a type in the chain.
pub fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The chain in words on one line, outermost first, without repetitions.
pub fn describe(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = joined(&cause.to_string());
        let known = parts.last().is_some_and(|last| last.contains(&text));
        if !known && !text.is_empty() && !NOISE.contains(&text.as_str()) {
            // An outer text that ends with its cause's text repeats it.
            if let Some(last) = parts.last_mut().filter(|last| text.starts_with(last.as_str())) {
                *last = text;
            } else {
                parts.push(text);
            }
        }
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

/// A foreign text without line breaks and control characters.
fn joined(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    line.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect()
}

/// Whether the connection was never made: no part of the request was sent.
pub fn never_connected(error: &(dyn Error + 'static)) -> bool {
    find::<hyper_util::client::legacy::Error>(error).is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// Whether TLS refused: an untrusted certificate, another name. A retry can't help.
pub fn tls_refused(error: &(dyn Error + 'static)) -> bool {
    find::<rustls::Error>(error).is_some()
}

/// Whether the certificate is for a name other than the requested one.
pub fn other_name(error: &(dyn Error + 'static)) -> bool {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
    let found = find::<rustls::Error>(error);
    matches!(found, Some(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })))
}

/// Whether an answer was longer than [`LONGEST_ANSWER`], so that reading stopped. A retry can't help.
pub fn too_long(error: &(dyn Error + 'static)) -> bool {
    find::<LengthLimitError>(error).is_some()
}

/// The certificates of a cluster's authority as stored in EKS and kubeconfigs, base64 of PEM. Several are normal: an
/// authority and its successor.
///
/// # Errors
/// The fault, in words that continue "its certificate authority".
pub fn authority(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = STANDARD.decode(text.trim()).map_err(|_| "is not base64".to_owned())?;
    let all = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|_| "is not complete PEM".to_owned())?;
    if all.is_empty() {
        return Err("holds no certificate".to_owned());
    }
    let mut store = RootCertStore::empty();
    for certificate in &all {
        store.add(certificate.clone()).map_err(|e| format!("holds something other than a certificate: {e}"))?;
    }
    Ok(all)
}

/// Whether it timed out.
pub fn timed_out(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::TimedOut))
}

#[cfg(test)]
#[path = "transport_script.rs"]
pub(crate) mod script;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<dyn Error + Send + Sync>>,
    }

    fn layer(text: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Layer {
        Layer { text, source: Some(source.into()) }
    }

    #[test]
    fn the_chain_is_described_once_and_without_noise() {
        let refused = io::Error::from_raw_os_error(111);
        let text = refused.to_string();
        let error = layer("dispatch failure", layer("client error (Connect)", layer("tcp connect error", refused)));
        assert_eq!(describe(&error), format!("tcp connect error: {text}"));
        let alone = Layer { text: "other", source: None };
        assert_eq!(describe(&alone), "other", "noise is better than nothing");
    }

    #[test]
    fn a_text_of_several_lines_becomes_one() {
        let alone = Layer { text: "tried:\n  a: no\n  b:\u{1b}[2J no\n\n", source: None };
        assert_eq!(describe(&alone), "tried: a: no; b: [2J no");
    }

    #[test]
    fn an_io_error_shows_its_payload() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = layer("client error (Connect)", io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls)));
        assert!(tls_refused(&error));
        assert!(describe(&error).contains("UnknownIssuer"), "{}", describe(&error));
        assert!(!tls_refused(&io::Error::other("x")));
    }

    #[test]
    fn a_timeout_is_seen_at_any_depth() {
        assert!(timed_out(&layer("a", layer("b", io::Error::new(io::ErrorKind::TimedOut, "deadline has elapsed")))));
        assert!(!timed_out(&layer("a", io::Error::other("b"))));
    }
}
