//! The results of `verify` and of the proof of `bootstrap`, situation by situation, as one sheet in a golden file.

use std::fmt::Write as _;

use serde_json::Value;
use tokio::time::Instant;

use super::command::{TIMEOUT, inquiry};
use super::fault::{Effect, Fault};
use super::machine::Machine;
use super::state::{NODES, State, role_made_at};
use super::wishes::ROLE_ARN;
use super::world::World;
use crate::engine::verify::{AwsAuthSight, EntrySight, Expected, Findings, Inquiry, MapText, follow};
use crate::engine::{CallErrorKind as K, Known, Link, LinkState, Question, verify};
use crate::model::desired::{DEFAULT_ROLE, DEFAULT_USERNAME};
use crate::model::{AuthMode, AwsAuthMap, Principal};

/// The line of `aws-auth` that makes the role an administrator.
pub(super) const MAPPED: &str = "\
- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin
  username: kubernetes-admin
  groups:
  - system:masters
";

/// A situation; by default every link is ok.
pub(super) struct Case {
    pub(super) state: State,
    pub(super) inquiry: Inquiry,
    pub(super) faults: Vec<Fault>,
    /// The additional input of a proof.
    pub(super) proof: Ask,
}

/// The additional input of a proof.
pub(super) struct Ask {
    /// Whether something was just written.
    pub(super) is_fresh: bool,
    /// Whether a cluster is part of it.
    pub(super) has_cluster: bool,
    /// Users, by name and ARN.
    pub(super) members: Vec<(String, String)>,
    /// `mapRoles` as the plan leaves it, if it differs from the current one.
    pub(super) promised: Option<String>,
}

impl Case {
    /// The role exists and is bound in a cluster of this mode, and every right is asked about.
    pub(super) fn new(mode: AuthMode) -> Self {
        let mut state = State::new(mode);
        state.front.is_strict = true;
        state.front.ahead = Some(0);
        state.roles.insert("kubernetesadmin".into(), role_made_at(DEFAULT_ROLE, 50));
        if mode.has_config_map() {
            state.write_map(&format!("{NODES}{MAPPED}"));
        } else {
            state.bind_by_entry(ROLE_ARN, DEFAULT_USERNAME);
        }
        let proof = Ask { is_fresh: true, has_cluster: true, members: Vec::new(), promised: None };
        Self { state, inquiry: inquiry(DEFAULT_ROLE), faults: Vec::new(), proof }
    }

    /// Every call of an operation is refused.
    pub(super) fn refuse(&mut self, operation: &'static str, kind: K) -> &mut Self {
        self.faults.push(Fault::every(operation, Effect::Refused(kind)));
        self
    }

    /// The n-th call of an operation is refused.
    pub(super) fn refuse_once(&mut self, operation: &'static str, nth: usize, kind: K) -> &mut Self {
        self.faults.push(Fault::at(operation, nth, Effect::Refused(kind)));
        self
    }

    /// Another caller.
    pub(super) fn caller(&mut self, arn: &str) -> &mut Self {
        self.state.front.caller.arn = arn.parse().unwrap();
        self
    }

    /// Replaces the statements of the role's trust.
    pub(super) fn trust(&mut self, statements: &Value) -> &mut Self {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
        self.state.roles.get_mut("kubernetesadmin").expect("the role").trust = document;
        self
    }

    /// Sets `mapRoles` to the nodes' line and this.
    pub(super) fn map(&mut self, text: &str) -> &mut Self {
        self.state.write_map(&format!("{NODES}{text}"));
        self
    }

    /// The world for the walk.
    pub(super) fn world(&self) -> World {
        let world = World::new(self.state.clone());
        self.faults.iter().for_each(|fault| _ = world.arm(fault.clone()));
        world
    }

    fn walked(&self) -> Ended {
        let world = self.world();
        of_walk(world.drive(async { follow(&Known::new(&world), &self.inquiry).await }).expect("it was not killed"))
    }

    /// The walk if a role of the account signs and the base credentials assume the roles.
    fn walked_for_account(&self) -> Ended {
        let world = self.world();
        let base = Known::new(&world);
        let account = Known::new(&world).assuming_as(&base);
        of_walk(world.drive(async { follow(&account, &self.inquiry).await }).expect("it was not killed"))
    }

    fn proven(&self) -> Ended {
        let machine = Machine::default();
        let links = self.proven_by(&self.world(), &machine);
        let mut waited = machine.waited_for();
        waited.sort();
        waited.dedup();
        Ended { exit: of_proof(&links), links, waited }
    }

    /// The proof in a world that is inspected afterwards.
    pub(super) fn proven_in(&self, world: &World) -> Vec<Link> {
        self.proven_by(world, &Machine::default())
    }

