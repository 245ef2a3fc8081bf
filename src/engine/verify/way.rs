//! The way from credentials to a Kubernetes verb, in the order in which it is gone.

use super::inquiry::{Findings, Inquiry};
use super::link::Chain;
use super::scene::look;
use super::{caller, cluster, inside, kubeconfig, other, role};
use crate::engine::port::Connect;

/// The links' names, in order. Machines read them: none is ever renamed.
pub const WAY: [&str; 16] = [
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
];

/// Follows the way to its end or to the first broken link. Nothing is changed anywhere.
pub async fn follow<C: Connect>(world: &C, inquiry: &Inquiry) -> Findings {
    let mut chain = Chain::default();
    let mut findings = Findings::default();
    let names = inquiry.principal.as_deref().map_or(WAY.as_slice(), other::way);
    let _ = walk(world, inquiry, &mut chain, &mut findings).await;
    Findings { links: chain.finish(names), ..findings }
}

async fn walk<C: Connect>(world: &C, inquiry: &Inquiry, chain: &mut Chain, findings: &mut Findings) -> Option<()> {
    let caller = caller::links(world, chain).await;
    findings.caller.clone_from(&caller);
    let caller = caller?;
    let scene = look(world, inquiry, &caller).await;
    findings.role = scene.role.arn();
    if let Some(principal) = &inquiry.principal {
        return other::links(world, inquiry, principal, &caller, &scene, chain).await;
    }
    let session = role::links(world, inquiry, &caller, &scene.role, chain).await?;
    let role = findings.role.clone()?;
    cluster::token(world, inquiry, &caller, &scene.cluster, session.as_ref(), chain).await?;
    let description = cluster::links(inquiry, &scene.cluster, chain)?;
    let api = cluster::endpoint(world, inquiry, &description, session.as_ref(), chain).await?;
    chain.add(cluster::mode(&scene.cluster))?;
    let who = inside::Shown { role: &role, made_at: scene.role.created_at(), session: session.as_ref() };
    inside::links(world, inquiry, &caller, &scene.cluster, &who, &api, chain).await?;
    let external_id = role::external_id(inquiry, &scene.role);
    chain.add(kubeconfig::link(inquiry, &description, &role, external_id.as_deref()))
}
