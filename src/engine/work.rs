//! What steps are carried out with: the cloud, this machine, and who hears of it.

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
use crate::plan::{Action, KubeconfigWrite, Step, describe};

/// What the engine needs of this machine.
pub trait Local {
    /// Keeps an `aws-auth` before it is replaced; gives the file. `None` where the user wants no backup.
    fn keep_backup<'a>(&'a self, cluster: &ClusterArn, object: &Value) -> LocalBoxFuture<'a, Result<Option<PathBuf>>>;
    /// Keeps an access entry before it is deleted to be made again.
    fn keep_entry<'a>(&'a self, cluster: &ClusterArn, entry: &AccessEntry) -> LocalBoxFuture<'a, Result<()>>;
    /// Takes a backup back whose replacement did not happen.
    fn discard_backup(&self, path: PathBuf) -> LocalBoxFuture<'_, ()>;
    /// Writes one kubeconfig, all entries at once, each merged into what the file is now: the same changes as planned go on,
    /// others stop. Gives for each how it ended, with the copy of the old file where it had to be written in place.
    fn write_kubeconfig<'a>(&'a self, writes: &[&KubeconfigWrite]) -> LocalBoxFuture<'a, Vec<Result<Written>>>;
}

/// How the writing of a file ended, and the copy of the old one where it had to be written in place.
pub type Written = (StepState, Option<PathBuf>);

/// A role that exists, as it was looked at before something is given to it.
#[derive(Clone, Copy, Debug)]
pub struct JudgedRole<'a> {
    /// The role.
    pub role: &'a Role,
    /// The trust that the plan gives it, where it changes that.
    pub becomes: Option<&'a Value>,
}

impl<'a> JudgedRole<'a> {
    /// The role that a plan's steps give something to.
    pub fn of(role: &'a Role, steps: &'a [Step]) -> Self {
        let becomes = steps.iter().find_map(|step| match &step.action {
            Action::UpdateTrust { to, .. } => Some(to),
            _ => None,
        });
        Self { role, becomes }
    }

    /// Whether it is still what was judged: the same role, and its trust as it was then or as the plan makes it.
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
    /// Who hears of it.
    pub watch: &'a dyn Watch,
    /// What remembers it.
    pub ledger: &'a Ledger,
    /// Who signs.
    pub caller: &'a CallerIdentity,
    /// The role that is bound, as it was judged; `None` where it is made by the plan, or could not be seen.
    pub role: Option<JudgedRole<'a>>,
    /// What is read again in the account.
    pub again: Rc<Again>,
    /// The cluster as it was observed.
    pub cluster: Option<&'a ClusterState>,
    /// How long the steps of this place may take, from the first one on.
    pub patience: Duration,
    /// How much of that they used.
    pub clock: Clock,
    /// Who may be locked out.
    pub allow_lockout: &'a [String],
    /// What the API server was asked about before anything is written.
    pub rehearsed: Rehearsed,
}

impl<C: Connect> Work<'_, C> {
    /// The time that is left; it runs from the first time that it is asked for, and not while a call waits for a lane.
    pub fn left(&self) -> Duration {
        self.clock.left(self.patience)
    }

    /// The outcome of a step's work, within the time that is left.
    ///
    /// # Errors
    /// The work's own; the time is over.
    pub(super) async fn in_time<T>(&self, step: &Step, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.clock.bound(self.patience, work).await.unwrap_or_else(|| Err(self.too_late(step)))
    }

    /// A step was not done in time.
    pub(super) fn too_late(&self, step: &Step) -> Error {
        let Words { object, summary, .. } = describe(step);
        Error::failed(format!("{object}: {summary} did not finish within {} s", self.patience.as_secs()))
            .hint("allow more time: --timeout SECONDS")
    }
}

/// What the steps of a plan are carried out with, place by place.
pub struct Works<'a, C: Connect> {
    /// The places; `None` for one that was not seen, and has no steps.
    places: Vec<Option<Work<'a, C>>>,
    /// For each step, the place whose work it is, counted from 0.
    of: &'a [usize],
    /// How many scopes may fail before no step is begun in a further one; `None` for any number.
    pub max_failures: Option<usize>,
    /// When no step is begun any more in a scope in which none was; `None` for never.
    pub until: Option<Instant>,
    /// The scopes in which nothing is begun.
    pub(super) stopped: BTreeSet<Scope>,
}

impl<'a, C: Connect> Works<'a, C> {
    /// Lets nothing be begun in these scopes.
    pub fn stop(&mut self, scopes: impl IntoIterator<Item = Scope>) {
        self.stopped.extend(scopes);
    }

    /// Those of places, and for each step the place whose work it is.
    pub const fn new(places: Vec<Option<Work<'a, C>>>, of: &'a [usize]) -> Self {
        Self { places, of, max_failures: None, until: None, stopped: BTreeSet::new() }
    }

    /// That of a place; `None` where it was not seen.
    pub fn at(&self, place: usize) -> Option<&Work<'a, C>> {
        self.places.get(place)?.as_ref()
    }

    /// That of a step.
    pub fn of(&self, step: &Step) -> Option<&Work<'a, C>> {
        self.at(*self.of.get(step.id - 1)?)
    }

    /// The memory that all of them share.
    pub fn ledger(&self) -> Option<&'a Ledger> {
        self.places.iter().flatten().map(|work| work.ledger).next()
    }
}
