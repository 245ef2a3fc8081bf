use serde_json::json;

use super::*;

const ROOT: &str = "arn:aws:iam::111122223333:root";
const ANN: &str = "arn:aws:iam::111122223333:user/team/ann";
const CI: &str = "arn:aws:sts::111122223333:assumed-role/Ci/run-7";

fn trust(principal: &Value, condition: &Value) -> Value {
    json!({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}})
}

fn of(trust: &Value, who: &str) -> Verdict {
    judge(trust, Knock { who: &who.parse().unwrap(), mfa: false, external_id: None })
}

fn why(verdict: &Verdict) -> &WhyNot {
    let Verdict::NotNamed { why } = verdict else { panic!("{verdict:?}") };
    why
}

#[test]
fn it_names_a_principal_or_leaves_it_to_the_account() {
    assert_eq!(of(&trust(&json!({"AWS": ROOT}), &json!({})), ANN), Verdict::ByAccount);
    assert_eq!(of(&trust(&json!({"AWS": "111122223333"}), &json!({})), ANN), Verdict::ByAccount);
    assert_eq!(of(&trust(&json!({"AWS": [ROOT, ANN]}), &json!({})), ANN), Verdict::Named);
    assert_eq!(of(&trust(&json!({"AWS": "arn:aws:iam::111122223333:role/x/Ci"}), &json!({})), CI), Verdict::Named);
    assert_eq!(of(&trust(&json!({"AWS": CI}), &json!({})), CI), Verdict::Named);
    let other_session = CI.replace("run-7", "run-8");
    assert_eq!(why(&of(&trust(&json!({"AWS": CI}), &json!({})), &other_session)), &WhyNot::NamesOthers);
    let globbed = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": ROOT}, "NotAction": "sts:TagSession"}});
    assert_eq!(of(&globbed, ANN), Verdict::ByAccount);
}

#[test]
fn six_causes_are_six_sentences() {
    let role = "arn:aws:iam::111122223333:role/R".parse().unwrap();
    let told = |trust: &Value| of(trust, ANN).told(&ANN.parse().unwrap(), &role);
    let unmet = json!({"StringEquals": {"aws:PrincipalAccount": "444455556666"}});
    let all = [
        (trust(&json!("*"), &json!({})), "it lets any principal of any AWS account (*) assume it"),
        (
            trust(&json!({"Service": "ec2.amazonaws.com"}), &json!({})),
            "the trust of arn:aws:iam::111122223333:role/R trusts only service ec2.amazonaws.com: no user or role may assume it",
        ),
        (
            trust(&json!({"Federated": "accounts.google.com"}), &json!({})),
            "the trust of arn:aws:iam::111122223333:role/R trusts only identity provider accounts.google.com: it is assumed \
             with a token of that provider, not with AWS keys",
        ),
        (
            trust(&json!({"AWS": ROOT}), &unmet),
            "the trust of arn:aws:iam::111122223333:role/R requires StringEquals aws:PrincipalAccount 444455556666, but this caller has 111122223333",
        ),
        (
            trust(&json!({"AWS": ["AIDAQWERTYUIOPASDFGHJ", "444455556666"]}), &json!({})),
            "the trust of arn:aws:iam::111122223333:role/R names AIDAQWERTYUIOPASDFGHJ, the id of a principal that was deleted (a principal recreated under the same name has another id), and neither arn:aws:iam::111122223333:user/team/ann nor its account",
        ),
        (
            trust(&json!({"AWS": "444455556666", "Service": "ec2.amazonaws.com"}), &json!({})),
            "the trust of arn:aws:iam::111122223333:role/R names neither arn:aws:iam::111122223333:user/team/ann nor its account",
        ),
    ];
    for (trust, sentence) in &all {
        assert_eq!(told(trust), *sentence);
    }
}

