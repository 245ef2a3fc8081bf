use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::trust::{create, needs, trusted};

const ACCOUNT: &str = "111122223333";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";

fn amended(old: &Value, wish: &TrustWish) -> Amended {
    amend(Partition::Aws, ACCOUNT, old, wish).unwrap()
}

fn root_trust() -> Value {
    create(Partition::Aws, ACCOUNT, &TrustWish::default())
}

fn stating(principals: &[&str]) -> TrustWish {
    TrustWish { principals: Some(principals.iter().map(|p| (*p).to_owned()).collect()), ..TrustWish::default() }
}

#[test]
fn nothing_wished_leaves_an_existing_trust_alone() {
    let wish = TrustWish { require_mfa: true, external_id: Some("x-1".into()), ..TrustWish::default() };
    let old = create(Partition::Aws, ACCOUNT, &wish);
    assert_eq!(amended(&old, &TrustWish::default()).policy, old);
    assert_eq!(needs(&old).external_id.as_deref(), Some("x-1"));
    assert_eq!(amended(&json!("broken"), &TrustWish::default()).policy, json!("broken"));
}

#[test]
fn stating_principals_keeps_the_statements_conditions_and_names_what_is_removed() {
    let old = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
    let new = amended(&old, &stating(&[ANN]));
    assert_eq!(new.policy["Statement"].as_array().unwrap().len(), 1);
    assert_eq!(new.policy["Statement"][0]["Principal"], json!({"AWS": [ANN]}));
    assert_eq!(new.policy["Statement"][0]["Condition"], old["Statement"][1]["Condition"]);
    assert_eq!(
        new.takes,
        [
            "statement 1 is removed: it let service ec2.amazonaws.com assume the role",
            "statement 2 no longer lets account 111122223333 assume the role"
        ]
    );
}

#[test]
fn adding_a_principal_twice_is_adding_it_once() {
    let wish = TrustWish { add: vec!["arn:aws:iam::999988887777:root".into()], ..TrustWish::default() };
    let once = amended(&root_trust(), &wish);
    assert!(once.takes.is_empty() && !same_meaning(&once.policy, &root_trust()));
    assert_eq!(amended(&once.policy, &wish).policy, once.policy);
    let who = trusted(Partition::Aws, ACCOUNT, &once.policy);
    assert!(who.own_account);
    assert_eq!(who.foreign, ["999988887777"]);
}

#[test]
fn a_principal_that_joins_a_condition_is_noted() {
    let old = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "x-1"}}}});
    let new = amended(&old, &TrustWish { add: vec![ANN.into()], ..TrustWish::default() });
    assert_eq!(new.notes, [format!("{ANN} is added to statement 1, if StringEquals sts:ExternalId x-1")]);
    let everybody = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}});
    let new = amended(&everybody, &TrustWish { add: vec![ANN.into()], ..TrustWish::default() });
    assert_eq!(new.policy["Statement"][0], everybody["Statement"]);
    assert_eq!(new.policy["Statement"][1]["Principal"]["AWS"], ANN);
}

#[test]
fn a_permission_set_is_trusted_whatever_its_suffix_and_only_once() {
    let wish = TrustWish { permission_sets: vec!["Ops".into()], ..TrustWish::default() };
    let once = amended(&root_trust(), &wish);
    assert!(once.takes.is_empty(), "{:?}", once.takes);
    assert_eq!(
        once.policy["Statement"][1]["Condition"]["ArnLike"]["aws:PrincipalArn"],
        json!([
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_????????????????",
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Ops_????????????????"
        ])
    );
    assert_eq!(amended(&once.policy, &wish).policy, once.policy);
    // The list of principals is complete, and the set is not in it.
    let stated = amended(&once.policy, &stating(&[ROOT]));
    assert_eq!(stated.policy["Statement"].as_array().unwrap().len(), 1);
    assert!(stated.takes[0].contains("AWSReservedSSO_Ops_"), "{:?}", stated.takes);
    let both = TrustWish { permission_sets: vec!["Ops".into()], ..stating(&[ROOT]) };
    assert_eq!(amended(&once.policy, &both).policy, once.policy);
}

