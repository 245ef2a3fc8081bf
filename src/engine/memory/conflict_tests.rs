//! Another writer between observe and apply: its changes survive. The planned change is made on the new text, or the
//! run stops.

use std::rc::Rc;

use serde_json::json;

use super::command::{Desk, Ended};
use super::fault::{Effect, Fault};
use super::state::{NODES, State};
use super::wishes::{ROLE_ARN, bootstrap, role_arn};
use super::world::World;
use crate::engine::StepState as S;
use crate::error::Kind;
use crate::model::AuthMode;

fn fresh(mode: AuthMode) -> Desk {
    Desk::new(World::new(State::new(mode)))
}

/// A bootstrap whose world changes after it was planned.
fn moved(desk: &Desk, act: impl FnOnce(&mut State)) -> Ended {
    let (seen, planned) = desk.look(&bootstrap(&["ann"])).unwrap();
    desk.world.change(act);
    desk.carry_out(&seen, &planned.plan)
}

/// What another writer adds.
fn mapping(arn: &str, username: &str) -> String {
    format!("- rolearn: {arn}\n  username: {username} # theirs\n  groups: [viewers]\n")
}

fn adds(state: &mut State, arn: &str, username: &str) {
    let text = format!("{}{}", state.map_roles(), mapping(arn, username));
    state.write_map(&text);
}

fn has_both(desk: &Desk, other: &str) {
    let state = desk.world.state();
    let text = state.map_roles();
    assert!(text.starts_with(NODES) && text.contains(&mapping(other, "other")), "{text}");
    assert_eq!(text.matches(ROLE_ARN).count(), 1, "{text}");
}

#[test]
fn a_mapping_added_in_the_meantime_stays_and_ours_is_added() {
    let (desk, other) = (fresh(AuthMode::ConfigMap), role_arn("other"));
    moved(&desk, |state| adds(state, &other, "other")).outcome.unwrap();
    has_both(&desk, &other);
    assert_eq!(desk.machine.waited_for(), ["aws-auth of cluster dev changed in the meantime; reading it again"]);
    let kept = desk.machine.manifests.borrow();
    let [(_, kept)] = &kept[..] else { panic!("expected exactly one kept manifest: {kept:?}") };
    assert_eq!(kept["metadata"]["resourceVersion"], json!("8"), "the one that was replaced, not the one that was seen");
}

#[test]
fn a_writer_between_the_dry_run_and_the_write_loses_nothing_either() {
    let (desk, other) = (fresh(AuthMode::ConfigMap), role_arn("other"));
    let overtakes = {
        let other = other.clone();
        Effect::Overtaken(Rc::new(move |state: &mut State| adds(state, &other, "other")))
    };
    desk.world.arm(Fault::at("k8s:ReplaceConfigMap", 1, overtakes));
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    has_both(&desk, &other);
    assert_eq!(desk.machine.manifests.borrow().len(), 1, "what was not replaced is not kept");
}

#[test]
fn faster_writers_lose_nothing_and_block_no_run() {
    let desk = fresh(AuthMode::ConfigMap);
    for nth in 1..=20 {
        let other = role_arn(&format!("other-{nth}"));
        let act = move |state: &mut State| adds(state, &other, "other");
        desk.world.arm(Fault::at("k8s:ReplaceConfigMap", nth, Effect::Overtaken(Rc::new(act))));
    }
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    let state = desk.world.state();
    assert_eq!(state.map_roles().matches("other-").count(), 20, "{}", state.map_roles());
    assert_eq!(state.map_roles().matches(ROLE_ARN).count(), 1);
    assert_eq!(desk.machine.manifests.borrow().len(), 1);
}

#[test]
fn a_map_created_or_deleted_in_the_meantime_does_not_alter_the_change() {
    let desk = Desk::new(World::new(State { map: None, ..State::new(AuthMode::ConfigMap) }));
    moved(&desk, |state| state.write_map(NODES)).outcome.unwrap();
    assert!(desk.world.state().map_roles().starts_with(NODES));
    assert_eq!(desk.world.state().map_roles().matches(ROLE_ARN).count(), 1);
    let desk = fresh(AuthMode::ConfigMap);
    moved(&desk, |state| state.map = None).outcome.unwrap();
    assert_eq!(desk.world.state().map_roles().matches("rolearn").count(), 1, "the nodes' mapping is not brought back");
    assert!(desk.machine.manifests.borrow().is_empty(), "nothing was replaced");
}

