//! A role that was judged, read again before something is given to it: once for all that begins close together in its account.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::port::{CallResult, IamRead};
use crate::model::Role;

/// How long a reading holds.
const FRESH: Duration = Duration::from_secs(10);

/// The role's last reading, which all places of its account share.
#[derive(Debug, Default)]
pub struct RoleAgain(Mutex<Option<(Instant, CallResult<Option<Role>>)>>);

impl RoleAgain {
    /// The role as it is, or was a moment ago. Who asks while it is read waits for the answer.
    pub(super) async fn of<I: IamRead>(&self, iam: &I, name: &str) -> CallResult<Option<Role>> {
        let mut last = self.0.lock().await;
        if let Some((_, answer)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return answer.clone();
        }
        let answer = iam.get_role(name).await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}
