//! `map --remove`, and the principals that the census shows to the guard.

use super::command::Desk;
use super::fault::{Effect, Fault};
use super::state::{NODE_ROLE, NODES, State, entry_made_at, role_made_at};
use super::wishes::{ROLE_ARN, binding, bootstrap, role_arn};
use super::world::World;
use crate::aws_auth::bytes_read;
use crate::engine::CallErrorKind;
use crate::model::access::access_policy_arn;
use crate::model::{AccessEntry, AssociatedPolicy, AuthMode, GroupsWish, Partition, PolicyScope};

const VIEWER: &str = "arn:aws:iam::111122223333:role/viewer";

/// A cluster whose map has its nodes, an administrator and a viewer.
fn cluster(mode: AuthMode) -> State {
    let mut state = State::new(mode);
    let line = |arn: &str, group: &str| format!("- rolearn: {arn}\n  username: u-{group}\n  groups: [{group}]\n");
    state.write_map(&format!("{NODES}{}{}", line(ROLE_ARN, "'system:masters'"), line(VIEWER, "viewers")));
    state
}

/// Adds a role and an administrator's entry for it, created at these times.
fn add_admin(state: &mut State, name: &str, role_made: i64, entry_made: i64) {
    let admin = access_policy_arn(Partition::Aws, "AmazonEKSClusterAdminPolicy");
    let policies = vec![AssociatedPolicy { arn: admin, scope: PolicyScope::Cluster }];
    let entry = AccessEntry { policies, ..entry_made_at(&role_arn(name), entry_made) };
    state.roles.insert(name.to_owned(), role_made_at(name, role_made));
    state.entries.insert(role_arn(name), entry);
}

fn refusal(state: &State, arn: &str) -> String {
    let desk = Desk::new(World::new(state.clone()));
    let error = desk.remove(arn, &[]).unwrap().outcome.unwrap_err().render();
    assert_eq!((desk.world.gate().writes(), &*desk.world.state()), (0, state), "nothing was written");
    error
}

#[test]
fn a_mapping_goes_and_everything_else_stays_and_a_second_run_does_nothing() {
    let desk = Desk::new(World::new(cluster(AuthMode::ConfigMap)));
    desk.remove(VIEWER, &[]).unwrap().outcome.unwrap();
    let text = desk.world.state().map_roles().to_owned();
    assert!(text.starts_with(NODES) && text.contains(ROLE_ARN) && !text.contains(VIEWER), "{text}");
    assert!(desk.remove(VIEWER, &[]).unwrap().is_nothing());
    assert_eq!(desk.world.gate().writes(), 0);
}

#[test]
fn a_removal_takes_five_rounds_for_its_census_is_taken_beside_the_map() {
    let desk = Desk::new(World::new(cluster(AuthMode::ConfigMap)));
    desk.remove(VIEWER, &[]).unwrap().outcome.unwrap();
    assert_eq!(
        desk.world.gate().rounds(),
        [
            &["eks:DescribeCluster", "sts:GetCallerIdentity"][..],
            &["eks:ListFargateProfiles", "eks:ListNodegroups", "k8s:GetConfigMap"],
            &["eks:DescribeNodegroup"],
            &["k8s:ReplaceConfigMap?dry-run"],
            &["k8s:ReplaceConfigMap"]
        ]
    );
}

#[test]
fn a_whole_run_reads_a_map_once_and_the_new_text_once_more() {
    let mut state = cluster(AuthMode::ConfigMap);
    let many =
        (0..300).map(|n| format!("- {{rolearn: '{}', username: u{n}, groups: [g]}}\n", role_arn(&format!("R{n:03}"))));
    let text = many.fold(state.map_roles().to_owned(), |text, line| text + &line);
    state.write_map(&text);
    let desk = Desk::new(World::new(state));
    let most = 2 * (text.len() + 300);
    let (ended, bytes) = bytes_read(|| desk.remove(VIEWER, &[]).unwrap());
    ended.outcome.unwrap();
    assert!((text.len()..=most).contains(&bytes), "{bytes} bytes, more than {most}");
    let wish = binding("New", |wish| wish.groups = GroupsWish::Exactly(vec!["g".into()]));
    let (ended, bytes) = bytes_read(|| desk.run(&wish).unwrap());
    ended.outcome.unwrap();
    assert!((text.len()..=most).contains(&bytes), "{bytes} bytes, more than {most}");
}

