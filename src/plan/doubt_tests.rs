use std::collections::BTreeMap;

use serde_json::json;

use super::super::fixture::*;
use super::*;
use crate::model::desired::GroupsWish;
use crate::model::{AuthMode, RolePolicies, TrustWish};
use crate::plan::{AccessChange, Planned};

const FAR: &str = "arn:aws:iam::444455556666:root";

/// The world with a planted role: with this program's tag and description, and another account in its trust.
fn planted(mode: AuthMode) -> Observed {
    let mut seen = world(mode);
    let mut role = default_role();
    role.trust["Statement"][0]["Principal"]["AWS"] = json!([format!("arn:aws:iam::{ACCOUNT}:root"), FAR]);
    seen.role = Some(role);
    seen
}

fn binds() -> Desired {
    bound(default_access())
}

fn whys(planned: &Planned) -> Vec<&str> {
    planned.plan.steps.iter().map(|step| step.ask.why().unwrap_or_default()).collect()
}

const OPEN: &str = "role KubernetesAdmin exists: its trust allows account 444455556666";

#[test]
fn every_step_that_gives_an_open_role_something_asks() {
    let with_map = planned(&binds(), &planted(AuthMode::ConfigMap)).unwrap();
    assert_eq!((steps(&with_map), whys(&with_map)), (vec!["write-aws-auth overwriting".to_owned()], vec![OPEN]));
    let with_entry = planned(&binds(), &planted(AuthMode::Api)).unwrap();
    assert_eq!(steps(&with_entry), ["create-entry overwriting", "associate-policy overwriting"]);
    assert_eq!(whys(&with_entry), [OPEN, OPEN]);
    let mut there = planted(AuthMode::Api);
    cluster(&mut there).entry = Some(entry("u", &["a"]));
    let mut more = binds();
    let Some(AccessChange::Bind(wish)) = &mut more.access else { panic!() };
    wish.groups = GroupsWish::Append(vec!["b".into()]);
    assert_eq!(whys(&planned(&more, &there).unwrap()), [OPEN]);
}

#[test]
fn a_plan_takes_nothing_away_by_asking() {
    let asks = planned(&binds(), &planted(AuthMode::Api)).unwrap();
    assert!(!asks.effects.takes_away, "who else has access need not be looked at");
}

#[test]
fn a_trust_that_the_command_narrows_is_judged_as_it_will_be_and_narrowed_first() {
    for (mode, binding) in [(AuthMode::ConfigMap, "write-aws-auth additive"), (AuthMode::Api, "create-entry additive")]
    {
        let root = format!("arn:aws:iam::{ACCOUNT}:root");
        let mut desired = Desired { role: Some(role_wish()), ..binds() };
        desired.role.as_mut().unwrap().trust = TrustWish { principals: Some(vec![root]), ..TrustWish::default() };
        let narrowed = planned(&desired, &planted(mode)).unwrap();
        assert_eq!(steps(&narrowed)[..2], ["update-trust overwriting".to_owned(), binding.to_owned()]);
        assert_eq!(narrowed.plan.steps[1].after, [1], "nothing is given before the trust is narrow");
    }
}

#[test]
fn what_a_run_from_here_wrote_is_known_and_what_was_added_since_is_not() {
    let mut seen = planted(AuthMode::ConfigMap);
    seen.role_facts.written = seen.role.as_ref().map(|role| role.trust.clone());
    assert_eq!(steps(&planned(&binds(), &seen).unwrap()), ["write-aws-auth additive"]);
    seen.role.as_mut().unwrap().trust["Statement"][0]["Principal"]["AWS"] = json!([FAR, "555566667777"]);
    let why = "role KubernetesAdmin exists: its trust allows account 444455556666 and account 555566667777";
    assert_eq!(whys(&planned(&binds(), &seen).unwrap()), [why]);
}

#[test]
fn a_role_that_holds_permissions_asks_where_it_is_bound_and_where_members_get_it() {
    let mut seen = world(AuthMode::ConfigMap);
    seen.role = Some(default_role());
    seen.role_facts.permissions = Permissions::Seen(RolePolicies {
        attached: vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()],
        inline: BTreeMap::from([("theirs".to_owned(), json!({}))]),
    });
    let holds = "role KubernetesAdmin exists: it has permissions of its own (arn:aws:iam::aws:policy/AdministratorAccess and policy theirs)";
    assert_eq!(whys(&planned(&binds(), &seen).unwrap()), [holds]);
    let joins = |users: &[&str]| Desired { group: Some(group_wish(users)), ..Desired::default() };
    let fresh = planned(&joins(&["ann"]), &seen).unwrap();
    assert_eq!(whys(&fresh), ["", "", holds], "the group is empty until a member joins");
    let mut group = default_group(&["bob"]);
    group.inline_policies.clear();
    seen.group = Some(group);
    let opened = planned(&joins(&["bob"]), &seen).unwrap();
    assert_eq!(whys(&opened), [holds], "a member of today gets it by the policy");
    seen.group = Some(default_group(&["ann"]));
    assert!(planned(&joins(&["ann"]), &seen).unwrap().plan.is_empty());
    seen.role.as_mut().unwrap().arn =
        format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef")
            .parse()
            .unwrap();
    let set = binding(|wish| wish.groups = GroupsWish::Exactly(vec!["g".into()]));
    assert_eq!(whys(&planned(&set, &seen).unwrap()), [""], "a permission set is there to hold permissions");
}

