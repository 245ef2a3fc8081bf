//! `kubeconfig`: compares the certificates that a context trusts with those of the cluster.

use jiff::Timestamp;

use super::inquiry::Inquiry;
use super::link::LinkState;
use crate::engine::port::{Connect, EksRead};
use crate::error::shell_word;
use crate::kubeconfig::authority_file::download;
use crate::kubeconfig::{AuthorityFile, ContextView};
use crate::model::{Authorities, ClusterAuthority, ClusterDescription, Worth, decoded};

/// The finding on the certificates that a context trusts.
pub(super) struct Trusted {
    /// Ok if it works today.
    pub(super) state: LinkState,
    pub(super) text: String,
    /// The command that fixes it; `None` if rewriting the context does.
    pub(super) mend: Option<String>,
}

impl Trusted {
    fn new(state: LinkState, text: impl Into<String>) -> Self {
        Self { state, text: text.into(), mend: None }
    }

    fn by(self, command: String) -> Self {
        Self { mend: Some(command), ..self }
    }
}

/// What a context trusts.
enum Held {
    /// Any certificate (`insecure-skip-tls-verify`).
    Anything,
    /// Only what this machine trusts anyway.
    Nothing,
    /// An authority together with `insecure-skip-tls-verify`, which kubectl refuses.
    Unchecked,
    /// Both a file and data, which kubectl refuses.
    Twice(String),
    /// A missing file.
    Missing(String),
    /// An unreadable one, and why.
    Unread(String),
    /// A text without a certificate, and its place.
    Empty(String),
    /// These authorities.
    Known(Authorities),
}

/// The cluster's authorities as EKS lists them, if a context has other certificates than the cluster's; empty if EKS
/// does not tell.
pub(super) async fn look<C: Connect>(
    world: &C,
    inquiry: &Inquiry,
    cluster: &ClusterDescription,
    contexts: &[ContextView],
) -> Vec<ClusterAuthority> {
    let Some(shown) = cluster.certificate_authority.as_deref().and_then(Authorities::of_data) else {
        return Vec::new();
    };
    let lacks = |view: &ContextView| matches!(held(view, inquiry), Held::Known(held) if !held.covers(&shown));
    if cluster.of_kubeconfig || !contexts.iter().any(lacks) {
        return Vec::new();
    }
    world.eks(&cluster.arn.region).list_authorities(&cluster.arn.name).await.unwrap_or_default()
}

/// Whether a context can only connect to this cluster, whatever its server's name: it trusts one of the cluster's
/// certificates. Also true for one that checks none.
pub(super) fn may_lead(view: &ContextView, inquiry: &Inquiry, cluster: &ClusterDescription) -> bool {
    let shown = cluster.certificate_authority.as_deref().and_then(Authorities::of_data);
    match held(view, inquiry) {
        Held::Anything => true,
        Held::Known(held) => shown.is_some_and(|shown| held.shares(&shown)),
        Held::Nothing | Held::Unchecked | Held::Twice(_) | Held::Missing(_) | Held::Unread(_) | Held::Empty(_) => false,
    }
}

/// The finding; `None` if absent.
pub(super) fn trusted(
    view: &ContextView,
    inquiry: &Inquiry,
    cluster: &ClusterDescription,
    all: &[ClusterAuthority],
) -> Option<Trusted> {
    use LinkState::{Broken, Unknown};
    // The certificate that EKS shows needs no parsing.
    let is_alone = view.certificate_authority.is_none() && !view.insecure;
    let data = view.certificate_authority_data.as_deref().filter(|_| is_alone);
    if data.is_some_and(|data| Some(data.trim()) == cluster.certificate_authority.as_deref().map(str::trim)) {
        return None;
    }
    // A file that stays is rewritten in place; a missing one is replaced by data when the context is rewritten.
    let kept = |file: &&str| matches!(inquiry.kubeconfig.authority_file(file), Some(found) if *found != AuthorityFile::Missing);
    let download = || {
        let file = view.certificate_authority.as_deref().filter(kept);
        file.map(|file| download(&inquiry.cluster.name, &inquiry.cluster.region, file))
    };
    let found = match held(view, inquiry) {
        Held::Anything => return None,
        // The cluster is known from the kubeconfig only, and was tried with what this machine trusts.
        Held::Nothing if cluster.of_kubeconfig || cluster.certificate_authority.is_none() => return None,
        Held::Nothing => Trusted::new(Broken, "names no certificate authority, but the cluster has its own"),
        Held::Unchecked => {
            let text = "names a certificate authority and sets insecure-skip-tls-verify: kubectl rejects that";
            Trusted::new(Broken, text).by(unset(view, "insecure-skip-tls-verify"))
        }
        Held::Twice(file) => {
            let text =
                format!("names a certificate authority twice, in its data and as file {file}: kubectl rejects that");
            Trusted::new(Broken, text).by(unset(view, "certificate-authority"))
        }
        Held::Missing(file) => Trusted::new(
            Broken,
            format!("reads its certificate authority from {file}, which does not exist: kubectl can't use the context"),
        ),
        Held::Empty(place) => {
            Trusted::new(Broken, format!("holds no certificate for its authority{place}: kubectl rejects that"))
        }
        Held::Unread(why) => Trusted::new(Unknown, format!("{why}, so it was not compared with the cluster's")),
        Held::Known(held) => compared(&held, cluster, all)?,
    };
    Some(if found.mend.is_none() { Trusted { mend: download(), ..found } } else { found })
}

