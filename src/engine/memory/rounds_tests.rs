//! The number of rounds of a run. `docs/round-trips.md` has the same tables; `tests/local/rounds.rs` checks the binary
//! against them.

use super::command::Desk;
use super::state::State;
use super::wishes::{MODES, bootstrap};
use super::world::World;
use crate::engine::LinkState;
use crate::model::AuthMode;
use crate::plan::Desired;

fn fresh(mode: AuthMode) -> Desk {
    Desk::new(World::new(State::new(mode)))
}

/// The operations of each round, without the names of their services.
fn rounds(desk: &Desk) -> Vec<String> {
    let short = |name: &&str| name.split_once(':').map_or(*name, |(_, name)| name).to_owned();
    desk.world.gate().rounds().iter().map(|round| round.iter().map(short).collect::<Vec<_>>().join(" ")).collect()
}

const FIRST_LOOK: &str = "DescribeCluster GetGroup GetRole GetUser ListAttachedGroupPolicies ListAttachedRolePolicies \
                          ListGroupPolicies ListRolePolicies GetCallerIdentity";
const PROOF: [&str; 2] = ["SimulatePrincipalPolicy AssumeRole", "SelfSubjectAccessReview SelfSubjectReview"];

#[test]
fn a_fresh_bootstrap_takes_five_rounds_and_two_for_its_proof() {
    let entry = "DescribeAccessEntry ListAssociatedAccessPolicies";
    let by_entry = |second: &str| {
        let list = [
            second,
            "CreateGroup CreateRole",
            "CreateAccessEntry AddUserToGroup PutGroupPolicy",
            "AssociateAccessPolicy",
        ];
        list.map(str::to_owned)
    };
    let by_map = [
        "GetConfigMap",
        "ReplaceConfigMap?dry-run",
        "CreateGroup CreateRole",
        "AddUserToGroup PutGroupPolicy ReplaceConfigMap",
    ];
    for (mode, rest) in [
        (AuthMode::ConfigMap, by_map.map(str::to_owned)),
        (AuthMode::ApiAndConfigMap, by_entry(&format!("{entry} GetConfigMap"))),
        (AuthMode::Api, by_entry(entry)),
    ] {
        let desk = fresh(mode);
        let ended = desk.run_and_prove(&bootstrap(&["ann"]));
        ended.outcome.unwrap();
        assert!(ended.links.iter().all(|link| link.state == LinkState::Ok), "{mode}: {:?}", ended.links);
        let expected: Vec<String> =
            [vec![FIRST_LOOK.to_owned()], rest.to_vec(), PROOF.map(str::to_owned).to_vec()].concat();
        assert_eq!(rounds(&desk), expected, "{mode}");
        assert_eq!(expected.len(), 7);
    }
}

#[test]
fn a_run_with_nothing_to_do_takes_two_rounds_and_two_for_its_proof_and_writes_nothing() {
    for mode in MODES {
        let desk = fresh(mode);
        desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
        let before = desk.world.state().clone();
        let ended = desk.run_and_prove(&bootstrap(&["ann"]));
        assert!(ended.is_nothing(), "{mode}: {ended:?}");
        assert!(ended.links.iter().all(|link| link.state == LinkState::Ok), "{mode}: {:?}", ended.links);
        assert_eq!((desk.world.gate().rounds().len(), desk.world.gate().writes()), (4, 0), "{mode}");
        assert_eq!(*desk.world.state(), before, "{mode}");
    }
}

#[test]
fn the_number_of_rounds_does_not_grow_with_the_number_of_members() {
    for mode in MODES {
        let names: Vec<String> = (0..200).map(|number| format!("user-{number}")).collect();
        let users: Vec<&str> = names.iter().map(String::as_str).collect();
        let desk = fresh(mode);
        desk.world.change(|state| state.users.extend(names.iter().map(|name| (name.clone(), name.clone()))));
        desk.run_and_prove(&bootstrap(&users)).outcome.unwrap();
        let calls: usize = desk.world.gate().rounds().iter().map(Vec::len).sum();
        assert!(calls > 600, "{calls}");
        assert_eq!(desk.world.gate().rounds().len(), 7, "{mode}");
    }
}

#[test]
fn a_change_of_what_exists_is_looked_at_once_more_before_it_is_written() {
    let desk = fresh(AuthMode::Api);
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    let mut wish = bootstrap(&["ann"]).role.unwrap();
    wish.description = Some("ours".into());
    desk.run(&Desired { role: Some(wish), ..Desired::default() }).unwrap().outcome.unwrap();
    assert_eq!(
        rounds(&desk),
        ["DescribeCluster GetRole GetCallerIdentity", "GetRole", "UpdateRole"],
        "looked, looked once more, written"
    );
}
