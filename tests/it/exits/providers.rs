//! A marked value in each source of keys, and a peer that repeats it: it must not leak.

use serde_json::json;

use super::desks::{desk, left_behind, loud};
use super::echo::{Echo, holds_none};
use crate::support::desk::{Desk, Typed};

const SECRET: &str = "Mark1/secret+of/the/provider/0123456789AB";
const SESSION: &str = "Mark2//session+token/with+signs==0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn marks(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn keyless<'d>(desk: &'d Desk, echo: &Echo, args: &str) -> Typed<'d> {
    desk.keyless(args).env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", echo.url.clone())
}

/// Runs commands that call AWS, in every output format, and checks everything that they leave behind.
fn hold(desk: &Desk, echo: &Echo, marks: &[String], own: &[&str], dress: &dyn for<'d> Fn(Typed<'d>) -> Typed<'d>) {
    let before = echo.asked().len();
    for args in [
        "role --dry-run",
        "role --dry-run --output json",
        "role --output jsonl",
        "verify --cluster dev",
        "verify --cluster dev --output json",
        "token --cluster dev --role arn:aws:iam::111122223333:role/Ops",
    ] {
        let ran = loud(dress(keyless(desk, echo, args)));
        assert_ne!(ran.status, 0, "{args}\n{}", ran.stderr);
        holds_none(&left_behind(desk, &ran, own), marks, args);
    }
    assert!(echo.asked().len() > before, "the peer was asked");
}

#[test]
fn keys_of_the_environment_leave_by_no_door() {
    let (desk, marks) = (desk(), marks(&[SECRET, SESSION]));
    let echo = Echo::start(&marks, |_| None);
    hold(&desk, &echo, &marks, &[], &|typed| {
        typed
            .env("AWS_ACCESS_KEY_ID", "ASIAMARKMARKMARK0000")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", SESSION)
    });
}

#[test]
fn keys_of_a_profile_leave_by_no_door() {
    let (desk, marks) = (desk(), marks(&[SECRET, SESSION]));
    let echo = Echo::start(&marks, |_| None);
    let keys = format!(
        "[boss]\naws_access_key_id = ASIAMARKMARKMARK0000\naws_secret_access_key = {SECRET}\naws_session_token = {SESSION}\n"
    );
    desk.write(".aws/credentials", &keys);
    desk.write(".aws/config", "[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/Ops\nsource_profile = boss\n");
    for profile in ["boss", "ops"] {
        hold(&desk, &echo, &marks, &[".aws/credentials"], &|typed| typed.env("AWS_PROFILE", profile));
    }
}

#[test]
fn what_a_credential_process_prints_leaves_by_no_door() {
    let (desk, marks) = (desk(), marks(&[SECRET, SESSION]));
    let echo = Echo::start(&marks, |_| None);
    let answer = json!({"Version": 1, "AccessKeyId": "ASIAMARKMARKMARK0000", "SecretAccessKey": SECRET,
        "SessionToken": SESSION});
    let file = desk.write("answer.json", &answer.to_string());
    desk.write(".aws/config", &format!("[profile tool]\ncredential_process = cat {}\n", file.display()));
    hold(&desk, &echo, &marks, &["answer.json"], &|typed| typed.env("AWS_PROFILE", "tool"));
}

#[test]
fn a_web_identity_token_leaves_by_no_door() {
    let token =
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2NpIiwic3ViIjoibWFyayJ9.TWFyazMtc2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    let (desk, marks) = (desk(), marks(&[token]));
    let echo = Echo::start(&marks, |_| None);
    let file = desk.write("token.jwt", &format!("{token}\n"));
    let file = file.display().to_string();
    let role = "arn:aws:iam::111122223333:role/Web";
    hold(&desk, &echo, &marks, &["token.jwt"], &|typed| {
        typed.env("AWS_WEB_IDENTITY_TOKEN_FILE", file.clone()).env("AWS_ROLE_ARN", role)
    });
    desk.write(".aws/config", &format!("[profile web]\nrole_arn = {role}\nweb_identity_token_file = {file}\n"));
    hold(&desk, &echo, &marks, &["token.jwt"], &|typed| typed.env("AWS_PROFILE", "web"));
}