#[test]
fn a_principal_mapped_differently_in_the_meantime_stops_the_run_before_any_write() {
    let desk = fresh(AuthMode::ConfigMap);
    let ended = moved(&desk, |state| adds(state, ROLE_ARN, "theirs"));
    let error = ended.outcome.unwrap_err();
    assert_eq!(error.kind, Kind::WorldChanged, "{}", error.render());
    assert_eq!(desk.world.state().map_roles(), format!("{NODES}{}", mapping(ROLE_ARN, "theirs")));
    assert_eq!((desk.world.gate().writes(), desk.machine.manifests.borrow().len()), (0, 0));
}

#[test]
fn after_the_dry_run_it_stops_at_its_step_and_says_what_is_done() {
    let desk = fresh(AuthMode::ConfigMap);
    let act = Rc::new(|state: &mut State| adds(state, ROLE_ARN, "theirs"));
    desk.world.arm(Fault::at("k8s:ReplaceConfigMap", 1, Effect::Overtaken(act)));
    let ended = desk.run(&bootstrap(&["ann"])).unwrap();
    assert_eq!(ended.outcome.as_ref().unwrap_err().kind, Kind::WorldChanged);
    assert_eq!(ended.standing(&[S::Failed]).len(), 1, "{ended:?}");
    assert_eq!(ended.standing(&[S::Done]).len(), 4, "role, group, policy and member: {ended:?}");
    assert!(desk.world.state().map_roles().ends_with(&mapping(ROLE_ARN, "theirs")));
    assert!(desk.machine.manifests.borrow().is_empty(), "nothing was replaced");
}

#[test]
fn the_same_change_made_in_the_meantime_is_already_so() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let (desk, faster) = (fresh(mode), fresh(mode));
        faster.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
        let made = faster.world.state().clone();
        let ended = moved(&desk, |state| {
            state.map.clone_from(&made.map);
            state.version = made.version;
            state.entries.clone_from(&made.entries);
            state.roles.clone_from(&made.roles);
        });
        ended.outcome.as_ref().unwrap_or_else(|error| panic!("{mode}: {}", error.render()));
        assert_eq!(ended.standing(&[S::AlreadySo]).len(), 2, "the role and the binding, {mode}: {ended:?}");
        assert_eq!(desk.world.state().settled(), made.settled(), "{mode}");
    }
}

#[test]
fn a_role_or_an_entry_created_differently_by_another_client_is_left_unchanged() {
    let (made, desk) = (fresh(AuthMode::Api), fresh(AuthMode::Api));
    made.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    let mut role = made.world.state().roles["kubernetesadmin"].clone();
    role.description = "theirs".into();
    let ended = moved(&desk, |state| drop(state.roles.insert("kubernetesadmin".into(), role.clone())));
    assert_eq!(ended.outcome.unwrap_err().kind, Kind::WorldChanged);
    assert_eq!(desk.world.state().roles["kubernetesadmin"], role);
    assert!(desk.world.state().entries.is_empty(), "nothing is given to it");
}

#[test]
fn a_role_whose_trust_moves_after_it_was_judged_gets_nothing() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = fresh(mode);
        desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
        desk.world.change(|state| {
            state.map = State::new(mode).map;
            state.entries.clear();
        });
        let before = desk.world.state().settled();
        let opened = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}]});
        let opens = |state: &mut State| state.roles.get_mut("kubernetesadmin").unwrap().trust = opened.clone();
        let ended = moved(&desk, opens);
        assert_eq!(ended.outcome.unwrap_err().kind, Kind::WorldChanged, "{mode}");
        let after = desk.world.state().settled();
        assert_eq!((&after.map, &after.entries), (&before.map, &before.entries), "{mode}");
    }
}
