//! Certificate authorities as sets of certificates, and what a set is worth while a cluster's authority is replaced.
//!
//! A cluster shows one or two certificates, in any order; a kubeconfig holds what was there when it was written. What
//! counts is which certificates they are, not how they are written down, so they are compared by their content. Pure.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use x509_parser::pem::Pem;

/// At least one certificate, each by the SHA-256 of its DER form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorities(BTreeSet<[u8; 32]>);

impl Authorities {
    /// The certificates of `certificate-authority-data`, base64 of PEM; `None` where none can be read.
    pub fn of_data(data: &str) -> Option<Self> {
        Self::of_pem(&decoded(data)?)
    }

    /// The certificates of a PEM file; what stands between them counts for nothing. `None` where none can be read.
    pub fn of_pem(pem: &[u8]) -> Option<Self> {
        let all: BTreeSet<[u8; 32]> = certificates(pem).map(|block| Sha256::digest(&block.contents).into()).collect();
        (!all.is_empty()).then_some(Self(all))
    }

    /// Whether one certificate is in both.
    pub fn shares(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }

    /// Whether each certificate of the other is in this one too.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }
}

/// The bytes of `certificate-authority-data`; `None` for a text that is not base64.
pub fn decoded(data: &str) -> Option<Vec<u8>> {
    // As Go's decoder, which leaves out line breaks and nothing else.
    let text: String = data.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(text).ok()
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = Pem> {
    let blocks = Pem::iter_from_buffer(pem).filter_map(Result::ok);
    blocks.filter(|block| block.label == "CERTIFICATE" && block.parse_x509().is_ok())
}

/// The `certificate-authority-data` `held` with each certificate of `cluster` that it lacks behind it; `None` where the two
/// share none, or one can't be read.
///
/// What else is held stays: a proxy that inspects TLS has a certificate of its own there.
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

/// What an authority of a cluster does today.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signing {
    /// It signs.
    InUse,
    /// It is about to.
    Activating,
    /// It is trusted and does not sign: a successor, or one that was replaced.
    NotUsed,
}

/// One authority of a cluster, as EKS describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterAuthority {
    /// What it does; `None` for a word that EKS did not have before.
    pub signing: Option<Signing>,
    /// When it was made, in milliseconds since 1970.
    pub created_at: Option<i64>,
    /// When it began to sign, in seconds since 1970.
    pub activated_at: Option<i64>,
    /// When EKS has it sign by itself at the latest, in seconds since 1970.
    pub final_auto_activation: Option<i64>,
    /// Its certificate.
    pub certificates: Option<Authorities>,
}

/// What the certificates that a kubeconfig holds are worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Worth {
    /// The cluster's certificate is trusted, and will be.
    Works,
    /// It is trusted until a successor signs.
    WorksUntil {
        /// When that is at the latest, in seconds since 1970; `None` where EKS names no time.
        latest: Option<i64>,
    },
    /// A successor that is not trusted is being activated.
    Ending,
    /// It is not trusted.
    Fails {
        /// Since when the authority signs that is not trusted, in seconds since 1970.
        since: Option<i64>,
        /// Whether one of the cluster's authorities is trusted all the same.
        is_former: bool,
    },
    /// One of several is trusted, and which of them signs is not known.
    Unclear,
}

impl Worth {
    /// Of the certificates `held`, where the cluster shows those of `cluster`, and EKS describes its authorities as `all`.
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
        // One that was made before the signer was replaced by it: it signs again only after a rollback.
        let successor = missing().find(|authority| authority.created_at >= signer.created_at);
        successor.map_or(Self::Works, |next| Self::WorksUntil { latest: next.final_auto_activation })
    }
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
