//! The chain from credentials to a Kubernetes verb, in order.

use super::contexts::{is_about, views};
use super::difference::Works;
use super::inquiry::{Findings, Inquiry};
use super::link::Chain;
use super::patience::Patience;
use super::scene::{RoleFound, look};
use super::walk::Walk;
use super::{authority, caller, cluster, gate, inside, kubeconfig, other, role};
use crate::engine::known::Known;
use crate::engine::port::{Can, Connect};
use crate::model::desired::DEFAULT_ROLE;

/// The links' names, in order. Machines read them, so they are never renamed.
pub const WAY: [&str; 17] = [
    "credentials",
    "clock",
    "caller",
    "role",
    "policy",
    "trust",
    "needs",
    "assume",
    "token",
    "cluster",
    "endpoint",
    "mode",
    "mapping",
    "identity",
    "rights",
    "kubeconfig",
    "plugin-gate",
];

/// Follows the chain up to the first broken link. Changes nothing.
pub async fn follow<C: Connect>(account: &Known<'_, C>, inquiry: &Inquiry) -> Findings {
    let mut chain = Chain::default();
    let mut findings = Findings::default();
    let names = inquiry.principal.as_deref().map_or(WAY.as_slice(), other::way);
    let _ = go(account, inquiry, &mut chain, &mut findings).await;
    Findings { links: chain.finish(names), is_outside: inquiry.principal.is_some(), ..findings }
}

async fn go<C: Connect>(
    account: &Known<'_, C>,
    inquiry: &Inquiry,
    chain: &mut Chain,
    findings: &mut Findings,
) -> Option<()> {
    let (caller, signer) = caller::links(account, chain).await?;
    findings.caller = Some(caller.clone());
    let scene = look(account, inquiry, &caller).await;
    findings.cluster = scene.cluster.description().map(|description| description.arn.clone());
    let is_own = matches!(scene.role, RoleFound::Own(_));
    findings.role = scene.role.arn().filter(|_| !is_own);
    findings.role_why = Some(scene.role_why.clone());
    let inquiry = &settled(inquiry, &scene.role);
    let walk = Walk {
        account,
        inquiry,
        caller: &caller,
        signer: &signer,
        scene: &scene,
        patience: Patience::Once,
        expected: None,
    };
    if let Some(principal) = &inquiry.principal {
        return other::links(&walk, principal, chain).await;
    }
    let taken = role::links(&walk, chain).await?;
    let shown = scene.role.arn()?;
    let session = taken.session.as_deref();
    cluster::token(&walk, session, chain).await?;
    let description = cluster::links(inquiry, &scene.cluster, chain)?;
    let api = cluster::endpoint(account.world(), inquiry, &description, session, chain).await?;
    chain.add(cluster::mode(&scene.cluster))?;
    let who = inside::Shown { arn: &shown, made_at: scene.role.created_at(), taken: &taken };
    inside::links(&walk, &who, &api, chain).await?;
    let external_id = inquiry.sent_external_id(scene.role.trust());
    let role = findings.role.as_ref();
    let about = views(inquiry).into_iter().map(|(_, view)| view).filter(|view| is_about(view, inquiry));
    let authorities = authority::look(account.world(), inquiry, &description, &about.collect::<Vec<_>>()).await;
    let works = Works {
        cluster: &description,
        role,
        external_id: external_id.as_deref(),
        mfa: taken.mfa,
        authorities: &authorities,
    };
    let chosen = kubeconfig::chosen(inquiry, &works);
    chain.add(kubeconfig::link(inquiry, &works, chosen.as_ref()))?;
    chain.add(gate::link(inquiry, chosen.as_ref()))
}

/// The inquiry, now that the role is known: the default role should be able to do everything, unless another right was
/// asked about.
fn settled(inquiry: &Inquiry, sight: &RoleFound) -> Inquiry {
    let (name, role) = match sight {
        RoleFound::Own(_) | RoleFound::Planned(..) => ("", String::new()),
        RoleFound::Missing(name) => (name.as_str(), inquiry.role.clone()),
        RoleFound::Unseen(arn, _) => (arn.name.as_str(), inquiry.role.clone()),
        RoleFound::Seen(role) if inquiry.names_role(&role.arn) => (role.arn.name.as_str(), inquiry.role.clone()),
        RoleFound::Seen(role) => ("", role.arn.to_string()),
    };
    let can = inquiry.can.clone().or_else(|| (name == DEFAULT_ROLE).then(Can::everything));
    Inquiry { role, can, ..inquiry.clone() }
}
