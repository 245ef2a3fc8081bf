//! Reads everything that a command needs, with independent calls made concurrently.
//!
//! Two rounds: first the caller, the cluster, the role, the group and the users; then, as soon as the cluster and the
//! principal are known, `aws-auth` and the access entry (with the group's and the role's own policies at the same
//! time). The role itself is read by `sight`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures::future::{OptionFuture, join, join3, try_join_all};
use tokio::sync::OnceCell;

use super::census::{Asked, census};
use super::cluster_ref::ClusterRef;
use super::explain::explain;
use super::foreign::refuse_foreign;
use super::port::{CallResult, Connect, EksRead, IamRead};
use super::read_map::read_aws_auth;
use super::sight::{FirstSight, Named, RoleSight, first_sight, look_up, sighted};
use super::{migration_sight, mode_sight};
use crate::error::{Error, Result};
use crate::model::desired::PoliciesWish;
use crate::model::{CallerIdentity, ClusterDescription, ClusterState, Group, Observed, Principal};
use crate::plan::{Depth, Desired};

/// Reads what a wish needs in one account and at most one cluster.
///
/// # Errors
/// A failed call whose result is required; a missing cluster.
pub async fn observe<C: Connect>(world: &C, desired: &Desired, cluster: Option<&ClusterRef>) -> Result<Observed> {
    Looking::new(world, desired)?.at(cluster).await
}

/// The ARNs of the access policies that EKS offers in a region.
type Offered = OnceCell<CallResult<Vec<String>>>;

/// An account that is read, once for all of its clusters.
pub struct Looking<'a, C: Connect> {
    world: &'a C,
    desired: &'a Desired,
    /// Its account id, if it is known in advance.
    account: Option<String>,
    named: Named,
    first: OnceCell<First>,
    side: OnceCell<Side>,
    role: OnceCell<RoleSight>,
    policies: RefCell<BTreeMap<String, Rc<Offered>>>,
    asked: Asked,
    described: RefCell<Vec<ClusterDescription>>,
}

/// The results of the first round for an account.
struct First {
    caller: Result<CallerIdentity>,
    role: Result<FirstSight>,
}

/// What is read during the other rounds.
struct Side {
    group: Result<Option<Group>>,
    users: Result<BTreeMap<String, Option<String>>>,
}

impl<'a, C: Connect> Looking<'a, C> {
    /// Prepares the reader; makes no call.
    ///
    /// # Errors
    /// The wish names a role in an invalid way.
    pub fn new(world: &'a C, desired: &'a Desired) -> Result<Self> {
        let named = named(desired)?;
        let (first, side, role, policies) = (OnceCell::new(), OnceCell::new(), OnceCell::new(), RefCell::default());
        let (asked, described) = (Asked::default(), RefCell::default());
        Ok(Self { world, desired, account: None, named, first, side, role, policies, asked, described })
    }

    /// The same in an account whose id is known: users of other accounts are not looked up.
    #[must_use]
    pub fn in_account(self, account: Option<&str>) -> Self {
        Self { account: account.map(str::to_owned), ..self }
    }

    /// Adds a cluster that was just described, so that it is not described again.
    pub fn knows(&self, description: ClusterDescription) {
        self.described.borrow_mut().push(description);
    }

