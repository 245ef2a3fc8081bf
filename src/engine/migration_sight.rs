//! What a migration is decided by: the map, all entries, the mapped principals, the nodes, the bindings.

use std::collections::BTreeMap;

use futures::future::{join, join_all, join3};

use super::call_error::CallError;
use super::census::{Asked, census};
use super::port::{CallResult, ClusterRead, Connect, EksRead, IamRead};
use super::read_map::read_aws_auth;
use crate::aws_auth;
use crate::error::Result;
use crate::model::nodes::{ListedNode, LiveNode, NodeSources};
use crate::model::rbac::RbacBinding;
use crate::model::sight::{Answered, Found, MigrationSight, NodeEvidence, Seen};
use crate::model::{AwsAuthState, CallerIdentity, ClusterDescription, ClusterState, Principal};
use crate::plan::migrate::Evidence;

/// How many principals are looked at at once.
const AT_ONCE: usize = 20;

/// Looks at a cluster whose mappings are to become entries. What the caller may not see is unknown, not absent.
///
/// # Errors
/// A map or entries that could not be read for another reason than missing permission.
pub(super) async fn look<C: Connect>(
    world: &C,
    asked: &Asked,
    caller: &CallerIdentity,
    description: ClusterDescription,
) -> Result<(ClusterState, Vec<String>)> {
    let (map, everyone) = join(read_aws_auth(world, &description), census(world, asked, caller, &description)).await;
    let (map, (census, mut warnings)) = (map?, everyone?);
    let mapped = match &map {
        AwsAuthState::Present(map) => principals_of(&map.data()),
        _ => Vec::new(),
    };
    let eks = world.eks(&description.arn.region);
    let name = &description.arn.name;
    let (principals, (sources, capabilities, policies), (nodes, bindings)) = join3(
        principals(world, caller, &mapped),
        join3(eks.list_node_sources(name), eks.list_capability_roles(name), eks.list_policies()),
        inside(world, &description),
    )
    .await;
    let capability_roles = capabilities.unwrap_or_else(|error| {
        warnings.push(format!("the EKS capabilities of cluster {name} could not be listed ({error})"));
        Vec::new()
    });
    let sources = seen(sources);
    let migration = MigrationSight {
        principals,
        nodes: NodeEvidence { remote_networks: description.facts.remote_networks, ..node_evidence(&sources, nodes) },
        capability_roles,
        bindings: seen(bindings),
        policies: policies.ok().map(|all| all.into_iter().map(|(_, arn)| arn).collect()),
        writes_kubernetes: false,
    };
    let state = ClusterState {
        aws_auth: map,
        census: Some(census),
        migration: Some(Box::new(migration)),
        ..ClusterState::described(description)
    };
    Ok((state, warnings))
}

/// What may not be seen, or could not be, is unknown.
fn seen<T>(answer: CallResult<T>) -> Seen<T> {
    answer.map_or_else(|error| Seen::Unread(error.to_string()), Seen::Read)
}

/// The principals that a map names and that any caller can be.
fn principals_of(data: &BTreeMap<String, String>) -> Vec<Principal> {
    let reading = aws_auth::read(data);
    let mut all: BTreeMap<String, Principal> = BTreeMap::new();
    for principal in reading.mappings().filter_map(|mapping| Principal::as_matched(&mapping.arn).ok()) {
        all.entry(Evidence::key(&principal.to_string())).or_insert(principal);
    }
    all.into_values().collect()
}

/// What the caller's account says of those of its own; another account is not asked.
async fn principals<C: Connect>(
    world: &C,
    caller: &CallerIdentity,
    mapped: &[Principal],
) -> BTreeMap<String, Answered> {
    let iam = world.iam();
    let is_own = |p: &&Principal| p.account == caller.arn.account && p.partition == caller.arn.partition;
    let own: Vec<&Principal> = mapped.iter().filter(is_own).collect();
    let mut all = BTreeMap::new();
    for some in own.chunks(AT_ONCE) {
        let answers = join_all(some.iter().map(|principal| ask(&iam, principal))).await;
        all.extend(some.iter().map(|principal| Evidence::key(&principal.to_string())).zip(answers));
    }
    all
}

async fn ask<I: IamRead>(iam: &I, principal: &Principal) -> Answered {
    let unread = |error: CallError| Answered::Unread(error.to_string());
    if !principal.is_role() {
        return match iam.get_user(&principal.name).await {
            Ok(None) => Answered::Gone,
            Ok(Some(arn)) => arn.parse().map_or_else(
                |_| Answered::Unread(format!("IAM answered `{arn}`")),
                |arn| Answered::Exists(Box::new(Found { arn, created_at: None, trust: None })),
            ),
            Err(error) => unread(error),
        };
    }
    match iam.get_role(&principal.name).await {
        Ok(None) => Answered::Gone,
        Ok(Some(role)) => {
            Answered::Exists(Box::new(Found { arn: role.arn, created_at: role.created_at, trust: Some(role.trust) }))
        }
        Err(error) => unread(error),
    }
}

/// What only the Kubernetes API shows.
async fn inside<C: Connect>(
    world: &C,
    description: &ClusterDescription,
) -> (CallResult<Vec<ListedNode>>, CallResult<Vec<RbacBinding>>) {
    match world.cluster(description, None).await {
        Ok(api) => join(api.list_nodes(), api.list_bindings()).await,
        Err(error) => (Err(error.clone()), Err(error)),
    }
}

fn node_evidence(sources: &Seen<NodeSources>, nodes: CallResult<Vec<ListedNode>>) -> NodeEvidence {
    let live = nodes.map(|all| all.iter().map(|node| LiveNode::of(node, sources.read())).collect());
    NodeEvidence {
        live: seen(live),
        groups: sources.map(|sources| sources.groups.clone()),
        fargate: sources.map(|sources| sources.fargate.clone()),
        remote_networks: false,
    }
}
