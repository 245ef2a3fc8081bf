//! Objects that are read again before they are replaced or granted something: once for concurrent steps, again for
//! later ones.

use std::rc::Rc;

use futures::future::join_all;
use serde_json::json;

use super::command::Desk;
use super::fault::{Effect, Fault};
use super::state::{ACCOUNT, State, entry_made_at, role_made_at};
use super::wishes::{ROLE_ARN, binding, bootstrap, role_arn};
use super::world::World;
use crate::engine::{Again, Connect as _};
use crate::error::Kind;
use crate::model::desired::{GroupsWish, PoliciesWish};
use crate::model::{AuthMode, RoleWish, TrustWish};
use crate::plan::Desired;

/// A cluster with entries, and an existing role.
fn with_role(name: &str) -> State {
    let mut state = State::new(AuthMode::Api);
    state.roles.insert(name.to_ascii_lowercase(), role_made_at(name, 5));
    state
}

fn count(desk: &Desk, operation: &str) -> usize {
    desk.world.gate().rounds().iter().flatten().filter(|called| **called == operation).count()
}

fn stricter() -> TrustWish {
    TrustWish { require_mfa: true, ..TrustWish::default() }
}

#[test]
fn steps_that_change_one_role_read_it_once_before_and_share_that() {
    let desk = Desk::new(World::new(with_role("Ops")));
    let role = RoleWish {
        name: "Ops".into(),
        trust: stricter(),
        max_session_duration: Some(7200),
        permissions_boundary: Some("arn:aws:iam::aws:policy/ReadOnlyAccess".into()),
        ..RoleWish::default()
    };
    let ended = desk.run(&Desired { role: Some(role), ..Desired::default() }).unwrap();
    assert_eq!(ended.steps.len(), 3, "{:?}", ended.steps);
    ended.outcome.unwrap();
    assert_eq!(count(&desk, "iam:GetRole"), 2, "for the plan, and before its three steps");
}

#[test]
fn steps_that_change_one_entry_read_it_once_before_and_share_that() {
    let mut state = with_role("Ops");
    let arn = role_arn("Ops");
    state.entries.insert(arn.clone(), entry_made_at(&arn, 6));
    let desk = Desk::new(World::new(state));
    let policies = ["AmazonEKSViewPolicy", "AmazonEKSEditPolicy"].map(str::to_owned).to_vec();
    let wish = binding("Ops", |wish| {
        wish.groups = GroupsWish::Exactly(vec!["viewers".to_owned()]);
        wish.policies = PoliciesWish::Exactly(policies);
    });
    let ended = desk.run(&wish).unwrap();
    assert_eq!(ended.steps.len(), 3, "{:?}", ended.steps);
    ended.outcome.unwrap();
    assert_eq!(count(&desk, "eks:DescribeAccessEntry"), 2, "for the plan, and before its three steps");
    assert_eq!(count(&desk, "iam:GetRole"), 2);
}

#[test]
fn a_later_request_reads_it_again() {
    let desk = Desk::new(World::new(with_role("Ops")));
    let (again, iam) = (Again::default(), desk.world.iam());
    let read = || join_all((0..5).map(|_| again.role(&iam, "Ops")));
    let (first, second) = desk.world.drive(async { (read().await, read().await) }).unwrap();
    assert!(first.iter().chain(&second).all(|answer| matches!(answer, Ok(Some(_)))));
    assert_eq!(count(&desk, "iam:GetRole"), 2);
}

#[test]
fn what_the_run_itself_changed_is_read_anew_before_something_is_given_to_it() {
    let desk = Desk::new(World::new(with_role("Ops")));
    let (again, iam) = (Again::default(), desk.world.iam());
    desk.world.drive(async {
        for _ in 0..2 {
            again.judged(&iam, "Ops").await.unwrap();
            again.judged(&iam, "Ops").await.unwrap();
            again.forget().await;
        }
    });
    assert_eq!(count(&desk, "iam:GetRole"), 2);
}

#[test]
fn a_trust_that_is_replaced_behind_our_own_change_is_given_nothing() {
    let trusts = |account: &'static str| {
        move |state: &mut State| {
            state.roles.get_mut("kubernetesadmin").unwrap().trust = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            }]});
        }
    };
    let desk = Desk::new(World::new(with_role("KubernetesAdmin")));
    // The binding waits until the other account is removed from the trust.
    desk.world.change(trusts("999999999999"));
    let mut wish = bootstrap(&[]);
    wish.role.as_mut().unwrap().trust.principals = Some(vec![format!("arn:aws:iam::{ACCOUNT}:root")]);
    // It is read for the plan, before its trust is replaced, and before the entry is created.
    desk.world.arm(Fault::at("iam:GetRole", 3, Effect::Overtaken(Rc::new(trusts("888888888888")))));
    let error = desk.run(&wish).unwrap().outcome.unwrap_err();
    assert_eq!(error.kind, Kind::WorldChanged, "{}", error.render());
    assert!(!desk.world.state().entries.contains_key(ROLE_ARN));
}