#[test]
fn killed_at_its_write_or_its_answer_lost_it_is_finished_by_the_next_run() {
    for effect in [Effect::KilledBefore, Effect::KilledAfter, Effect::Lost, Effect::SentAgain] {
        let desk = Desk::new(World::new(cluster(AuthMode::ConfigMap)));
        desk.world.arm(Fault::at_write(1, effect.clone()));
        let _ = desk.remove(VIEWER, &[]);
        desk.remove(VIEWER, &[]).unwrap().outcome.unwrap();
        assert!(desk.remove(VIEWER, &[]).unwrap().is_nothing(), "{effect:?}");
        assert!(!desk.world.state().map_roles().contains(VIEWER), "{effect:?}");
        assert_eq!(desk.world.gate().done_twice(), Vec::<String>::new(), "{effect:?}");
    }
}

#[test]
fn the_nodes_and_the_last_administrator_stay_unless_they_are_named() {
    let error = refusal(&cluster(AuthMode::ConfigMap), NODE_ROLE);
    assert!(error.contains("is a node role"), "{error}");
    let error = refusal(&cluster(AuthMode::ConfigMap), ROLE_ARN);
    assert!(error.contains("is the last known administrator"), "{error}");
    let desk = Desk::new(World::new(cluster(AuthMode::ConfigMap)));
    desk.remove(ROLE_ARN, &[ROLE_ARN.to_owned()]).unwrap().outcome.unwrap();
    assert!(!desk.world.state().map_roles().contains(ROLE_ARN));
}

#[test]
fn an_administrator_by_an_entry_counts_where_the_entry_lets_its_role_in() {
    let mut lives = cluster(AuthMode::ApiAndConfigMap);
    add_admin(&mut lives, "ops", 10, 20);
    let desk = Desk::new(World::new(lives));
    desk.remove(ROLE_ARN, &[]).unwrap().outcome.unwrap();
    assert!(!desk.world.state().map_roles().contains(ROLE_ARN));
    // The role was recreated later, or is gone: the entry is stale.
    let mut dead = cluster(AuthMode::ApiAndConfigMap);
    add_admin(&mut dead, "ops", 30, 20);
    assert!(refusal(&dead, ROLE_ARN).contains("is the last known administrator"));
    dead.roles.clear();
    assert!(refusal(&dead, ROLE_ARN).contains("is the last known administrator"));
}

#[test]
fn a_census_that_is_denied_judges_by_the_map_and_one_that_fails_ends_the_run() {
    let mut state = cluster(AuthMode::ApiAndConfigMap);
    add_admin(&mut state, "ops", 10, 20);
    for (kind, told) in [
        (CallErrorKind::AccessDenied, "is the last known administrator"),
        (CallErrorKind::Unavailable, "listing the access entries of cluster dev"),
    ] {
        let desk = Desk::new(World::new(state.clone()));
        desk.world.arm(Fault::at("eks:ListAccessEntries", 1, Effect::Refused(kind)));
        let error = desk.remove(ROLE_ARN, &[]).unwrap().outcome.unwrap_err().render();
        assert!(error.contains(told), "{error}");
        assert_eq!(*desk.world.state(), state);
    }
}

#[test]
fn only_a_plan_that_removes_access_lists_every_principal() {
    let asks = |desk: &Desk| desk.world.gate().rounds().iter().flatten().any(|name| *name == "eks:ListNodegroups");
    let desk = Desk::new(World::new(cluster(AuthMode::ConfigMap)));
    let groups = |groups: GroupsWish| binding("viewer", |wish| wish.groups = groups);
    desk.run(&groups(GroupsWish::Append(vec!["more".into()]))).unwrap().outcome.unwrap();
    assert!(!asks(&desk), "nothing is taken away");
    desk.run(&groups(GroupsWish::Exactly(vec!["other".into()]))).unwrap().outcome.unwrap();
    assert!(asks(&desk), "groups are");
    desk.run(&bootstrap(&["ann"])).unwrap().outcome.unwrap();
    assert!(!asks(&desk));
}

#[test]
fn an_administrator_who_is_taken_away_between_plan_and_write_is_the_last_no_more() {
    let mut state = cluster(AuthMode::ConfigMap);
    let other = role_arn("other-admin");
    let both = format!("{}- rolearn: {other}\n  username: o\n  groups: ['system:masters']\n", state.map_roles());
    state.write_map(&both);
    let desk = Desk::new(World::new(state));
    let text = both.clone();
    let other_removed = Effect::Overtaken(std::rc::Rc::new(move |state: &mut State| {
        let at = text.find("- rolearn: arn:aws:iam::111122223333:role/other-admin").unwrap();
        state.write_map(&text[..at]);
    }));
    desk.world.arm(Fault::at("k8s:ReplaceConfigMap", 1, other_removed));
    let error = desk.remove(ROLE_ARN, &[]).unwrap().outcome.unwrap_err().render();
    assert!(error.contains("is the last known administrator"), "{error}");
    assert!(desk.world.state().map_roles().contains(ROLE_ARN));
}
