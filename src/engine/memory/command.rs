//! One run of the command line over a world, stage by stage: what `cli` does between parsing and printing.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::machine::Machine;
use super::state::{CLUSTER, REGION};
use super::world::World;
use crate::engine::clock::Clock;
use crate::engine::verify::{AwsAuthSight, EntrySight, Expected, Inquiry, MapText, RoleFrom, Surroundings};
use crate::engine::{
    Can, ClusterRef, Denied, JudgedRole, Known, Ledger, Link, Looking, Question, Rehearsed, StepState, Work, Works,
    apply, census, rehearse, verify,
};
use crate::error::Result;
use crate::model::{AwsAuthMap, Observed};
use crate::plan::{
    self, AccessChange, Action, Desired, EntryEffect, Plan, Planned, PlannedRole, Tunnel, Whom, describe,
};

/// How long a run may take on the paused clock.
pub(super) const TIMEOUT: Duration = Duration::from_mins(2);

/// The setting of a run: a world, and the machine.
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) machine: Machine,
}

/// The result of a run.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its outcome.
    pub(super) outcome: Result<()>,
    /// Each step's action and state.
    pub(super) steps: Vec<(String, StepState)>,
    /// The links of the proof, if one was made.
    pub(super) links: Vec<Link>,
}

impl Ended {
    /// Whether the plan was empty.
    pub(super) fn is_nothing(&self) -> bool {
        self.outcome.is_ok() && self.steps.is_empty()
    }

    /// The actions in one of these states.
    pub(super) fn standing(&self, wanted: &[StepState]) -> Vec<&str> {
        self.steps.iter().filter(|(_, state)| wanted.contains(state)).map(|(action, _)| action.as_str()).collect()
    }
}

impl Desk {
    /// A desk in front of a world.
    pub(super) fn new(world: World) -> Self {
        Self { world, machine: Machine::default() }
    }

    /// A whole run without its proof; `None` if it was killed.
    pub(super) fn run(&self, desired: &Desired) -> Option<Ended> {
        self.world.gate().clear_log();
        self.world.drive(self.whole(desired, false))
    }

    /// A whole run with its proof.
    pub(super) fn run_and_prove(&self, desired: &Desired) -> Ended {
        self.world.gate().clear_log();
        self.world.drive(self.whole(desired, true)).expect("it was not killed")
    }

    /// The stages up to the plan.
    pub(super) fn look(&self, desired: &Desired) -> Result<(Observed, Planned)> {
        self.world.drive(self.looked(desired)).expect("it was not killed")
    }

    /// The stages from the plan on.
    pub(super) fn carry_out(&self, seen: &Observed, plan: &Plan) -> Ended {
        self.world.drive(self.carried_out(seen, plan, (&[], &[]))).expect("it was not killed")
    }

    /// `map --remove --principal ARN`.
    pub(super) fn remove(&self, arn: &str, allowed: &[String]) -> Option<Ended> {
        self.world.gate().clear_log();
        let whom = Whom::Principal(arn.to_owned());
        let access = Some(AccessChange::Unbind { whom, all: false });
        let desired = Desired { access, allow_lockout: allowed.to_vec(), ..Desired::default() };
        self.world.drive(self.whole(&desired, false))
    }

    /// A whole run, to be driven concurrently with others.
    pub(super) async fn whole(&self, desired: &Desired, proves: bool) -> Ended {
        let (seen, planned) = match self.looked(desired).await {
            Ok(looked) => looked,
            Err(error) => return Ended { outcome: Err(error), steps: Vec::new(), links: Vec::new() },
        };
        let mut ended =
            self.carried_out(&seen, &planned.plan, (&desired.allow_lockout, &planned.effects.entries)).await;
        if let (true, Ok(()), Some(role)) = (proves, &ended.outcome, &planned.role) {
            let question = self.question(desired, &seen, &planned.plan, role);
            ended.links = verify(&Known::new(&self.world), &question, &self.machine).await;
        }
        ended
    }

    async fn looked(&self, desired: &Desired) -> Result<(Observed, Planned)> {
        let looking = Looking::new(&self.world, desired)?;
        let mut seen = looking.at(Some(&cluster())).await?;
        if let Some(cluster) = &mut seen.cluster {
            cluster.kept_entries = self.machine.entries.borrow().clone();
        }
        let mut planned = plan::plan(desired, &seen)?;
        if planned.effects.takes_away {
            planned.plan.warnings.extend(self.count(&looking, &mut seen).await?);
        }
        let planned = planned.judged(desired, &seen)?;
        Ok((seen, planned))
    }

