//! Several people at once, each on a machine of their own: no change is lost.

use futures::future::join_all;

use super::command::{Desk, Ended};
use super::state::{NODES, State, role_made_at};
use super::wishes::{MODES, ROLE_ARN, binding, bootstrap, role_arn};
use super::world::World;
use crate::error::Kind;
use crate::model::{AuthMode, GroupsWish};
use crate::plan::Desired;

/// Runs all wishes concurrently in one world, call by call.
fn together(world: &World, wishes: &[Desired]) -> Vec<Ended> {
    let desks: Vec<Desk> = wishes.iter().map(|_| Desk::new(world.clone())).collect();
    world.gate().clear_log();
    world.drive(join_all(desks.iter().zip(wishes).map(|(desk, wish)| desk.whole(wish, false)))).unwrap()
}

#[test]
fn thirty_two_people_who_bind_roles_at_once_lose_nothing_of_one_another() {
    let mut state = State::new(AuthMode::ConfigMap);
    let names: Vec<String> = (10..42).map(|number| format!("team-{number}")).collect();
    state.roles.extend(names.iter().map(|name| (name.clone(), role_made_at(name, 5))));
    let world = World::new(state);
    let says = |wish: &mut crate::model::AccessWish| wish.groups = GroupsWish::Exactly(vec!["viewers".into()]);
    let wishes: Vec<Desired> = names.iter().map(|name| binding(name, says)).collect();
    for ended in together(&world, &wishes) {
        ended.outcome.unwrap();
    }
    let state = world.state();
    assert!(state.map_roles().starts_with(NODES));
    for name in &names {
        assert_eq!(state.map_roles().matches(&role_arn(name)).count(), 1, "{name}:\n{}", state.map_roles());
    }
}

#[test]
fn two_people_who_bootstrap_at_once_make_everything_once() {
    for mode in MODES {
        let alone = Desk::new(World::new(State::new(mode)));
        alone.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
        let world = World::new(State::new(mode));
        for ended in together(&world, &[bootstrap(&["ann"]), bootstrap(&["ann"])]) {
            // A run that finds the group already filled stops; the next run accepts it.
            assert!(ended.outcome.err().is_none_or(|error| error.kind == Kind::WorldChanged), "{mode}");
        }
        let desk = Desk::new(world);
        desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
        assert_eq!(desk.world.state().settled(), alone.world.state().settled(), "{mode}");
        assert_eq!(desk.world.gate().done_twice(), Vec::<String>::new(), "{mode}");
        assert_eq!(desk.world.state().map_roles().matches(ROLE_ARN).count(), usize::from(mode == AuthMode::ConfigMap));
    }
}
