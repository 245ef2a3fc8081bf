//! From desired and observed state to the steps. The only place where a plan is made.

use super::access::plan_access;
use super::ask::Ask;
use super::basis;
use super::becomes::Becomes;
use super::desired::{AccessChange, Desired};
use super::doubt::{Doubts, open_trust, why_joining};
use super::effects::{Changed, Effects, EntryEffect};
use super::group::plan_group;
use super::guard::judge;
use super::kubeconfig::{KubeconfigWish, awaited, plan_kubeconfig};
use super::map_change::{manifest_upsert, only_a_name, plan_changes};
use super::map_wish::{changes, fixes};
use super::migrate::Report;
use super::owners;
use super::place::Place;
use super::put_back::plan_put_back;
use super::role::{PlannedRole, existing, plan_role};
use super::step::Action;
use super::whole::Plan;
use crate::aws_auth::Opened;
use crate::error::{Error, Result};
use crate::kubeconfig::document::Current;
use crate::model::{AccessEntry, AwsAuthState, ClusterDescription, Observed, Principal, trust};

/// A plan with its effects and its result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// The steps.
    pub plan: Plan,
    /// The effects on access, for the guard.
    pub effects: Effects,
    /// The resulting state, for the proof.
    pub becomes: Becomes,
    /// The role after the plan.
    pub role: Option<PlannedRole>,
    /// The name of the kubeconfig's context, if one is written or exists.
    pub context: Option<String>,
    /// What a migration makes of each mapping.
    pub migration: Option<Report>,
}

/// Plans everything that the command names. A plan that removes access is [`judged`](Planned::judged) once every
/// principal with access was read.
///
/// # Errors
/// Whatever makes it impossible; nothing was changed.
pub fn plan(desired: &Desired, seen: &Observed) -> Result<Planned> {
    if let Some(cluster) = &seen.cluster {
        check_usable(&cluster.description, desired)?;
    }
    let mut plan = Plan { warnings: seen.warnings.clone(), ..Plan::default() };
    let role = plan_own_role(&mut plan, desired, seen)?;
    if let Some(wish) = &desired.group {
        let role = role.as_ref().ok_or_else(|| no_role(&wish.role, seen))?;
        plan_group(&mut plan, wish, role, seen)?;
    }
    let mut changed = plan_access(&mut plan, desired, role.as_ref(), seen)?;
    if let Some(wish) = &desired.put_back {
        changed = plan_put_back(&mut plan, wish, seen)?.into();
    }
    let mut context = None;
    if let (Some(wish), Some(cluster)) = (&desired.kubeconfig, &seen.cluster) {
        let role = kubeconfig_role(role.as_ref(), seen)?;
        plan.notes.extend(session_needs(&role));
        // If the role is bound too, that step needs the confirmation.
        let open = seen.role.as_ref().filter(|_| desired.bind().is_none()).and_then(|r| open_trust(r, desired, seen));
        plan.warnings.extend(open);
        context = plan_kubeconfig(&mut plan, wish, &role, &cluster.description)?;
    }
    plan.notes.extend(out_of_sight(desired, seen));
    let becomes = Becomes::of(&plan, seen);
    let migration = changed.migration.take();
    let effects = effects(&plan, changed, &becomes, seen);
    mark_owners(&mut plan, seen);
    Doubts::of(role.as_ref(), desired, seen).mark(&mut plan.steps);
    Ok(Planned { plan, effects, becomes, role, context, migration })
}

impl Planned {
    /// Checks the plan against everything that was read of existing access, which becomes part of its id. A plan that
    /// removes nothing needs no census.
    ///
    /// # Errors
    /// A principal that `--allow-lockout` does not name would be locked out, or would gain rights by a removal.
    pub fn judged(mut self, desired: &Desired, seen: &Observed) -> Result<Self> {
        let cluster = seen.cluster.as_ref().filter(|cluster| self.effects.takes_away || cluster.census.is_some());
        if let Some(cluster) = cluster {
            judge(&self.effects, Place::Cluster(cluster), Some(&seen.caller), &desired.allow_lockout)?;
        }
        basis::rest(&mut self.plan, seen);
        self.plan.rest_on("allow-lockout", desired.allow_lockout.as_slice());
        Ok(self)
    }
}

