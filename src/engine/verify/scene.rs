//! What the caller can read of the role and the cluster. A group member can often assume the role but read nothing;
//! then the kubeconfig is used in place of EKS.

use futures::future::join;
use serde_json::Value;

use super::choice::why;
use super::contexts::{is_about, views};
use super::inquiry::{Inquiry, RoleFrom};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::foreign::is_of_signer;
use crate::engine::known::Known;
use crate::engine::port::{Connect, EksRead};
use crate::model::{AuthMode, CallerIdentity, ClusterDescription, ClusterFacts, Principal, Role};

/// The role to assume.
#[derive(Debug)]
pub(super) enum RoleFound {
    /// IAM shows it.
    Seen(Box<Role>),
    /// No role has this name.
    Missing(String),
    /// It could not be read, and why; the ARN is the likely one.
    Unseen(Principal, String),
    /// None is assumed: the caller uses its own token.
    Own(Principal),
    /// As a plan leaves it, with its trust if known.
    Planned(Principal, Option<Value>),
}

impl RoleFound {
    /// Its ARN, complete if known.
    pub(super) fn arn(&self) -> Option<Principal> {
        match self {
            Self::Seen(role) => Some(role.arn.clone()),
            Self::Missing(_) => None,
            Self::Unseen(arn, _) | Self::Own(arn) | Self::Planned(arn, _) => Some(arn.clone()),
        }
    }

    /// Its trust, if IAM shows it.
    pub(super) fn trust(&self) -> Option<&Value> {
        match self {
            Self::Seen(role) => Some(&role.trust),
            Self::Planned(_, trust) => trust.as_ref(),
            _ => None,
        }
    }

    /// When it was created, seconds since 1970.
    pub(super) fn created_at(&self) -> Option<i64> {
        match self {
            Self::Seen(role) => role.created_at,
            _ => None,
        }
    }
}

/// The cluster.
#[derive(Debug)]
pub(super) enum ClusterSight {
    /// EKS shows it.
    Seen(ClusterDescription),
    /// EKS does not show it to this caller; its address is known from a kubeconfig, its mode is not.
    FromKubeconfig(ClusterDescription, String, CallError),
    /// EKS has no cluster of this name in the region.
    Missing,
    /// It could not be read.
    Failed(CallError),
}

impl ClusterSight {
    /// Its description.
    pub(super) const fn description(&self) -> Option<&ClusterDescription> {
        match self {
            Self::Seen(description) | Self::FromKubeconfig(description, ..) => Some(description),
            Self::Missing | Self::Failed(_) => None,
        }
    }

    /// Where the control plane looks up identities, if known.
    pub(super) const fn mode(&self) -> Option<AuthMode> {
        match self {
            Self::Seen(description) => Some(description.mode),
            _ => None,
        }
    }
}

/// Both.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) role: RoleFound,
    /// The reason for this role, or for none.
    pub(super) role_why: String,
    pub(super) cluster: ClusterSight,
}

/// Reads both concurrently.
pub(super) async fn look<C: Connect>(account: &Known<'_, C>, inquiry: &Inquiry, caller: &CallerIdentity) -> Scene {
    let ((role, is_own), cluster) =
        join(find_role(account, inquiry, caller), find_cluster(account.world(), inquiry, caller)).await;
    Scene { role, role_why: why(inquiry, is_own), cluster }
}

/// The role; if none was named and the default does not exist, the caller itself, with that reason.
async fn find_role<C: Connect>(
    account: &Known<'_, C>,
    inquiry: &Inquiry,
    caller: &CallerIdentity,
) -> (RoleFound, bool) {
    let takes_none = inquiry.role.is_empty();
    let found = if takes_none { RoleFound::Missing(String::new()) } else { named_role(account, inquiry, caller).await };
    let is_free = inquiry.role_from == RoleFrom::Default && inquiry.principal.is_none();
    if !takes_none && (!is_free || !matches!(found, RoleFound::Missing(_))) {
        return (found, false);
    }
    let own = if caller.arn.is_role() { account.role(&caller.arn.name).await.ok().flatten() } else { None };
    (own.map_or_else(|| RoleFound::Own(caller.arn.entity()), |role| RoleFound::Seen(Box::new(role))), true)
}

async fn named_role<C: Connect>(account: &Known<'_, C>, inquiry: &Inquiry, caller: &CallerIdentity) -> RoleFound {
    let own = &caller.arn;
    let named: Option<Principal> = inquiry.role.parse().ok().map(|p: Principal| p.entity());
    if let Some(foreign) = named.as_ref().filter(|p| p.account != own.account || p.partition != own.partition) {
        return RoleFound::Unseen(foreign.clone(), format!("it is in account {}", foreign.account));
    }
    let name = named.as_ref().map_or(inquiry.role.as_str(), |p| &p.name);
    match account.role(name).await {
        Ok(Some(role)) => RoleFound::Seen(Box::new(role)),
        Ok(None) => RoleFound::Missing(name.to_owned()),
        Err(error) => {
            let likely = named.clone().or_else(|| role_of_kubeconfig(inquiry, name));
            let likely = likely.unwrap_or_else(|| Principal::role(own.partition, &own.account, "/", name));
            RoleFound::Unseen(likely, error.to_string())
        }
    }
}

/// The role of this name in a context of the cluster: its ARN there was written by a person who could read it.
fn role_of_kubeconfig(inquiry: &Inquiry, name: &str) -> Option<Principal> {
    let roles = views(inquiry).into_iter().filter_map(|(_, view)| view.exec?.role_arn?.parse::<Principal>().ok());
    roles.into_iter().find(|role| role.name == name)
}

async fn find_cluster<C: Connect>(world: &C, inquiry: &Inquiry, caller: &CallerIdentity) -> ClusterSight {
    let cluster = &inquiry.cluster;
    match world.eks(&cluster.region).describe_cluster(&cluster.name).await {
        Ok(Some(description)) if cluster.is_meant(&description.arn) && is_of_signer(&description.arn, caller) => {
            ClusterSight::Seen(description)
        }
        Ok(_) => ClusterSight::Missing,
        Err(error) if error.is(K::AccessDenied) => match of_kubeconfig(inquiry) {
            Some((description, context)) => ClusterSight::FromKubeconfig(description, context, error),
            None => ClusterSight::Failed(error),
        },
        Err(error) => ClusterSight::Failed(error),
    }
}

fn of_kubeconfig(inquiry: &Inquiry) -> Option<(ClusterDescription, String)> {
    let (_, view) = views(inquiry).into_iter().find(|(_, view)| is_about(view, inquiry) && view.server.is_some())?;
    let arn = view.cluster_arn.clone()?;
    let description = ClusterDescription {
        status: "ACTIVE".to_owned(),
        endpoint: view.server.clone(),
        certificate_authority: inquiry.authority_data(&view),
        mode: AuthMode::ApiAndConfigMap,
        private_only: false,
        of_kubeconfig: true,
        token_cluster_id: view
            .exec
            .and_then(|exec| exec.cluster)
            .filter(|c| !c.starts_with("arn:"))
            .unwrap_or_else(|| arn.name.clone()),
        facts: ClusterFacts::default(),
        arn,
    };
    Some((description, view.name))
}
