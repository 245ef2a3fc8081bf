//! The authentication mode, switched in memory: waited for, killed and resumed, overtaken, refused.

use std::rc::Rc;

use super::command::{Desk, Ended};
use super::fault::{Effect, Fault};
use super::state::{CREATOR, NODE_ROLE, NODES, State, entry_made_at, role_made_at};
use super::world::World;
use crate::engine::{CallErrorKind as K, Event, StepState};
use crate::error::Kind;
use crate::model::AuthMode;
use crate::plan::{AccessChange, Desired};

fn to(mode: AuthMode) -> Desired {
    Desired { access: Some(AccessChange::Mode(mode)), ..Desired::default() }
}

const FIRST: AuthMode = AuthMode::ApiAndConfigMap;

/// In mode `API_AND_CONFIG_MAP`, all with entries.
fn ready() -> State {
    let mut state = State::new(AuthMode::ApiAndConfigMap);
    state.roles.insert("node".into(), role_made_at("node", 5));
    state.entries.insert(NODE_ROLE.into(), entry_made_at(NODE_ROLE, 60));
    state.bind_by_entry(CREATOR, CREATOR);
    state
}

fn desk(state: State) -> Desk {
    Desk::new(World::new(state))
}

#[track_caller]
fn is_in(desk: &Desk, ended: Option<Ended>, mode: AuthMode) -> Ended {
    let ended = ended.expect("it was not killed");
    if let Err(error) = &ended.outcome {
        panic!("{}", error.render());
    }
    assert_eq!(desk.world.state().description.mode, mode);
    ended
}

/// How often the mode was switched, by the calls that were carried out.
fn switches(desk: &Desk) -> usize {
    desk.world.state().updates.iter().filter(|update| update.to.is_some()).count()
}

fn found(desk: &Desk) -> Vec<String> {
    let told = |event: &Event| match event {
        Event::Found { entry, .. } => Some(entry.principal.clone()),
        _ => None,
    };
    desk.machine.events.borrow().iter().filter_map(told).collect()
}

#[test]
fn each_step_is_waited_for_and_a_second_run_does_nothing() {
    let desk = desk(State::new(AuthMode::ConfigMap));
    let ended = is_in(&desk, desk.run(&to(FIRST)), FIRST);
    assert_eq!(ended.standing(&[StepState::Done]), ["authentication mode"]);
    assert_eq!((switches(&desk), found(&desk)), (1, vec![CREATOR.to_owned()]));
    assert!(desk.world.state().entries.contains_key(CREATOR), "it is never removed");
    let again = desk.run(&to(FIRST)).unwrap();
    assert!(again.is_nothing() && desk.world.gate().writes() == 0, "{again:?}");
    let desk = self::desk(ready());
    is_in(&desk, desk.run(&to(AuthMode::Api)), AuthMode::Api);
    assert!(desk.run(&to(AuthMode::Api)).unwrap().is_nothing() && found(&desk).is_empty());
}

#[test]
fn killed_at_any_call_it_is_finished_by_the_next_run_with_one_switch() {
    for (state, mode) in [(State::new(AuthMode::ConfigMap), FIRST), (ready(), AuthMode::Api)] {
        for operation in ["eks:UpdateClusterConfig", "eks:DescribeUpdate", "eks:DescribeCluster"] {
            for nth in 1..=4 {
                for effect in [Effect::KilledBefore, Effect::KilledAfter] {
                    let desk = desk(state.clone());
                    let what = format!("{mode}: {operation} {nth}, {effect:?}");
                    desk.world.arm(Fault::at(operation, nth, effect));
                    let _ = desk.run(&to(mode));
                    desk.world.gate().disarm();
                    is_in(&desk, desk.run(&to(mode)), mode);
                    assert_eq!(switches(&desk), 1, "{what}");
                    assert!(desk.run(&to(mode)).unwrap().is_nothing(), "{what}");
                }
            }
        }
    }
}

#[test]
fn an_update_of_any_type_that_is_under_way_is_waited_for() {
    for (to_mode, steps) in [(None, 1), (Some(FIRST), 1)] {
        let mut state = State::new(AuthMode::ConfigMap);
        state.begin_update(to_mode, 10, "Successful");
        let desk = desk(state);
        let ended = is_in(&desk, desk.run(&to(FIRST)), FIRST);
        assert_eq!((ended.steps.len(), switches(&desk)), (steps, 1), "{to_mode:?}");
        let done = if to_mode.is_some() { StepState::AlreadySo } else { StepState::Done };
        assert_eq!(ended.steps[0].1, done);
        assert!(desk.machine.waited_for().iter().any(|text| text.contains("update-1")), "{to_mode:?}");
    }
}

