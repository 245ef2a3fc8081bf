//! The places of a job as read and planned: each alone, and all of them as one plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::beginning::Came;
use crate::engine::{AccountRef, ClusterRef, Link};
use crate::error::{Error, Kind, Result, one_line};
use crate::model::{ClusterArn, GroupWish, Observed, Scope};
use crate::plan::{Merged, Plan, Planned, Step};

/// One place: a cluster with its account, or an account alone.
#[derive(Debug)]
pub(crate) struct Sight {
    /// The cluster as named; `None` for an account alone.
    pub(crate) cluster: Option<ClusterRef>,
    /// Its name, if it is a region or an account whose clusters could not be listed.
    unlisted: Option<String>,
    /// The cluster's ARN, if it was read before the place failed.
    known: Option<ClusterArn>,
    /// Whether any call was made in it.
    is_begun: bool,
    /// What was read and planned, or the error.
    pub(crate) outcome: Result<(Observed, Planned)>,
}

impl Sight {
    /// A place and its result.
    pub(crate) const fn of(cluster: Option<ClusterRef>, outcome: Result<(Observed, Planned)>) -> Self {
        Self { cluster, unlisted: None, known: None, is_begun: true, outcome }
    }

    /// A cluster and its result, in its turn.
    pub(crate) fn that(cluster: ClusterRef, came: Came<(Observed, Planned)>) -> Self {
        match came {
            Came::Begun(outcome) => Self::of(Some(cluster), outcome),
            Came::NotBegun(why) => Self { is_begun: false, ..Self::of(Some(cluster), Err(why)) },
        }
    }

    /// A region or an account whose clusters could not be listed.
    pub(crate) fn unlisted(place: &str, error: &Error) -> Self {
        Self { unlisted: Some(place.to_owned()), ..Self::of(None, Err(error.clone())) }
    }

    /// The account, as it was named.
    pub(crate) fn account(&self) -> AccountRef {
        self.cluster.as_ref().map(|cluster| cluster.account.clone()).unwrap_or_default()
    }

    /// What was read and planned, if that succeeded.
    pub(crate) fn good(&self) -> Option<&(Observed, Planned)> {
        self.outcome.as_ref().ok()
    }

    /// Why the place failed before anything was carried out in it.
    pub(crate) fn failed(&self) -> Option<&Error> {
        self.outcome.as_ref().err()
    }

    /// How a failed place ended: one that was not begun, or changed during the confirmation, counts as not done.
    pub(crate) fn end(&self, error: &Error) -> End {
        let is_left = !self.is_begun || error.kind == Kind::WorldChanged;
        if is_left { End::NotDone } else { End::Failed }
    }

    /// The cluster's ARN, if it was read.
    fn arn(&self) -> Option<&ClusterArn> {
        let seen = self.good().and_then(|(seen, _)| seen.cluster.as_ref());
        seen.map(|cluster| &cluster.description.arn).or(self.known.as_ref())
    }

    /// The same place, read again after a confirmation. If the plan is different now, the place has failed, and the new
    /// plan is returned too.
    fn renewed(self, again: Self) -> (Self, Option<Plan>) {
        let known = self.arn().cloned();
        match (self.outcome, again.outcome) {
            (Ok((_, old)), Ok((_, new))) if old.plan.id() != new.plan.id() => {
                let error = Error::new(
                    Kind::WorldChanged,
                    "the plan changed while it was being confirmed; nothing was changed in this cluster",
                );
                let error = error.hint("look at the new plan and run the command again");
                (Self { known, outcome: Err(error), ..again }, Some(new.plan))
            }
            (_, outcome) => (Self { known, outcome, ..again }, None),
        }
    }

    /// Its id in reports: the cluster's ARN, as far as known, or the account.
    pub(crate) fn id(&self) -> String {
        let seen = self.good().map(|(seen, _)| seen);
        match (self.arn(), &self.cluster, seen) {
            (Some(arn), ..) => arn.to_string(),
            (None, Some(named), _) => named.id(),
            (None, None, Some(seen)) => seen.caller.arn.account.clone(),
            (None, None, None) => self.unlisted.clone().unwrap_or_else(|| "the account".to_owned()),
        }
    }

