//! Every principal with access to a cluster, listed only if a plan removes access.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::future::{join, join_all, try_join_all};
use tokio::sync::OnceCell;

use super::call_error::CallErrorKind;
use super::explain::explain;
use super::port::{Connect, EksRead, IamRead};
use crate::error::Result;
use crate::model::{AccessEntry, CallerIdentity, Census, ClusterDescription, Principal, Role};

/// How many entries are described concurrently; EKS throttles far more.
const AT_ONCE: usize = 20;

/// IAM's answer about a principal.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// It exists; the creation time matters for a role.
    There(Option<i64>),
    /// It does not exist.
    Gone,
    /// It can't be read.
    Unseen,
}

/// Whether it is a role, and its name.
type Key = (bool, String);

/// The principals of an account that IAM was asked about, each once for all clusters that give it access.
#[derive(Debug, Default)]
pub struct Asked(RefCell<BTreeMap<Key, Rc<OnceCell<Answer>>>>);

impl Asked {
    /// Adds a role that was already read.
    pub(super) fn knows(&self, role: &Role) {
        let answer = Rc::new(OnceCell::new_with(Some(Answer::There(role.created_at))));
        self.0.borrow_mut().entry((true, role.arn.name.clone())).or_insert(answer);
    }

    async fn ask<I: IamRead>(&self, iam: &I, principal: &Principal) -> Answer {
        let key = (principal.is_role(), principal.name.clone());
        let cell = self.0.borrow_mut().entry(key).or_default().clone();
        let ask = || async {
            if !principal.is_role() {
                let is_gone = matches!(iam.get_user(&principal.name).await, Ok(None));
                return if is_gone { Answer::Gone } else { Answer::There(None) };
            }
            match iam.get_role(&principal.name).await {
                Ok(Some(role)) => Answer::There(role.created_at),
                Ok(None) => Answer::Gone,
                Err(_) => Answer::Unseen,
            }
        };
        *cell.get_or_init(ask).await
    }
}

/// Lists and describes every access entry and the roles of the cluster's nodes, and asks IAM whether the
/// administrators' entries of the caller's account are still those of the existing principals. What the caller may not
/// read is a warning: the guard then uses what can be read.
///
/// # Errors
/// A call that failed for a reason other than a missing permission.
pub async fn census<C: Connect>(
    world: &C,
    asked: &Asked,
    caller: &CallerIdentity,
    cluster: &ClusterDescription,
) -> Result<(Census, Vec<String>)> {
    counted(world, asked, caller, cluster, AccessEntry::is_admin).await
}

/// The same, where IAM is asked about the principals of all entries of the caller's account.
///
/// # Errors
/// As [`census`].
pub(super) async fn whole_census<C: Connect>(
    world: &C,
    asked: &Asked,
    caller: &CallerIdentity,
    cluster: &ClusterDescription,
) -> Result<(Census, Vec<String>)> {
    counted(world, asked, caller, cluster, |_| true).await
}

async fn counted<C: Connect>(
    world: &C,
    asked: &Asked,
    caller: &CallerIdentity,
    cluster: &ClusterDescription,
    may_be_dead: fn(&AccessEntry) -> bool,
) -> Result<(Census, Vec<String>)> {
    let eks = world.eks(&cluster.arn.region);
    let name = &cluster.arn.name;
    let (entries, nodes) = join(entries::<C>(&eks, cluster), eks.list_node_sources(name)).await;
    let (mut warnings, mut entries_unseen) = (Vec::new(), None);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) if error.is(CallErrorKind::AccessDenied) => {
            entries_unseen = Some(error.to_string());
            warnings.push(format!(
                "the access entries of cluster {name} can't be read ({error}); other access is judged by aws-auth only"
            ));
            Vec::new()
        }
        Err(error) => return Err(explain(&format!("listing the access entries of cluster {name}"), &error)),
    };
    let node_roles = match nodes {
        Ok(sources) => sources.roles(),
        Err(error) if error.is(CallErrorKind::AccessDenied) => {
            warnings.push(format!(
                "the node groups of cluster {name} can't be read ({error}); node roles are known only by their mappings"
            ));
            Vec::new()
        }
        Err(error) => return Err(explain(&format!("listing the node groups of cluster {name}"), &error)),
    };
    let judged = entries.iter().filter(|entry| may_be_dead(entry));
    let dead = dead(&world.iam(), asked, caller, &judged.collect::<Vec<_>>()).await;
    Ok((Census { entries, node_roles, dead, entries_unseen }, warnings))
}

/// The principals of those of these entries that are stale and give no access. One that can't be read counts as existing.
async fn dead<I: IamRead>(iam: &I, known: &Asked, caller: &CallerIdentity, entries: &[&AccessEntry]) -> Vec<String> {
    let is_here = |p: &Principal| p.account == caller.arn.account && p.partition == caller.arn.partition;
    let asked: Vec<_> =
        entries.iter().filter_map(|e| Some((*e, e.principal.parse::<Principal>().ok().filter(is_here)?))).collect();
    let mut dead = Vec::new();
    for some in asked.chunks(AT_ONCE) {
        let alive = join_all(some.iter().map(|(entry, principal)| is_alive(iam, known, entry, principal))).await;
        dead.extend(some.iter().zip(alive).filter(|(_, alive)| !alive).map(|((entry, _), _)| entry.principal.clone()));
    }
    dead
}

/// Whether the principal is the one for which the entry was created: EKS stores its unique id, which can only be told
/// from the creation times.
async fn is_alive<I: IamRead>(iam: &I, known: &Asked, entry: &AccessEntry, principal: &Principal) -> bool {
    match known.ask(iam, principal).await {
        Answer::There(made_at) => !entry.is_older_than(made_at),
        Answer::Gone => false,
        Answer::Unseen => true,
    }
}

/// Every access entry, with its policies; none in mode `CONFIG_MAP`.
pub(super) async fn entries<C: Connect>(
    eks: &C::Eks,
    cluster: &ClusterDescription,
) -> super::port::CallResult<Vec<AccessEntry>> {
    if !cluster.mode.has_entries() {
        return Ok(Vec::new());
    }
    let name = &cluster.arn.name;
    let mut all = Vec::new();
    for some in eks.list_entries(name).await?.chunks(AT_ONCE) {
        let described = try_join_all(some.iter().map(|principal| eks.describe_entry(name, principal))).await?;
        all.extend(described.into_iter().flatten());
    }
    Ok(all)
}
