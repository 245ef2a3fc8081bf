//! Laws over generated worlds and wishes: after a plan is carried out nothing is left to plan, a refused plan changes
//! nothing, and a run that dies or loses answers has the same result in the end.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::json;

use super::command::Desk;
use super::eks::POLICIES;
use super::fault::{Effect, Fault};
use super::state::{ACCOUNT, NODES, State, entry_made_at, role_made_at};
use super::wishes::{MODES, ROLE_ARN, role_arn};
use super::world::World;
use crate::model::access::access_policy_arn;
use crate::model::desired::DEFAULT_ROLE;
use crate::model::{
    AccessEntry, AccessWish, AssociatedPolicy, AwsAuthMap, Group, GroupWish, GroupsWish, MemberWish, Partition,
    PoliciesWish, PolicyScope, Role, RoleWish, TrustWish, Via, policy, trust,
};
use crate::plan::{AccessChange, Desired, Planned, Whom};

fn one_of<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(values.to_vec())
}

/// A subset of the values, in order.
fn some_of(values: &[&str]) -> impl Strategy<Value = Vec<String>> + use<> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let most = values.len();
    prop::sample::subsequence(values, 0..=most)
}

fn trust_wish() -> impl Strategy<Value = TrustWish> {
    let ann = format!("arn:aws:iam::{ACCOUNT}:user/ann");
    let principals = one_of(&[None, None, Some(vec![ann.clone()]), Some(vec!["999988887777".to_owned()])]);
    let add = one_of(&[vec![], vec![], vec![format!("arn:aws:iam::{ACCOUNT}:user/bob")]]);
    let ids =
        (one_of(&[None, None, Some("secret-id".to_owned())]), one_of(&[None, None, Some("o-abcdefghij".to_owned())]));
    let sets = one_of(&[vec![], vec![], vec!["Ops".to_owned()]]);
    (principals, add, sets, any::<bool>(), ids).prop_map(
        |(principals, add, permission_sets, require_mfa, (external_id, org_id))| TrustWish {
            principals,
            add,
            permission_sets,
            require_mfa,
            external_id,
            org_id,
        },
    )
}

fn role() -> impl Strategy<Value = Role> {
    let tags = one_of(&[BTreeMap::new(), BTreeMap::from([("team".to_owned(), "shop".to_owned())])]);
    (trust_wish(), one_of(&["", "theirs"]), one_of(&["/", "/team/"]), tags, any::<bool>()).prop_map(
        |(wish, description, path, more, is_bare)| {
            let mut role = role_made_at(DEFAULT_ROLE, 30);
            role.trust = trust::create(Partition::Aws, ACCOUNT, &wish);
            role.arn.path = path.to_owned();
            description.clone_into(&mut role.description);
            if is_bare {
                role.tags.clear();
            }
            role.tags.extend(more);
            role
        },
    )
}