    /// Its account id: that of the credentials that read it, or the one named.
    pub(crate) fn account_id(&self) -> Option<&str> {
        let seen = self.good().map(|(seen, _)| seen.caller.arn.account.as_str());
        seen.or_else(|| self.cluster.as_ref()?.account.known_id())
    }

    /// Its label in a table: the name, with the region and, if one was named, the account.
    pub(crate) fn label(&self) -> String {
        match &self.cluster {
            Some(named) => one_line(&named.label()),
            None => self.id(),
        }
    }

    /// The place's keys in a document: account, region, cluster, as far as known.
    pub(crate) fn scope(&self) -> Value {
        let seen = self.good().map(|(seen, _)| seen);
        if let Some(arn) = self.arn() {
            return json!({"account": arn.account, "region": arn.region, "cluster": arn.name});
        }
        match (&self.cluster, seen) {
            (Some(ClusterRef { account: AccountRef { id, .. }, name, region, .. }), _) => {
                json!({"account": id, "region": region, "cluster": name})
            }
            (None, seen) => json!({"account": seen.map(|seen| &seen.caller.arn.account)}),
        }
    }
}

/// How a place ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Its steps were carried out.
    Done,
    /// It had no steps.
    NothingToDo,
    /// It could not be read or planned, or a step failed in it.
    Failed,
    /// Some or all of its steps were not begun.
    NotDone,
}

impl End {
    /// Its spelling in reports and records.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NothingToDo => "nothing-to-do",
            Self::Failed => "failed",
            Self::NotDone => "not-done",
        }
    }
}

/// The proof of a place.
#[derive(Debug)]
pub(crate) struct Proven {
    /// The place's label; `None` for a single place.
    pub(crate) place: Option<String>,
    /// Its name in documents.
    pub(crate) scope: Value,
    /// The links.
    pub(crate) links: Vec<Link>,
}

/// All places, and their plans as one.
#[derive(Debug)]
pub(crate) struct Sights {
    /// The places, in the order in which they were named.
    pub(crate) places: Vec<Sight>,
    /// The place of each step of the whole plan.
    pub(crate) place_of: Vec<usize>,
    /// The steps of each place in the whole plan.
    pub(crate) steps_of: Vec<Vec<usize>>,
}

impl Sights {
    /// Merges the plans of all places; if they were picked, additive steps need a confirmation too. A failed place is
    /// part of the plan's id.
    pub(crate) fn merged(places: Vec<Sight>, picked: bool) -> (Self, Plan) {
        let mut merged = Merged::default();
        for place in &places {
            merged.add(place.good().map(|(_, planned)| &planned.plan));
        }
        if picked {
            merged.picked();
        }
        let Merged { mut plan, place_of, steps_of } = merged;
        for place in &places {
            if let Some(error) = place.failed() {
                plan.rest_on("failed", json!([place.id(), error.message]));
            }
        }
        (Self { places, place_of, steps_of }, plan)
    }

    /// The contexts of a kubeconfig that are written or exist, in the order of the places.
    pub(crate) fn contexts(&self) -> Vec<&str> {
        self.places.iter().filter_map(|place| place.good()?.1.context.as_deref()).collect()
    }

    /// The places, with those failed whose steps can't be carried out.
    pub(crate) fn without(self, steps: Vec<(usize, Error)>) -> Vec<Sight> {
        let Self { mut places, place_of, .. } = self;
        for (id, error) in steps {
            let place = &mut places[place_of[id - 1]];
            (place.known, place.outcome) = (place.arn().cloned(), Err(error));
        }
        places
    }