/// The command that removes a field from a context's cluster.
fn unset(view: &ContextView, field: &str) -> String {
    let name = view.cluster.as_deref().unwrap_or_default();
    format!("kubectl config unset {}", shell_word(&format!("clusters.{name}.{field}")))
}

fn compared(held: &Authorities, cluster: &ClusterDescription, all: &[ClusterAuthority]) -> Option<Trusted> {
    use LinkState::{Broken, Ok, Unknown};
    let shown = Authorities::of_data(cluster.certificate_authority.as_deref()?)?;
    Some(match Worth::of(held, &shown, all) {
        Worth::Works => return None,
        Worth::WorksUntil { latest } => {
            let end = latest.map_or_else(String::new, |latest| format!(", on {} at the latest", date(latest)));
            let text = "does not trust the successor of the cluster's certificate authority";
            Trusted::new(Ok, format!("{text} and will fail once that is activated{end}: renew it now"))
        }
        Worth::Ending => Trusted::new(
            Unknown,
            "does not trust the certificate authority that is being activated for the cluster: renew it now",
        ),
        Worth::Fails { since, is_former } => {
            let since = since.map_or_else(String::new, |since| format!(", which signs since {}", date(since)));
            Trusted::new(
                Broken,
                if is_former {
                    format!("does not trust the cluster's new certificate authority{since}")
                } else {
                    let why = "the cluster was recreated, or its authority was replaced";
                    format!("trusts a certificate authority other than the cluster's{since}: {why}")
                },
            )
        }
        Worth::Unclear => Trusted::new(
            Unknown,
            "trusts one of the cluster's two certificate authorities, and which of them signs could not be seen \
             (eks:ListCertificateAuthorities, eks:DescribeCertificateAuthority)",
        ),
    })
}

fn held(view: &ContextView, inquiry: &Inquiry) -> Held {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let known = |pem: &[u8], place: &str| match Authorities::of_pem(pem) {
        Some(found) => Held::Known(found),
        None if pem.is_empty() => Held::Nothing,
        // client-go requires at least one block of this name
        // (<https://pkg.go.dev/crypto/x509#CertPool.AppendCertsFromPEM>).
        None if !String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----") => Held::Empty(place.to_owned()),
        None => Held::Unread(format!("holds no readable certificate authority{place}")),
    };
    match (given(&view.certificate_authority_data), given(&view.certificate_authority)) {
        (None, None) if view.insecure => Held::Anything,
        (None, None) => Held::Nothing,
        _ if view.insecure => Held::Unchecked,
        (Some(_), Some(file)) => Held::Twice(file),
        (Some(data), None) => known(&decoded(&data).unwrap_or_default(), ""),
        (None, Some(file)) => match inquiry.kubeconfig.authority_file(&file) {
            Some(AuthorityFile::Missing) => Held::Missing(file),
            None => Held::Unread(format!("reads its certificate authority from {file}, which was not checked")),
            Some(AuthorityFile::Unreadable(why)) => {
                Held::Unread(format!("reads its certificate authority from {file} ({why})"))
            }
            Some(AuthorityFile::Read(pem)) => known(pem, &format!(" in {file}")),
        },
    }
}

fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.strftime("%F").to_string())
}
