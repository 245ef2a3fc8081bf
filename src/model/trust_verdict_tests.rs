use serde_json::json;

use super::*;

const ROOT: &str = "arn:aws:iam::111122223333:root";

fn trust(principal: &Value, condition: &Value) -> Value {
    json!({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}})
}

fn of(trust: &Value, who: &str) -> Verdict {
    judge(trust, Knock { who: &who.parse().unwrap(), mfa: false, external_id: None })
}

const ANN: &str = "arn:aws:iam::111122223333:user/team/ann";
const CI: &str = "arn:aws:sts::111122223333:assumed-role/Ci/run-7";

#[test]
fn it_names_somebody_or_leaves_it_to_the_account() {
    assert_eq!(of(&trust(&json!({"AWS": ROOT}), &json!({})), ANN), Verdict::ByAccount);
    assert_eq!(of(&trust(&json!({"AWS": "111122223333"}), &json!({})), ANN), Verdict::ByAccount);
    assert_eq!(of(&trust(&json!({"AWS": [ROOT, ANN]}), &json!({})), ANN), Verdict::Named);
    assert_eq!(of(&trust(&json!({"AWS": "arn:aws:iam::111122223333:role/x/Ci"}), &json!({})), CI), Verdict::Named);
    assert_eq!(of(&trust(&json!({"AWS": CI}), &json!({})), CI), Verdict::Named);
    let other = trust(&json!({"AWS": "arn:aws:iam::444455556666:root"}), &json!({}));
    assert_eq!(of(&other, ANN), Verdict::NotNamed { names_deleted: false });
    let dead = trust(&json!({"AWS": "AIDAQWERTYUIOPASDFGHJ"}), &json!({}));
    assert_eq!(of(&dead, ANN), Verdict::NotNamed { names_deleted: true });
    let service = trust(&json!({"Service": "ec2.amazonaws.com"}), &json!({}));
    assert_eq!(of(&service, ANN), Verdict::NotNamed { names_deleted: false });
}

#[test]
fn what_it_asks_for_is_told() {
    let with = |condition: Value| trust(&json!({"AWS": ROOT}), &condition);
    let mfa = with(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    assert_eq!(of(&mfa, ANN), Verdict::NeedsMfa);
    let knock = Knock { who: &ANN.parse().unwrap(), mfa: true, external_id: Some("x-1") };
    assert_eq!(judge(&mfa, knock), Verdict::ByAccount);
    let id = with(json!({"StringEquals": {"sts:ExternalId": ["x-1"]}}));
    assert_eq!(of(&id, ANN), Verdict::NeedsExternalId { sent: false });
    assert_eq!(judge(&id, knock), Verdict::ByAccount);
    assert_eq!(judge(&id, Knock { external_id: Some("x-2"), ..knock }), Verdict::NeedsExternalId { sent: true });
    let org = with(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}));
    assert_eq!(of(&org, ANN), Verdict::Unclear { condition: "aws:PrincipalOrgID".to_owned() });
    let arn = with(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*/a?n"}}));
    assert_eq!(of(&arn, ANN), Verdict::ByAccount);
    assert_eq!(of(&arn, CI), Verdict::NotNamed { names_deleted: false });
}

#[test]
fn a_deny_goes_before_every_allow() {
    let deny = |condition: Value| {
        json!({"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "sts:*"},
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": condition}]})
    };
    assert_eq!(of(&deny(json!({})), ANN), Verdict::Denied);
    assert_eq!(of(&deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})), ANN), Verdict::NeedsMfa);
    assert_eq!(of(&deny(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})), ANN), Verdict::Named);
}
