//! Certificate authorities as sets of certificates, and how long a set works while a cluster's authority is replaced.
//!
//! A cluster has one or two certificates, in any order; a kubeconfig holds those from when it was written. Different
//! spellings of a certificate are equal, so they are compared by content. Pure.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use x509_parser::pem::Pem;

/// At least one certificate, each by the SHA-256 of its DER form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorities(BTreeSet<[u8; 32]>);

impl Authorities {
    /// The certificates of `certificate-authority-data`, base64 of PEM; `None` if none can be read.
    pub fn of_data(data: &str) -> Option<Self> {
        Self::of_pem(&decoded(data)?)
    }

    /// The certificates of a PEM file, ignoring text between them; `None` if none can be read.
    pub fn of_pem(pem: &[u8]) -> Option<Self> {
        let all: BTreeSet<[u8; 32]> = certificates(pem).map(|block| Sha256::digest(&block.contents).into()).collect();
        (!all.is_empty()).then_some(Self(all))
    }

    /// Whether they have a certificate in common.
    pub fn shares(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }

    /// Whether each certificate of the other is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }
}

/// The bytes of `certificate-authority-data`; `None` for a text that is not base64.
pub fn decoded(data: &str) -> Option<Vec<u8>> {
    // As in Go's decoder, which ignores line breaks only.
    let text: String = data.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(text).ok()
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = Pem> {
    let blocks = Pem::iter_from_buffer(pem).filter_map(Result::ok);
    blocks.filter(|block| block.label == "CERTIFICATE" && block.parse_x509().is_ok())
}

/// The `certificate-authority-data` `held` with the missing certificates of `cluster` appended; `None` if the two share
/// none, or one can't be read.
///
/// Other certificates stay: a proxy that inspects TLS has its own there.
pub fn renewed(held: &str, cluster: &str) -> Option<String> {
    let (known, shown) = (Authorities::of_data(held)?, Authorities::of_data(cluster)?);
    if !known.shares(&shown) {
        return None;
    }
    let mut pem = String::from_utf8(decoded(held)?).ok()?.trim_end().to_owned() + "\n";
    for block in certificates(&decoded(cluster)?) {
        if known.0.contains(&<[u8; 32]>::from(Sha256::digest(&block.contents))) {
            continue;
        }
        let text = STANDARD.encode(&block.contents);
        let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
        pem.extend(["-----BEGIN CERTIFICATE-----\n"]);
        pem.extend(lines.flat_map(|line| [line, "\n".into()]));
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    Some(STANDARD.encode(pem))
}

/// The state of a cluster's authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signing {
    /// It signs.
    InUse,
    /// It will sign soon.
    Activating,
    /// It is trusted and does not sign: a successor, or one that was replaced.
    NotUsed,
}

/// One authority of a cluster, as described by EKS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterAuthority {
    /// Its state; `None` for an unknown value.
    pub signing: Option<Signing>,
    /// When it was created, in milliseconds since 1970.
    pub created_at: Option<i64>,
    /// When it began to sign, in seconds since 1970.
    pub activated_at: Option<i64>,
    /// When EKS will activate it at the latest, in seconds since 1970.
    pub final_auto_activation: Option<i64>,
    /// Its certificate.
    pub certificates: Option<Authorities>,
}

/// The state of the certificates in a kubeconfig.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Worth {
    /// The cluster's certificate is trusted, and will be.
    Works,
    /// It is trusted until a successor signs.
    WorksUntil {
        /// The latest time of that, in seconds since 1970; `None` if EKS does not report one.
        latest: Option<i64>,
    },
    /// A successor that is not trusted is being activated.
    Ending,
    /// It is not trusted.
    Fails {
        /// When the untrusted authority began to sign, in seconds since 1970.
        since: Option<i64>,
        /// Whether one of the cluster's authorities is still trusted.
        is_former: bool,
    },
    /// One of several is trusted, and which of them signs is unknown.
    Unclear,
}

impl Worth {
    /// The state of the certificates `held`, for a cluster that shows `cluster` and whose authorities are `all`.
    pub fn of(held: &Authorities, cluster: &Authorities, all: &[ClusterAuthority]) -> Self {
        if held.covers(cluster) {
            return Self::Works;
        }
        let signer = all.iter().find(|authority| authority.signing == Some(Signing::InUse));
        let since = signer.and_then(|signer| signer.activated_at);
        if !held.shares(cluster) {
            return Self::Fails { since, is_former: false };
        }
        let is_held = |authority: &ClusterAuthority| authority.certificates.as_ref().map(|one| held.covers(one));
        let Some((signer, is_trusted)) = signer.and_then(|signer| Some((signer, is_held(signer)?))) else {
            return Self::Unclear;
        };
        if !is_trusted {
            return Self::Fails { since, is_former: true };
        }
        let missing = || all.iter().filter(|authority| is_held(authority) != Some(true));
        if missing().any(|authority| authority.signing == Some(Signing::Activating)) {
            return Self::Ending;
        }
        // One older than the signer was replaced by it, and signs again only after a rollback.
        let successor = missing().find(|authority| authority.created_at >= signer.created_at);
        successor.map_or(Self::Works, |next| Self::WorksUntil { latest: next.final_auto_activation })
    }
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