    /// The places, after some were read again after a confirmation; and the new plans of those whose plan is different
    /// now.
    pub(crate) fn renewed(self, again: impl Iterator<Item = (usize, Sight)>) -> (Vec<Sight>, Vec<(String, Plan)>) {
        let mut again: BTreeMap<usize, Sight> = again.collect();
        let mut moved = Vec::new();
        let renew = |(at, place): (usize, Sight)| {
            let Some(again) = again.remove(&at) else { return place };
            let (place, plan) = place.renewed(again);
            moved.extend(plan.map(|plan| (place.label(), plan)));
            place
        };
        let places = self.places.into_iter().enumerate().map(renew).collect();
        (places, moved)
    }

    /// Checks that the account of every user to add is one of the job's accounts.
    ///
    /// # Errors
    /// The first user whose account is not.
    pub(crate) fn check_users(&self, group: Option<&GroupWish>) -> Result<()> {
        let accounts = self.places.iter().map(Sight::account_id).collect::<Option<BTreeSet<_>>>();
        let Some(accounts) = accounts else { return Ok(()) };
        let users = group.into_iter().flat_map(|group| &group.users);
        let mut outside = users.filter_map(|user| Some((&user.name, user.account.as_ref()?)));
        let Some((name, account)) = outside.find(|(_, account)| !accounts.contains(account.as_str())) else {
            return Ok(());
        };
        let accounts = accounts.into_iter().collect::<Vec<_>>().join(", ");
        Err(Error::usage(format!(
            "--user: user {name} is in account {account}, and a group has only members of its own account, here {accounts}"
        ))
        .because("nothing was changed")
        .hint(format!("leave that user out, or use credentials of account {account}: --profile NAME")))
    }

    /// The only place, if there is no other.
    pub(crate) fn only(&self) -> Option<&Observed> {
        match &self.places[..] {
            [place] => place.good().map(|(seen, _)| seen),
            _ => None,
        }
    }

    /// The first place that was read, which shows who signs.
    pub(crate) fn first(&self) -> Option<&Observed> {
        self.places.iter().find_map(|place| place.good().map(|(seen, _)| seen))
    }

    /// Why places failed, each reason once.
    pub(crate) fn failures(&self) -> Vec<(Vec<&Sight>, &Error)> {
        let mut all: Vec<(Vec<&Sight>, &Error)> = Vec::new();
        for (place, error) in self.places.iter().filter_map(|place| Some((place, place.failed()?))) {
            match all.iter_mut().find(|(_, told)| told.to_string() == error.to_string()) {
                Some((places, _)) => places.push(place),
                None => all.push((vec![place], error)),
            }
        }
        all
    }

    /// What was read of the place of a step.
    pub(crate) fn seen_of(&self, step: &Step) -> Option<&Observed> {
        self.places.get(*self.place_of.get(step.id - 1)?)?.good().map(|(seen, _)| seen)
    }

    /// The steps of a place, including its account's.
    pub(crate) fn steps<'p>(&self, place: usize, plan: &'p Plan) -> Vec<&'p Step> {
        self.steps_of[place].iter().map(|id| &plan.steps[id - 1]).collect()
    }

    /// The scopes of a place's own steps: its cluster's, not its account's.
    pub(crate) fn scopes_of(&self, place: usize, plan: &Plan) -> Vec<Scope> {
        let own = self.steps(place, plan).into_iter().map(|step| step.scope.clone());
        own.filter(|scope| matches!(scope, Scope::Cluster(_))).collect()
    }

    /// Whether one of these other places belongs to the same account.
    pub(crate) fn is_later_of_its_account(&self, place: usize, before: &[usize]) -> bool {
        let caller = |at: usize| self.places[at].good().map(|(seen, _)| &seen.caller.arn);
        before.iter().any(|&before| caller(before).is_some() && caller(before) == caller(place))
    }

    /// The account ids of the places, as far as known.
    pub(crate) fn accounts(&self) -> BTreeSet<&str> {
        let of_cluster = |place| Sight::arn(place).map(|arn| arn.account.as_str());
        self.places.iter().filter_map(|place| of_cluster(place).or_else(|| place.account_id())).collect()
    }
}
