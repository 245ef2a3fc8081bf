use super::*;

const ACCOUNT: &str = "111122223333";
const ROOT: &str = "arn:aws:iam::111122223333:root";

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
    assert_eq!(needs(&made), TrustNeeds { mfa: true, ..TrustNeeds::default() });
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
fn mfa_that_only_one_of_two_statements_requires_is_not_needed() {
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

#[test]
fn needs_are_read_from_every_shape_of_a_statement() {
    let of = |statement: Value| needs(&json!({"Statement": [statement]}));
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    for (principal, action) in [
        (json!("*"), json!("sts:AssumeRole")),
        (json!({"AWS": ROOT}), json!("sts:Assume*")),
        (json!({"AWS": ROOT, "Service": "ec2.amazonaws.com"}), json!("*")),
    ] {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": mfa});
        assert!(of(statement.clone()).mfa, "{statement}");
    }
    let other = |condition: Value| {
        of(json!({"Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": "sts:*", "Condition": condition}))
    };
    assert!(other(json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})).mfa);
    assert!(!other(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})).mfa, "plain keys get in");
    assert_eq!(other(json!({"StringLike": {"sts:ExternalId": "x-1"}})).external_id.as_deref(), Some("x-1"));
    assert_eq!(other(json!({"StringLike": {"sts:ExternalId": "x-*"}})).external_id, None);
    assert_eq!(
        other(json!({"StringLike": {"sts:SourceIdentity": "*"}})).source_identity.as_deref(),
        Some("StringLike sts:SourceIdentity *")
    );
    assert_eq!(
        other(json!({"StringEquals": {"sts:RoleSessionName": "bot"}})).session_name.as_deref(),
        Some("StringEquals sts:RoleSessionName bot")
    );
    let deny = |condition: Value| {
        needs(&json!({"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}]}))
    };
    assert!(deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})).mfa);
    assert!(!deny(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})).mfa, "plain keys are not denied");
}

#[test]
fn admitted_principals_are_read_from_the_statements_that_allow_assuming() {
    let of = |statements: Value| trusted(Partition::Aws, ACCOUNT, &json!({"Statement": statements}));
    let who = of(json!([
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:TagSession"},
        {"Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": ["*", "AROAQWERTYUIOPASDFGHJ"], "Service": "ec2.amazonaws.com"}, "NotAction": "s3:*"}
    ]));
    assert!(!who.own_account, "tagging a session gives no access");
    assert_eq!(
        who.others,
        ["everyone except account 111122223333 (NotPrincipal)", "*", "AROAQWERTYUIOPASDFGHJ", "ec2.amazonaws.com"]
    );
}
