use super::super::fixture::*;
use super::*;
use crate::error::Kind;
use crate::model::desired::{GroupsWish, PoliciesWish};
use crate::model::{AccessWish, AuthMode, AwsAuthState, Partition, PolicyScope, RoleWish, TrustWish, Via, policy};
use crate::plan::Class;
use crate::plan::step::Action;

const FRESH: [&str; 4] =
    ["create-role additive", "create-group additive", "put-group-policy additive", "add-user-to-group additive"];

#[test]
fn a_fresh_bootstrap_makes_everything_once_in_order() {
    let planned = planned(&bootstrap(), &world(AuthMode::ConfigMap)).unwrap();
    assert_eq!(steps(&planned), [&FRESH[..], &["write-aws-auth additive"]].concat());
    assert_eq!(planned.plan.steps[2].after, [2], "the policy waits for its group");
    let Action::WriteAwsAuth(write) = &planned.plan.steps[4].action else { panic!() };
    let [edit] = &write.edits[..] else { panic!() };
    let after = edit.after.as_ref().unwrap();
    assert_eq!((edit.whom.as_str(), after.username.as_str()), (ROLE_ARN, "kubernetes-admin"));
    assert_eq!(after.groups, ["system:masters"]);
    assert!(edit.ours && write.resource_version.as_deref() == Some("7"));
}

#[test]
fn in_api_mode_the_entry_waits_for_its_role_and_the_policy_for_the_entry() {
    let planned = planned(&bootstrap(), &world(AuthMode::Api)).unwrap();
    assert_eq!(steps(&planned), [&FRESH[..], &["create-entry additive", "associate-policy additive"]].concat());
    let [.., entry, policy] = &planned.plan.steps[..] else { panic!() };
    assert_eq!((&entry.after[..], &policy.after[..]), (&[1][..], &[5][..]));
    let Action::CreateEntry { identity, fresh_principal, .. } = &entry.action else { panic!() };
    assert!(*fresh_principal && identity.groups.is_empty() && identity.username == "kubernetes-admin");
}

#[test]
fn what_is_there_needs_nothing() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let mut seen = world(mode);
        seen.role = Some(default_role());
        seen.group = Some(default_group(&["Ann"]));
        if mode == AuthMode::Api {
            let mut made = entry("kubernetes-admin", &[]);
            made.policies.push(crate::model::AssociatedPolicy {
                arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy".into(),
                scope: PolicyScope::Cluster,
            });
            cluster(&mut seen).entry = Some(made);
        } else {
            let text = format!("{NODES}- rolearn: {ROLE_ARN}\n  username: someone-else\n  groups: [system:masters]\n");
            cluster(&mut seen).aws_auth = present(&text);
        }
        assert!(
            planned(&bootstrap(), &seen).unwrap().plan.is_empty(),
            "{mode}: options not given leave things as they are"
        );
    }
}

#[test]
fn a_run_killed_between_entry_and_policy_is_finished() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(default_role());
    seen.group = Some(default_group(&["ann"]));
    let mut ours = entry("kubernetes-admin", &[]);
    ours.tags = default_role().tags;
    cluster(&mut seen).entry = Some(ours);
    assert_eq!(steps(&planned(&bootstrap(), &seen).unwrap()), ["associate-policy additive"]);
    cluster(&mut seen).entry.as_mut().unwrap().tags.clear();
    assert_eq!(steps(&planned(&bootstrap(), &seen).unwrap()), ["associate-policy overwriting"], "somebody else's asks");
}

#[test]
fn a_user_that_does_not_exist_is_an_error_before_anything_else() {
    let desired = Desired { group: Some(group_wish(&["ann", "ghost"])), ..bootstrap() };
    let error = planned(&desired, &world(AuthMode::Api)).unwrap_err();
    assert!(error.message.contains("ghost") && !error.message.contains("ann"), "{error}");
}

#[test]
fn a_member_of_a_group_that_opens_more_asks() {
    let mut seen = world(AuthMode::ConfigMap);
    seen.role = Some(default_role());
    let mut group = default_group(&[]);
    let other = policy::assume_role_policy("X", "arn:aws:iam::111122223333:role/prod");
    group.inline_policies.insert("Other".into(), other);
    seen.group = Some(group);
    let desired = Desired { group: Some(group_wish(&["ann"])), ..Desired::default() };
    let planned = planned(&desired, &seen).unwrap();
    let (_, class) = only(&planned);
    assert_eq!(class, Class::Overwriting);
    assert!(planned.plan.steps[0].ask.why().unwrap().contains("role/prod"));
}

