//! Looking: everything that a command needs to know, independent calls together.
//!
//! Two rounds: first who I am, the cluster, the role, the group and the users; then, as soon as the cluster and the
//! principal are known, `aws-auth` and the access entry (the texts of the group's and the role's own policies are read
//! beside them). What is seen of the role itself, and by what it is judged, is the business of `sight`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures::future::{OptionFuture, join, join3, try_join_all};
use tokio::sync::OnceCell;

use super::call_error::{CallError, CallErrorKind};
use super::census::{Asked, census};
use super::cluster_ref::ClusterRef;
use super::explain::explain;
use super::foreign::refuse_foreign;
use super::port::{CallResult, ClusterRead, Connect, EksRead, IamRead};
use super::sight::{FirstSight, Named, RoleSight, first_sight, look_up, sighted};
use crate::error::{Error, Result, Unread};
use crate::model::desired::PoliciesWish;
use crate::model::{AwsAuthState, CallerIdentity, ClusterDescription, ClusterState, Group, Observed, Principal};
use crate::plan::{Depth, Desired};

/// Looks at everything that the wish is about in one account and at most one cluster, as deep as it needs.
///
/// # Errors
/// A call that failed and can't be done without; a cluster that is not there.
pub async fn observe<C: Connect>(world: &C, desired: &Desired, cluster: Option<&ClusterRef>) -> Result<Observed> {
    Looking::new(world, desired)?.at(cluster).await
}

/// The ARNs of the access policies that EKS offers in a region.
type Offered = OnceCell<CallResult<Vec<String>>>;

/// An account that is looked at, once for all of its clusters.
pub struct Looking<'a, C: Connect> {
    world: &'a C,
    desired: &'a Desired,
    /// Its twelve digits, where they are known before it is looked at.
    account: Option<String>,
    named: Named,
    first: OnceCell<First>,
    side: OnceCell<Side>,
    role: OnceCell<RoleSight>,
    policies: RefCell<BTreeMap<String, Rc<Offered>>>,
    asked: Asked,
    described: RefCell<Vec<ClusterDescription>>,
}

/// What the first round tells of an account.
struct First {
    caller: Result<CallerIdentity>,
    role: Result<FirstSight>,
}

/// What is read beside the other rounds.
struct Side {
    group: Result<Option<Group>>,
    users: Result<BTreeMap<String, Option<String>>>,
}

impl<'a, C: Connect> Looking<'a, C> {
    /// Makes ready; no call is made.
    ///
    /// # Errors
    /// The wish names a role in a way that can't be meant.
    pub fn new(world: &'a C, desired: &'a Desired) -> Result<Self> {
        let named = named(desired)?;
        let (first, side, role, policies) = (OnceCell::new(), OnceCell::new(), OnceCell::new(), RefCell::default());
        let (asked, described) = (Asked::default(), RefCell::default());
        Ok(Self { world, desired, account: None, named, first, side, role, policies, asked, described })
    }

    /// The same in an account whose twelve digits are known: users of other accounts are not looked for.
    #[must_use]
    pub fn in_account(self, account: Option<&str>) -> Self {
        Self { account: account.map(str::to_owned), ..self }
    }

    /// A cluster that was described a moment ago is not described again.
    pub fn knows(&self, description: ClusterDescription) {
        self.described.borrow_mut().push(description);
    }

    /// The account's principals that IAM was asked about.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The cloud that is looked at.
    pub const fn world(&self) -> &'a C {
        self.world
    }

    /// Looks at the account and, where one is named, at a cluster of it.
    ///
    /// # Errors
    /// As [`observe`].
    pub async fn at(&self, cluster: Option<&ClusterRef>) -> Result<Observed> {
        let (main, side) = join(self.main(cluster), self.side()).await;
        // The caller's own trouble (no credentials, expired ones) is what a person must hear first.
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

    /// The users to be looked for. Whose account the group is in may not be known yet: those of any are then.
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
            // A kubeconfig says what the role's trust asks for; an entry is made for the full path. Anything else can wait
            // for the next round.
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

    /// The role that was named by its ARN.
    async fn look_up(&self, caller: &CallerIdentity, arn: &Principal) -> RoleSight {
        let look = || async { look_up(&self.world.iam(), caller, arn, self.desired).await };
        self.role.get_or_init(look).await.clone()
    }

    /// The cluster as it was described, with what the wish needs to know of it.
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
            Depth::Everyone => {
                // What has no map to change is refused by the planner, whoever has access.
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

    /// The cluster with what binds the principal in it.
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

/// The ARN that a role still to be made will have: an entry for it may be there from an earlier life.
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

/// Reads `aws-auth` where the cluster's mode reads it; a cluster that can't be asked is told apart from an empty one.
///
/// # Errors
/// Credentials that are missing, expired or refused; where `aws-auth` alone counts, an identity that may not read it.
pub async fn read_aws_auth<C: Connect>(world: &C, description: &ClusterDescription) -> Result<AwsAuthState> {
    if !description.mode.has_config_map() || !description.is_usable() {
        return Ok(AwsAuthState::NotLooked);
    }
    let read = async { world.cluster(description, None).await?.get_aws_auth().await };
    match read.await {
        Ok(Some(map)) => Ok(AwsAuthState::Present(map)),
        Ok(None) => Ok(AwsAuthState::Absent),
        Err(error) if is_about_credentials(&error) || (!description.mode.has_entries() && is_refused(&error)) => {
            Err(explain(&format!("reading aws-auth of cluster {}", description.arn.name), &error))
        }
        Err(error) => Ok(AwsAuthState::Unseen(Unread { text: error.to_string(), chained: error.chained })),
    }
}

fn is_about_credentials(error: &CallError) -> bool {
    matches!(
        error.kind,
        CallErrorKind::NoCredentials | CallErrorKind::ExpiredCredentials | CallErrorKind::BadCredentials
    )
}

/// The cluster does not know the identity, or does not let it read: no other place helps, another identity does.
fn is_refused(error: &CallError) -> bool {
    matches!(error.kind, CallErrorKind::Unauthorized | CallErrorKind::AccessDenied)
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
