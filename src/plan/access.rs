//! Plans the change of access in a cluster: binding a principal by the chosen source, or changing a mapping, an account
//! or the whole map.

use std::collections::BTreeMap;

use super::binding::{Binding, identity};
use super::desired::{AccessChange, Desired};
use super::effects::{Changed, MapEffect};
use super::entry::plan_entry;
use super::map::map_to_change;
use super::map_change::plan_changes;
use super::map_wish::{changes, fixes};
use super::mapping::plan_mapping;
use super::migrate::{plan_migration, plan_rollback, with_entries};
use super::mode::{check_caller, plan_mode};
use super::place::Place;
use super::restore::plan_restore;
use super::role::PlannedRole;
use super::step::Action;
use super::via::{check_scope, choose};
use super::whole::Plan;
use crate::aws_auth::{Opened, Reading};
use crate::error::{Error, Result, shell_word};
use crate::model::{AccessWish, AuthMode, AwsAuthMap, AwsAuthState, ClusterState, Observed, Principal, Scope, Via};

/// Plans the desired change of access; returns the effect on the map.
///
/// # Errors
/// What makes the change impossible: see [`plan_binding`] and [`plan_changes`].
pub(super) fn plan_access(
    plan: &mut Plan,
    desired: &Desired,
    role: Option<&PlannedRole>,
    seen: &Observed,
) -> Result<Changed> {
    let Some(change) = &desired.access else { return Ok(MapEffect::NotRead.into()) };
    let cluster =
        seen.cluster.as_ref().ok_or_else(|| Error::usage("no cluster was named").hint("name it with --cluster"))?;
    let map = match change {
        AccessChange::Migrate(wish) => {
            let changed = plan_migration(plan, wish, cluster, &seen.caller)?;
            // Out of CONFIG_MAP the creator may get an entry by itself; that is seen right before the last switch.
            if gives_up_map(plan) && cluster.description.mode.has_entries() {
                let unread = Reading::default();
                let had = changed.map.had().unwrap_or(&unread);
                check_caller(&with_entries(cluster, &changed.entries), had, (&seen.caller, &desired.allow_lockout))?;
            }
            return Ok(changed);
        }
        AccessChange::Rollback(wish) => return plan_rollback(plan, wish, cluster, &seen.caller),
        AccessChange::Bind(wish) => plan_binding(plan, wish, role, (cluster, seen)),
        AccessChange::Restore(id) => plan_restore(plan, cluster, id),
        AccessChange::Mode(to) => plan_mode(plan, cluster, *to, (&seen.caller, &desired.allow_lockout)),
        AccessChange::Fix if !cluster.description.mode.has_config_map() => {
            plan.notes.push("nothing to fix: the mode is API, so aws-auth is not read".to_owned());
            Ok(MapEffect::NotRead)
        }
        AccessChange::Fix => {
            let data = map_to_change(cluster)?.map(AwsAuthMap::data).unwrap_or_default();
            let (place, opened) = (Place::Cluster(cluster), Opened::new(&data));
            let wanted = fixes(plan, &opened, &place.circumstances());
            // `lint` has reported the findings already.
            let told = plan.warnings.len();
            let effect = plan_changes(plan, place, opened, wanted, None);
            plan.warnings.truncate(told);
            effect
        }
        AccessChange::Unbind { .. } | AccessChange::Account { .. } => {
            let data = map_to_change(cluster)?.map(AwsAuthMap::data).unwrap_or_default();
            let opened = Opened::new(&data);
            let resolve = |name: &str| Ok(resolved(name, seen).to_string());
            let wanted = changes(change, &opened.reading, resolve)?;
            plan_changes(plan, Place::Cluster(cluster), opened, wanted, None)
        }
    };
    map.map(Changed::from)
}

/// Whether a plan switches to the mode that does not read the map.
fn gives_up_map(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step.action, Action::SwitchMode { to: AuthMode::Api, .. }))
}

/// The ARN of a named principal. For a role that is gone it is the ARN of that name, as in `aws-auth`.
fn resolved(name: &str, seen: &Observed) -> Principal {
    let caller = &seen.caller.arn;
    seen.principal.clone().unwrap_or_else(|| Principal::role(caller.partition, &caller.account, "/", name))
}

/// Plans the binding, and notes the chosen source.
///
/// # Errors
/// A principal that does not exist or belongs to another partition, an unusable source, missing options for a new
/// binding, an `aws-auth` that can't be read or edited.
fn plan_binding(
    plan: &mut Plan,
    wish: &AccessWish,
    role: Option<&PlannedRole>,
    (cluster, seen): (&ClusterState, &Observed),
) -> Result<MapEffect> {
    let principal = role.map(|r| &r.arn).or(seen.principal.as_ref()).ok_or_else(|| {
        Error::failed(format!("{} not found in account {}", wish.principal, seen.caller.arn.account)).hint(format!(
            "check the name, or create the role first: eksaccess role --role {}",
            shell_word(&wish.principal)
        ))
    })?;
    let arn = &cluster.description.arn;
    if principal.partition != arn.partition {
        return Err(Error::usage(format!(
            "{principal} is in partition {}, but cluster {} in {}: an identity of another partition never matches",
            principal.partition, arn.name, arn.partition
        )));
    }
    let binding = Binding { wish, principal, role, cluster, scope: Scope::Cluster(arn.clone()) };
    let data = data(cluster);
    let opened = Opened::new(&data);
    let mapped = opened.reading.effective(principal).first().copied().map(identity);
    let (via, why) = choose(wish, principal, cluster, mapped.is_some())?;
    check_scope(wish, via, cluster)?;
    if via == Via::AccessEntry && seen.path_unknown {
        return Err(Error::usage(format!(
            "an access entry needs the role's full ARN, and {} does not include the role's path",
            wish.principal
        ))
        .hint(format!("name the role itself, with its path: --principal {principal}")));
    }
    plan.notes.push(format!("binding by {via}: {why}"));
    match via {
        Via::AwsAuth => plan_mapping(plan, &binding, opened),
        Via::AccessEntry => plan_entry(plan, &binding, mapped).map(|()| MapEffect::Same(opened.into_reading())),
    }
}

fn data(cluster: &ClusterState) -> BTreeMap<String, String> {
    match &cluster.aws_auth {
        AwsAuthState::Present(map) => map.data(),
        _ => BTreeMap::new(),
    }
}
