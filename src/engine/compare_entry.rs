//! An access entry compared with the mapping that it replaces: by what EKS says about it and, for the caller's own, by
//! who the API server says a fresh token is.

use std::time::Duration;

use tokio::time::sleep;

use super::explain::explain;
use super::ledger::{Event, StepState};
use super::port::{Can, ClusterRead, Connect, EksRead};
use super::work::Work;
use crate::aws_auth::Caller;
use crate::error::{Error, Kind, Result, one_line};
use crate::model::sight::Seen;
use crate::model::{AccessEntry, ClusterState, Principal};
use crate::plan::migrate::{Before, Compared, PLAN_KEY, compare as compared};
use crate::plan::{Identity, Step};

/// The pause between two questions to the API server.
const PAUSE: Duration = Duration::from_secs(2);
/// How many equal answers in a row are a proof: each API server caches what it was told about a token.
const IN_A_ROW: usize = 2;

/// Compares. An entry that differs, or can't be compared, is not proven; that is not an error.
///
/// # Errors
/// The entry can't be read.
pub(super) async fn compare<C: Connect>(
    step: &Step,
    (principal, arn, before): (&str, &str, &Identity),
    work: &Work<'_, C>,
) -> Result<StepState> {
    let (Some(cluster), Some(state)) = (step.scope.cluster(), work.cluster) else { return Ok(StepState::NotProven) };
    if !step.after.is_empty() {
        sleep(work.settle).await;
    }
    let doing = format!("comparing the access entry of {principal} with its mapping");
    let found = work.world.eks(&cluster.region).describe_entry(&cluster.name, principal).await;
    let Some(entry) = found.map_err(|error| explain(&doing, &error))? else {
        return Ok(not_proven(step, work, &format!("{principal} no longer has an access entry")));
    };
    let bindings = if entry.tags.contains_key(PLAN_KEY) { bindings(work, state).await } else { Seen::NotAsked };
    let mapping = Before { arn: arn.to_owned(), username: before.username.clone(), groups: before.groups.clone() };
    let why = match compared(&mapping, &entry, &bindings) {
        Compared::Equal => None,
        Compared::Differs(how) => Some(how.join("; ")),
        Compared::NotComparable(why) => Some(why),
    };
    if let Some(why) = why {
        return Ok(not_proven(step, work, &why));
    }
    let is_own = |who: &Principal| who.entity().to_string() == principal;
    if !work.caller.all().any(is_own) {
        return Ok(StepState::Done);
    }
    match live(work, state, &entry).await {
        Ok(()) => Ok(StepState::Done),
        Err(why) => Ok(not_proven(step, work, &why)),
    }
}

fn not_proven<C: Connect>(step: &Step, work: &Work<'_, C>, why: &str) -> StepState {
    let text = format!("not proven, so its mapping stays in aws-auth: {}", one_line(why));
    work.watch.event(Event::Waiting { scope: step.scope.clone(), text });
    StepState::NotProven
}

async fn bindings<C: Connect>(work: &Work<'_, C>, state: &ClusterState) -> Seen<Vec<crate::model::rbac::RbacBinding>> {
    let read = async { work.world.cluster(&state.description, None).await?.list_bindings().await };
    read.await.map_or_else(|error| Seen::Unread(error.to_string()), Seen::Read)
}

/// Asks the API server who the caller is, with a fresh token each time, until it is the entry's identity twice in a row.
///
/// # Errors
/// It was not in the time that is left, and who it was.
async fn live<C: Connect>(work: &Work<'_, C>, state: &ClusterState, entry: &AccessEntry) -> Result<(), String> {
    let mut row = 0;
    loop {
        match once(work, state, entry).await {
            Ok(()) => row += 1,
            Err(why) => {
                row = 0;
                if work.left() < PAUSE * 2 {
                    return Err(why);
                }
            }
        }
        if row == IN_A_ROW {
            return Ok(());
        }
        sleep(PAUSE.min(work.settle)).await;
    }
}

async fn once<C: Connect>(work: &Work<'_, C>, state: &ClusterState, entry: &AccessEntry) -> Result<(), String> {
    let api = work.world.cluster(&state.description, None).await.map_err(|error| error.to_string())?;
    let who = api.who_am_i().await.map_err(|error| error.to_string())?;
    let is_caller = |who: &&Principal| who.entity().to_string() == entry.principal;
    let own = work.caller.all().find(is_caller);
    let expected = own.map(|own| {
        let caller = Caller::new(own.clone());
        caller.expand(&entry.username)
    });
    if expected.as_ref() != Some(&who.username) && !entry.username.contains("{{") {
        return Err(format!("the API server identifies the caller as {}", who.username));
    }
    if let Some(group) = entry.groups.iter().find(|group| !group.contains("{{") && !who.groups.contains(group)) {
        return Err(format!("the API server does not give the caller the group {group}"));
    }
    if entry.is_admin() {
        let may = api.can_i(&Can::everything()).await.map_err(|error| error.to_string())?;
        if !may {
            return Err("the API server does not yet allow the caller everything".to_owned());
        }
    }
    Ok(())
}

/// Refuses a switch unless every comparison that it waits for has proven its entry.
///
/// # Errors
/// One has not.
pub(super) fn all_proven<C: Connect>(step: &Step, work: &Work<'_, C>) -> Result<()> {
    let is_open = |id: &&usize| work.ledger.state(**id) == StepState::NotProven;
    match step.after.iter().find(is_open) {
        None => Ok(()),
        Some(_) => Err(Error::new(Kind::Failed, "the mode was not switched: an access entry was not proven")
            .because("in mode API its mapping would no longer count")
            .hint("run the same command again once the entry gives what the mapping gives")),
    }
}

/// The edits of a write whose comparisons have proven their entries.
pub(super) fn is_proven<C: Connect>(proven_by: Option<usize>, work: &Work<'_, C>) -> bool {
    proven_by.is_none_or(|step| work.ledger.state(step) != StepState::NotProven)
}
