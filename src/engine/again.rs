//! Objects that are read again before they are granted something or replaced. All places of an account share the
//! readings.
//!
//! Before a replacement the object is read immediately: steps that need it during the call share the answer, later ones
//! read it again. Before a grant to a role a reading is valid for ten seconds, or until the run itself changes the role
//! (docs/decisions/0010).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::port::{CallResult, EksRead, IamRead};
use crate::model::{AccessEntry, ClusterArn, Role};

/// How long a reading of a role that is granted something is valid.
const FRESH: Duration = Duration::from_secs(10);

/// The answer of a call that reads an object.
type Answer<T> = CallResult<Option<T>>;

/// The name of a role that is granted something, when it was read, and the answer.
type Judged = (String, Instant, Answer<Role>);

/// The readings of an account.
#[derive(Debug, Default)]
pub struct Again {
    judged: Mutex<Option<Judged>>,
    roles: Joined<Role>,
    entries: Joined<AccessEntry>,
}

impl Again {
    /// A role that is granted something, from a reading that is valid.
    pub(super) async fn judged<I: IamRead>(&self, iam: &I, name: &str) -> Answer<Role> {
        let mut last = self.judged.lock().await;
        if let Some((.., answer)) = last.as_ref().filter(|(of, at, _)| of == name && at.elapsed() < FRESH) {
            return answer.clone();
        }
        let answer = self.role(iam, name).await;
        *last = Some((name.to_owned(), Instant::now(), answer.clone()));
        answer
    }

    /// Invalidates the reading: the run itself has changed the role.
    pub(super) async fn forget(&self) {
        *self.judged.lock().await = None;
    }

    /// A role that is about to be changed.
    pub(super) async fn role<I: IamRead>(&self, iam: &I, name: &str) -> Answer<Role> {
        self.roles.read(name, iam.get_role(name)).await
    }

    /// An access entry that is about to be changed.
    pub(super) async fn entry<E: EksRead>(
        &self,
        eks: &E,
        cluster: &ClusterArn,
        principal: &str,
    ) -> Answer<AccessEntry> {
        self.entries.read(&format!("{cluster} {principal}"), eks.describe_entry(&cluster.name, principal)).await
    }
}

/// Readings by the object's name; concurrent requests share one.
#[derive(Debug)]
struct Joined<T>(RefCell<BTreeMap<String, Rc<Reading<T>>>>);

/// The readings of one object.
#[derive(Debug)]
struct Reading<T> {
    /// How many readings were made.
    made: Cell<u64>,
    last: Mutex<Option<Answer<T>>>,
}

impl<T> Default for Joined<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { made: Cell::default(), last: Mutex::default() }
    }
}

impl<T: Clone> Joined<T> {
    /// The object, from a reading that ended after this call began.
    async fn read(&self, name: &str, reading: impl Future<Output = Answer<T>>) -> Answer<T> {
        let of = self.0.borrow_mut().entry(name.to_owned()).or_default().clone();
        let made = of.made.get();
        let mut last = of.last.lock().await;
        if let Some(answer) = last.as_ref().filter(|_| of.made.get() > made) {
            return answer.clone();
        }
        let answer = reading.await;
        of.made.set(of.made.get() + 1);
        *last = Some(answer.clone());
        answer
    }
}
