//! EKS's rules: entries are refused in mode `CONFIG_MAP`, need an existing principal, have no `system:` group, and only
//! policies that EKS offers. Deleting a missing entry succeeds.

use futures::future::join;

use super::state::{CLUSTER, MemoryUpdate, State};
use super::world::World;
use crate::engine::{CallErrorKind as K, CallResult, EksRead, EksWrite, NewEntry, TaggedCluster};
use crate::model::access::{access_policy_arn, default_entry_username};
use crate::model::nodes::NodeSources;
use crate::model::{
    AccessEntry, AssociatedPolicy, AuthMode, ClusterArn, ClusterAuthority, ClusterDescription, ClusterUpdate,
    Partition, PolicyScope, Principal, UpdateStatus,
};

/// The access policies that EKS offers here.
pub(super) const POLICIES: [&str; 3] = ["AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"];

/// How often an update is looked at until it has ended.
pub(super) const UPDATE_LOOKS: usize = 3;

/// EKS in the account and a region. Only the lists distinguish regions: the one cluster exists in every region.
#[derive(Clone)]
pub(super) struct MemoryEks(pub(super) World, pub(super) String);

/// Whether calls on entries of a cluster are accepted.
fn takes_entries(state: &State, cluster: &str) -> Result<(), K> {
    if cluster != CLUSTER {
        return Err(K::NotFound);
    }
    if state.description.mode.has_entries() { Ok(()) } else { Err(K::WrongMode) }
}

/// An entry to change.
fn entry<'s>(state: &'s mut State, cluster: &str, principal: &str) -> Result<&'s mut AccessEntry, K> {
    takes_entries(state, cluster)?;
    state.entries.get_mut(principal).ok_or(K::NotFound)
}

/// An update as EKS tells it.
fn told(update: &MemoryUpdate) -> ClusterUpdate {
    let kind = if update.to.is_some() { "AccessConfigUpdate" } else { "LoggingUpdate" };
    let status = if update.looks > 0 { "InProgress" } else { update.end };
    let errors = if status == "Failed" { vec!["Unknown: the update failed".to_owned()] } else { Vec::new() };
    ClusterUpdate { id: update.id.clone(), kind: kind.to_owned(), status: UpdateStatus::of_api(status), errors }
}

fn check_groups(groups: &[String]) -> Result<(), K> {
    if groups.iter().any(|group| group.starts_with("system:")) { Err(K::Invalid) } else { Ok(()) }
}

impl EksRead for MemoryEks {
    async fn list_clusters(&self) -> CallResult<Vec<String>> {
        let (account, region) = (self.0.account().to_owned(), self.1.clone());
        let object = format!("{account} {region}");
        let list = move |state: &State| Ok(state.places.at(&account, &region)?.keys().cloned().collect());
        self.0.read("eks:ListClusters", &object, list).await
    }

    async fn tagged_cluster(&self, name: &str) -> CallResult<Option<TaggedCluster>> {
        let (account, region, wanted) = (self.0.account().to_owned(), self.1.clone(), name.to_owned());
        let see = move |state: &State| {
            let tags = state.places.at(&account, &region)?.get(&wanted).cloned();
            let arn = ClusterArn {
                region: region.clone(),
                account: account.clone(),
                name: wanted.clone(),
                ..state.description.arn.clone()
            };
            Ok(tags.map(|tags| (ClusterDescription { arn, ..state.description.clone() }, tags)))
        };
        self.0.read("eks:DescribeCluster", &format!("cluster {name}"), see).await
    }

    async fn describe_cluster(&self, name: &str) -> CallResult<Option<ClusterDescription>> {
        let is_it = name == CLUSTER;
        let see = move |state: &State| Ok(is_it.then(|| state.description.clone()));
        self.0.read("eks:DescribeCluster", &format!("cluster {name}"), see).await
    }

    async fn describe_entry(&self, cluster: &str, principal: &str) -> CallResult<Option<AccessEntry>> {
        let object = format!("entry {principal}");
        let (name, whom) = (cluster.to_owned(), principal.to_owned());
        let found = self.0.read("eks:DescribeAccessEntry", &object, move |state| {
            takes_entries(state, &name)?;
            Ok(state.entries.get(&whom).cloned())
        });
        let policies = self.0.read("eks:ListAssociatedAccessPolicies", &object, |_| Ok(()));
        let (found, policies) = join(found, policies).await;
        policies.and(found)
    }

    async fn list_entries(&self, cluster: &str) -> CallResult<Vec<String>> {
        let name = cluster.to_owned();
        let list = move |state: &State| {
            takes_entries(state, &name)?;
            Ok(state.entries.keys().cloned().collect())
        };
        self.0.read("eks:ListAccessEntries", &format!("cluster {cluster}"), list).await
    }

    async fn list_policies(&self) -> CallResult<Vec<(String, String)>> {
        let offered = |name: &&str| ((*name).to_owned(), access_policy_arn(Partition::Aws, name));
        self.0.read("eks:ListAccessPolicies", "", move |_| Ok(POLICIES.iter().map(offered).collect())).await
    }

    async fn list_authorities(&self, cluster: &str) -> CallResult<Vec<ClusterAuthority>> {
        self.0.read("eks:ListCertificateAuthorities", &format!("cluster {cluster}"), |_| Ok(Vec::new())).await
    }

    async fn list_capability_roles(&self, cluster: &str) -> CallResult<Vec<String>> {
        self.0.read("eks:ListCapabilities", &format!("cluster {cluster}"), |state| Ok(state.capabilities.clone())).await
    }