#[test]
fn another_update_that_fails_is_not_this_ones_failure() {
    let mut state = State::new(AuthMode::ConfigMap);
    state.begin_update(None, 2, "Failed");
    let desk = desk(state);
    is_in(&desk, desk.run(&to(FIRST)), FIRST);
}

#[test]
fn its_own_update_that_fails_is_told_and_the_next_run_tries_again() {
    let desk = desk(State::new(AuthMode::ConfigMap));
    let fails = |state: &mut State| state.updates[0].end = "Failed";
    desk.world.arm(Fault::at("eks:DescribeUpdate", 1, Effect::Overtaken(Rc::new(fails))));
    let error = desk.run(&to(FIRST)).unwrap().outcome.unwrap_err();
    assert!(error.message.contains("ended with status Failed") && error.hint.is_some(), "{error:?}");
    assert_eq!(desk.world.state().description.mode, AuthMode::ConfigMap);
    is_in(&desk, desk.run(&to(FIRST)), FIRST);
}

#[test]
fn what_does_not_end_in_time_is_told_as_under_way() {
    let mut state = State::new(AuthMode::ConfigMap);
    state.begin_update(None, 1_000_000, "Successful");
    let desk = desk(state);
    let error = desk.run(&to(FIRST)).unwrap().outcome.unwrap_err();
    assert!(error.message.contains("did not finish within 120 s"), "{error}");
}

#[test]
fn an_answer_lost_or_refused_is_made_up_for() {
    for effect in [Effect::Lost, Effect::SentAgain, Effect::Refused(K::Throttled), Effect::Refused(K::AccessDenied)] {
        let desk = desk(State::new(AuthMode::ConfigMap));
        desk.world.arm(Fault::at("eks:UpdateClusterConfig", 1, effect));
        let _ = desk.run(&to(FIRST)).unwrap();
        is_in(&desk, desk.run(&to(FIRST)), FIRST);
        assert_eq!(switches(&desk), 1);
    }
}

#[test]
fn what_is_mapped_after_the_plan_stops_the_last_step() {
    let desk = desk(ready());
    let late = "- {rolearn: 'arn:aws:iam::111122223333:role/late', username: late, groups: [late]}\n";
    let (seen, planned) = desk.look(&to(AuthMode::Api)).unwrap();
    desk.world.change(|state| state.write_map(&format!("{NODES}{late}")));
    let error = desk.carry_out(&seen, &planned.plan).outcome.unwrap_err();
    assert_eq!(error.kind, Kind::WorldChanged);
    assert!(error.causes[0].contains("role/late has no access entry"), "{error:?}");
    assert_eq!((desk.world.state().description.mode, switches(&desk)), (FIRST, 0));
}

#[test]
fn an_entry_that_is_gone_after_the_plan_stops_the_last_step() {
    let desk = desk(ready());
    let (seen, planned) = desk.look(&to(AuthMode::Api)).unwrap();
    desk.world.change(|state| drop(state.entries.remove(NODE_ROLE)));
    let error = desk.carry_out(&seen, &planned.plan).outcome.unwrap_err();
    assert!(error.kind == Kind::WorldChanged && error.causes[0].contains("keeps nodes"), "{error:?}");
    assert_eq!(switches(&desk), 0);
}

#[test]
fn two_people_who_switch_at_once_switch_once() {
    let world = World::new(State::new(AuthMode::ConfigMap));
    let desks = [Desk::new(world.clone()), Desk::new(world.clone())];
    let wish = to(FIRST);
    world.gate().clear_log();
    let both = futures::future::join_all(desks.iter().map(|desk| desk.whole(&wish, false)));
    for ended in world.drive(both).unwrap() {
        ended.outcome.unwrap();
    }
    assert_eq!(switches(&desks[0]), 1);
}

#[test]
fn entries_that_can_not_be_listed_afterwards_do_not_undo_it() {
    let desk = desk(State::new(AuthMode::ConfigMap));
    desk.world.arm(Fault::every("eks:ListAccessEntries", Effect::Refused(K::AccessDenied)));
    is_in(&desk, desk.run(&to(FIRST)), FIRST);
    assert!(desk.machine.waited_for().iter().any(|text| text.contains("could not be listed")));
}