#[test]
fn a_role_that_trusts_named_principals_skips_the_group_and_says_so() {
    let mut seen = world(AuthMode::ConfigMap);
    let ann = "arn:aws:iam::111122223333:user/ann".to_owned();
    let mut role = default_role();
    let wish = TrustWish { principals: Some(vec![ann]), ..TrustWish::default() };
    role.trust = trust::create(Partition::Aws, ACCOUNT, &wish);
    seen.role = Some(role);
    let desired = |users: &[&str]| Desired { group: Some(group_wish(users)), ..Desired::default() };
    let planned_ann = planned(&desired(&["ann"]), &seen).unwrap();
    assert!(
        planned_ann.plan.is_empty() && planned_ann.plan.notes[0].contains("skipped"),
        "{:?}",
        planned_ann.plan.notes
    );
    let error = planned(&desired(&["bob"]), &seen).unwrap_err();
    assert!(error.hint.unwrap().contains("--add-trust arn:aws:iam::111122223333:user/bob"));
}

#[test]
fn only_what_the_command_names_is_converged_on_an_existing_role() {
    let mut seen = world(AuthMode::ConfigMap);
    let mut role = default_role();
    role.description = "theirs".into();
    role.max_session_duration = 7200;
    seen.role_facts.written = Some(role.trust.clone());
    seen.role = Some(role);
    let wish = |change: fn(&mut RoleWish)| {
        let mut wish = role_wish();
        change(&mut wish);
        Desired { role: Some(wish), ..Desired::default() }
    };
    assert!(planned(&wish(|_| ()), &seen).unwrap().plan.is_empty());
    assert_eq!(
        steps(&planned(&wish(|w| w.description = Some("ours".into())), &seen).unwrap()),
        ["update-role additive"]
    );
    assert_eq!(
        steps(&planned(&wish(|w| w.max_session_duration = Some(3600)), &seen).unwrap()),
        ["update-role overwriting"]
    );
    assert_eq!(steps(&planned(&wish(|w| w.trust.require_mfa = true), &seen).unwrap()), ["update-trust overwriting"]);
    let add = planned(&wish(|w| w.trust.add = vec!["999988887777".into()]), &seen).unwrap();
    assert_eq!(steps(&add), ["update-trust additive"]);
    assert_eq!(planned(&wish(|w| w.path = Some("/x/".into())), &seen).unwrap_err().kind, Kind::Usage);
}

fn viewing(mode: AuthMode) -> Observed {
    let mut seen = world(mode);
    seen.principal = Some(viewer());
    seen
}

#[test]
fn another_role_has_no_default_rights() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let error = planned(&binding(|_| ()), &viewing(mode)).unwrap_err();
        assert!(error.hint.unwrap().contains("--kubernetes-group"), "{mode}");
    }
    let desired = binding(|w| w.groups = GroupsWish::Exactly(vec!["viewers".into()]));
    let planned = planned(&desired, &viewing(AuthMode::ConfigMap)).unwrap();
    let (Action::WriteAwsAuth(write), Class::Additive) = only(&planned) else { panic!() };
    assert_eq!(write.edits[0].whom, "arn:aws:iam::111122223333:role/Viewer", "the path never matches");
    assert_eq!(write.edits[0].after.as_ref().unwrap().username, "Viewer:{{SessionName}}");
}

#[test]
fn the_default_role_with_rights_named_is_not_an_administrator() {
    let wish = AccessWish { groups: GroupsWish::Exactly(vec!["viewers".into()]), ..default_access() };
    let desired = Desired { access: Some(AccessChange::Bind(wish)), ..bootstrap() };
    let planned = planned(&desired, &world(AuthMode::Api)).unwrap();
    assert!(!steps(&planned).iter().any(|s| s.starts_with("associate")), "{:?}", steps(&planned));
    let found = planned.plan.steps.iter().find_map(|s| match &s.action {
        Action::CreateEntry { identity, .. } => Some(identity.clone()),
        _ => None,
    });
    assert_eq!(found.unwrap().username, "KubernetesAdmin:{{SessionName}}");
}

