use super::*;

const ACCOUNT: &str = "111122223333";

fn root_trust() -> Value {
    create(Partition::Aws, ACCOUNT, &TrustWish::default())
}

#[test]
fn the_default_trust_is_the_accounts_root() {
    assert_eq!(
        root_trust(),
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}
        ]})
    );
    let cn = create(Partition::AwsCn, ACCOUNT, &TrustWish::default());
    assert_eq!(cn["Statement"][0]["Principal"]["AWS"], "arn:aws-cn:iam::111122223333:root");
}

#[test]
fn meaning_ignores_what_iam_normalises() {
    let stored = json!({"Statement": {"Action": ["sts:assumerole"], "Principal": {"AWS": [ACCOUNT]}, "Sid": "x",
        "Effect": "Allow", "Condition": {}}, "Version": "2012-10-17"});
    assert!(same_meaning(&root_trust(), &stored));
    let other =
        json!({"Statement": {"Action": "sts:AssumeRole", "Principal": {"AWS": "111122223334"}, "Effect": "Allow"}});
    assert!(!same_meaning(&root_trust(), &other));
    let denied = json!({"Statement": {"Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}, "Effect": "Deny"}});
    assert!(!same_meaning(&root_trust(), &denied));
}

#[test]
fn a_condition_counts_whatever_its_case_and_shape() {
    let wish = TrustWish { require_mfa: true, ..TrustWish::default() };
    let made = create(Partition::Aws, ACCOUNT, &wish);
    let stored = json!({"Statement": [{"Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}, "Effect": "Allow",
        "Condition": {"Bool": {"AWS:MultiFactorAuthPresent": [true]}}}]});
    assert!(same_meaning(&made, &stored));
    assert!(!same_meaning(&made, &root_trust()));
    assert_eq!(needs(&made), TrustNeeds { mfa: true, external_id: None });
}

#[test]
fn nothing_wished_leaves_an_existing_trust_alone() {
    let wish = TrustWish { require_mfa: true, external_id: Some("x-1".into()), ..TrustWish::default() };
    let old = create(Partition::Aws, ACCOUNT, &wish);
    assert_eq!(converge(Partition::Aws, ACCOUNT, &old, &TrustWish::default()), old);
    assert_eq!(needs(&old).external_id.as_deref(), Some("x-1"));
}

#[test]
fn stating_principals_replaces_the_list_and_keeps_conditions_and_other_statements() {
    let old = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
    let wish =
        TrustWish { principals: Some(vec!["arn:aws:iam::111122223333:user/ann".into()]), ..TrustWish::default() };
    let new = converge(Partition::Aws, ACCOUNT, &old, &wish);
    assert_eq!(new["Statement"][0], old["Statement"][0]);
    assert_eq!(new["Statement"][1]["Principal"]["AWS"], json!(["arn:aws:iam::111122223333:user/ann"]));
    assert_eq!(new["Statement"][1]["Condition"], old["Statement"][1]["Condition"]);
}

#[test]
fn adding_a_principal_twice_is_adding_it_once() {
    let wish = TrustWish { add: vec!["arn:aws:iam::999988887777:root".into()], ..TrustWish::default() };
    let once = converge(Partition::Aws, ACCOUNT, &root_trust(), &wish);
    assert!(!same_meaning(&once, &root_trust()));
    assert_eq!(converge(Partition::Aws, ACCOUNT, &once, &wish), once);
    let who = trusted(Partition::Aws, ACCOUNT, &once);
    assert!(who.own_account);
    assert_eq!(who.foreign, ["999988887777"]);
}

#[test]
fn a_permission_set_is_trusted_whatever_its_suffix_and_only_once() {
    let wish = TrustWish { permission_sets: vec!["Ops".into()], ..TrustWish::default() };
    let once = converge(Partition::Aws, ACCOUNT, &root_trust(), &wish);
    assert_eq!(
        once["Statement"][1]["Condition"]["ArnLike"]["aws:PrincipalArn"],
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Ops_*"
    );
    assert_eq!(converge(Partition::Aws, ACCOUNT, &once, &wish), once);
}

#[test]
fn a_named_principal_of_the_account_needs_no_group() {
    let wish =
        TrustWish { principals: Some(vec!["arn:aws:iam::111122223333:user/ann".into()]), ..TrustWish::default() };
    let who = trusted(Partition::Aws, ACCOUNT, &create(Partition::Aws, ACCOUNT, &wish));
    assert!(!who.own_account);
    assert_eq!(who.named, ["arn:aws:iam::111122223333:user/ann"]);
}

#[test]
fn mfa_that_only_one_of_two_ways_asks_for_is_no_need() {
    let trust = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
    assert!(!needs(&trust).mfa);
}

#[test]
fn an_external_id_counts_where_those_statements_agree_that_ask_for_one() {
    let statement = |id: Option<&str>| {
        let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"});
        if let Some(id) = id {
            statement["Condition"] = json!({"StringEquals": {"sts:ExternalId": id}});
        }
        statement
    };
    let id = |all: &[Option<&str>]| {
        let list: Vec<_> = all.iter().map(|id| statement(*id)).collect();
        needs(&json!({"Version": "2012-10-17", "Statement": list})).external_id
    };
    assert_eq!(id(&[Some("x-1"), None]).as_deref(), Some("x-1"));
    assert_eq!(id(&[None, Some("x-1"), Some("x-1")]).as_deref(), Some("x-1"));
    assert_eq!(id(&[Some("x-1"), Some("x-2")]), None);
    assert_eq!(id(&[None]), None);
}
