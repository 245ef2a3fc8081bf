//! `role`: created with the desired values or the defaults, changed only in what the command names.

use serde_json::{Value, json};

use super::acts::{ROLE, desk, does_nothing, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk
}

fn statement(desk: &Desk) -> Value {
    desk.cloud.trust("KubernetesAdmin").unwrap()["Statement"][0].clone()
}

#[test]
fn every_option_counts_at_creation() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.organization("o-abcdefghij");
    });
    let options = "--role Ops --path /team/ --description short --max-session-duration 7200 --tag team=platform --tag a=b \
                   --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess --trust arn:aws:iam::111122223333:user/member \
                   --org-id o-abcdefghij --external-id ticket-42 --require-mfa";
    desk.eksaccess("creator", &format!("role {options}")).run();
    let role = desk.cloud.role("Ops").unwrap();
    assert_eq!(role.named.arn, "arn:aws:iam::111122223333:role/team/Ops");
    assert_eq!((role.description.as_deref(), role.max_session_seconds), (Some("short"), 7200));
    assert_eq!(role.boundary.as_deref(), Some("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    let tags: Vec<_> = role.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(tags, ["a=b", "eksaccess.dev/owner=cli", "team=platform"]);
    let trust = desk.cloud.trust("Ops").unwrap();
    assert_eq!(trust["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::111122223333:user/member");
    assert_eq!(
        trust["Statement"][0]["Condition"],
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"sts:ExternalId": "ticket-42", "aws:PrincipalOrgID": "o-abcdefghij"}})
    );
    does_nothing(&desk, desk.eksaccess("creator", &format!("role {options}")));
    does_nothing(&desk, desk.eksaccess("creator", "role --role Ops"));
    does_nothing(&desk, desk.eksaccess("creator", "role --role ops"));
}

#[test]
fn what_is_not_named_stays_as_it_is() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.role_at("/", "KubernetesAdmin", &json!({"AWS": "arn:aws:iam::111122223333:user/member"}));
        home.with_role("KubernetesAdmin", |role| {
            role.description = Some("theirs".into());
            role.max_session_seconds = 10_000;
            role.tags.insert("team".into(), "x".into());
        });
    });
    does_nothing(&desk, desk.eksaccess("creator", "role"));
    refused(&desk, desk.eksaccess("creator", "role --tag cost=1"), 6).says("eksaccess did not create it");
    desk.eksaccess("creator", "role --tag cost=1 --yes").run();
    let role = desk.cloud.role("KubernetesAdmin").unwrap();
    assert_eq!((role.description.as_deref(), role.max_session_seconds, role.tags.len()), (Some("theirs"), 10_000, 2));
    assert!(!role.tags.contains_key("eksaccess.dev/owner"), "what is adopted is not ours");
    // Only the named one of two settings that IAM updates together.
    desk.eksaccess("creator", "role --description new --yes").run();
    let role = desk.cloud.role("KubernetesAdmin").unwrap();
    assert_eq!((role.description.as_deref(), role.max_session_seconds), (Some("new"), 10_000));
    refused(&desk, desk.eksaccess("creator", "role --tag team=y"), 6).says("the tag team has another value today");
    refused(&desk, desk.eksaccess("creator", "role --path /x/"), 2).warns("path can't be changed");
    refused(&desk, desk.eksaccess("creator", "role --max-session-duration 3600"), 6);
    refused(&desk, desk.eksaccess("creator", "role --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess"), 6);
}

#[test]
fn trust_is_added_to_or_stated_as_a_whole() {
    let desk = ready();
    let (member, other) = ("arn:aws:iam::111122223333:user/member", "444455556666");
    desk.eksaccess("creator", &format!("role --add-trust {other}")).run().says("1 to do: 1 additive");
    let principals = statement(&desk)["Principal"]["AWS"].clone();
    assert_eq!(principals, json!(["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]));
    for same in [other, "arn:aws:iam::444455556666:root"] {
        does_nothing(&desk, desk.eksaccess("creator", &format!("role --add-trust {same}")));
    }
    refused(&desk, desk.eksaccess("creator", &format!("role --trust {member}")), 6).says("overwriting");
    desk.eksaccess("creator", &format!("role --trust {member} --yes")).run();
    assert_eq!(statement(&desk)["Principal"]["AWS"], member);
    does_nothing(&desk, desk.eksaccess("creator", &format!("role --trust {member}")));
    assert!(desk.cloud.role("KubernetesAdmin").unwrap().named.arn == ROLE);
}

#[test]
fn a_misspelt_principal_is_reported_and_the_role_is_not_created() {
    let desk = desk(AuthMode::ConfigMap);
    let ran =
        desk.eksaccess("creator", "role --trust arn:aws:iam::111122223333:user/membre --timeout 2").status(1).run();
    ran.warns("MalformedPolicyDocument").warns("check its ARN");
    assert!(desk.cloud.role("KubernetesAdmin").is_none());
}

#[test]
fn a_permission_set_may_take_the_role_whatever_its_suffix() {
    let desk = ready();
    desk.cloud.home(|home| {
        home.reserved_role("Ops", "0123456789abcdef", Some("eu-west-1"));
    });
    desk.eksaccess("creator", "role --trust-permission-set Ops --yes").run();
    let trust = desk.cloud.trust("KubernetesAdmin").unwrap();
    let text = trust.to_string();
    assert!(
        text.contains("role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Ops_????????????????\"")
            && text.contains("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_????????????????\"")
            && text.contains("ArnLike"),
        "{text}"
    );
    does_nothing(&desk, desk.eksaccess("creator", "role --trust-permission-set Ops"));
    does_nothing(&desk, desk.eksaccess("creator", "role"));
}

#[test]
fn a_trust_that_iam_spells_differently_is_left_alone() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.role_trusting("/", "KubernetesAdmin", &json!({"Version": "2012-10-17", "Id": "x", "Statement": [
            {"Action": ["sts:AssumeRole"], "Condition": {}, "Effect": "Allow", "Principal": {"AWS": ["111122223333"]}, "Sid": "Theirs"}]}));
    });
    does_nothing(&desk, desk.eksaccess("creator", "role --trust arn:aws:iam::111122223333:root"));
}

#[test]
fn a_role_may_be_named_by_its_arn_where_it_is_of_the_callers_account() {
    let desk = ready();
    let arn = "arn:aws:iam::111122223333:role/KubernetesAdmin";
    desk.eksaccess("creator", &format!("role --role {arn} --add-trust arn:aws:iam::111122223333:user/member --yes"))
        .run();
    assert!(desk.cloud.trust("KubernetesAdmin").unwrap().to_string().contains("user/member"));
    let other = "role --role arn:aws:iam::111122223333:user/member";
    desk.eksaccess("creator", other).status(2).run().warns("is not the ARN of an IAM role");
    let elsewhere = "role --role arn:aws:iam::111122223333:role/team/KubernetesAdmin";
    desk.eksaccess("creator", elsewhere).status(2).run().warns("exists with the path /");
}
