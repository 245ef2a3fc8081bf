//! AssumeRole and GetSessionToken.

use serde_json::json;

use super::client::{Answer, Client};
use crate::support::cloud::{Cloud, World};
use eksaccess::model::arn::Partition;

const ROLE: &str = "arn:aws:iam::111122223333:role/R";

fn assume(client: &Client, extra: &[(&str, &str)]) -> Answer {
    let mut params = vec![("RoleArn", ROLE), ("RoleSessionName", "test")];
    params.retain(|(name, _)| extra.iter().all(|(n, _)| n != name));
    params.extend(extra);
    client.sts("AssumeRole", &params)
}

/// A role R with this principal and these conditions.
fn world(principal: serde_json::Value, condition: serde_json::Value) -> World {
    World::new().home(move |home| {
        let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": principal,
            "Action": "sts:AssumeRole", "Condition": condition }] });
        home.role_trusting("/", "R", &trust);
    })
}

#[test]
fn a_trusted_account_leaves_it_to_the_callers_policies() {
    let cloud = world(json!({ "AWS": "arn:aws:iam::111122223333:root" }), json!({})).start();
    let refused = assume(&Client::new(&cloud, "member"), &[]);
    assert_eq!(refused.code(), "403 AccessDenied");
    assert_eq!(
        refused.xml("Message"),
        "User: arn:aws:iam::111122223333:user/member is not authorized to perform: sts:AssumeRole on resource: \
         arn:aws:iam::111122223333:role/R"
    );
    cloud.home(|home| {
        home.group("Rs", &["member"]).group_policy(
            "Rs",
            "AssumeR",
            &json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE }] }),
        );
    });
    assert_eq!(assume(&Client::new(&cloud, "member"), &[]).status, 200);
    assert_eq!(assume(&Client::new(&cloud, "outsider"), &[]).code(), "403 AccessDenied");
}

#[test]
fn a_named_principal_needs_no_policy_but_a_deny_stops_it() {
    let cloud = world(json!({ "AWS": "arn:aws:iam::111122223333:user/member" }), json!({})).start();
    let member = Client::new(&cloud, "member");
    assert_eq!(assume(&member, &[]).status, 200);
    assert_eq!(assume(&Client::new(&cloud, "creator"), &[]).code(), "403 AccessDenied");
    cloud.home(|home| {
        home.user_policy(
            "member",
            "no",
            json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Deny", "Action": "sts:*", "Resource": "*" }] }),
        );
    });
    assert_eq!(assume(&member, &[]).code(), "403 AccessDenied");
}

#[test]
fn between_accounts_both_sides_must_agree() {
    let cloud = world(json!({ "AWS": ["arn:aws:iam::222233334444:root"] }), json!({}))
        .account(Partition::Aws, "222233334444", |other| {
            other.admin("allowed").user("bare");
        })
        .start();
    assert_eq!(assume(&Client::new(&cloud, "allowed"), &[]).status, 200);
    assert_eq!(assume(&Client::new(&cloud, "bare"), &[]).code(), "403 AccessDenied");
    // The role's own account is not named.
    assert_eq!(assume(&Client::new(&cloud, "creator"), &[]).code(), "403 AccessDenied");
}

#[test]
fn an_external_id_must_be_the_right_one() {
    let root = json!({ "AWS": "111122223333" });
    let cloud = world(root, json!({ "StringEquals": { "sts:ExternalId": "ticket-7" } })).start();
    let creator = Client::new(&cloud, "creator");
    assert_eq!(assume(&creator, &[]).code(), "403 AccessDenied");
    assert_eq!(assume(&creator, &[("ExternalId", "ticket-8")]).code(), "403 AccessDenied");
    assert_eq!(assume(&creator, &[("ExternalId", "ticket-7")]).status, 200);
    assert_eq!(assume(&creator, &[("ExternalId", "x")]).code(), "400 ValidationError");
}

#[test]
fn a_one_time_password_may_be_asked_for() {
    let root = json!({ "AWS": "arn:aws:iam::111122223333:root" });
    let cloud = world(root, json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }))
        .home(|home| {
            home.mfa("creator");
        })
        .start();
    let creator = Client::new(&cloud, "creator");
    let serial = ("SerialNumber", "arn:aws:iam::111122223333:mfa/creator");
    assert_eq!(assume(&creator, &[]).code(), "403 AccessDenied");
    let wrong = assume(&creator, &[serial, ("TokenCode", "654321")]);
    assert!(wrong.xml("Message").contains("invalid MFA one time pass code"), "{}", wrong.body);
    assert_eq!(assume(&creator, &[serial, ("TokenCode", "123456")]).status, 200);
    let session = creator.sts("GetSessionToken", &[serial, ("TokenCode", "123456")]);
    let session = creator.with_credentials(&session);
    assert_eq!(assume(&session, &[]).status, 200);
    let plain = creator.with_credentials(&creator.sts("GetSessionToken", &[]));
    assert_eq!(assume(&plain, &[]).code(), "403 AccessDenied");
}