#[test]
fn a_condition_that_is_replaced_is_named_and_found_in_any_case() {
    let old = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole",
        "Condition": {"stringequals": {"STS:externalid": "old-id", "aws:PrincipalTag/team": "ops"}, "StringLike": {"sts:ExternalId": "old*"}}}});
    let wish = TrustWish { external_id: Some("new-id".into()), ..TrustWish::default() };
    let new = amended(&old, &wish);
    assert_eq!(
        new.policy["Statement"][0]["Condition"],
        json!({"stringequals": {"aws:PrincipalTag/team": "ops", "sts:ExternalId": "new-id"}})
    );
    assert!(
        new.takes[0].contains("old-id") && new.takes[0].contains("StringLike sts:ExternalId old*"),
        "{:?}",
        new.takes
    );
}

#[test]
fn a_principal_is_not_added_to_a_statement_by_pattern() {
    let old = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": [ROOT, ANN]}, "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x"}}}});
    let new = amended(&old, &stating(&[ANN]));
    assert_eq!(
        new.policy["Statement"],
        json!([{"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "sts:AssumeRole"}])
    );
    assert!(new.takes[0].contains("if ArnLike aws:PrincipalArn arn:aws:iam::111122223333:role/x"), "{:?}", new.takes);
}

#[test]
fn a_new_requirement_is_reported_once_for_all_statements() {
    let old = json!({"Statement": [root_trust()["Statement"][0], allow(&["444455556666".into()])]});
    let wish = TrustWish { require_mfa: true, org_id: Some("o-aaaaaaaaaa".into()), ..TrustWish::default() };
    assert_eq!(
        amended(&old, &wish).takes,
        ["statements 1, 2 now require MFA", "statements 1, 2 now require principals of the organisation o-aaaaaaaaaa"]
    );
}

#[test]
fn what_can_not_be_read_is_named_and_nothing_is_changed() {
    for (statement, why) in [
        (json!("x"), "its Effect is neither Allow nor Deny"),
        (json!({"Effect": "Allow", "Action": "sts:AssumeRole"}), "no Principal"),
        (json!({"Effect": "Allow", "Principal": {"AWS": {}}, "Action": "sts:AssumeRole"}), "no Principal"),
        (json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}}), "no Action"),
        (json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Condition": "x"}), "its Condition"),
    ] {
        let old = json!({"Statement": [root_trust()["Statement"][0], statement]});
        for wish in [stating(&[ANN]), TrustWish { require_mfa: true, ..TrustWish::default() }] {
            let error = amend(Partition::Aws, ACCOUNT, &old, &wish).unwrap_err();
            assert!(error.why.contains("statement 2") && error.why.contains(why), "{error:?}");
        }
    }
    assert!(amend(Partition::Aws, ACCOUNT, &json!([]), &stating(&[ANN])).is_err());
}

#[test]
fn roles_named_one_by_one_can_not_show_mfa() {
    let role = "arn:aws:iam::111122223333:role/ci";
    let old = create(Partition::Aws, ACCOUNT, &stating(&[ROOT, role]));
    let wish = TrustWish { require_mfa: true, ..TrustWish::default() };
    let error = amend(Partition::Aws, ACCOUNT, &old, &wish).unwrap_err();
    assert_eq!(error.why, format!("statement 1 of the trust lets {role} assume the role, which can never have MFA"));
    assert_eq!(error.stay, [ROOT]);
    assert!(
        judge_new(&create(Partition::Aws, ACCOUNT, &TrustWish { require_mfa: true, ..stating(&[role]) }), &wish)
            .is_err()
    );
}

/// Principals in every form, including a mixed list.
fn principal() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"Principal": "*"}),
        json!({"Principal": {"AWS": "*"}}),
        json!({"Principal": {"AWS": ACCOUNT}}),
        json!({"Principal": {"AWS": [ROOT, "arn:aws:iam::444455556666:root", ANN]}}),
        json!({"Principal": {"AWS": ["arn:aws:iam::111122223333:role/ci", "AROAQWERTYUIOPASDFGHJ"]}}),
        json!({"Principal": {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}}),
        json!({"Principal": {"Federated": "accounts.google.com"}}),
        json!({"Principal": {"AWS": ROOT, "Service": "ec2.amazonaws.com", "Federated": "accounts.google.com"}}),
        json!({"NotPrincipal": {"AWS": ANN}}),
        json!({"Principal": {"CanonicalUser": "79a59d"}}),
    ])
}