#[test]
fn masters_in_an_entry_are_the_administrators_policy() {
    let desired = binding(|w| w.groups = GroupsWish::Exactly(vec!["system:masters".into(), "g".into()]));
    let planned = planned(&desired, &viewing(AuthMode::Api)).unwrap();
    let Action::CreateEntry { identity, principal, .. } = &planned.plan.steps[0].action else { panic!() };
    assert_eq!(
        (identity.groups.as_slice(), principal.as_str()),
        (&["g".to_owned()][..], "arn:aws:iam::111122223333:role/team/Viewer")
    );
    let Action::AssociatePolicy { policy, scope, .. } = &planned.plan.steps[1].action else { panic!() };
    assert!(policy.ends_with("AmazonEKSClusterAdminPolicy") && scope.to == PolicyScope::Cluster);
}

#[test]
fn what_eks_refuses_is_refused_with_what_it_would_take() {
    let groups = |list: &[&str]| GroupsWish::Exactly(list.iter().map(|g| (*g).to_owned()).collect());
    for (wish, part) in [
        (binding(|w| w.groups = groups(&["system:nodes"])), "begin with system:"),
        (binding(|w| (w.groups, w.username) = (groups(&["g"]), Some("eks:x".into()))), "begin with eks:"),
        (binding(|w| (w.groups, w.username) = (groups(&["g"]), Some("u-{{SessionName}}".into()))), "colon before"),
        (binding(|w| w.scope = Some(PolicyScope::Namespaces(vec!["a".into()]))), "none was named"),
    ] {
        let error = planned(&wish, &viewing(AuthMode::Api)).unwrap_err();
        assert!(error.kind == Kind::Usage && error.message.contains(part), "{error}");
    }
}

#[test]
fn an_entry_over_a_mapping_masks_it_and_asks() {
    let mut seen = viewing(AuthMode::ApiAndConfigMap);
    let text = format!("{NODES}- rolearn: arn:aws:iam::111122223333:role/Viewer\n  username: v\n  groups: [old]\n");
    cluster(&mut seen).aws_auth = present(&text);
    let entry = binding(|w| (w.via, w.groups) = (Some(Via::AccessEntry), GroupsWish::Exactly(vec!["g".into()])));
    let masking = planned(&entry, &seen).unwrap();
    let (Action::CreateEntry { masks: Some(masked), .. }, Class::Overwriting) = only(&masking) else { panic!() };
    assert_eq!(masked.groups, ["old"]);
    let auto = binding(|w| w.groups = GroupsWish::Append(vec!["g".into()]));
    let there = planned(&auto, &seen).unwrap();
    assert_eq!(steps(&there), ["write-aws-auth additive"], "it stays where it is");
    let losing = planned(&binding(|w| w.groups = GroupsWish::Exactly(vec!["g".into()])), &seen).unwrap();
    assert_eq!(steps(&losing), ["write-aws-auth overwriting"]);
}

#[test]
fn an_entry_that_exists_is_updated_and_a_mapping_below_it_is_reported() {
    let mut seen = viewing(AuthMode::ApiAndConfigMap);
    let text = format!("{NODES}- rolearn: arn:aws:iam::111122223333:role/Viewer\n  username: v\n  groups: [old]\n");
    cluster(&mut seen).aws_auth = present(&text);
    cluster(&mut seen).entry = Some(entry("u", &[]));
    let planned = planned(&binding(|w| w.groups = GroupsWish::Append(vec!["g".into()])), &seen).unwrap();
    assert_eq!(steps(&planned), ["update-entry additive"]);
    assert!(planned.plan.warnings[0].contains("no effect"), "{:?}", planned.plan.warnings);
}

#[test]
fn an_aws_auth_that_could_not_be_read_is_never_written_and_masking_it_asks() {
    let mut seen = viewing(AuthMode::ApiAndConfigMap);
    cluster(&mut seen).aws_auth = AwsAuthState::Unseen("no route".into());
    let wish = |via| binding(move |w| (w.via, w.groups) = (via, GroupsWish::Exactly(vec!["g".into()])));
    assert_eq!(steps(&planned(&wish(None), &seen).unwrap()), ["create-entry overwriting"]);
    let error = planned(&wish(Some(Via::AwsAuth)), &seen).unwrap_err();
    assert!(error.hint.unwrap().contains("--via access-entry"));
}