#[test]
fn a_login_of_identity_center_leaves_by_no_door() {
    let values = [
        "Mark4-access-token-of-ann-0123456789",
        "Mark5-refresh-token-of-ann-0123456789",
        "Mark6-client-secret-0123456789",
    ];
    let (desk, known) = (desk(), marks(&values));
    let echo = Echo::start(&known, |_| None);
    desk.write(
        ".aws/config",
        "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Dev\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n",
    );
    let login = json!({"startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1", "accessToken": values[0],
        "refreshToken": values[1], "clientId": "c", "clientSecret": values[2],
        "registrationExpiresAt": "2099-01-01T00:00:00Z", "expiresAt": "2099-01-01T00:00:00Z"});
    let name = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    desk.write(name, &login.to_string());
    hold(&desk, &echo, &known, &[name], &|typed| typed.env("AWS_PROFILE", "corp"));
    // The role's keys, once Identity Center has issued them.
    let given = marks(&[SECRET, SESSION, values[0]]);
    let echo = Echo::start(&given, |request| {
        let keys = json!({"accessKeyId": "ASIAMARKMARKMARK0000", "secretAccessKey": SECRET, "sessionToken": SESSION,
            "expiration": 4_102_444_800_000_u64});
        request.starts_with("GET /federation/").then(|| json!({"roleCredentials": keys}).to_string())
    });
    hold(&desk, &echo, &given, &[name], &|typed| typed.env("AWS_PROFILE", "corp"));
}

fn document() -> String {
    json!({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
        "AccessKeyId": "ASIAMARKMARKMARK0000", "SecretAccessKey": SECRET, "Token": SESSION,
        "Expiration": "2099-01-01T00:00:00Z"})
    .to_string()
}

#[test]
fn what_a_container_is_given_leaves_by_no_door() {
    let pod = "Mark7-authorization-of-the-pod-0123456789";
    let (desk, known) = (desk(), marks(&[pod, SECRET, SESSION]));
    let file = desk.write("pod-token", pod).display().to_string();
    for gives in [true, false] {
        // Without issued keys, the peer knows none.
        let known = if gives { known.clone() } else { marks(&[pod]) };
        let echo =
            Echo::start(&known, move |request| (gives && request.starts_with("GET /v1/credentials ")).then(document));
        let uri = format!("{}/v1/credentials", echo.url);
        for by_file in [true, false] {
            let (name, value) = if by_file {
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.clone())
            } else {
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", pod.to_owned())
            };
            hold(&desk, &echo, &known, &["pod-token"], &|typed| {
                typed.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.clone()).env(name, value.clone())
            });
        }
    }
}

#[test]
fn what_an_instance_is_given_leaves_by_no_door() {
    let service = "Mark8-session-of-the-service-0123456789";
    let (desk, known) = (desk(), marks(&[service, SECRET, SESSION]));
    for gives in [true, false] {
        let known = if gives { known.clone() } else { marks(&[service]) };
        let echo = Echo::start(&known, move |request| {
            let base = "GET /latest/meta-data/iam/security-credentials/";
            match request.lines().next()?.trim_end_matches(" HTTP/1.1") {
                "PUT /latest/api/token" => Some(service.to_owned()),
                line if line == base && gives => Some("Node".to_owned()),
                line if line.starts_with(base) && gives => Some(document()),
                _ => None,
            }
        });
        hold(&desk, &echo, &known, &[], &|typed| {
            typed.without("AWS_EC2_METADATA_DISABLED").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", echo.url.clone())
        });
    }
}

#[test]
fn a_proxys_password_leaves_by_no_door() {
    let password = "Mark9pass%2Bword";
    let (desk, known) = (desk(), marks(&[password, "Mark9pass+word"]));
    let echo = Echo::start(&known, |_| None);
    let proxy = echo.url.replace("http://", &format!("http://ann:{password}@"));
    hold(&desk, &echo, &known, &[], &|typed| {
        typed
            .env("AWS_ACCESS_KEY_ID", "AKIAMARKMARKMARK0000")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_ENDPOINT_URL", "http://aws.invalid")
            .env("HTTP_PROXY", proxy.clone())
            .env("HTTPS_PROXY", proxy.clone())
    });
}

#[test]
fn an_mfa_code_never_leaks() {
    let desk = desk();
    let echo = Echo::start(&[], |_| None);
    let typed = keyless(&desk, &echo, "token --cluster dev --role arn:aws:iam::111122223333:role/Ops -vvv")
        .args("--session-name ann --mfa-serial arn:aws:iam::111122223333:mfa/ann")
        .env("AWS_ACCESS_KEY_ID", "AKIAMARKMARKMARK0000")
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    let (ran, _) = typed.status(1).answering("918273\n");
    let sent = echo.asked().concat();
    assert!(sent.contains("TokenCode=918273"), "{sent}");
    ran.does_not_warn("918273").does_not_say("918273");
}