#[test]
fn an_organisation_or_a_pattern_of_principals_may_be_asked_for() {
    let root = json!({ "AWS": ["arn:aws:iam::222233334444:root", "arn:aws:iam::333344445555:root"] });
    let condition = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" },
        "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/team/*" } });
    let cloud = world(root, condition)
        .account(Partition::Aws, "222233334444", |other| {
            other.organization("o-1").user_at("/team/", "inside").allow("inside", &["sts:AssumeRole"], "*");
            other.admin("elsewhere");
        })
        .account(Partition::Aws, "333344445555", |other| {
            other.organization("o-2").user_at("/team/", "foreign").allow("foreign", &["sts:*"], "*");
        })
        .start();
    assert_eq!(assume(&Client::new(&cloud, "inside"), &[]).status, 200);
    assert_eq!(assume(&Client::new(&cloud, "elsewhere"), &[]).code(), "403 AccessDenied");
    assert_eq!(assume(&Client::new(&cloud, "foreign"), &[]).code(), "403 AccessDenied");
}

#[test]
fn durations_and_session_names_have_limits() {
    let root = json!({ "AWS": "arn:aws:iam::111122223333:root" });
    let cloud = world(root, json!({})).start();
    let creator = Client::new(&cloud, "creator");
    for (name, value, code) in [
        ("DurationSeconds", "899", "400 ValidationError"),
        ("DurationSeconds", "900", "200 ok"),
        ("DurationSeconds", "43201", "400 ValidationError"),
        ("DurationSeconds", "7200", "400 ValidationError"),
        ("RoleSessionName", "x", "400 ValidationError"),
        ("RoleSessionName", "a b", "400 ValidationError"),
        ("RoleSessionName", "ann@example.com", "200 ok"),
        ("RoleArn", "arn:aws:iam::111122223333:role/None", "403 AccessDenied"),
        ("RoleArn", "R", "400 ValidationError"),
    ] {
        assert_eq!(assume(&creator, &[(name, value)]).code(), code, "{name}={value}");
    }
}

#[test]
fn a_role_that_assumes_a_role_gets_an_hour_at_most() {
    let cloud = Cloud::start();
    cloud.home(|home| {
        home.role("R").with_role("R", |r| r.max_session_seconds = 43200);
        home.role("First")
            .with_role("First", |r| r.attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into()));
    });
    let creator = Client::new(&cloud, "creator");
    assert_eq!(assume(&creator, &[("DurationSeconds", "43200")]).status, 200);
    let first = creator.assume("arn:aws:iam::111122223333:role/First", "s1");
    assert_eq!(assume(&first, &[("DurationSeconds", "3601")]).code(), "400 ValidationError");
    assert_eq!(assume(&first, &[]).status, 200);
}

#[test]
fn a_boundary_keeps_a_user_from_what_its_policies_allow() {
    let root = json!({ "AWS": "arn:aws:iam::111122223333:root" });
    let cloud = world(root, json!({})).start();
    cloud.edit(|state| {
        let account = state.account_mut(Partition::Aws, "111122223333");
        let boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess".to_owned();
        account.users.get_mut("creator").unwrap().boundary = Some(boundary);
    });
    let creator = Client::new(&cloud, "creator");
    assert_eq!(assume(&creator, &[]).code(), "403 AccessDenied");
    assert_eq!(creator.iam("GetRole", &[("RoleName", "R")]).status, 200);
}

#[test]
fn a_pipelines_token_opens_the_role_that_trusts_its_issuer() {
    use base64::Engine as _;
    let cloud = World::new()
        .home(|home| {
            let provider = "arn:aws:iam::111122223333:oidc-provider/ci.example.com";
            home.role_trusting(
                "/",
                "R",
                &json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
                "Principal": { "Federated": provider }, "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringLike": { "ci.example.com:sub": "repo:team/*" } } }] }),
            );
        })
        .start();
    let client = Client::new(&cloud, "outsider");
    let ask = |issuer: &str, subject: &str, end: i64| {
        let claims = json!({ "iss": issuer, "sub": subject, "aud": "sts.amazonaws.com", "exp": end }).to_string();
        let token = format!("e30.{}.c2ln", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims));
        let body = format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=ci&WebIdentityToken={token}"
        );
        client.raw("POST", "/", &body, &[("host", &client.address)])
    };
    let good = ask("https://ci.example.com", "repo:team/app", 4_000_000_000);
    assert_eq!(good.status, 200, "{}", good.body);
    let session = client.with_credentials(&good);
    assert_eq!(session.sts("GetCallerIdentity", &[]).xml("Arn"), "arn:aws:sts::111122223333:assumed-role/R/ci");
    assert_eq!(ask("https://ci.example.com", "repo:other/app", 4_000_000_000).code(), "403 AccessDenied");
    assert_eq!(ask("https://evil.example.com", "repo:team/app", 4_000_000_000).code(), "403 AccessDenied");
    assert_eq!(ask("https://ci.example.com", "repo:team/app", 1).code(), "400 ExpiredTokenException");
}

#[test]
fn a_session_of_any_role_can_be_had_without_a_call() {
    let cloud = World::new()
        .home(|home| {
            home.reserved_role("Admins", "0123456789abcdef", None);
        })
        .start();
    let env = cloud.session_env("AWSReservedSSO_Admins_0123456789abcdef", "ann@example.com");
    let client = Client::from_env(&env);
    assert_eq!(
        client.sts("GetCallerIdentity", &[]).xml("Arn"),
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/ann@example.com"
    );
}