    async fn count(&self, looking: &Looking<'_, World>, seen: &mut Observed) -> Result<Vec<String>> {
        let Some(cluster) = seen.cluster.as_mut().filter(|c| c.census.is_none()) else { return Ok(Vec::new()) };
        let (census, warnings) = census(&self.world, looking.asked(), &seen.caller, &cluster.description).await?;
        cluster.census = Some(census);
        Ok(warnings)
    }

    async fn carried_out(
        &self,
        seen: &Observed,
        plan: &Plan,
        (allow_lockout, entries): (&[String], &[EntryEffect]),
    ) -> Ended {
        let ledger = Ledger::new(plan);
        let of = vec![0; plan.steps.len()];
        let work = Work {
            world: &self.world,
            local: &self.machine,
            watch: &self.machine,
            ledger: &ledger,
            caller: &seen.caller,
            role: seen.role.as_ref().map(|role| JudgedRole::of(role, &plan.steps)),
            again: Rc::default(),
            cluster: seen.cluster.as_ref(),
            patience: TIMEOUT,
            clock: Clock::default(),
            allow_lockout,
            plan: plan.id(),
            entries,
            settle: Duration::ZERO,
            rehearsed: Rehearsed::default(),
        };
        let works = Works::new(vec![Some(work)], &of);
        let steps: Vec<_> = plan.steps.iter().collect();
        let work = works.at(0).expect("the one place");
        let outcome = match rehearse(&steps, work, Denied::Fails).await {
            Ok(_) => apply(plan, &works).await.into_iter().next().map_or(Ok(()), |(_, error)| Err(error)),
            Err(error) => Err(error),
        };
        if outcome.is_ok() {
            let made = |principal: &String| {
                let creates =
                    |action: &Action| matches!(action, Action::CreateEntry { principal: p, .. } if p == principal);
                plan.steps.iter().any(|step| creates(&step.action))
                    || seen.cluster.iter().filter_map(|c| c.entry.as_ref()).any(|entry| entry.principal == *principal)
            };
            self.machine.entries.borrow_mut().retain(|entry| !made(&entry.principal));
        }
        let steps = plan.steps.iter().map(|step| (describe(step).object, ledger.state(step.id))).collect();
        Ended { outcome, steps, links: Vec::new() }
    }

    /// The question of the proof. The binding of the role is taken from the world itself, as the plan was carried out.
    pub(super) fn question<'a>(
        &self,
        desired: &Desired,
        seen: &'a Observed,
        plan: &Plan,
        role: &'a PlannedRole,
    ) -> Question<'a> {
        let state = self.world.state();
        let entry = || EntrySight::Seen(state.entries.get(&role.arn.to_string()).cloned().map(Box::new));
        let data = || state.map.clone().map(|object| MapText::read(AwsAuthMap { object }.data()));
        let mode = state.description.mode;
        let members = desired.group.iter().flat_map(|group| group.members_of(&seen.caller.arn.account));
        Question {
            inquiry: inquiry(&role.arn.name),
            caller: &seen.caller,
            signer: &seen.caller,
            role: &role.arn,
            trust: role.trust.as_ref(),
            cluster: seen.cluster.as_ref().map(|cluster| &cluster.description),
            expected: Expected {
                entry: if mode.has_entries() { entry() } else { EntrySight::NotRead },
                aws_auth: if mode.has_config_map() { AwsAuthSight::Seen(data()) } else { AwsAuthSight::NotRead },
            },
            members: members
                .filter_map(|user| Some((user.to_owned(), seen.users.get(user).cloned().flatten()?)))
                .collect(),
            is_fresh: !plan.is_empty(),
            deadline: Instant::now() + TIMEOUT,
        }
    }
}

/// The one cluster.
pub(super) fn cluster() -> ClusterRef {
    ClusterRef::named(CLUSTER, REGION)
}

/// The question whether the role may do everything.
pub(super) fn inquiry(role: &str) -> Inquiry {
    Inquiry {
        cluster: cluster(),
        role: role.to_owned(),
        role_from: RoleFrom::Asked,
        external_id: None,
        context_external_id: None,
        session_name: None,
        mfa_serial: None,
        os_user: None,
        can: Some(Can::everything()),
        context: None,
        kubeconfig: Rc::default(),
        machine: Surroundings::default(),
        tunnel: Tunnel::default(),
        principal: None,
    }
}
