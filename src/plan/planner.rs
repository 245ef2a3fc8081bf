//! From what is wished and what was seen to what would change. The one place where a plan is made.

use super::access::plan_access;
use super::ask::Ask;
use super::basis;
use super::binding::Judgement;
use super::doubt::{Doubts, open_trust, why_joining};
use super::group::plan_group;
use super::kubeconfig::{KubeconfigWish, awaited, plan_kubeconfig};
use super::owners;
use super::role::{PlannedRole, existing, plan_role};
use super::step::Action;
use super::whole::Plan;
use crate::error::{Error, Result};
use crate::model::{AwsAuthState, ClusterDescription, Desired, Observed, Principal, Via, trust};

/// What a command asks for besides the cloud: a file, and who may be locked out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extras {
    /// The kubeconfig.
    pub kubeconfig: Option<KubeconfigWish>,
    /// Whether lockouts are refused, and which are allowed.
    pub judgement: Judgement,
    /// The role that a kubeconfig or a proof is about, by name or ARN, where nothing else in the wish names it.
    pub role_name: Option<String>,
}

/// A plan with what later stages need to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// The steps.
    pub plan: Plan,
    /// The role as it will be.
    pub role: Option<PlannedRole>,
    /// The way the principal is bound.
    pub via: Option<Via>,
    /// Why what is done with a role that exists asks.
    pub doubts: Doubts,
}

/// Plans everything that the command names, judged by what it takes away.
///
/// # Errors
/// Whatever makes the wish impossible; nothing was changed.
pub fn plan(desired: &Desired, extras: &Extras, seen: &Observed) -> Result<Planned> {
    Ok(parts(desired, extras, seen)?.settled(seen))
}

/// Plans everything and judges nothing: what is additive takes nothing away and can be [`Planned::settled`] as it is; for
/// anything else a census must be seen before it is planned.
///
/// # Errors
/// As [`plan`], but for lockouts.
pub fn draft(desired: &Desired, extras: &Extras, seen: &Observed) -> Result<Planned> {
    parts(desired, &Extras { judgement: Judgement::Postponed, ..extras.clone() }, seen)
}

impl Planned {
    /// Whether the plan takes access away in the cluster.
    pub fn takes_away(&self) -> bool {
        self.plan.steps.iter().any(|s| s.scope.cluster().is_some() && s.ask != Ask::No)
    }

    /// With the word on who else writes what it changes.
    #[must_use]
    pub fn settled(mut self, seen: &Observed) -> Self {
        mark_owners(&mut self.plan, seen);
        self.doubts.mark(&mut self.plan.steps);
        self
    }
}

fn parts(desired: &Desired, extras: &Extras, seen: &Observed) -> Result<Planned> {
    if let Some(cluster) = &seen.cluster {
        check_usable(&cluster.description, desired, extras)?;
    }
    let mut plan = Plan { warnings: seen.warnings.clone(), ..Plan::default() };
    let role = match (&desired.role, &seen.role) {
        (Some(wish), _) => {
            let role = plan_role(&mut plan, wish, seen)?;
            let trusts = wish.trust.names_principals() && role.changed_by.is_some();
            let holds = why_joining(&role, seen).filter(|_| trusts);
            plan.warnings.extend(holds.map(|why| format!("{why}; whom the trust lets in gets them too")));
            Some(role)
        }
        (None, Some(role)) => Some(existing(role)),
        (None, None) => None,
    };
    if let Some(wish) = &desired.group {
        let role = role.as_ref().ok_or_else(|| no_role(&wish.role, seen))?;
        plan_group(&mut plan, wish, role, seen)?;
    }
    let via = match &desired.access {
        Some(wish) => Some(plan_access(&mut plan, wish, role.as_ref(), seen, &extras.judgement)?),
        None => None,
    };
    if let (Some(wish), Some(cluster)) = (&extras.kubeconfig, &seen.cluster) {
        let role = kubeconfig_role(role.as_ref(), seen)?;
        if role.needs.mfa {
            plan.notes.push(format!(
                "role {} asks for a second factor: kubectl asks for its code on the terminal where the profile's mfa_serial or \
                 AWS_MFA_SERIAL names the device",
                role.arn.name
            ));
        }
        plan.notes.extend(session_needs(&role));
        // Where the role is bound too, that step asks.
        let open = seen.role.as_ref().filter(|_| desired.access.is_none()).and_then(|r| open_trust(r, desired, seen));
        plan.warnings.extend(open);
        plan_kubeconfig(&mut plan, wish, &role, &cluster.description)?;
    }
    basis::rest(&mut plan, seen);
    let doubts = Doubts::of(role.as_ref(), desired, seen);
    plan.notes.extend(out_of_sight(desired, seen));
    Ok(Planned { plan, role, via, doubts })
}

/// What the role's trust asks of a session that kubectl's exec tool can't give.
fn session_needs(role: &PlannedRole) -> Vec<String> {
    let name = &role.arn.name;
    let source = role.needs.source_identity.iter().map(|condition| {
        format!(
            "role {name} asks for a source identity ({condition}), which no exec tool sends: kubectl can't assume it"
        )
    });
    let session = role.needs.session_name.iter().map(|condition| {
        format!("role {name} asks for a session name ({condition}): kubectl's session bears the name of its caller")
    });
    source.chain(session).collect()
}

/// Says who else seems to write what the plan changes, and lets those steps ask.
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

/// Says that who can assume a role of another account is not known here.
fn out_of_sight(desired: &Desired, seen: &Observed) -> Option<String> {
    let caller = &seen.caller.arn;
    let is_far = |p: &&Principal| p.is_role() && (p.account != caller.account || p.partition != caller.partition);
    let role = seen.principal.as_ref().filter(|_| desired.access.is_some()).filter(is_far)?;
    Some(format!("who can assume {role} can't be seen from account {}", caller.account))
}

/// The role that a kubeconfig names: the planned one, or the principal given by a full ARN.
///
/// # Errors
/// Where neither is known, or the principal is no role.
pub fn kubeconfig_role(role: Option<&PlannedRole>, seen: &Observed) -> Result<PlannedRole> {
    if let Some(role) = role {
        return Ok(role.clone());
    }
    let principal = seen.principal.clone().ok_or_else(|| no_role("the one named", seen))?;
    if !principal.is_role() {
        return Err(Error::usage(format!("{principal} is no role, and a kubeconfig names the role to be assumed")));
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
        .hint(format!("make it first: eksaccess role --role {name}"))
}

/// A cluster that is being made or deleted takes no access; nothing is half-done on it.
fn check_usable(cluster: &ClusterDescription, desired: &Desired, extras: &Extras) -> Result<()> {
    let touches = desired.access.is_some() || extras.kubeconfig.is_some();
    if !touches || cluster.is_usable() {
        return Ok(());
    }
    let name = &cluster.arn.name;
    let error = match cluster.status.as_str() {
        "ACTIVE" | "UPDATING" => {
            Error::failed(format!("cluster {name} is {} but has no endpoint; nothing was changed", cluster.status))
        }
        status => {
            Error::failed(format!("cluster {name} is {status}, and takes no access in that state; nothing was changed"))
        }
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
