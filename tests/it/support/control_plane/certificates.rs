//! A certificate authority for one control plane, created each time.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

/// A private key and the certificate for it, both PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate alone, without its issuer's.
    pub pem: String,
    /// The private key, PKCS #8.
    pub key: String,
}

/// Issues certificates that are trusted by this test only.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new authority under `name`.
    pub fn new(name: &str) -> Self {
        let mut params = subject(name, None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Self(CertifiedIssuer::self_signed(params, key()).expect("a CA certificate is made from constant fields"))
    }

    /// The authority's own certificate, PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a server reached under `hosts`: names or addresses.
    pub fn server(&self, hosts: &[&str]) -> Certificate {
        let mut params = subject(hosts[0], None);
        let named = CertificateParams::new(hosts.iter().map(ToString::to_string).collect::<Vec<_>>());
        params.subject_alt_names = named.expect("hosts are valid names or addresses").subject_alt_names;
        self.issue(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client certificate; Kubernetes reads CN as the user's name and O as the group.
    pub fn client(&self, user: &str, group: &str) -> Certificate {
        self.issue(subject(user, Some(group)), ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Certificate {
        params.extended_key_usages = vec![usage];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = key();
        let certificate = params.signed_by(&key, &self.0).expect("the authority signs what it made");
        Certificate { pem: certificate.pem(), key: key.serialize_pem() }
    }
}

/// The key pair that signs and checks service account tokens: private and public, PEM.
pub fn signing_keys() -> (String, String) {
    let key = key();
    (key.serialize_pem(), key.public_key_pem())
}

fn key() -> KeyPair {
    KeyPair::generate().expect("the system gives random bytes")
}

fn subject(name: &str, organization: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(organization) = organization {
        params.distinguished_name.push(DnType::OrganizationName, organization);
    }
    params
}
