//! A failed step: independent steps in flight are completed, dependent ones are not begun, and the ledger records
//! which.

use super::command::{Desk, Ended};
use super::fault::{Effect, Fault};
use super::state::State;
use super::wishes::{MODES, ROLE_ARN, bootstrap};
use super::world::World;
use crate::engine::{CallErrorKind as K, StepState as S};
use crate::model::AuthMode;
use crate::plan::Step;

fn fresh(mode: AuthMode) -> Desk {
    Desk::new(World::new(State::new(mode)))
}

/// A fresh bootstrap in which one operation is always refused.
fn refused(mode: AuthMode, operation: &'static str) -> (Desk, Ended) {
    let desk = fresh(mode);
    desk.world.arm(Fault::every(operation, Effect::Refused(K::AccessDenied)));
    let ended = desk.run(&bootstrap(&["ann"])).unwrap();
    let error = ended.outcome.as_ref().unwrap_err().render();
    assert!(error.contains(operation) || operation.ends_with("?dry-run"), "{error}");
    (desk, ended)
}

const ROLE: &str = "role KubernetesAdmin";
const GROUP: &str = "group KubernetesAdmins";
const POLICY: &str = "policy AssumeKubernetesAdmin";

#[test]
fn what_needs_a_failed_step_is_not_begun_and_what_was_under_way_beside_it_is_done() {
    let (desk, ended) = refused(AuthMode::ConfigMap, "iam:CreateRole");
    assert_eq!((ended.standing(&[S::Failed]), ended.standing(&[S::Done])), (vec![ROLE], vec![GROUP]), "{ended:?}");
    assert_eq!(ended.standing(&[S::Waiting]).len(), 3, "policy, member and mapping: {ended:?}");
    let state = desk.world.state();
    assert!(state.roles.is_empty() && !state.map_roles().contains(ROLE_ARN), "nobody is mapped who is not there");
    assert!(state.groups["kubernetesadmins"].inline_policies.is_empty());
}

#[test]
fn a_failed_policy_leaves_the_entry_and_the_member_of_its_round_done() {
    let (desk, ended) = refused(AuthMode::Api, "iam:PutGroupPolicy");
    assert_eq!(ended.standing(&[S::Failed]).len(), 1, "{ended:?}");
    assert!(ended.standing(&[S::Failed])[0].starts_with(POLICY), "{ended:?}");
    let state = desk.world.state();
    assert!(state.entries.contains_key(ROLE_ARN), "{ended:?}");
    assert_eq!(state.groups["kubernetesadmins"].members, ["ann"]);
    assert_eq!(ended.standing(&[S::UnderWay]), Vec::<&str>::new(), "those under way were waited for: {ended:?}");
}

#[test]
fn a_refused_dry_run_is_found_out_before_anything_is_written() {
    let (desk, ended) = refused(AuthMode::ConfigMap, "k8s:ReplaceConfigMap?dry-run");
    assert_eq!(ended.standing(&[S::Waiting]).len(), ended.steps.len(), "{ended:?}");
    assert_eq!(desk.world.gate().writes(), 0);
    assert_eq!(*desk.world.state(), State::new(AuthMode::ConfigMap));
}

#[test]
fn wherever_a_step_fails_the_ledger_tells_what_the_world_shows() {
    for mode in MODES {
        let fresh_run = fresh(mode);
        fresh_run.run(&bootstrap(&["ann", "bob"])).unwrap().outcome.unwrap();
        for nth in 1..=fresh_run.world.gate().writes() {
            let desk = fresh(mode);
            desk.world.arm(Fault::at_write(nth, Effect::Refused(K::AccessDenied)));
            let (seen, planned) = desk.look(&bootstrap(&["ann", "bob"])).unwrap();
            let ended = desk.carry_out(&seen, &planned.plan);
            assert!(ended.outcome.is_err());
            let stands = |step: &Step| ended.steps[step.id - 1].1.clone();
            let failed: Vec<_> = planned.plan.steps.iter().filter(|s| stands(s) == S::Failed).collect();
            assert_eq!(failed.len(), 1, "{mode}, write {nth}: {ended:?}");
            for step in &planned.plan.steps {
                let has_begun = stands(step) != S::Waiting;
                let may_begin = step.after.iter().all(|id| ended.steps[id - 1].1 == S::Done);
                assert!(may_begin || !has_begun, "{mode}, write {nth}, step {}: {ended:?}", step.id);
                assert!(stands(step) != S::UnderWay, "{mode}, write {nth}: {ended:?}");
            }
            // The next run plans what is left.
            let left = ended.standing(&[S::Waiting, S::Failed]);
            let (_, next) = desk.look(&bootstrap(&["ann", "bob"])).unwrap();
            assert_eq!(next.plan.steps.len(), left.len(), "{mode}, write {nth}: {left:?}");
        }
    }
}

#[test]
fn what_aws_does_not_know_yet_is_waited_for_and_costs_no_time() {
    let desk = fresh(AuthMode::Api);
    for nth in 1..=4 {
        desk.world.arm(Fault::at("eks:CreateAccessEntry", nth, Effect::Refused(K::InvalidPrincipal)));
        desk.world.arm(Fault::at("iam:AddUserToGroup", nth, Effect::Refused(K::NotFound)));
    }
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    let waited = desk.machine.waited_for();
    assert_eq!(waited.len(), 8, "{waited:?}");
    assert!(waited.iter().all(|why| why.starts_with("waiting for the change to propagate")), "{waited:?}");
}

#[test]
fn what_aws_never_knows_ends_the_run_by_its_deadline() {
    let desk = fresh(AuthMode::Api);
    desk.world.arm(Fault::every("eks:CreateAccessEntry", Effect::Refused(K::InvalidPrincipal)));
    let ended = desk.run(&bootstrap(&["ann"])).unwrap();
    assert!(ended.outcome.is_err() && ended.standing(&[S::Failed]).len() == 1, "{ended:?}");
    assert!(desk.machine.waited_for().len() > 20, "two minutes of pauses of at most four seconds, with jitter");
}
