//! The user's machine: what it saves and reports.

use std::cell::RefCell;
use std::path::PathBuf;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, ready};
use serde_json::Value;

use crate::engine::{Event, Local, StepState, Watch, Written};
use crate::error::Result;
use crate::model::{AccessEntry, ClusterArn};
use crate::plan::KubeconfigWrite;

/// It outlives the runs that are killed on it.
#[derive(Default)]
pub(super) struct Machine {
    /// The saved manifests, by file.
    pub(super) manifests: RefCell<Vec<(PathBuf, Value)>>,
    /// The saved entries.
    pub(super) entries: RefCell<Vec<AccessEntry>>,
    /// The reported events.
    pub(super) events: RefCell<Vec<Event>>,
}

impl Machine {
    /// The reasons for waiting, in order.
    pub(super) fn waited_for(&self) -> Vec<String> {
        let waiting = |event: &Event| match event {
            Event::Waiting { text, .. } => Some(text.clone()),
            _ => None,
        };
        self.events.borrow().iter().filter_map(waiting).collect()
    }
}

impl Watch for Machine {
    fn event(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }
}

impl Local for Machine {
    fn keep_backup<'a>(&'a self, _: &ClusterArn, object: &Value) -> LocalBoxFuture<'a, Result<Option<PathBuf>>> {
        let mut all = self.manifests.borrow_mut();
        let path = PathBuf::from(format!("aws-auth-{}", object["metadata"]["resourceVersion"]));
        all.push((path.clone(), object.clone()));
        ready(Ok(Some(path))).boxed_local()
    }

    fn keep_entry<'a>(&'a self, _: &ClusterArn, entry: &AccessEntry) -> LocalBoxFuture<'a, Result<()>> {
        self.entries.borrow_mut().push(entry.clone());
        ready(Ok(())).boxed_local()
    }

    fn discard_backup(&self, path: PathBuf) -> LocalBoxFuture<'_, ()> {
        self.manifests.borrow_mut().retain(|(kept, _)| *kept != path);
        ready(()).boxed_local()
    }

    fn write_kubeconfig<'a>(&'a self, writes: &[&KubeconfigWrite]) -> LocalBoxFuture<'a, Vec<Result<Written>>> {
        ready(writes.iter().map(|_| Ok((StepState::Done, None))).collect()).boxed_local()
    }
}
