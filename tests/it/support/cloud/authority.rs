//! A cluster's certificate authorities, and the certificate of its API.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::cluster::Cluster;
use super::time::Millis;

/// When EKS may activate a successor by itself, at the earliest and the latest: after six months, and a year.
const AUTO_ACTIVATION: (Millis, Millis) = (180 * 86_400_000, 365 * 86_400_000);

/// One of the authorities of a cluster.
#[derive(Clone)]
pub struct Authority {
    pub id: String,
    pub pem: String,
    /// IN_USE, ACTIVATING, NOT_USED.
    pub signing: &'static str,
    /// IN_PROGRESS, COMPLETE, FAILED, DELETING.
    pub distribution: &'static str,
    pub created_at: Millis,
    /// CUSTOMER, or EKS.
    pub created_by: &'static str,
    /// When and by whom it was activated, if it was.
    pub activated: Option<(Millis, &'static str)>,
    /// When EKS activates it by itself: at the earliest, and at the latest.
    pub auto_activation: Option<(Millis, Millis)>,
    issuer: Arc<Issuer<'static, KeyPair>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.id, self.signing, self.distribution)
    }
}

impl Authority {
    fn new(id: String, now: Millis) -> Self {
        let key = KeyPair::generate().expect("a key pair");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "local cloud");
        let pem = params.self_signed(&key).expect("a CA").pem();
        Self {
            id,
            pem,
            signing: "NOT_USED",
            distribution: "IN_PROGRESS",
            created_at: now,
            created_by: "CUSTOMER",
            activated: None,
            auto_activation: Some((now + AUTO_ACTIVATION.0, now + AUTO_ACTIVATION.1)),
            issuer: Arc::new(Issuer::new(params, key)),
        }
    }

    /// A certificate for 127.0.0.1 under it.
    fn certified(&self) -> Arc<CertifiedKey> {
        let key = KeyPair::generate().expect("a key pair");
        let names = ["127.0.0.1", "localhost", "kubernetes"].map(str::to_owned).to_vec();
        let mut leaf = CertificateParams::new(names).expect("good names");
        leaf.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        let certificate = leaf.signed_by(&key, &*self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
        let key = aws_lc_rs::sign::any_supported_type(&key).expect("a key to sign with");
        Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key))
    }
}

/// The certificate of an API; it can change while the API is running.
#[derive(Debug)]
pub struct Shown(Mutex<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Cluster {
    /// The first authority, created by EKS.
    pub(super) fn found_authority(&mut self) {
        let founder = Authority {
            signing: "IN_USE",
            distribution: "COMPLETE",
            created_by: "EKS",
            activated: Some((0, "EKS")),
            auto_activation: None,
            ..Authority::new("ca-1".to_owned(), 0)
        };
        self.authorities = vec![founder];
        self.bundle();
    }

    /// Puts TLS in front of the API, with a certificate of the signing authority.
    pub(super) fn tls(&mut self) -> TlsAcceptor {
        let shown = Arc::new(Shown(Mutex::new(self.signer().certified())));
        self.shown = Some(shown.clone());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_no_client_auth()
            .with_cert_resolver(shown);
        TlsAcceptor::from(Arc::new(config))
    }

    fn signer(&self) -> &Authority {
        self.authorities.iter().find(|one| one.signing == "IN_USE").expect("an authority that signs")
    }

    /// Appends a successor, which kubeconfigs do not trust yet; returns its id.
    pub(super) fn append_authority(&mut self, now: Millis) -> String {
        let made: u32 =
            self.authorities.iter().filter_map(|one| one.id.strip_prefix("ca-")?.parse().ok()).max().unwrap_or(0);
        let id = format!("ca-{}", made + 1);
        self.authorities.push(Authority::new(id.clone(), now));
        self.bundle();
        id
    }

    /// Makes an authority the signing one.
    pub(super) fn activate_authority(&mut self, id: &str, now: Millis, by: &'static str) {
        for one in &mut self.authorities {
            if one.id == id {
                (one.signing, one.activated, one.auto_activation) = ("IN_USE", Some((now, by)), None);
            } else {
                one.signing = "NOT_USED";
            }
        }
        if let Some(shown) = &self.shown {
            *shown.0.lock().unwrap_or_else(PoisonError::into_inner) = self.signer().certified();
        }
    }

    pub(super) fn delete_authority(&mut self, id: &str) {
        self.authorities.retain(|one| one.id != id);
        self.bundle();
    }

    /// The bundle in DescribeCluster: all of them, in order.
    pub fn bundle(&mut self) {
        self.ca_pem = self.authorities.iter().map(|one| one.pem.as_str()).collect();
    }
}
