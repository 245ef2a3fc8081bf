//! What carries out steps: the cloud, this machine, and the observer.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use serde_json::Value;
use tokio::time::Instant;

use super::again::Again;
use super::clock::Clock;
use super::ledger::{Ledger, StepState, Watch};
use super::port::Connect;
use super::tried::Rehearsed;
use crate::error::{Error, Result};
use crate::model::{AccessEntry, CallerIdentity, ClusterArn, ClusterState, Role, Scope, trust};
use crate::plan::describe::Words;
use crate::plan::{Action, EntryEffect, KubeconfigWrite, Step, describe};

/// The engine's interface to this machine.
pub trait Local {
    /// Saves an `aws-auth` before it is replaced; returns the file. `None` if the user disabled backups.
    fn keep_backup<'a>(&'a self, cluster: &ClusterArn, object: &Value) -> LocalBoxFuture<'a, Result<Option<PathBuf>>>;
    /// Saves an access entry before it is deleted and recreated.
    fn keep_entry<'a>(&'a self, cluster: &ClusterArn, entry: &AccessEntry) -> LocalBoxFuture<'a, Result<()>>;
    /// Deletes a backup whose replacement did not happen.
    fn discard_backup(&self, path: PathBuf) -> LocalBoxFuture<'_, ()>;
    /// Writes one kubeconfig, all entries at once, each merged into the current file: changes that are the same as
    /// planned are made, others stop. Returns the result of each, with the copy of the old file if it had to be written
    /// in place.
    fn write_kubeconfig<'a>(&'a self, writes: &[&KubeconfigWrite]) -> LocalBoxFuture<'a, Vec<Result<Written>>>;
}

/// The result of writing a file, and the copy of the old one if it had to be written in place.
pub type Written = (StepState, Option<PathBuf>);

/// An existing role, as read before it is granted something.
#[derive(Clone, Copy, Debug)]
pub struct JudgedRole<'a> {
    /// The role.
    pub role: &'a Role,
    /// The trust that the plan gives it, if it changes.
    pub becomes: Option<&'a Value>,
}

impl<'a> JudgedRole<'a> {
    /// The role that a plan's steps grant something to.
    pub fn of(role: &'a Role, steps: &'a [Step]) -> Self {
        let becomes = steps.iter().find_map(|step| match &step.action {
            Action::UpdateTrust { to, .. } => Some(to),
            _ => None,
        });
        Self { role, becomes }
    }

    /// Whether it is still as checked: the same role, with the same trust or the planned one.
    pub(super) fn is(&self, now: &Role) -> bool {
        let is_trust = |judged: &Value| trust::same_meaning(&now.trust, judged);
        now.unique_id == self.role.unique_id && (is_trust(&self.role.trust) || self.becomes.is_some_and(is_trust))
    }
}

/// Everything that steps are carried out with.
pub struct Work<'a, C: Connect> {
    /// The cloud.
    pub world: &'a C,
    /// This machine.
    pub local: &'a dyn Local,
    /// The observer.
    pub watch: &'a dyn Watch,
    /// The record of the steps.
    pub ledger: &'a Ledger,
    /// The signer.
    pub caller: &'a CallerIdentity,
    /// The bound role, as checked; `None` if the plan creates it, or it could not be read.
    pub role: Option<JudgedRole<'a>>,
    /// What is read again in the account.
    pub again: Rc<Again>,
    /// The observed cluster.
    pub cluster: Option<&'a ClusterState>,
    /// The time limit for the steps of this place, from the first one on.
    pub patience: Duration,
    /// The time used so far.
    pub clock: Clock,
    /// The principals that may be locked out.
    pub allow_lockout: &'a [String],
    /// The plan's id, which entries of a migration are tagged with.
    pub plan: String,
    /// What becomes of access entries.
    pub entries: &'a [EntryEffect],
    /// How long an entry is left to act before it is compared with its mapping.
    pub settle: Duration,
    /// The results of dry runs before anything is written.
    pub rehearsed: Rehearsed,
}

impl<C: Connect> Work<'_, C> {
    /// The time left; the first call starts the clock, which pauses while a call waits for a lane.
    pub fn left(&self) -> Duration {
        self.clock.left(self.patience)
    }

    /// The result of a step's work, within the time left.
    ///
    /// # Errors
    /// The work's own; the timeout.
    pub(super) async fn in_time<T>(&self, step: &Step, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.clock.bound(self.patience, work).await.unwrap_or_else(|| Err(self.too_late(step)))
    }

    /// The error for a step that was not done in time.
    pub(super) fn too_late(&self, step: &Step) -> Error {
        let Words { object, summary, .. } = describe(step);
        Error::failed(format!("{object}: {summary} did not finish within {} s", self.patience.as_secs()))
            .hint("allow more time: --timeout SECONDS")
    }
}

/// What carries out the steps of a plan, place by place.
pub struct Works<'a, C: Connect> {
    /// The places; `None` for one that could not be read, and has no steps.
    places: Vec<Option<Work<'a, C>>>,
    /// The place of each step, counted from 0.
    of: &'a [usize],
    /// How many scopes may fail before no further scope is begun; `None` for any number.
    pub max_failures: Option<usize>,
    /// When no further scope is begun; `None` for no limit.
    pub until: Option<Instant>,
    /// The scopes in which nothing is begun.
    pub(super) stopped: BTreeSet<Scope>,
}

impl<'a, C: Connect> Works<'a, C> {
    /// Prevents further steps in these scopes.
    pub fn stop(&mut self, scopes: impl IntoIterator<Item = Scope>) {
        self.stopped.extend(scopes);
    }

    /// The work of places, and the place of each step.
    pub const fn new(places: Vec<Option<Work<'a, C>>>, of: &'a [usize]) -> Self {
        Self { places, of, max_failures: None, until: None, stopped: BTreeSet::new() }
    }

    /// The work of a place; `None` if it could not be read.
    pub fn at(&self, place: usize) -> Option<&Work<'a, C>> {
        self.places.get(place)?.as_ref()
    }

    /// The work for a step.
    pub fn of(&self, step: &Step) -> Option<&Work<'a, C>> {
        self.at(*self.of.get(step.id - 1)?)
    }

    /// The ledger that all of them share.
    pub fn ledger(&self) -> Option<&'a Ledger> {
        self.places.iter().flatten().map(|work| work.ledger).next()
    }
}
