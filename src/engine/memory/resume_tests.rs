//! A run that stops anywhere, or loses answers anywhere, is completed by the next one, and nothing is done twice.

use serde_json::json;

use super::command::Desk;
use super::fault::{Effect, Fault};
use super::state::{ACCOUNT, NODES, State, entry_made_at, role_made_at};
use super::wishes::{MODES, ROLE_ARN, bootstrap};
use super::world::World;
use crate::engine::CallErrorKind;
use crate::model::access::access_policy_arn;
use crate::model::desired::DEFAULT_ROLE;
use crate::model::{
    AccessEntry, AssociatedPolicy, AuthMode, GroupsWish, Partition, PoliciesWish, PolicyScope, Principal,
};
use crate::plan::{AccessChange, Desired};

/// A world and what is desired.
struct Case {
    name: String,
    state: State,
    desired: Desired,
}

/// A valid or a stale entry of another author, by its creation time.
fn entry(created_at: i64) -> AccessEntry {
    let view = AssociatedPolicy {
        arn: access_policy_arn(Partition::Aws, "AmazonEKSViewPolicy"),
        scope: PolicyScope::Namespaces(vec!["shop".into()]),
    };
    AccessEntry {
        groups: vec!["viewers".into()],
        tags: [("team".to_owned(), "shop".to_owned())].into(),
        policies: vec![view],
        ..entry_made_at(ROLE_ARN, created_at)
    }
}

/// A role created at 50, and an entry.
fn with_entry(mode: AuthMode, made_at: i64) -> State {
    let mut state = State::new(mode);
    state.roles.insert("kubernetesadmin".into(), role_made_at(DEFAULT_ROLE, 50));
    state.entries.insert(ROLE_ARN.into(), entry(made_at));
    state
}

fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = MODES
        .map(|mode| Case {
            name: format!("fresh, {mode}"),
            state: State::new(mode),
            desired: bootstrap(&["ann", "bob"]),
        })
        .into();
    let state = State { map: None, ..State::new(AuthMode::ConfigMap) };
    all.push(Case { name: "no aws-auth".into(), state, desired: bootstrap(&["ann"]) });
    for mode in [AuthMode::Api, AuthMode::ApiAndConfigMap] {
        let (name, state) = (format!("a dead entry, {mode}"), with_entry(mode, 10));
        all.push(Case { name, state, desired: bootstrap(&["ann"]) });
    }
    // A recreated entry without its policies gives no rights, and must not get an administrator's default.
    let mut state = with_entry(AuthMode::Api, 10);
    let dead = state.entries.get_mut(ROLE_ARN).unwrap();
    dead.groups.clear();
    dead.policies[0].arn = access_policy_arn(Partition::Aws, "AmazonEKSClusterAdminPolicy");
    all.push(Case { name: "a dead entry with a policy alone".into(), state, desired: bootstrap(&["ann"]) });
    // Between deletion and recreation of the entry the map decides, and the next run must not take that for the final
    // state.
    let mut state = with_entry(AuthMode::ApiAndConfigMap, 10);
    let mapped = format!("{NODES}- rolearn: {ROLE_ARN}\n  username: old\n  groups: [viewers]\n");
    state.write_map(&mapped);
    all.push(Case { name: "a dead entry beside a mapping".into(), state, desired: bootstrap(&["ann"]) });
    let mut desired = bootstrap(&["ann"]);
    let Some(AccessChange::Bind(wish)) = &mut desired.access else { panic!("it binds") };
    wish.policies = PoliciesWish::Exactly(vec!["AmazonEKSEditPolicy".into()]);
    wish.groups = GroupsWish::Append(vec!["editors".into()]);
    let wish = desired.role.as_mut().unwrap();
    wish.description = Some("ours".into());
    wish.permissions_boundary = Some(format!("arn:aws:iam::{ACCOUNT}:policy/bound"));
    wish.tags = [("cost".to_owned(), "1".to_owned())].into();
    wish.trust.require_mfa = true;
    all.push(Case { name: "everything changes".into(), state: with_entry(AuthMode::Api, 60), desired });
    all
}

impl Case {
    fn desk(&self) -> Desk {
        Desk::new(World::new(self.state.clone()))
    }

    /// The number of writes of an undisturbed run, and the world after it.
    fn undisturbed(&self) -> (usize, State) {
        let desk = self.desk();
        desk.run(&self.desired).unwrap().outcome.unwrap_or_else(|error| panic!("{}: {}", self.name, error.render()));
        let writes = desk.world.gate().writes();
        assert!(writes >= 4, "{}: {writes}", self.name);
        (writes, desk.world.state().settled())
    }

