//! A migration that is killed anywhere, or loses answers, is completed by the next run, and leaves the same world.

use super::command::Desk;
use super::fault::{Effect, Fault};
use super::state::{ACCOUNT, NODE_ROLE, NODES, State, role_made_at};
use super::world::World;
use crate::engine::CallErrorKind;
use crate::model::AuthMode;
use crate::model::rbac::{BindingName, RbacBinding, Subject};
use crate::plan::migrate::{MigrateWish, Options};
use crate::plan::{AccessChange, Desired};

/// A world whose map holds people, an administrator, and a mapping whose group an entry can't hold.
fn world(mode: AuthMode) -> State {
    let mut state = State::new(mode);
    for name in ["Ops", "Admin", "Support"] {
        state.roles.insert(name.to_ascii_lowercase(), role_made_at(name, 50));
    }
    let mapping = |name: &str, groups: &str| {
        format!(
            "- rolearn: arn:aws:iam::{ACCOUNT}:role/{name}\n  username: {name}:{{{{SessionName}}}}\n  groups: [{groups}]\n"
        )
    };
    let people = [mapping("Ops", "viewers"), mapping("Admin", "system:masters"), mapping("Support", "system:support")];
    state.write_map(&format!("{NODES}{}", people.concat()));
    state.bindings.push(RbacBinding {
        name: BindingName { namespace: Some("shop".into()), name: "support".into() },
        subjects: vec![Subject::Group("system:support".into())],
    });
    state
}

fn migration(to: Option<AuthMode>, remove_mappings: bool) -> Desired {
    let mut options = Options::default();
    options.create_bindings = true;
    let wish = MigrateWish { options, to, remove_mappings };
    Desired { access: Some(AccessChange::Migrate(Box::new(wish))), ..Desired::default() }
}

/// The worlds and what is desired of each.
fn cases() -> [(&'static str, State, Desired); 4] {
    let both = AuthMode::ApiAndConfigMap;
    [
        ("entries alone", world(both), migration(None, false)),
        ("proven mappings leave the map", world(both), migration(None, true)),
        ("out of CONFIG_MAP", world(AuthMode::ConfigMap), migration(Some(both), true)),
        ("no mapping of nodes, to API", without_nodes(both), migration(Some(AuthMode::Api), true)),
    ]
}

fn without_nodes(mode: AuthMode) -> State {
    let mut state = world(mode);
    let people = state.map_roles().replace(NODES, "");
    state.write_map(&people);
    state.nodes.groups.clear();
    // Mode API lets the creator in by its entry alone.
    state.bind_by_entry("arn:aws:iam::111122223333:user/creator", "creator");
    state
}

fn undisturbed(state: &State, desired: &Desired) -> (usize, State) {
    let desk = Desk::new(World::new(state.clone()));
    desk.run(desired).unwrap().outcome.unwrap_or_else(|error| panic!("{}", error.render()));
    (desk.world.gate().writes(), desk.world.state().settled())
}

fn is_finished(desk: &Desk, desired: &Desired, meant: &State, what: &str) {
    desk.world.gate().disarm();
    let ended = desk.run(desired).unwrap();
    ended.outcome.unwrap_or_else(|error| panic!("{what}: {}", error.render()));
    desk.run(desired).unwrap().outcome.unwrap_or_else(|error| panic!("{what}: {}", error.render()));
    assert_eq!(desk.world.gate().writes(), 0, "{what}: the third run writes");
    assert_eq!(desk.world.state().settled(), *meant, "{what}");
    assert_eq!(desk.world.gate().done_twice(), Vec::<String>::new(), "{what}");
}

#[test]
fn a_migration_leaves_what_it_says() {
    for (name, state, desired) in cases() {
        let (_, then) = undisturbed(&state, &desired);
        let entry = |role: &str| then.entries.get(&format!("arn:aws:iam::{ACCOUNT}:role/{role}")).cloned();
        let ops = entry("Ops").unwrap_or_else(|| panic!("{name}: {:?}", then.entries));
        assert_eq!((ops.username.as_str(), ops.groups), ("Ops:{{SessionName}}", vec!["viewers".to_owned()]), "{name}");
        assert!(entry("Admin").unwrap().is_admin(), "{name}");
        assert_eq!(entry("Support").unwrap().groups, ["eksaccess:support"], "{name}");
        assert_eq!(then.bindings[0].subjects.len(), 2, "{name}: {:?}", then.bindings);
        let map = then.map_roles();
        let removes = name != "entries alone";
        assert_eq!(map.contains("role/Ops"), !removes, "{name}: {map}");
        assert!(!state.map_roles().contains(NODE_ROLE) || map.contains(NODE_ROLE), "{name}: nodes are not proven");
    }
}

#[test]
fn killed_before_or_after_every_write_the_next_run_finishes() {
    for (name, state, desired) in cases() {
        let (writes, meant) = undisturbed(&state, &desired);
        assert!(writes >= 5, "{name}: {writes}");
        for (nth, effect) in (1..=writes).flat_map(|nth| [(nth, Effect::KilledBefore), (nth, Effect::KilledAfter)]) {
            let (desk, what) =
                (Desk::new(World::new(state.clone())), format!("{name}: write {nth} of {writes}, {effect:?}"));
            desk.world.arm(Fault::at_write(nth, effect));
            assert!(desk.run(&desired).is_none(), "{what}: it was not killed");
            is_finished(&desk, &desired, &meant, &what);
        }
    }
}

#[test]
fn after_any_failed_write_the_next_run_finishes() {
    for (name, state, desired) in cases() {
        let (writes, meant) = undisturbed(&state, &desired);
        for nth in 1..=writes {
            for kind in [CallErrorKind::AccessDenied, CallErrorKind::Throttled] {
                let (desk, what) = (Desk::new(World::new(state.clone())), format!("{name}: write {nth}, {kind:?}"));
                desk.world.arm(Fault::at_write(nth, Effect::Refused(kind)));
                let _ = desk.run(&desired).unwrap();
                is_finished(&desk, &desired, &meant, &what);
            }
        }
    }
}