    async fn list_node_sources(&self, cluster: &str) -> CallResult<NodeSources> {
        let object = format!("cluster {cluster}");
        let groups = self.0.read("eks:ListNodegroups", &object, |_| Ok(()));
        let (groups, profiles) = join(groups, self.0.read("eks:ListFargateProfiles", &object, |_| Ok(()))).await;
        groups.and(profiles)?;
        self.0.read("eks:DescribeNodegroup", &object, |state| Ok(state.nodes.clone())).await
    }

    async fn list_updates(&self, cluster: &str) -> CallResult<Vec<ClusterUpdate>> {
        let list = |state: &State| Ok(state.updates.iter().map(told).collect::<Vec<_>>());
        let all = self.0.read("eks:ListUpdates", &format!("cluster {cluster}"), list).await?;
        Ok(all.into_iter().filter(|update| update.status == UpdateStatus::InProgress).collect())
    }

    async fn describe_update(&self, _: &str, id: &str) -> CallResult<Option<ClusterUpdate>> {
        let wanted = id.to_owned();
        // Time passes while it is looked at.
        let look = move |state: &mut State| Ok(state.look_at_update(&wanted).as_ref().map(told));
        self.0.look("eks:DescribeUpdate", &format!("update {id}"), look).await
    }
}

impl EksWrite for MemoryEks {
    async fn create_entry(&self, cluster: &str, entry: &NewEntry<'_>) -> CallResult<()> {
        let NewEntry { principal, entry_type, username, groups, tags } = *entry;
        let (name, whom, username) = (cluster.to_owned(), principal.to_owned(), username.map(str::to_owned));
        let (groups, tags, entry_type) = (groups.to_vec(), tags.clone(), entry_type.to_owned());
        let create = move |state: &mut State| {
            takes_entries(state, &name)?;
            check_groups(&groups)?;
            let arn: Principal = whom.parse().map_err(|_| K::InvalidPrincipal)?;
            if state.lacks(&arn) {
                return Err(K::InvalidPrincipal);
            }
            if state.entries.contains_key(&whom) {
                return Err(K::AlreadyExists);
            }
            let made = AccessEntry {
                principal: whom.clone(),
                arn: format!("arn:aws:eks:::access-entry/{whom}"),
                entry_type: entry_type.clone(),
                username: username.clone().unwrap_or_else(|| default_entry_username(&arn)),
                groups: groups.clone(),
                tags: tags.clone(),
                created_at: Some(state.tick()),
                policies: Vec::new(),
            };
            state.entries.insert(whom.clone(), made);
            Ok(())
        };
        self.0.write("eks:CreateAccessEntry", &format!("entry {principal}"), create).await
    }

    async fn update_entry(&self, cluster: &str, principal: &str, username: &str, groups: &[String]) -> CallResult<()> {
        let (name, whom) = (cluster.to_owned(), principal.to_owned());
        let (username, groups) = (username.to_owned(), groups.to_vec());
        let update = move |state: &mut State| {
            check_groups(&groups)?;
            let entry = entry(state, &name, &whom)?;
            (entry.username, entry.groups) = (username.clone(), groups.clone());
            Ok(())
        };
        self.0.write("eks:UpdateAccessEntry", &format!("entry {principal}"), update).await
    }

    async fn delete_entry(&self, cluster: &str, principal: &str) -> CallResult<()> {
        let (name, whom) = (cluster.to_owned(), principal.to_owned());
        let delete = move |state: &mut State| {
            takes_entries(state, &name)?;
            state.entries.remove(&whom);
            Ok(())
        };
        self.0.write("eks:DeleteAccessEntry", &format!("entry {principal}"), delete).await
    }

    async fn associate_policy(
        &self,
        cluster: &str,
        principal: &str,
        policy_arn: &str,
        scope: &PolicyScope,
    ) -> CallResult<()> {
        let (name, whom) = (cluster.to_owned(), principal.to_owned());
        let new = AssociatedPolicy { arn: policy_arn.to_owned(), scope: scope.clone() };
        let associate = move |state: &mut State| {
            let entry = entry(state, &name, &whom)?;
            if !POLICIES.iter().any(|offered| access_policy_arn(Partition::Aws, offered) == new.arn) {
                return Err(K::Invalid);
            }
            entry.policies.retain(|policy| policy.arn != new.arn);
            entry.policies.push(new.clone());
            entry.policies.sort_by(|a, b| a.arn.cmp(&b.arn));
            Ok(())
        };
        self.0.write("eks:AssociateAccessPolicy", &format!("{policy_arn} of entry {principal}"), associate).await
    }

    async fn disassociate_policy(&self, cluster: &str, principal: &str, policy_arn: &str) -> CallResult<()> {
        let (name, whom, policy) = (cluster.to_owned(), principal.to_owned(), policy_arn.to_owned());
        let disassociate = move |state: &mut State| {
            takes_entries(state, &name)?;
            if let Some(entry) = state.entries.get_mut(&whom) {
                entry.policies.retain(|associated| associated.arn != policy);
            }
            Ok(())
        };
        self.0.write("eks:DisassociateAccessPolicy", &format!("{policy_arn} of entry {principal}"), disassociate).await
    }

    async fn switch_mode(&self, cluster: &str, to: AuthMode) -> CallResult<ClusterUpdate> {
        let switch = move |state: &mut State| {
            if state.updates.iter().any(|update| update.looks > 0) {
                return Err(K::Conflict);
            }
            if state.description.mode.next() != Some(to) {
                return Err(K::Invalid);
            }
            state.begin_update(Some(to), UPDATE_LOOKS, "Successful");
            Ok(state.updates.last().map(told))
        };
        let begun = self.0.write("eks:UpdateClusterConfig", &format!("cluster {cluster}"), switch).await?;
        Ok(begun.expect("it was just begun"))
    }
}