#[test]
fn what_could_not_be_looked_at_asks_and_says_why() {
    let mut seen = world(AuthMode::ConfigMap);
    seen.role = Some(default_role());
    seen.role_facts.permissions = Permissions::Unseen("iam:ListRolePolicies is denied".into());
    let why = "role KubernetesAdmin exists: whether it has permissions of its own could not be read (iam:ListRolePolicies is denied)";
    assert_eq!(whys(&planned(&binds(), &seen).unwrap()), [why]);
    seen.role = None;
    seen.principal = Some(ROLE_ARN.parse().unwrap());
    seen.role_facts = crate::model::RoleFacts { unseen: Some("iam:GetRole is denied".into()), ..Default::default() };
    let why = "role KubernetesAdmin: who can assume it could not be read (iam:GetRole is denied)";
    assert_eq!(whys(&planned(&binds(), &seen).unwrap()), [why]);
}

#[test]
fn a_role_of_another_account_is_bound_with_a_note() {
    let mut seen = world(AuthMode::ConfigMap);
    seen.principal = Some("arn:aws:iam::444455556666:role/Far".parse().unwrap());
    let far = planned(&binding(|wish| wish.groups = GroupsWish::Exactly(vec!["g".into()])), &seen).unwrap();
    assert_eq!(steps(&far), ["write-aws-auth additive"]);
    let note = "who can assume arn:aws:iam::444455556666:role/Far can't be seen from account 111122223333";
    assert!(far.plan.notes.iter().any(|n| n == note), "{:?}", far.plan.notes);
}

#[test]
fn the_owner_tag_counts_on_what_this_program_writes() {
    let tagging = |change: fn(&mut Role), wish: fn(&mut RoleWish)| {
        let mut seen = world(AuthMode::ConfigMap);
        let mut role = default_role();
        change(&mut role);
        seen.role = Some(role);
        let mut desired = Desired { role: Some(role_wish()), ..Desired::default() };
        let role = desired.role.as_mut().unwrap();
        role.tags.insert("a".into(), "b".into());
        wish(role);
        planned(&desired, &seen).unwrap().plan.steps[0].ask.why().map(str::to_owned)
    };
    assert_eq!(tagging(|_| (), |_| ()), None);
    assert_eq!(tagging(|r| r.description = "x".into(), |w| w.description = Some("x".into())), None);
    let odd = tagging(
        |r| {
            r.description = "x".into();
            r.max_session_duration = 7200;
            r.permissions_boundary = Some("arn:aws:iam::aws:policy/P".into());
            r.trust["Statement"][0]["Principal"] = json!("*");
        },
        |_| (),
    );
    assert_eq!(
        odd.as_deref(),
        Some(
            "the tag alone does not prove that eksaccess created it: its trust, description, session duration, permissions boundary differ from what this program writes, and no run from this machine wrote its trust"
        )
    );
}

#[test]
fn what_the_judgement_rests_on_is_part_of_the_id() {
    let id = |change: fn(&mut Observed)| {
        let mut seen = planted(AuthMode::Api);
        seen.group = Some(default_group(&[]));
        change(&mut seen);
        planned(&bootstrap(), &seen).unwrap().plan.id()
    };
    let same = id(|_| ());
    assert_eq!(id(|_| ()), same);
    let others: [fn(&mut Observed); 9] = [
        |s| s.role.as_mut().unwrap().unique_id = "AROAOTHER".into(),
        |s| s.role.as_mut().unwrap().created_at = Some(0),
        |s| drop(s.role.as_mut().unwrap().tags.insert("a".into(), "b".into())),
        |s| {
            let secure = json!({"Bool": {"aws:SecureTransport": "true"}});
            s.role.as_mut().unwrap().trust["Statement"][0]["Condition"] = secure;
        },
        |s| s.role_facts.permissions = Permissions::Seen(RolePolicies::default()),
        |s| s.group.as_mut().unwrap().members.push("eve".into()),
        |s| s.group.as_mut().unwrap().attached_policies.push("arn:aws:iam::aws:policy/P".into()),
        |s| drop(s.users.insert("ann".into(), Some(format!("arn:aws:iam::{ACCOUNT}:user/x/ann")))),
        |s| cluster(s).description.mode = AuthMode::ApiAndConfigMap,
    ];
    for (nth, other) in others.into_iter().enumerate() {
        assert_ne!(id(other), same, "{nth}");
    }
}