    fn proven_by(&self, world: &World, machine: &Machine) -> Vec<Link> {
        let role: Principal = ROLE_ARN.parse().unwrap();
        let trust = self.state.roles.get("kubernetesadmin").map(|role| &role.trust);
        let mode = self.state.description.mode;
        let entry = || EntrySight::Seen(self.state.entries.get(ROLE_ARN).cloned().map(Box::new));
        let links = world.drive(async {
            let question = Question {
                inquiry: self.inquiry.clone(),
                caller: &self.state.front.caller,
                signer: &self.state.front.caller,
                role: &role,
                trust,
                cluster: Some(&self.state.description).filter(|_| self.proof.has_cluster),
                expected: Expected {
                    entry: if mode.has_entries() { entry() } else { EntrySight::NotRead },
                    aws_auth: if mode.has_config_map() { self.promised() } else { AwsAuthSight::NotRead },
                },
                members: self.proof.members.clone(),
                is_fresh: self.proof.is_fresh,
                deadline: Instant::now() + TIMEOUT,
            };
            verify(&Known::new(world), &question, machine).await
        });
        links.expect("it was not killed")
    }

    fn promised(&self) -> AwsAuthSight {
        let mut state = self.state.clone();
        self.proof.promised.iter().for_each(|text| state.write_map(text));
        AwsAuthSight::Seen(state.map.map(|object| MapText::read(AwsAuthMap { object }.data())))
    }
}

/// The result of one of them.
struct Ended {
    exit: &'static str,
    links: Vec<Link>,
    waited: Vec<String>,
}

/// The result of a walk, with the exit status of `verify`.
fn of_walk(findings: Findings) -> Ended {
    let exit = match findings.ending() {
        LinkState::Broken => "5",
        LinkState::Unknown => "1",
        _ => "0",
    };
    Ended { exit, links: findings.links, waited: Vec::new() }
}

/// The sheet of a subject.
pub(super) struct Sheet {
    mode: AuthMode,
    text: String,
    usual: [Vec<Link>; 2],
}

impl Sheet {
    /// A sheet of clusters in a mode: for each situation the links that differ from a working chain.
    pub(super) fn new(mode: AuthMode) -> Self {
        let case = Case::new(mode);
        Self { mode, text: String::new(), usual: [case.walked().links, case.proven().links] }
    }

    /// A sheet with every link.
    pub(super) fn whole(mode: AuthMode) -> Self {
        Self { mode, text: String::new(), usual: [Vec::new(), Vec::new()] }
    }

    /// The same in clusters of another mode.
    pub(super) fn turn_to(&mut self, mode: AuthMode) {
        self.mode = mode;
    }

    /// The results of both.
    pub(super) fn both(&mut self, situation: &str, change: impl FnOnce(&mut Case)) {
        let case = self.case(situation, change);
        self.add("walk", 0, case.walked());
        self.add("proof", 1, case.proven());
    }

    /// The result of the walk.
    pub(super) fn walk(&mut self, situation: &str, change: impl FnOnce(&mut Case)) {
        let case = self.case(situation, change);
        self.add("walk", 0, case.walked());
    }

    /// The result of the walk if a role of the account signs.
    pub(super) fn walk_for_account(&mut self, situation: &str, change: impl FnOnce(&mut Case)) {
        let case = self.case(situation, change);
        self.add("walk", 0, case.walked_for_account());
    }

    /// The result of the proof.
    pub(super) fn proof(&mut self, situation: &str, change: impl FnOnce(&mut Case)) {
        let case = self.case(situation, change);
        self.add("proof", 1, case.proven());
    }

    fn case(&mut self, situation: &str, change: impl FnOnce(&mut Case)) -> Case {
        let _ = writeln!(self.text, "\n== {situation}");
        let mut case = Case::new(self.mode);
        change(&mut case);
        case
    }

    fn add(&mut self, engine: &str, which: usize, Ended { exit, links, waited }: Ended) {
        let text = &mut self.text;
        let _ = writeln!(text, "{engine}: exit {exit}");
        for why in &waited {
            _ = writeln!(text, "  {why}");
        }
        let is_behind = |link: &Link| link.state == LinkState::NotReached && link.text.ends_with("` is broken");
        for link in links.iter().filter(|link| !is_behind(link) && !self.usual[which].contains(link)) {
            let state = serde_json::to_value(link.state).unwrap();
            let _ = writeln!(text, "  {:<11} {:<11} {}", state.as_str().unwrap(), link.name, link.text);
            link.hint.iter().for_each(|hint| _ = writeln!(text, "{:26}> {hint}", ""));
        }
        let behind: Vec<_> = links.iter().filter(|link| is_behind(link)).map(|link| link.name.as_str()).collect();
        if !behind.is_empty() {
            let _ = writeln!(text, "  not reached {}", behind.join(" "));
        }
    }

    /// Compares it with the golden file.
    #[track_caller]
    pub(super) fn pin(self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../../tests/it/golden/endings");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, self.text.trim()));
    }
}

fn has(links: &[Link], state: LinkState) -> bool {
    links.iter().any(|link| link.state == state)
}

fn of_proof(links: &[Link]) -> &'static str {
    match (has(links, LinkState::Broken), has(links, LinkState::Unknown)) {
        (true, _) => "5",
        (false, true) => "0, with --require-verify 1",
        (false, false) => "0",
    }
}