/// Plans the kubeconfig again, with its context as the current one.
///
/// # Errors
/// As [`plan`].
pub fn make_current(planned: &mut Planned, wish: &KubeconfigWish, seen: &Observed) -> Result<()> {
    let Some(cluster) = &seen.cluster else { return Ok(()) };
    let role = kubeconfig_role(planned.role.as_ref(), seen)?;
    let wish = KubeconfigWish { current: Current::Set, ..wish.clone() };
    let plan = &mut planned.plan;
    plan.steps.retain(|step| !matches!(step.action, Action::WriteKubeconfig(_)));
    let (warnings, basis) = (plan.warnings.clone(), plan.basis.clone());
    plan_kubeconfig(plan, &wish, &role, &cluster.description)?;
    (plan.warnings, plan.basis) = (warnings, basis);
    Ok(())
}

fn plan_own_role(plan: &mut Plan, desired: &Desired, seen: &Observed) -> Result<Option<PlannedRole>> {
    let Some(wish) = &desired.role else { return Ok(seen.role.as_ref().map(existing)) };
    let role = plan_role(plan, wish, seen)?;
    let trusts = wish.trust.names_principals() && role.changed_by.is_some();
    let holds = why_joining(&role, seen).filter(|_| trusts);
    plan.warnings.extend(holds.map(|why| format!("{why}; all principals that the trust allows get them as well")));
    Ok(Some(role))
}

/// The effects of the steps on access. Confirmations because of other tools or a role's trust do not count as a
/// removal.
fn effects(plan: &Plan, access: Changed, becomes: &Becomes, seen: &Observed) -> Effects {
    let had = seen.cluster.as_ref().and_then(|cluster| cluster.entry.as_ref());
    // Restoring what a killed run deleted is not a removal: it overrode the mapping before that run.
    let comes_back = |entry: &AccessEntry| {
        let kept = seen.cluster.iter().flat_map(|cluster| &cluster.kept_entries);
        had.is_none() && kept.into_iter().any(|kept| is_like(kept, entry))
    };
    let changes = had != becomes.entry.as_ref() && !becomes.entry.as_ref().is_some_and(comes_back);
    let effect = changes.then(|| {
        let principal = had.or(becomes.entry.as_ref()).map(|entry| entry.principal.clone()).unwrap_or_default();
        EntryEffect { principal, had: had.cloned(), has: becomes.entry.clone() }
    });
    let takes_away = plan.steps.iter().any(|step| step.scope.cluster().is_some() && step.ask != Ask::No);
    let Changed { map, entries, .. } = access;
    Effects { map, entries: entries.into_iter().chain(effect).collect(), takes_away }
}

/// Whether two entries of one principal grant the same.
fn is_like(one: &AccessEntry, other: &AccessEntry) -> bool {
    let covers = |a: &AccessEntry, b: &AccessEntry| a.policies.iter().all(|policy| b.policies.contains(policy));
    let identity = |e: &AccessEntry| (e.principal.clone(), e.username.clone(), e.groups.clone());
    identity(one) == identity(other) && covers(one, other) && covers(other, one)
}

/// Plans a change of a manifest's text, from the text alone.
///
/// # Errors
/// The change needs a cluster, or does not name a full ARN; the text can't be edited with proof.
pub fn plan_manifest(desired: &Desired, place: Place<'_>, opened: Opened<'_>) -> Result<Planned> {
    let mut plan = Plan::default();
    let wanted = match &desired.access {
        Some(AccessChange::Bind(wish)) => vec![manifest_upsert(wish, &opened.reading)?],
        Some(AccessChange::Fix) => fixes(&mut plan, &opened, &place.circumstances()),
        Some(AccessChange::Restore(_)) => {
            return Err(Error::usage("a backup belongs to a cluster; a manifest can't be restored"));
        }
        Some(AccessChange::Mode(_)) => {
            return Err(Error::usage("the authentication mode is a cluster's; a manifest has none"));
        }
        Some(change) => changes(change, &opened.reading, |name| Err(only_a_name(name)))?,
        None => Vec::new(),
    };
    let map = plan_changes(&mut plan, place, opened, wanted, None)?;
    let aws_auth = plan.steps.first().and_then(|step| match &step.action {
        Action::WriteAwsAuth(write) => Some(write.becomes.clone()),
        _ => None,
    });
    if desired.access == Some(AccessChange::Fix) {
        // `lint` has reported the findings already.
        plan.warnings.clear();
    }
    let effects = Effects { map, entries: Vec::new(), takes_away: true };
    judge(&effects, place, None, &desired.allow_lockout)?;
    plan.rest_on("allow-lockout", desired.allow_lockout.as_slice());
    let becomes = Becomes { aws_auth, ..Becomes::default() };
    Ok(Planned { plan, effects, becomes, ..Planned::default() })
}