#[test]
fn updating_an_entry_sends_username_and_groups_and_keeps_what_was_not_named() {
    let mut seen = viewing(AuthMode::Api);
    cluster(&mut seen).entry = Some(entry("u", &["a"]));
    let append = planned(&binding(|w| w.groups = GroupsWish::Append(vec!["b".into()])), &seen).unwrap();
    let (Action::UpdateEntry { to, .. }, Class::Additive) = only(&append) else { panic!() };
    assert_eq!((to.username.as_str(), to.groups.join(" ").as_str()), ("u", "a b"));
    let exact = planned(&binding(|w| w.groups = GroupsWish::Exactly(vec!["b".into()])), &seen).unwrap();
    assert_eq!(only(&exact).1, Class::Overwriting);
    let node = cluster(&mut seen).entry.as_mut().unwrap();
    node.entry_type = "EC2_LINUX".into();
    assert!(
        planned(&binding(|w| w.groups = GroupsWish::Exactly(vec!["b".into()])), &seen)
            .unwrap_err()
            .message
            .contains("EC2_LINUX")
    );
}

#[test]
fn an_entry_older_than_its_role_is_recreated_with_its_content() {
    let mut seen = world(AuthMode::Api);
    seen.role = Some(crate::model::Role { created_at: Some(100), ..default_role() });
    let mut dead = entry("u", &["a"]);
    let arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy".to_owned();
    dead.policies.push(crate::model::AssociatedPolicy { arn: arn.clone(), scope: PolicyScope::Cluster });
    cluster(&mut seen).entry = Some(dead);
    let desired = bound(default_access());
    let planned_again = planned(&desired, &seen).unwrap();
    assert_eq!(
        steps(&planned_again),
        ["delete-entry overwriting", "create-entry additive", "associate-policy additive"],
    );
    let Action::CreateEntry { identity, .. } = &planned_again.plan.steps[1].action else { panic!() };
    assert_eq!((identity.username.as_str(), &identity.groups[..]), ("u", &["a".to_owned()][..]));
    assert!(matches!(&planned_again.plan.steps[2].action, Action::AssociatePolicy { policy, .. } if *policy == arn));
    let mut mapped = seen.clone();
    cluster(&mut mapped).description.mode = AuthMode::ApiAndConfigMap;
    cluster(&mut mapped).aws_auth =
        present(&format!("{NODES}- {{rolearn: '{ROLE_ARN}', username: m, groups: ['system:masters']}}\n"));
    let warnings = planned(&desired, &mapped).unwrap().plan.warnings;
    assert!(warnings.iter().any(|w| w.ends_with("is what aws-auth says: m, system:masters")), "{warnings:?}");
    cluster(&mut seen).entry.as_mut().unwrap().created_at = Some(100);
    assert!(planned(&desired, &seen).unwrap().plan.is_empty(), "made in the same second as its role");
    seen.role = None;
    let fresh = planned(&bootstrap(), &seen).unwrap();
    assert!(steps(&fresh).contains(&"delete-entry overwriting".to_owned()), "the role is still to be made");
}

#[test]
fn policies_are_stated_or_appended_and_a_scope_that_was_not_named_stays() {
    let policy = |name: &str| format!("arn:aws:eks::aws:cluster-access-policy/{name}");
    let mut seen = viewing(AuthMode::Api);
    let mut there = entry("u", &[]);
    let scope = PolicyScope::Namespaces(vec!["dev-*".into()]);
    there.policies.push(crate::model::AssociatedPolicy { arn: policy("AmazonEKSViewPolicy"), scope });
    cluster(&mut seen).entry = Some(there);
    let wish = |policies| binding(move |w| w.policies = policies);
    assert!(planned(&wish(PoliciesWish::Exactly(vec!["AmazonEKSViewPolicy".into()])), &seen).unwrap().plan.is_empty());
    let append = planned(&wish(PoliciesWish::Append(vec!["AmazonEKSEditPolicy".into()])), &seen).unwrap();
    assert_eq!(steps(&append), ["associate-policy additive"]);
    let other = planned(&wish(PoliciesWish::Exactly(vec!["AmazonEKSEditPolicy".into()])), &seen).unwrap();
    assert_eq!(steps(&other), ["associate-policy additive", "disassociate-policy overwriting"]);
    let namespaced = binding(|w| {
        w.policies = PoliciesWish::Exactly(vec!["AmazonEKSViewPolicy".into()]);
        w.scope = Some(PolicyScope::Namespaces(vec!["x".into()]));
    });
    assert_eq!(steps(&planned(&namespaced, &seen).unwrap()), ["associate-policy overwriting"]);
}

