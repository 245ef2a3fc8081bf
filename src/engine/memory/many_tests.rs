//! Several clusters of one account: as many rounds as for one, and no call twice.
//!
//! The world has one cluster, which represents all of them: calls are counted, not their objects.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;

use super::command::{Desk, cluster};
use super::state::{State, entry_made_at, role_made_at};
use super::wishes::{MODES, ROLE_ARN, bootstrap, role_arn};
use super::world::World;
use crate::engine::{Again, Connect as _, Known, LinkState, Looking, census, verify};
use crate::model::access::{CLUSTER_ADMIN_POLICY, access_policy_arn};
use crate::model::{AssociatedPolicy, AuthMode, Partition, PolicyScope};

const CLUSTERS: usize = 200;

/// How often each operation was called, round by round.
fn rounds(world: &World) -> Vec<BTreeMap<&'static str, usize>> {
    let count = |round: Vec<&'static str>| {
        let mut counts = BTreeMap::new();
        for name in round {
            *counts.entry(name).or_default() += 1;
        }
        counts
    };
    world.gate().rounds().into_iter().map(count).collect()
}

/// The operations of each round.
fn names(rounds: &[BTreeMap<&'static str, usize>]) -> Vec<BTreeSet<&'static str>> {
    rounds.iter().map(|round| round.keys().copied().collect()).collect()
}

/// Checks that calls for the account are made once, those for a cluster once for each.
fn each_once(rounds: &[BTreeMap<&'static str, usize>]) {
    for (operation, times) in rounds.iter().flatten() {
        let is_of_account = operation.starts_with("iam:") || operation.starts_with("sts:");
        assert_eq!(*times, if is_of_account { 1 } else { CLUSTERS }, "{operation}: {rounds:?}");
    }
}

fn survey(world: &World, clusters: usize) -> Vec<BTreeMap<&'static str, usize>> {
    world.gate().clear_log();
    let wish = bootstrap(&["ann"]);
    let looking = Looking::new(world, &wish).unwrap();
    let cluster = cluster();
    let seen = world.drive(join_all((0..clusters).map(|_| looking.at(Some(&cluster))))).unwrap();
    assert!(seen.iter().all(Result::is_ok));
    rounds(world)
}

#[test]
fn a_survey_of_two_hundred_clusters_takes_the_rounds_of_one() {
    for mode in MODES {
        let desk = Desk::new(World::new(State::new(mode)));
        for what in ["nothing is there", "everything is there"] {
            let (one, many) = (survey(&desk.world, 1), survey(&desk.world, CLUSTERS));
            assert_eq!(names(&many), names(&one), "{mode}, {what}");
            each_once(&many);
            desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
        }
    }
}

#[test]
fn a_lane_adds_to_the_rounds_of_one_cluster_no_more_than_its_calls_fill() {
    const LANE: usize = 12;
    for mode in MODES {
        let world = World::new(State::new(mode));
        let alone = survey(&world, 1).len();
        world.gate().narrow(LANE);
        let many = survey(&world, CLUSTERS);
        let of_eks = |round: &BTreeMap<&str, usize>| -> usize {
            round.iter().filter(|(name, _)| name.starts_with("eks:")).map(|(_, times)| times).sum()
        };
        let busiest: usize = many.iter().map(of_eks).sum();
        assert!(many.iter().all(|round| of_eks(round) <= LANE));
        assert!(many.len() <= alone + busiest.div_ceil(LANE), "{mode}: {} rounds, {busiest} calls", many.len());
    }
}

#[test]
fn a_role_is_assumed_once_for_the_proof_of_two_hundred_clusters() {
    for mode in MODES {
        let desk = Desk::new(World::new(State::new(mode)));
        let wish = bootstrap(&[]);
        desk.run(&wish).unwrap().outcome.unwrap();
        let (seen, planned) = desk.look(&wish).unwrap();
        let role = planned.role.as_ref().unwrap();
        let questions: Vec<_> = (0..CLUSTERS).map(|_| desk.question(&wish, &seen, &planned.plan, role)).collect();
        let account = Known::new(&desk.world);
        desk.world.gate().clear_log();
        let proofs = questions.iter().map(|question| verify(&account, question, &desk.machine));
        let proofs = desk.world.drive(join_all(proofs)).unwrap();
        assert!(proofs.iter().flatten().all(|link| link.state == LinkState::Ok), "{mode}: {proofs:?}");
        let rounds = rounds(&desk.world);
        assert_eq!(rounds.len(), 2, "{mode}: {rounds:?}");
        each_once(&rounds);
    }
}

#[test]
fn a_role_that_refuses_is_tried_as_often_as_for_one_cluster_and_reported_in_each() {
    let desk = Desk::new(World::new(State::new(AuthMode::Api)));
    let wish = bootstrap(&[]);
    desk.run(&wish).unwrap().outcome.unwrap();
    let (seen, planned) = desk.look(&wish).unwrap();
    let questions: Vec<_> =
        (0..CLUSTERS).map(|_| desk.question(&wish, &seen, &planned.plan, planned.role.as_ref().unwrap())).collect();
    desk.world.change(|state| state.roles.clear());
    let assumed = |clusters: usize| {
        let account = Known::new(&desk.world);
        desk.world.gate().clear_log();
        let proofs = questions.iter().take(clusters).map(|q| verify(&account, q, &desk.machine));
        let proofs = desk.world.drive(join_all(proofs)).unwrap();
        assert!(proofs.iter().all(|links| links.len() == 4 && links[0].state != LinkState::Ok), "{proofs:?}");
        rounds(&desk.world)
    };
    assert_eq!(assumed(CLUSTERS), assumed(1));
}

#[test]
fn a_role_is_read_again_once_for_what_begins_within_ten_seconds() {
    let mut state = State::new(AuthMode::Api);
    state.roles.insert("ops".into(), role_made_at("Ops", 5));
    let world = World::new(state);
    let again = Again::default();
    let iam = world.iam();
    let read = || join_all((0..CLUSTERS).map(|_| again.judged(&iam, "Ops")));
    let all = world.drive(async {
        let first = read().await;
        tokio::time::sleep(Duration::from_secs(9)).await;
        let second = read().await;
        world.change(|state| state.roles.clear());
        tokio::time::sleep(Duration::from_secs(1)).await;
        [first, second, read().await]
    });
    let all = all.unwrap();
    let is_there = all.each_ref().map(|answers| answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    assert_eq!(is_there, [true, true, false]);
    assert_eq!(rounds(&world), [BTreeMap::from([("iam:GetRole", 1)]), BTreeMap::from([("iam:GetRole", 1)])]);
}

#[test]
fn an_administrator_is_asked_about_once_however_many_clusters_let_it_in() {
    let mut state = State::new(AuthMode::Api);
    state.roles.insert("kubernetesadmin".into(), role_made_at("KubernetesAdmin", 5));
    state.roles.insert("ops".into(), role_made_at("Ops", 5));
    for arn in [ROLE_ARN.to_owned(), role_arn("Ops"), role_arn("gone")] {
        let policy = access_policy_arn(Partition::Aws, CLUSTER_ADMIN_POLICY);
        let policies = vec![AssociatedPolicy { arn: policy, scope: PolicyScope::Cluster }];
        state.entries.insert(arn.clone(), crate::model::AccessEntry { policies, ..entry_made_at(&arn, 6) });
    }
    let world = World::new(state);
    let wish = bootstrap(&[]);
    let looking = Looking::new(&world, &wish).unwrap();
    let cluster = cluster();
    let count = || async {
        let seen = looking.at(Some(&cluster)).await.unwrap();
        let description = seen.cluster.as_ref().unwrap().description.clone();
        census(&world, looking.asked(), &seen.caller, &description).await.unwrap().0
    };
    let counted = world.drive(join_all((0..CLUSTERS).map(|_| count()))).unwrap();
    assert!(counted.iter().all(|census| census.dead == [role_arn("gone")]), "{:?}", counted[0]);
    let asked: usize = rounds(&world).iter().filter_map(|round| round.get("iam:GetRole")).sum();
    assert_eq!(asked, 3, "the role of the command, which the survey looks at, and the two others");
}