fn action() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"Action": "sts:AssumeRole"}),
        json!({"Action": ["sts:TagSession", "STS:assumerole"]}),
        json!({"Action": "sts:Assume*"}),
        json!({"Action": "sts:*"}),
        json!({"Action": "*"}),
        json!({"Action": "sts:AssumeRoleWithWebIdentity"}),
        json!({"Action": "sts:TagSession"}),
        json!({"NotAction": "sts:TagSession"}),
        json!({"NotAction": ["sts:Assume*"]}),
    ])
}

fn condition() -> impl Strategy<Value = Value> {
    let set = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Ops_*";
    prop::sample::select(vec![
        json!({}),
        json!({}),
        json!({"Condition": {"StringEquals": {"sts:ExternalId": "x-1"}}}),
        json!({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
        json!({"Condition": {"BoolIfExists": {"aws:multifactorauthpresent": "true"}}}),
        json!({"Condition": {"bool": {"AWS:MultiFactorAuthPresent": [true, false]}}}),
        json!({"Condition": {"Null": {"aws:MultiFactorAuthPresent": "true"}}}),
        json!({"Condition": {"ArnLike": {"aws:PrincipalArn": set}}}),
        json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-aaaaaaaaaa", "o-bbbbbbbbbb"]}}}),
    ])
}

prop_compose! {
    fn statement()(
        effect in prop::sample::select(vec!["Allow", "Allow", "Allow", "Deny"]),
        parts in (principal(), action(), condition()),
    ) -> Value {
        let mut all = json!({"Effect": effect});
        for part in [parts.0, parts.1, parts.2] {
            for (key, value) in part.as_object().unwrap() {
                all[key.as_str()] = value.clone();
            }
        }
        all
    }
}

fn policy() -> impl Strategy<Value = Value> {
    prop::collection::vec(statement(), 1..4).prop_map(|list| json!({"Version": "2012-10-17", "Statement": list}))
}

prop_compose! {
    fn wish()(
        principals in prop::option::of(prop::sample::subsequence(vec![ROOT, ANN, "444455556666"], 1..3)),
        add in prop::sample::subsequence(vec![ANN, "999988887777"], 0..2),
        sets in prop::sample::subsequence(vec!["Ops", "Ops_Audit"], 0..3),
        require_mfa in any::<bool>(),
        external_id in prop::option::of(Just("x-2".to_owned())),
        org_id in prop::option::of(Just("o-aaaaaaaaaa".to_owned())),
    ) -> TrustWish {
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        TrustWish { principals: principals.map(owned), add: owned(add), permission_sets: owned(sets), require_mfa, external_id, org_id }
    }
}

/// An independent reading: whether a statement, as JSON, allows assuming the role in any way.
fn lets_assume(statement: &Value) -> bool {
    let of = |key: &str| texts(&statement[key]).into_iter().map(|t| t.to_ascii_lowercase()).collect::<Vec<_>>();
    let (these, all_but) = (of("Action"), of("NotAction"));
    let opens = |a: &String| ["*", "sts:*", "sts:assume*"].contains(&a.as_str()) || a.starts_with("sts:assumerole");
    statement["Effect"] == "Allow" && (these.iter().any(opens) || !all_but.is_empty() && !all_but.iter().any(opens))
}

#[test]
fn the_id_of_a_deleted_principal_leaves_with_the_next_change() {
    let id = "AROAQWERTYUIOPASDFGHJ";
    let old = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": id}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": [ANN, id], "Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let wish = TrustWish { add: vec!["444455556666".into()], ..TrustWish::default() };
    let new = amend(Partition::Aws, ACCOUNT, &old, &wish).unwrap();
    assert!(!new.policy.to_string().contains(id), "{}", new.policy);
    assert!(new.policy.to_string().contains("ec2.amazonaws.com") && new.policy.to_string().contains(ANN));
    assert!(new.takes.is_empty(), "it lets nothing in: {:?}", new.takes);
    assert!(new.notes.iter().any(|note| note.contains(id)), "{:?}", new.notes);
    let unchanged = amend(Partition::Aws, ACCOUNT, &old, &TrustWish { add: vec![ANN.into()], ..TrustWish::default() });
    assert_eq!(unchanged.unwrap().policy, old, "what changes nothing else leaves it as it is");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_run_changes_nothing(old in policy(), wish in wish()) {
        if let Ok(once) = amend(Partition::Aws, ACCOUNT, &old, &wish) {
            let twice = amend(Partition::Aws, ACCOUNT, &once.policy, &wish);
            prop_assert_eq!(twice.map(|t| t.policy), Ok(once.policy));
        }
    }

    #[test]
    fn no_statement_is_left_without_mfa_or_the_command_fails(old in policy(), wish in wish()) {
        let wish = TrustWish { require_mfa: true, ..wish };
        if let Ok(new) = amend(Partition::Aws, ACCOUNT, &old, &wish) {
            for statement in statements(&new.policy).into_iter().filter(|s| lets_assume(s)) {
                let operators = statement["Condition"].as_object().cloned().unwrap_or_default();
                let values: Vec<_> = operators.iter()
                    .flat_map(|(o, keys)| keys.as_object().unwrap().iter().map(move |(k, v)| (o.to_ascii_lowercase(), k.to_ascii_lowercase(), v)))
                    .filter(|(_, key, _)| key == "aws:multifactorauthpresent").collect();
                prop_assert!(values.iter().any(|(o, _, v)| o == "bool" && texts(v) == ["true"]), "{}", statement);
                prop_assert!(values.iter().all(|(o, _, v)| o != "null" && texts(v) == ["true"]), "{}", statement);
            }
        }
    }

    #[test]
    fn the_whole_list_is_whom_the_trust_names(old in policy(), wish in wish()) {
        let wish = TrustWish { principals: Some(vec![ANN.into(), "444455556666".into()]), add: vec![], permission_sets: vec![], ..wish };
        if let Ok(new) = amend(Partition::Aws, ACCOUNT, &old, &wish) {
            let left: BTreeSet<Who> = Statement::all(&new.policy).iter().filter(|s| s.lets_assume())
                .flat_map(|s| s.listed().cloned().collect::<Vec<_>>()).collect();
            let whole = BTreeSet::from([Who::read("AWS", ANN), Who::read("AWS", "444455556666")]);
            prop_assert_eq!(left, whole, "{}", new.policy);
            prop_assert!(Statement::all(&new.policy).iter().all(|s| !s.lets_assume() || matches!(s.principals, Listed::These(_))));
        }
    }

    #[test]
    fn a_condition_goes_only_where_the_reason_names_it(old in policy(), wish in wish()) {
        if let Ok(new) = amend(Partition::Aws, ACCOUNT, &old, &wish) {
            let has = |policy: &Value| Statement::all(policy).iter().filter(|s| s.conditions.iter().any(|c| c.values.contains("x-1"))).count();
            let named = new.takes.iter().filter(|why| why.contains("sts:ExternalId x-1")).count();
            prop_assert!(has(&old) <= has(&new.policy) + named, "{:?} {}", new.takes, new.policy);
        }
    }

    #[test]
    fn what_shuts_out_is_never_touched(old in policy(), wish in wish()) {
        if let Ok(new) = amend(Partition::Aws, ACCOUNT, &old, &wish) {
            let living = |s: &&Value| texts(&s["Principal"]["AWS"]).into_iter().filter(|p| !p.starts_with("AROA")).collect::<Vec<_>>();
            let of = |policy: &Value| -> Vec<(Value, Vec<String>)> {
                let denies = statements(policy).into_iter().filter(|s| s["Effect"] == "Deny");
                denies.map(|s| (json!([s["Action"], s["NotAction"], s["Condition"]]), living(&s))).collect()
            };
            prop_assert_eq!(of(&old), of(&new.policy), "only ids of deleted principals are left out, which AWS refuses");
        }
    }
}
