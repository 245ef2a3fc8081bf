//! What steps are carried out with: the cloud, this machine, and who hears of it.

use std::path::PathBuf;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use serde_json::Value;
use tokio::time::Instant;

use super::ledger::{Ledger, StepState, Watch};
use super::port::Connect;
use super::tried::Rehearsed;
use crate::error::Result;
use crate::model::{AccessEntry, CallerIdentity, ClusterArn, ClusterState, Role};
use crate::plan::KubeconfigWrite;

/// What the engine needs of this machine.
pub trait Local {
    /// Keeps an `aws-auth` before it is replaced; gives the file. `None` where the user wants no backup.
    fn keep_backup<'a>(&'a self, cluster: &ClusterArn, object: &Value) -> LocalBoxFuture<'a, Result<Option<PathBuf>>>;
    /// Keeps an access entry before it is deleted to be made again.
    fn keep_entry<'a>(&'a self, cluster: &ClusterArn, entry: &AccessEntry) -> LocalBoxFuture<'a, Result<()>>;
    /// Takes a backup back whose replacement did not happen.
    fn discard_backup(&self, path: PathBuf) -> LocalBoxFuture<'_, ()>;
    /// Writes a kubeconfig. Where the file is no longer what it was planned on, the entry is merged again: the same
    /// changes go on, others stop. Gives the copy of the old file where it had to be written in place.
    fn write_kubeconfig<'a>(&'a self, write: &'a KubeconfigWrite) -> LocalBoxFuture<'a, Result<Written>>;
}

/// How the writing of a file ended, and the copy of the old one where it had to be written in place.
pub type Written = (StepState, Option<PathBuf>);

/// A role that exists, as it was looked at before something is given to it.
#[derive(Clone, Copy, Debug)]
pub struct JudgedRole<'a> {
    /// The role.
    pub role: &'a Role,
    /// Whether the plan itself changes its trust.
    pub trust_changes: bool,
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
    /// The cluster as it was observed.
    pub cluster: Option<&'a ClusterState>,
    /// When everything must be done.
    pub deadline: Instant,
    /// Who may be locked out.
    pub allow_lockout: &'a [String],
    /// What the API server was asked about before anything is written.
    pub rehearsed: Rehearsed,
}

impl<C: Connect> Work<'_, C> {
    /// The time that is left.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