    /// The account's principals that IAM was asked about.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The cloud that is read.
    pub const fn world(&self) -> &'a C {
        self.world
    }

    /// Reads the account and, if one is named, a cluster.
    ///
    /// # Errors
    /// As [`observe`].
    pub async fn at(&self, cluster: Option<&ClusterRef>) -> Result<Observed> {
        let (main, side) = join(self.main(cluster), self.side()).await;
        // The caller's own problem (no credentials, expired ones) is reported first.
        let mut observed = main?;
        observed.group = side.group.clone()?;
        observed.users = side.users.clone()?;
        Ok(observed)
    }

    async fn main(&self, cluster: Option<&ClusterRef>) -> Result<Observed> {
        let description: OptionFuture<_> = cluster.map(|c| self.describe(c)).into();
        let (first, description) = join(self.first(), description).await;
        let caller = first.caller.clone()?;
        let description = description.transpose()?;
        if let (Some(cluster), Some(found)) = (cluster, &description) {
            refuse_foreign(cluster, found, &caller)?;
        }
        self.looked(first, caller, description).await
    }

    async fn describe(&self, cluster: &ClusterRef) -> Result<ClusterDescription> {
        let is_it = |known: &ClusterDescription| known.arn.name == cluster.name && known.arn.region == cluster.region;
        let known = self.described.borrow_mut().extract_if(.., |known| is_it(known)).next();
        match known {
            Some(known) => Ok(known),
            None => describe(self.world, cluster).await,
        }
    }

    async fn first(&self) -> &First {
        let look = || async {
            let iam = self.world.iam();
            let (caller, role) = join(self.world.caller(), first_sight(&iam, &self.named, self.desired)).await;
            let caller = caller.map_err(|e| explain("finding out who signs (sts:GetCallerIdentity)", &e));
            First { caller, role }
        };
        self.first.get_or_init(look).await
    }

    async fn side(&self) -> &Side {
        let look = || async {
            let (iam, users) = (self.world.iam(), self.users());
            let (group, users) = join(observe_group(&iam, self.desired.group()), observe_users(&iam, users)).await;
            Side { group, users }
        };
        self.side.get_or_init(look).await
    }

    /// The users to look up. If the account of the group is not known yet, those of any account.
    fn users(&self) -> Vec<&'a str> {
        let Some(wish) = &self.desired.group else { return Vec::new() };
        let all = || wish.users.iter().map(|user| user.name.as_str()).collect::<BTreeSet<_>>();
        self.account.as_ref().map_or_else(|| all().into_iter().collect(), |account| wish.members_of(account))
    }

    async fn looked(
        &self,
        first: &First,
        caller: CallerIdentity,
        description: Option<ClusterDescription>,
    ) -> Result<Observed> {
        let desired = self.desired;
        let mut sight = sighted(first.role.clone()?, &self.named, desired, &caller)?;
        let mut warnings = std::mem::take(&mut sight.warnings);
        let entries = description.as_ref().is_some_and(|d| d.mode.has_entries()) && desired.bind().is_some();
        let mut later = None;
        if let Named::Arn(arn) = &self.named {
            // Needed now for a kubeconfig without a binding (what the trust requires) and for an entry (the full path);
            // anything else can wait for the next round.
            let given = arn.entity();
            if desired.bind().is_none() || (entries && given.path == "/") {
                sight = self.look_up(&caller, &given).await;
            } else {
                later = Some(given);
            }
        }
        let wanted = sight.principal.clone().or_else(|| planned_principal(desired, &caller));
        let looking: OptionFuture<_> = later.as_ref().map(|arn| self.look_up(&caller, arn)).into();
        let state = self.state(&caller, description, wanted.as_ref(), &mut warnings);
        let (state, found) = join(state, looking).await;
        if let Some(found) = found {
            sight = found;
        }
        warnings.append(&mut sight.warnings);
        let path_unknown = matches!(&self.named, Named::Arn(arn) if *arn != arn.entity() && sight.role.is_none());
        let RoleSight { role, principal, facts, .. } = sight;
        if let Some(role) = &role {
            self.asked.knows(role);
        }
        Ok(Observed {
            caller,
            role,
            role_facts: facts,
            group: None,
            users: BTreeMap::new(),
            principal,
            path_unknown,
            cluster: state?,
            warnings,
        })
    }

    /// The role named by its ARN.
    async fn look_up(&self, caller: &CallerIdentity, arn: &Principal) -> RoleSight {
        let look = || async { look_up(&self.world.iam(), caller, arn, self.desired).await };
        self.role.get_or_init(look).await.clone()
    }

    /// The described cluster, with what the wish needs.
    async fn state(
        &self,
        caller: &CallerIdentity,
        description: Option<ClusterDescription>,
        principal: Option<&Principal>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<ClusterState>> {
        let Some(description) = description else { return Ok(None) };
        let world = self.world;
        match self.desired.depth() {
            Depth::Described => Ok(Some(ClusterState::described(description))),
            Depth::Principal => self.bound(description, principal, warnings).await.map(Some),
            Depth::Migration => {
                let (state, unseen) = migration_sight::look(world, &self.asked, caller, description).await?;
                warnings.extend(unseen);
                Ok(Some(state))
            }
            Depth::Mode(to) => {
                let (state, unseen) = mode_sight::look(world, &self.asked, caller, description, to).await?;
                warnings.extend(unseen);
                Ok(Some(state))
            }
            Depth::Everyone => {
                // A cluster without a map is refused by the planner, regardless of access.
                let has_map = description.mode.has_config_map() && description.is_usable();
                let everyone: OptionFuture<_> =
                    has_map.then(|| census(world, &self.asked, caller, &description)).into();
                let (aws_auth, everyone) = join(read_aws_auth(world, &description), everyone).await;
                let (aws_auth, everyone) = (aws_auth?, everyone.transpose()?);
                let (census, unseen) = everyone.unzip();
                warnings.extend(unseen.unwrap_or_default());
                Ok(Some(ClusterState { aws_auth, census, ..ClusterState::described(description) }))
            }
        }
    }

    /// The cluster with the bindings of the principal.
    async fn bound(
        &self,
        description: ClusterDescription,
        principal: Option<&Principal>,
        warnings: &mut Vec<String>,
    ) -> Result<ClusterState> {
        let entry = async {
            match principal.filter(|_| description.mode.has_entries()) {
                None => Ok(None),
                Some(principal) => {
                    let arn = principal.to_string();
                    let eks = self.world.eks(&description.arn.region);
                    let found = eks.describe_entry(&description.arn.name, &arn).await;
                    let doing = || format!("reading the access entry of {arn} in cluster {}", description.arn.name);
                    found.map_err(|e| explain(&doing(), &e))
                }
            }
        };
        let names_policies = self.desired.bind().is_some_and(|a| a.policies != PoliciesWish::Unsaid);
        let needs = names_policies && description.mode.has_entries();
        let policies: OptionFuture<_> = needs.then(|| self.offered_policies(&description.arn.region)).into();
        let (entry, aws_auth, policies) = join3(entry, read_aws_auth(self.world, &description), policies).await;
        let access_policies = match policies.transpose() {
            Ok(policies) => policies,
            Err(error) => {
                warnings.push(format!("whether EKS offers the named access policies could not be seen ({error})"));
                None
            }
        };
        let (entry, aws_auth) = (entry?, aws_auth?);
        Ok(ClusterState { aws_auth, entry, access_policies, ..ClusterState::described(description) })
    }

    /// The ARNs of the access policies that EKS offers in a region.
    async fn offered_policies(&self, region: &str) -> CallResult<Vec<String>> {
        let cell = self.policies.borrow_mut().entry(region.to_owned()).or_default().clone();
        let list = || async {
            let all = self.world.eks(region).list_policies().await?;
            Ok(all.into_iter().map(|(_, arn)| arn).collect())
        };
        cell.get_or_init(list).await.clone()
    }
}