    /// The next run completes the work, the third one does nothing, the world is as after an undisturbed run, and
    /// nothing was done twice.
    fn is_finished(&self, desk: &Desk, meant: &State, what: &str) {
        desk.world.gate().disarm();
        let what = format!("{}: {what}", self.name);
        let ended = desk.run(&self.desired).unwrap();
        ended.outcome.unwrap_or_else(|error| panic!("{what}: {}", error.render()));
        let third = desk.run(&self.desired).unwrap();
        assert!(third.is_nothing() && desk.world.gate().writes() == 0, "{what}: {third:?}");
        assert_eq!(desk.world.state().settled(), *meant, "{what}");
        assert_eq!(desk.world.gate().done_twice(), Vec::<String>::new(), "{what}");
        assert!(desk.machine.entries.borrow().is_empty(), "{what}: an entry is still kept");
    }
}

#[test]
fn killed_before_or_after_every_write_it_is_finished_by_the_next_run() {
    for case in cases() {
        let (writes, meant) = case.undisturbed();
        for (nth, effect) in (1..=writes).flat_map(|nth| [(nth, Effect::KilledBefore), (nth, Effect::KilledAfter)]) {
            let (desk, what) = (case.desk(), format!("write {nth} of {writes}, {effect:?}"));
            desk.world.arm(Fault::at_write(nth, effect));
            assert!(desk.run(&case.desired).is_none(), "{what}: it was not killed");
            case.is_finished(&desk, &meant, &what);
        }
    }
}

#[test]
fn killed_at_every_pair_of_writes_it_is_finished_by_the_third_run() {
    for case in cases() {
        let (writes, meant) = case.undisturbed();
        for (first, second) in (1..=writes).flat_map(|first| (1..=writes).map(move |second| (first, second))) {
            let (desk, what) = (case.desk(), format!("killed after write {first}, then after write {second}"));
            desk.world.arm(Fault::at_write(first, Effect::KilledAfter));
            assert!(desk.run(&case.desired).is_none(), "{what}");
            desk.world.arm(Fault::at_write(second, Effect::KilledAfter));
            let _ = desk.run(&case.desired);
            case.is_finished(&desk, &meant, &what);
        }
    }
}

#[test]
fn an_answer_lost_at_every_write_is_made_up_for_by_the_same_run_where_it_is_sent_again() {
    for case in cases() {
        let (writes, meant) = case.undisturbed();
        for nth in 1..=writes {
            let (desk, what) = (case.desk(), format!("answer {nth} of {writes} lost, sent again"));
            desk.world.arm(Fault::at_write(nth, Effect::SentAgain));
            let ended = desk.run(&case.desired).unwrap();
            ended.outcome.unwrap_or_else(|error| panic!("{}: {what}: {}", case.name, error.render()));
            case.is_finished(&desk, &meant, &what);
        }
    }
}

#[test]
fn an_answer_lost_for_good_at_every_write_is_made_up_for_by_the_next_run() {
    for case in cases() {
        let (writes, meant) = case.undisturbed();
        for nth in 1..=writes {
            let (desk, what) = (case.desk(), format!("answer {nth} of {writes} lost"));
            desk.world.arm(Fault::at_write(nth, Effect::Lost));
            // If the map shows it, the same run does.
            let _ = desk.run(&case.desired).unwrap();
            case.is_finished(&desk, &meant, &what);
        }
    }
}

#[test]
fn the_map_tells_what_a_lost_answer_did_not() {
    let desk = Desk::new(World::new(State::new(AuthMode::ConfigMap)));
    desk.world.arm(Fault::at("k8s:ReplaceConfigMap", 1, Effect::Lost));
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    assert_eq!(desk.world.state().map_roles().matches(ROLE_ARN).count(), 1);
    let [(_, kept)] = &desk.machine.manifests.borrow()[..] else { panic!("one manifest is kept") };
    assert_eq!(kept["metadata"]["resourceVersion"], json!("7"), "the one that was replaced");
}

#[test]
fn a_failure_of_any_kind_at_every_write_leaves_what_the_next_run_finishes() {
    use CallErrorKind as K;
    for case in cases() {
        let (writes, meant) = case.undisturbed();
        for kind in [K::AccessDenied, K::Throttled, K::Unavailable, K::ExpiredCredentials, K::Invalid, K::Conflict] {
            for nth in 1..=writes {
                let (desk, what) = (case.desk(), format!("write {nth} of {writes} refused as {kind:?}"));
                desk.world.arm(Fault::at_write(nth, Effect::Refused(kind)));
                let ended = desk.run(&case.desired).unwrap();
                let is_waited_for = kind == K::Conflict;
                assert_eq!(ended.outcome.is_ok(), is_waited_for, "{}: {what}: {ended:?}", case.name);
                case.is_finished(&desk, &meant, &what);
            }
        }
    }
}

#[test]
fn a_stale_entry_is_recreated_with_its_whole_content() {
    let desk = Desk::new(World::new(with_entry(AuthMode::Api, 10)));
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    let (made, dead) = (desk.world.state().entries[ROLE_ARN].clone(), entry(10));
    assert_eq!((made.username, made.groups, made.policies), (dead.username, dead.groups, dead.policies));
    assert_eq!(made.tags.get("team").map(String::as_str), Some("shop"));
    let principal: Principal = made.principal.parse().unwrap();
    assert!(made.created_at > desk.world.state().roles[&principal.name.to_ascii_lowercase()].created_at);
}