#[test]
fn the_last_administrators_policy_is_not_narrowed_to_namespaces_unless_it_is_named() {
    let mut seen = viewing(AuthMode::Api);
    let mut admin = entry("u", &[]);
    admin.principal = viewer().to_string();
    let arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy".to_owned();
    admin.policies.push(crate::model::AssociatedPolicy { arn, scope: PolicyScope::Cluster });
    cluster(&mut seen).entry = Some(admin);
    let mut narrowed = binding(|w| {
        w.policies = PoliciesWish::Append(vec!["AmazonEKSClusterAdminPolicy".into()]);
        w.scope = Some(PolicyScope::Namespaces(vec!["shop".into()]));
    });
    assert!(planned(&narrowed, &seen).unwrap_err().message.contains("last known administrator"));
    narrowed.allow_lockout = vec![viewer().to_string()];
    assert_eq!(steps(&planned(&narrowed, &seen).unwrap()), ["associate-policy overwriting"]);
}

#[test]
fn a_way_that_can_not_work_is_an_error_with_the_next_command() {
    let forced = |via| binding(move |w| (w.via, w.groups) = (Some(via), GroupsWish::Exactly(vec!["g".into()])));
    assert!(planned(&forced(Via::AccessEntry), &viewing(AuthMode::ConfigMap)).unwrap_err().hint.is_some());
    assert!(planned(&forced(Via::AwsAuth), &viewing(AuthMode::Api)).unwrap_err().hint.is_some());
    let mut seen = viewing(AuthMode::ApiAndConfigMap);
    cluster(&mut seen).entry = Some(entry("u", &[]));
    assert!(planned(&forced(Via::AwsAuth), &seen).unwrap_err().message.contains("takes precedence"));
    let policies = binding(|w| w.policies = PoliciesWish::Exactly(vec!["P".into()]));
    assert!(planned(&policies, &viewing(AuthMode::ConfigMap)).unwrap_err().message.contains("--access-policy"));
}

#[test]
fn changing_what_another_tool_seems_to_own_asks_and_names_it() {
    let mut seen = world(AuthMode::ConfigMap);
    seen.role = Some(default_role());
    seen.role.as_mut().unwrap().tags.insert("ManagedBy".into(), "terraform".into());
    let AwsAuthState::Present(map) = &mut cluster(&mut seen).aws_auth else { panic!() };
    map.object["metadata"]["labels"] = serde_json::json!({"argocd.argoproj.io/instance": "access"});
    map.object["metadata"]["annotations"] =
        serde_json::json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"});
    let mut desired = bootstrap();
    desired.role.as_mut().unwrap().description = Some("other".into());
    let planned = planned(&desired, &seen).unwrap();
    assert_eq!(steps(&planned)[0], "update-role overwriting");
    let write = planned.plan.steps.last().unwrap();
    assert!(
        write.ask.class() == Class::Overwriting && write.ask.why().unwrap().contains("Argo CD (application access)")
    );
    assert!(planned.plan.notes.iter().any(|note| note.contains("from a manifest")), "{:?}", planned.plan.notes);
}

#[test]
fn another_partition_never_matches() {
    let mut seen = viewing(AuthMode::Api);
    seen.principal = Some("arn:aws-cn:iam::111122223333:role/Viewer".parse().unwrap());
    let error = planned(&binding(|w| w.groups = GroupsWish::Exactly(vec!["g".into()])), &seen).unwrap_err();
    assert!(error.message.contains("partition"), "{error}");
}

#[test]
fn a_cluster_that_is_being_made_or_deleted_takes_nothing() {
    for status in ["CREATING", "DELETING", "FAILED"] {
        let mut seen = world(AuthMode::Api);
        cluster(&mut seen).description.status = status.into();
        let error = planned(&bootstrap(), &seen).unwrap_err();
        assert!(error.message.contains(status) && error.hint.is_some(), "{error}");
    }
    let mut seen = world(AuthMode::Api);
    cluster(&mut seen).description.endpoint = None;
    assert!(planned(&bootstrap(), &seen).unwrap_err().message.contains("no endpoint"));
}

#[test]
fn an_eks_that_does_not_know_a_role_which_iam_showed_is_only_late() {
    let fresh = |seen: &Observed| {
        let wish = binding(|w| w.groups = GroupsWish::Exactly(vec!["g".into()]));
        let planned = planned(&wish, seen).unwrap();
        let (Action::CreateEntry { fresh_principal, .. }, _) = only(&planned) else { panic!() };
        *fresh_principal
    };
    let mut seen = viewing(AuthMode::Api);
    assert!(!fresh(&seen), "nobody looked whether it is there");
    seen.role = Some(default_role());
    assert!(fresh(&seen));
}
