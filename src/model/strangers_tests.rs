use serde_json::json;

use super::*;
use crate::model::Partition;
use crate::model::trust;

const ACCOUNT: &str = "111122223333";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const ANN: &str = "arn:aws:iam::111122223333:user/people/ann";
const FAR: &str = "arn:aws:iam::444455556666:role/Far";

fn role() -> Principal {
    "arn:aws:iam::111122223333:role/KubernetesAdmin".parse().unwrap()
}

fn nobody() -> Named {
    Named::alone(&role())
}

fn allow(principal: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

fn words(trust: &Value, named: &Named) -> String {
    told(&strangers(trust, named)).unwrap_or_default()
}

#[test]
fn what_this_program_writes_lets_in_no_strangers() {
    let wishes = [
        TrustWish::default(),
        TrustWish { principals: Some(vec![ANN.into(), "444455556666".into()]), ..TrustWish::default() },
        TrustWish { permission_sets: vec!["Ops".into()], require_mfa: true, ..TrustWish::default() },
        TrustWish { add: vec![FAR.into()], external_id: Some("x1".into()), ..TrustWish::default() },
    ];
    for wish in wishes {
        let made = trust::create(Partition::Aws, ACCOUNT, &wish);
        assert_eq!(words(&made, &nobody().with_trust(&wish)), "", "{made}");
    }
}

#[test]
fn the_own_account_is_not_a_stranger_however_it_is_written() {
    for own in [json!({"AWS": ROOT}), json!({"AWS": ACCOUNT}), json!({"AWS": [ROOT]})] {
        assert_eq!(words(&allow(&own), &nobody()), "");
    }
    let other_partition = allow(&json!({"AWS": "arn:aws-cn:iam::111122223333:root"}));
    assert_eq!(words(&other_partition, &nobody()), "its trust allows account 111122223333");
}

#[test]
fn other_admitted_principals_are_named() {
    for (principal, told) in [
        (json!("*"), "allows everyone (*)"),
        (json!({"AWS": [ROOT, "*"]}), "allows everyone (*)"),
        (json!({"AWS": "444455556666"}), "allows account 444455556666"),
        (json!({"AWS": FAR}), "allows arn:aws:iam::444455556666:role/Far"),
        (
            json!({"AWS": [ROOT, ANN, FAR]}),
            "allows arn:aws:iam::111122223333:user/people/ann and arn:aws:iam::444455556666:role/Far",
        ),
        (json!({"Service": ["ec2.amazonaws.com"]}), "allows the service ec2.amazonaws.com"),
        (
            json!({"Federated": "cognito-identity.amazonaws.com"}),
            "allows the identity provider cognito-identity.amazonaws.com",
        ),
        (json!({"AWS": "AROAEXAMPLEEXAMPLE123"}), "allows AROAEXAMPLEEXAMPLE123, the id of a deleted principal"),
        (json!({"CanonicalUser": "x"}), "can't be judged: a statement names a principal of the kind CanonicalUser"),
        (
            json!({"AWS": "arn:aws:iam::111122223333:role/*"}),
            "can't be judged: a statement names the principal arn:aws:iam::111122223333:role/*",
        ),
        (json!({"AWS": "a\nb"}), "can't be judged: a statement names the principal a\\nb"),
        (json!({"AWS": [ROOT, 5]}), "can't be judged: the principals of a statement can't be read"),
        (json!({}), "can't be judged: the principals of a statement can't be read"),
        (json!("arn:aws:iam::111122223333:root"), "can't be judged: the principals of a statement can't be read"),
    ] {
        assert_eq!(words(&allow(&principal), &nobody()), format!("its trust {told}"), "{principal}");
    }
}

#[test]
fn a_named_principal_is_not_a_stranger_and_covers_no_others() {
    let named = |text: &str| nobody().with_principals([text]);
    let lets_in = |text: &str| allow(&json!({"AWS": text}));
    assert_eq!(words(&lets_in(ANN), &named(ANN)), "");
    assert_eq!(words(&lets_in(FAR), &named("444455556666")), "", "its account was named");
    assert_eq!(words(&lets_in(&role().to_string()), &nobody()), "", "the role itself");
    let session = "arn:aws:sts::444455556666:assumed-role/Far/s";
    assert_eq!(words(&lets_in(session), &named(FAR)), "", "a session of the role that was named");
    for (trusted, name) in [
        (ANN, ROOT),
        (ANN, "arn:aws:iam::111122223333:user/ann"),
        ("arn:aws:iam::444455556666:root", FAR),
        (FAR, session),
        ("arn:aws:iam::444455556666:user/Far", FAR),
    ] {
        assert_ne!(words(&lets_in(trusted), &named(name)), "", "{trusted} by {name}");
    }
}

#[test]
fn a_permission_set_names_its_own_roles_alone() {
    let wish = TrustWish { permission_sets: vec!["Ops".into()], ..TrustWish::default() };
    let named = nobody().with_trust(&wish);
    let role = |path: &str, name: &str| allow(&json!({"AWS": format!("arn:aws:iam::111122223333:role{path}{name}")}));
    let reserved = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    assert_eq!(words(&role(reserved, "AWSReservedSSO_Ops_0123456789abcdef"), &named), "");
    for (path, name) in [
        ("/", "AWSReservedSSO_Ops_0123456789abcdef"),
        (reserved, "AWSReservedSSO_Ops_Audit_0123456789abcdef"),
        (reserved, "AWSReservedSSO_Ops_0123"),
    ] {
        assert_ne!(words(&role(path, name), &named), "", "{path}{name}");
    }
}

#[test]
fn identity_centers_own_federation_is_what_a_reserved_role_is_for() {
    let reserved = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef";
    let reserved = Named::alone(&reserved.parse().unwrap());
    let saml = |name: &str| {
        let provider = format!("arn:aws:iam::111122223333:saml-provider/{name}");
        json!({"Statement": {"Effect": "Allow", "Principal": {"Federated": provider},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}})
    };
    assert_eq!(words(&saml("AWSSSO_0123456789abcdef_DO_NOT_DELETE"), &reserved), "");
    assert_ne!(words(&saml("Theirs"), &reserved), "");
    assert_ne!(words(&saml("AWSSSO_0123456789abcdef_DO_NOT_DELETE"), &nobody()), "", "a role of any other path");
}

#[test]
fn a_condition_makes_no_principal_known_and_is_reported() {
    let mut far = allow(&json!({"AWS": "444455556666"}));
    far["Statement"][0]["Condition"] = json!({"StringEquals": {"sts:ExternalId": "x1", "aws:PrincipalOrgID": "o-1"}});
    assert_eq!(
        words(&far, &nobody()),
        "its trust allows account 444455556666 (under the conditions sts:ExternalId, aws:PrincipalOrgID)"
    );
}

#[test]
fn actions_are_those_that_let_someone_in() {
    let with =
        |action: &Value| json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": action}]});
    for (action, told) in [
        (json!("sts:AssumeRole"), ""),
        (json!(["STS:assumerole", "sts:TagSession", "sts:SetSourceIdentity"]), ""),
        (json!("sts:*"), "its trust allows actions by a pattern (sts:*)"),
        (json!("sts:Assume*"), "its trust allows actions by a pattern (sts:Assume*)"),
        (json!(["sts:AssumeRol?", "*"]), "its trust allows actions by a pattern (sts:AssumeRol?, *)"),
        (json!("s3:GetObject"), "its trust can't be judged: a statement allows s3:getobject"),
        (json!(null), "its trust can't be judged: the actions of a statement can't be read"),
    ] {
        assert_eq!(words(&with(&action), &nobody()), told, "{action}");
    }
    let tags = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:TagSession"}]});
    assert_eq!(words(&tags, &nobody()), "", "tags let nobody in");
    let not = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": ROOT}, "NotAction": "sts:TagSession"}]});
    assert_eq!(words(&not, &nobody()), "its trust allows actions by a pattern (all except a list, NotAction)");
}

#[test]
fn what_can_not_be_read_counts_as_open() {
    for (trust, why) in [
        (json!(null), "it is not a policy document"),
        (json!([]), "it is not a policy document"),
        (json!({}), "it has no statements"),
        (json!({"Statement": "x"}), "it has no statements"),
        (json!({"Statement": [], "statement": []}), "it has the unknown element statement"),
        (json!({"Statement": ["x"]}), "a statement is not an object"),
        (json!({"Statement": {"effect": "Allow"}}), "a statement has the unknown element effect"),
        (json!({"Statement": {"Effect": "allow"}}), "a statement neither allows nor denies"),
    ] {
        assert_eq!(words(&trust, &nobody()), format!("its trust can't be judged: {why}"), "{trust}");
    }
    assert_eq!(words(&json!({"Statement": []}), &nobody()), "", "no statement gives no access");
    assert_eq!(words(&json!({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*"}}), &nobody()), "");
}

#[test]
fn each_is_listed_once_and_of_many_the_first() {
    let both = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
    assert_eq!(words(&both, &nobody()), "its trust allows everyone (*)");
    let many: Vec<_> = (0..12).map(|n| format!("4444555566{n:02}")).collect();
    let told = words(&allow(&json!({"AWS": many})), &nobody());
    assert!(told.ends_with("account 444455556607 and 4 more"), "{told}");
}

#[test]
fn a_wide_pattern_of_permission_sets_lets_in_strangers_and_the_exact_one_does_not() {
    let role: Principal = "arn:aws:iam::111122223333:role/Ops".parse().unwrap();
    let found = |suffix: &str| {
        let pattern =
            format!("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_{suffix}");
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:PrincipalArn": pattern}}}]});
        told(&strangers(&trust, &Named::alone(&role)))
    };
    assert_eq!(found("????????????????"), None);
    assert!(found("*").unwrap().starts_with("its trust allows every permission set whose name begins as in "));
}