fn group() -> impl Strategy<Value = Group> {
    let documents = [
        None,
        Some(policy::assume_role_policy("EksaccessKubernetesAdmin", ROLE_ARN)),
        Some(policy::assume_role_policy("Theirs", &role_arn("prod"))),
        Some(json!({"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}})),
    ];
    (some_of(&["ann", "bob"]), one_of(&documents)).prop_map(|(members, document)| Group {
        name: "KubernetesAdmins".into(),
        arn: format!("arn:aws:iam::{ACCOUNT}:group/KubernetesAdmins"),
        members,
        inline_policies: document.into_iter().map(|text| (format!("Assume{DEFAULT_ROLE}"), text)).collect(),
        attached_policies: Vec::new(),
    })
}

fn scope() -> impl Strategy<Value = PolicyScope> {
    one_of(&[PolicyScope::Cluster, PolicyScope::Namespaces(vec!["shop".into()])])
}

fn entry() -> impl Strategy<Value = AccessEntry> {
    let policies = prop::collection::btree_map(one_of(&POLICIES), scope(), 0..=2);
    let names = one_of(&["kubernetes-admin", "somebody"]);
    (one_of(&[20, 40]), names, some_of(&["viewers", "editors"]), policies, any::<bool>()).prop_map(
        |(made_at, username, groups, policies, is_bare)| {
            let policy = |(name, scope)| AssociatedPolicy { arn: access_policy_arn(Partition::Aws, name), scope };
            let mut entry = entry_made_at(ROLE_ARN, made_at);
            username.clone_into(&mut entry.username);
            (entry.groups, entry.policies) = (groups, policies.into_iter().map(policy).collect());
            if is_bare {
                entry.tags.clear();
            }
            entry
        },
    )
}

/// The mappings in `aws-auth`, `None` for a missing one.
fn map() -> impl Strategy<Value = Option<String>> {
    let who = one_of(&[ROLE_ARN.to_owned(), ROLE_ARN.to_ascii_lowercase(), role_arn("other"), role_arn("ops")]);
    let line = (who, one_of(&["kubernetes-admin", "u:{{SessionName}}"]), some_of(&["viewers", "'system:masters'"]));
    let line = line.prop_map(|(arn, name, groups)| {
        format!("- rolearn: {arn}\n  username: '{name}' # by hand\n  groups: [{}]\n", groups.join(", "))
    });
    let lines = prop::collection::vec(line, 0..=3).prop_map(|lines| format!("{NODES}{}", lines.concat()));
    prop::option::weighted(0.9, lines)
}

fn state() -> impl Strategy<Value = State> {
    let objects = (prop::option::of(role()), prop::option::of(group()), prop::option::of(entry()));
    (one_of(&MODES), objects, map()).prop_map(|(mode, (role, group, entry), map)| {
        let mut state = State { map: None, ..State::new(mode) };
        state.roles.extend(role.map(|role| (DEFAULT_ROLE.to_ascii_lowercase(), role)));
        state.roles.insert("other".into(), role_made_at("other", 5));
        state.groups.extend(group.map(|group| ("kubernetesadmins".to_owned(), group)));
        if mode.has_entries() {
            let path = state.roles.get("kubernetesadmin").map_or("/", |role| &role.arn.path).to_owned();
            let principal = ROLE_ARN.replace("/KubernetesAdmin", &format!("{path}KubernetesAdmin"));
            state.entries.extend(entry.map(|entry| (principal.clone(), AccessEntry { principal, ..entry })));
        }
        if let Some(text) = map {
            state.write_map(&text);
        }
        state
    })
}

fn role_wish() -> impl Strategy<Value = RoleWish> {
    let boundary = one_of(&[None, None, Some(format!("arn:aws:iam::{ACCOUNT}:policy/bound"))]);
    let said = (one_of(&[None, Some("ours".to_owned())]), one_of(&[None, Some(3600), Some(7200)]), boundary);
    let tags = one_of(&[BTreeMap::new(), BTreeMap::from([("team".to_owned(), "pay".to_owned())])]);
    (said, tags, trust_wish()).prop_map(|((description, max_session_duration, permissions_boundary), tags, trust)| {
        RoleWish {
            account: None,
            name: DEFAULT_ROLE.into(),
            path: None,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
            trust,
        }
    })
}

fn group_wish() -> impl Strategy<Value = GroupWish> {
    let name = "KubernetesAdmins".to_owned();
    some_of(&["ann", "bob"]).prop_map(move |users| GroupWish {
        name: name.clone(),
        role: DEFAULT_ROLE.into(),
        users: users.into_iter().map(MemberWish::named).collect(),
    })
}

fn access_wish() -> impl Strategy<Value = AccessWish> {
    let groups = (0..3, some_of(&["viewers", "editors", "system:masters"])).prop_map(|(how, groups)| match how {
        0 => GroupsWish::Unsaid,
        1 => GroupsWish::Exactly(groups),
        _ => GroupsWish::Append(groups),
    });
    let policies = (0..3, some_of(&POLICIES)).prop_map(|(how, policies)| match how {
        1 if !policies.is_empty() => PoliciesWish::Exactly(policies),
        2 if !policies.is_empty() => PoliciesWish::Append(policies),
        _ => PoliciesWish::Unsaid,
    });
    let principal = one_of(&[DEFAULT_ROLE.to_owned(), DEFAULT_ROLE.to_owned(), role_arn("other")]);
    let names = one_of(&[None, None, Some("named".to_owned())]);
    let ways = one_of(&[None, None, Some(Via::AwsAuth), Some(Via::AccessEntry)]);
    let scope = prop::option::weighted(0.2, scope());
    (principal, names, groups, policies, scope, ways).prop_map(|(principal, username, groups, policies, scope, via)| {
        let is_default_role = principal == DEFAULT_ROLE;
        AccessWish { principal, username, groups, policies, scope, via, is_default_role }
    })
}

/// Removes all mappings of a principal or an account, or adds an account. (Without `all` a run removes one of several
/// duplicates.)
fn other_change() -> impl Strategy<Value = AccessChange> {
    let whom = one_of(&[role_arn(DEFAULT_ROLE), role_arn("other"), role_arn("node")]);
    let unbind = whom.prop_map(|arn| AccessChange::Unbind { whom: Whom::Principal(arn), all: true });
    let account = any::<bool>().prop_map(|present| AccessChange::Account { account: ACCOUNT.to_owned(), present });
    prop_oneof![unbind, account, Just(AccessChange::Fix)]
}

fn desired() -> impl Strategy<Value = Desired> {
    let parts = (prop::option::of(role_wish()), prop::option::of(group_wish()), prop::option::of(access_wish()));
    let bound = parts.prop_map(|(role, group, mut access)| {
        if let Some(wish) = access.as_mut().filter(|_| role.is_some() || group.is_some()) {
            // A command has one role.
            (wish.principal, wish.is_default_role) = (DEFAULT_ROLE.to_owned(), true);
        }
        Desired { role, group, access: access.map(AccessChange::Bind), ..Desired::default() }
    });
    let other = other_change().prop_map(|change| Desired { access: Some(change), ..Desired::default() });
    prop_oneof![4 => bound, 1 => other]
}

/// The access that the proof expects and the guard checked is what the world holds afterwards.
fn is_what_it_was_to_become(state: &State, planned: &Planned) {
    if let Some(data) = &planned.becomes.aws_auth {
        let object = state.map.clone().expect("a map");
        assert_eq!(&AwsAuthMap { object }.data(), data);
    }
    let role = planned.role.as_ref().map(|role| (role.arn.to_string(), role.arn.name.to_ascii_lowercase()));
    if let (Some((_, name)), Some(trust)) = (&role, &planned.becomes.trust) {
        assert_eq!(&state.roles[name].trust, trust);
    }
    let Some(then) = &planned.becomes.entry else {
        return;
    };
    let said = |entry: &AccessEntry| {
        let mut policies: Vec<_> = entry.policies.iter().map(|p| (p.arn.clone(), p.scope.to_string())).collect();
        policies.sort();
        (entry.username.clone(), entry.groups.clone(), policies)
    };
    assert_eq!(said(&state.entries[&then.principal]), said(then));
}

/// The world after an undisturbed run; `None` if the wish is refused, which changes nothing.
fn undisturbed(state: &State, desired: &Desired) -> Option<(usize, State)> {
    let desk = Desk::new(World::new(state.clone()));
    let Ok((seen, planned)) = desk.look(desired) else {
        assert_eq!((desk.world.gate().writes(), &*desk.world.state()), (0, state));
        return None;
    };
    let ended = desk.carry_out(&seen, &planned.plan);
    ended.outcome.as_ref().unwrap_or_else(|error| panic!("a plan can be carried out: {}", error.render()));
    let writes = desk.world.gate().writes();
    assert_eq!(writes == 0, planned.plan.is_empty());
    is_what_it_was_to_become(&desk.world.state(), &planned);
    let again = desk.run(desired).unwrap();
    assert!(again.is_nothing() && desk.world.gate().writes() == 0, "something is left: {again:?}");
    assert_eq!(desk.world.gate().done_twice(), Vec::<String>::new());
    let settled = desk.world.state().settled();
    Some((writes, settled))
}

#[test]
fn the_laws_are_about_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let cases = (0..200).map(|_| (state(), desired()).new_tree(&mut runner).unwrap().current());
    let writes: Vec<usize> = cases.filter_map(|(state, desired)| Some(undisturbed(&state, &desired)?.0)).collect();
    let changing = writes.iter().filter(|writes| **writes > 0).count();
    assert!(changing >= 50, "{changing} of 200 wishes change something, {} are refused", 200 - writes.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_that_is_carried_out_leaves_nothing_to_plan(state in state(), desired in desired()) {
        undisturbed(&state, &desired);
    }

    #[test]
    fn a_run_that_dies_or_loses_an_answer_anywhere_comes_to_the_same(
        state in state(),
        desired in desired(),
        at in any::<prop::sample::Index>(),
        effect in one_of(&[Effect::KilledBefore, Effect::KilledAfter, Effect::Lost, Effect::SentAgain]),
    ) {
        let Some((writes, meant)) = undisturbed(&state, &desired).filter(|(writes, _)| *writes > 0) else { return Ok(()) };
        let desk = Desk::new(World::new(state));
        desk.world.arm(Fault::at_write(at.index(writes) + 1, effect));
        let _ = desk.run(&desired);
        let mut desired = desired;
        let mut ended = desk.run(&desired).unwrap();
        let refusal = ended.outcome.as_ref().err().map(|error| error.message.clone()).unwrap_or_default();
        if refusal.contains("would be locked out") {
            // A killed run may have exposed the mapping of the last administrator: overriding it again needs a flag.
            desired.allow_lockout = vec![ROLE_ARN.to_owned()];
            ended = desk.run(&desired).unwrap();
        }
        prop_assert!(ended.outcome.is_ok(), "{:?}", ended);
        prop_assert!(desk.run(&desired).unwrap().is_nothing());
        prop_assert_eq!(desk.world.state().settled(), meant);
        prop_assert_eq!(desk.world.gate().done_twice(), Vec::<String>::new());
    }
}
