//! Switches the authentication mode: the call, the wait for its update and for any other that is under way, and the entries
//! that EKS created.
//!
//! A run that was killed during its update is finished by the next one, which finds that update and waits for it.

use std::time::Duration;

use tokio::time::sleep;

use super::call_error::CallErrorKind as K;
use super::census::{Asked, entries};
use super::explain::explain;
use super::ledger::{Event, StepState};
use super::mode_sight;
use super::port::{Connect, EksRead, EksWrite, Writers};
use super::work::Work;
use crate::error::{Error, Kind, Result, one_line};
use crate::model::{AuthMode, ClusterArn, ClusterDescription, ClusterUpdate, Observed, RoleFacts, UpdateStatus};
use crate::plan::{self, AccessChange, Action, Desired, Step, describe};

/// The shortest pause between two looks, and the longest: a switch takes minutes.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(10)];

/// A switch in progress.
struct Switch<'a, C: Connect> {
    step: &'a Step,
    work: &'a Work<'a, C>,
    arn: &'a ClusterArn,
    from: AuthMode,
    to: AuthMode,
    doing: String,
}

/// Switches the mode, and waits until the cluster shows it.
///
/// # Errors
/// The call's own; the update failed; the cluster is not what it was planned on.
pub(super) async fn switch<C: Writers>(
    step: &Step,
    (from, to): (AuthMode, AuthMode),
    work: &Work<'_, C>,
) -> Result<StepState> {
    let Some(arn) = step.scope.cluster() else { return Ok(StepState::Waiting) };
    let words = describe(step);
    let doing = format!("{} of cluster {}: {}", words.object, arn.name, words.summary);
    let switch = Switch { step, work, arn, from, to, doing };
    let state = switch.carry_out().await?;
    switch.tell_entries().await;
    Ok(state)
}

impl<C: Writers> Switch<'_, C> {
    async fn carry_out(&self) -> Result<StepState> {
        let writer = self.work.world.eks_writer(&self.arn.region);
        let (mut state, mut pause) = (StepState::AlreadySo, Pause::default());
        loop {
            let now = self.described().await?;
            if now.mode == self.to {
                return Ok(state);
            }
            if now.mode != self.from {
                return Err(self.changed(&format!("the cluster is in mode {} now", now.mode)));
            }
            if state == StepState::Done {
                // The update has ended, and the description does not show it yet.
                pause.wait().await;
                continue;
            }
            self.still_possible(now).await?;
            match writer.switch_mode(&self.arn.name, self.to).await {
                Ok(update) => {
                    self.made(&self.waited_for(update).await?)?;
                    (state, pause) = (StepState::Done, Pause::default());
                }
                Err(error) if error.is(K::Conflict) => {
                    if !self.wait_for_others().await? {
                        pause.wait().await;
                    }
                }
                // What it was switched to in the meantime decides, where the call came second.
                Err(error) if error.is(K::Invalid) && self.described().await?.mode == self.to => {}
                Err(error) => return Err(explain(&self.doing, &error)),
            }
        }
    }

    /// The cluster as it is now.
    async fn described(&self) -> Result<ClusterDescription> {
        let found = self.work.world.eks(&self.arn.region).describe_cluster(&self.arn.name).await;
        found.map_err(|error| explain(&self.doing, &error))?.ok_or_else(|| self.changed("the cluster no longer exists"))
    }

    /// Checks once more what the plan was judged by: the step can't be undone.
    async fn still_possible(&self, now: ClusterDescription) -> Result<()> {
        let Work { world, caller, allow_lockout, .. } = *self.work;
        let (cluster, warnings) = mode_sight::look(world, &Asked::default(), caller, now, self.to).await?;
        let access = Some(AccessChange::Mode(self.to));
        let unmatched = match &self.step.action {
            Action::SwitchMode { unmatched, .. } => unmatched.as_slice(),
            _ => &[],
        };
        let allow_lockout = allow_lockout.iter().chain(unmatched).cloned().collect();
        let desired = Desired { access, allow_lockout, ..Desired::default() };
        let seen = Observed {
            caller: caller.clone(),
            role: None,
            role_facts: RoleFacts::default(),
            group: None,
            users: std::collections::BTreeMap::new(),
            principal: None,
            path_unknown: false,
            cluster: Some(cluster),
            warnings,
        };
        let judged = plan::plan(&desired, &seen).and_then(|planned| planned.judged(&desired, &seen));
        judged.map(drop).map_err(|error| Error { kind: Kind::WorldChanged, ..error })
    }

    /// Waits for the updates that are under way; returns whether there was any.
    async fn wait_for_others(&self) -> Result<bool> {
        let under_way = self.work.world.eks(&self.arn.region).list_updates(&self.arn.name).await;
        let under_way = under_way.map_err(|error| explain(&self.doing, &error))?;
        let is_any = !under_way.is_empty();
        for update in under_way {
            // How another one ends is not this run's to judge.
            self.waited_for(update).await?;
        }
        Ok(is_any)
    }

    /// An update as it ended.
    async fn waited_for(&self, update: ClusterUpdate) -> Result<ClusterUpdate> {
        let eks = self.work.world.eks(&self.arn.region);
        let (mut now, mut pause) = (update, Pause::default());
        if now.status == UpdateStatus::InProgress {
            let text = format!("waiting for update {} ({}) of cluster {}", now.id, now.kind, self.arn.name);
            self.work.watch.event(Event::Waiting { scope: self.step.scope.clone(), text: one_line(&text) });
        }
        while now.status == UpdateStatus::InProgress {
            pause.wait().await;
            let found = eks.describe_update(&self.arn.name, &now.id).await;
            // One that was begun a moment ago may not be known yet.
            now = found.map_err(|error| explain(&self.doing, &error))?.unwrap_or(now);
        }
        Ok(now)
    }

    /// Whether the update made the switch.
    fn made(&self, update: &ClusterUpdate) -> Result<()> {
        if update.status == UpdateStatus::Successful {
            return Ok(());
        }
        let mut error =
            Error::failed(format!("{}: the update ended with status {}", self.doing, update.status.as_str()))
                .because(format!("update {}", one_line(&update.id)));
        for why in &update.errors {
            error = error.because(one_line(why));
        }
        let ClusterArn { name, region, .. } = self.arn;
        Err(error.hint(format!("see the cluster's updates: aws eks list-updates --name {name} --region {region}")))
    }

    /// Lists the entries that exist once `CONFIG_MAP` is left: only EKS can have created them. If they can't be listed, that is
    /// reported, and the switch still counts.
    async fn tell_entries(&self) {
        if self.from != AuthMode::ConfigMap {
            return;
        }
        let Ok(now) = self.described().await else { return };
        let eks = self.work.world.eks(&self.arn.region);
        match entries::<C>(&eks, &now).await {
            Ok(all) => all.into_iter().for_each(|entry| self.work.ledger.find(self.step.id, entry, self.work.watch)),
            Err(error) => {
                let text = format!("which access entries EKS created by itself could not be listed ({error})");
                self.work.watch.event(Event::Waiting { scope: self.step.scope.clone(), text });
            }
        }
    }

    fn changed(&self, why: &str) -> Error {
        Error::new(Kind::WorldChanged, format!("{}: {why}", self.doing))
            .because("the mode was left as it is")
            .hint(format!("see it: eksaccess mode --cluster {}", self.arn))
    }
}

/// Pauses that grow.
struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(PAUSES[0])
    }
}

impl Pause {
    async fn wait(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSES[1]);
    }
}