fn named(desired: &Desired) -> Result<Named> {
    let text = desired.role();
    match text {
        None => Ok(Named::Nobody),
        Some(text) if text.starts_with("arn:") => {
            let arn: Principal = text.parse().map_err(|e: crate::model::ArnError| Error::usage(e.to_string()))?;
            Ok(Named::Arn(arn))
        }
        Some(text) => match text.strip_prefix("permission-set:") {
            Some(name) => Ok(Named::PermissionSet(name.to_owned())),
            None => Ok(Named::RoleName(text.to_owned())),
        },
    }
}

/// The ARN of a role that is still to be created: an entry for it may be left from an earlier role.
fn planned_principal(desired: &Desired, caller: &CallerIdentity) -> Option<Principal> {
    let role = desired.role.as_ref()?;
    let path = role.path.as_deref().unwrap_or("/");
    Some(Principal::role(caller.arn.partition, &caller.arn.account, path, &role.name))
}

async fn describe<C: Connect>(world: &C, cluster: &ClusterRef) -> Result<ClusterDescription> {
    let ClusterRef { name, region, arn, .. } = cluster;
    let found = world.eks(region).describe_cluster(name).await;
    let found =
        found.map_err(|e| explain(&format!("describing cluster {name} in {region}"), &e))?.ok_or_else(|| {
            Error::failed(format!("cluster {name} not found in region {region}")).hint(format!(
                "list the clusters: aws eks list-clusters --region {region} (or name another --region or --profile)"
            ))
        })?;
    match arn {
        Some(meant) if *meant != found.arn => {
            Err(Error::usage(format!("--cluster names {meant}, but these credentials see {}", found.arn))
                .because("EKS shows only the clusters of the caller's own account; nothing was changed")
                .hint(format!("use credentials of account {}: --profile NAME or --assume-role-arn ARN", meant.account)))
        }
        _ => Ok(found),
    }
}

async fn observe_group<I: IamRead>(iam: &I, name: Option<&str>) -> Result<Option<Group>> {
    let Some(name) = name else { return Ok(None) };
    iam.get_group(name).await.map_err(|e| explain(&format!("reading group {name}"), &e))
}

async fn observe_users<I: IamRead>(iam: &I, users: Vec<&str>) -> Result<BTreeMap<String, Option<String>>> {
    let reads = users.into_iter().map(|user| async move {
        let found = iam.get_user(user).await.map_err(|e| explain(&format!("looking for user {user}"), &e))?;
        Ok::<_, Error>((user.to_owned(), found))
    });
    Ok(try_join_all(reads).await?.into_iter().collect())
}