/// What the role's trust requires of a session that kubectl's exec tool can't provide.
fn session_needs(role: &PlannedRole) -> Vec<String> {
    let name = &role.arn.name;
    let source = role.needs.source_identity.iter().map(|condition| {
        format!(
            "role {name} requires a source identity ({condition}), which no exec tool sends: kubectl can't assume it"
        )
    });
    let session = role.needs.session_name.iter().map(|condition| {
        format!("role {name} requires a session name ({condition}): kubectl's session has its caller's name")
    });
    let mfa = role.needs.mfa.then(|| {
        format!(
            "role {name} requires MFA: kubectl asks for the code on the terminal if the profile's mfa_serial or AWS_MFA_SERIAL names the device"
        )
    });
    mfa.into_iter().chain(source).chain(session).collect()
}

/// Notes the other tools that seem to write what the plan changes, and marks those steps.
fn mark_owners(plan: &mut Plan, seen: &Observed) {
    let map = match seen.cluster.as_ref().map(|c| &c.aws_auth) {
        Some(AwsAuthState::Present(map)) => Some(&map.object),
        _ => None,
    };
    let role = seen.role.as_ref().map(|r| owners::of_tags(&r.tags)).unwrap_or_default();
    owners::tell(plan, map, &role);
    let entry = seen.cluster.as_ref().and_then(|c| c.entry.as_ref()).map(|e| &e.tags);
    if let Some(tags) = entry {
        owners::mark_entry(&mut plan.steps, tags);
    }
    let recreated = plan.steps.iter().any(|s| matches!(s.action, Action::DeleteEntry { .. }));
    owners::mark_adopted(&mut plan.steps, entry.filter(|_| !recreated));
}

/// Notes that who can assume a role of another account is not known here.
fn out_of_sight(desired: &Desired, seen: &Observed) -> Option<String> {
    let caller = &seen.caller.arn;
    let is_far = |p: &&Principal| p.is_role() && (p.account != caller.account || p.partition != caller.partition);
    let role = seen.principal.as_ref().filter(|_| desired.bind().is_some()).filter(is_far)?;
    Some(format!("who can assume {role} can't be seen from account {}", caller.account))
}

/// The role that a kubeconfig names: the planned one, or the principal given by a full ARN.
///
/// # Errors
/// If neither is known, or the principal is not a role.
pub fn kubeconfig_role(role: Option<&PlannedRole>, seen: &Observed) -> Result<PlannedRole> {
    if let Some(role) = role {
        return Ok(role.clone());
    }
    let principal = seen.principal.clone().ok_or_else(|| no_role("the one named", seen))?;
    if !principal.is_role() {
        return Err(Error::usage(format!("{principal} is not a role, and a kubeconfig names the role to assume")));
    }
    Ok(PlannedRole {
        arn: principal,
        needs: trust::TrustNeeds::default(),
        trusted: trust::Trusted::default(),
        created_by: None,
        created_at: None,
        trust: None,
        changed_by: None,
    })
}

fn no_role(name: &str, seen: &Observed) -> Error {
    Error::failed(format!("role {name} not found in account {}", seen.caller.arn.account))
        .hint(format!("create it first: eksaccess role --role {name}"))
}

/// A cluster that is being created or deleted accepts no access; nothing is done halfway.
fn check_usable(cluster: &ClusterDescription, desired: &Desired) -> Result<()> {
    let touches = desired.bind().is_some() || desired.kubeconfig.is_some();
    if !touches || cluster.is_usable() {
        return Ok(());
    }
    let name = &cluster.arn.name;
    let error = match cluster.status.as_str() {
        "ACTIVE" | "UPDATING" => {
            Error::failed(format!("cluster {name} is {} but has no endpoint; nothing was changed", cluster.status))
        }
        status => Error::failed(format!(
            "cluster {name} is {status}, and its access can't be changed in that state; nothing was changed"
        )),
    };
    Err(match cluster.status.as_str() {
        "DELETING" | "FAILED" => {
            error.hint(format!("look at it: aws eks describe-cluster --name {name} --region {}", cluster.arn.region))
        }
        _ => error.hint(awaited(&cluster.arn)),
    })
}

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;