#[test]
fn its_requirements_are_reported() {
    let with = |condition: Value| trust(&json!({"AWS": ROOT}), &condition);
    let mfa = with(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    assert_eq!(of(&mfa, ANN), Verdict::NeedsMfa);
    let knock = Knock { who: &ANN.parse().unwrap(), mfa: true, external_id: Some("x-1") };
    assert_eq!(judge(&mfa, knock), Verdict::ByAccount);
    let age = with(json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}));
    assert_eq!(of(&age, ANN), Verdict::NeedsMfa);
    assert_eq!(judge(&age, knock), Verdict::ByAccount);
    let id = with(json!({"StringEquals": {"sts:ExternalId": ["x-1"]}}));
    assert_eq!(of(&id, ANN), Verdict::NeedsExternalId { sent: false });
    assert_eq!(judge(&id, knock), Verdict::ByAccount);
    assert_eq!(judge(&id, Knock { external_id: Some("x-2"), ..knock }), Verdict::NeedsExternalId { sent: true });
    let org = with(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}));
    assert_eq!(of(&org, ANN), Verdict::Unclear { condition: "aws:PrincipalOrgID".to_owned() });
    let arn = with(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*/a?n"}}));
    assert_eq!(of(&arn, ANN), Verdict::ByAccount);
    let has = Some(CI.to_owned());
    let condition = "ArnLike aws:PrincipalArn arn:aws:iam::*:user/*/a?n".to_owned();
    assert_eq!(why(&of(&arn, CI)), &WhyNot::Unmet { condition, has });
    let source = with(json!({"Null": {"sts:SourceIdentity": "false"}}));
    assert!(matches!(of(&source, ANN), Verdict::NeedsSourceIdentity(_)));
    let own = with(json!({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}));
    assert_eq!(of(&own, ANN), Verdict::ByAccount);
    let Verdict::NeedsSessionName { wanted, sent } = judge_session(&own, knock, Some("bob")) else { panic!() };
    assert_eq!((wanted.value, sent.as_deref()), (Some("ann".to_owned()), Some("bob")));
    let bot = with(json!({"StringEquals": {"sts:RoleSessionName": "bot"}}));
    let Verdict::NeedsSessionName { wanted, sent } = of(&bot, "arn:aws:iam::111122223333:role/Ci") else { panic!() };
    assert_eq!((wanted.value.as_deref(), sent), (Some("bot"), None));
}

#[test]
fn what_no_call_can_bring_counts_before_what_it_can() {
    let both =
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalType": "AssumedRole"}});
    assert!(matches!(why(&of(&trust(&json!({"AWS": ROOT}), &both), ANN)), WhyNot::Unmet { .. }));
    let service = json!({"StringEquals": {"aws:SourceArn": "arn:aws:x:::y"}});
    assert!(matches!(why(&of(&trust(&json!("*"), &service), ANN)), WhyNot::Unmet { has: None, .. }));
}

#[test]
fn a_session_of_a_permission_set_is_known_by_its_patterns() {
    let of_set =
        |set: &str| format!("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_{set}_0123456789abcdef/ann");
    let made = super::super::trust::create(
        super::super::arn::Partition::Aws,
        "111122223333",
        &super::super::trust::TrustWish { permission_sets: vec!["Ops".into()], ..Default::default() },
    );
    assert_eq!(of(&made, &of_set("Ops")), Verdict::ByAccount);
    assert!(of(&made, &of_set("Ops_Audit")).refuses());
    let elsewhere = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/team/Ci"}});
    assert!(matches!(of(&trust(&json!({"AWS": ROOT}), &elsewhere), CI), Verdict::Unclear { .. }));
}

#[test]
fn a_deny_takes_precedence_over_every_allow() {
    let deny = |condition: Value| {
        json!({"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "sts:*"},
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": condition}]})
    };
    assert_eq!(of(&deny(json!({})), ANN), Verdict::Denied);
    assert_eq!(of(&deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})), ANN), Verdict::NeedsMfa);
    // A user's plain keys do not set the key.
    assert_eq!(of(&deny(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})), ANN), Verdict::Named);
    assert_eq!(of(&deny(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})), ANN), Verdict::Named);
    assert_eq!(
        of(&deny(json!({"StringNotEquals": {"sts:ExternalId": "x"}})), ANN),
        Verdict::NeedsExternalId { sent: false }
    );
    assert!(matches!(
        of(&deny(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})), ANN),
        Verdict::Unclear { .. }
    ));
    let but = |principal: &str| {
        json!({"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "sts:*"},
            {"Effect": "Deny", "NotPrincipal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})
    };
    assert_eq!(of(&but(ANN), ANN), Verdict::Named);
    assert_eq!(of(&but(CI), ANN), Verdict::Denied);
}
