//! Console sessions of `aws login` (the cases of the SDKs' `login-provider-test-cases.json`, by their behaviour).

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::desks::{desk, key_of};
use super::machines::Service;
use crate::support::desk::{Desk, Typed};

/// The session's ARN.
const SESSION: &str = "arn:aws:iam::012345678910:user/ann";
const CONFIG: &str = "[profile work]\nlogin_session = arn:aws:iam::012345678910:user/ann\n";

/// A key created for these tests, used for nothing else.
pub(crate) const KEY: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIMQIJb7bcymEGp/toMej0zQJAlLgn+DdsudTvX6a+djnoAoGCCqGSM49
AwEHoUQDQgAEDdLQFvvS6EKppEOrO5k6FQDhCuEBIUFy0mb6BKB8vyxeB9GlSHRI
FCu+Q4NW9vxHpFh3EWJk/ynuIuYC6VtRkg==
-----END EC PRIVATE KEY-----
";

/// Named after the SHA-256 of the session's ARN.
fn file() -> String {
    let name = Sha256::digest(SESSION.as_bytes()).iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    format!(".aws/login/cache/{name}.json")
}

fn login(id: &str, end: &str) -> Value {
    json!({"accessToken": {"accessKeyId": id, "secretAccessKey": "secret-of-the-login", "sessionToken": "session-of-the-login",
        "accountId": "012345678910", "expiresAt": end}, "tokenType": "aws_sigv4", "refreshToken": "refresh-token",
        "idToken": "identity-token", "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": KEY})
}

fn token<'a>(desk: &'a Desk, service: &Service) -> Typed<'a> {
    desk.keyless("token --cluster dev --profile work")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL_SIGNIN", service.url.clone())
}

#[test]
fn fresh_keys_are_taken_from_the_file_without_a_call() {
    let desk = desk();
    desk.write(".aws/config", CONFIG);
    desk.write(&file(), &login("ASIALOGIN", "2099-01-01T00:00:00Z").to_string());
    let service = Service::start(|_| None);
    assert_eq!(key_of(&token(&desk, &service).run().stdout), "ASIALOGIN");
    assert!(service.asked().is_empty());
}

#[test]
fn keys_that_ended_are_renewed_and_kept() {
    let desk = desk();
    desk.write(".aws/config", CONFIG);
    desk.write(&file(), &login("ASIAOLD", "2001-01-01T00:00:00Z").to_string());
    let service = Service::start(|request| {
        let is_right = request.starts_with("post /v1/token ") && request.contains("\r\ndpop: ");
        is_right.then(|| {
            json!({"accessToken": {"accessKeyId": "ASIANEW", "secretAccessKey": "new-secret", "sessionToken": "new-session"},
                "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "next-refresh-token"})
            .to_string()
        })
    });
    assert_eq!(key_of(&token(&desk, &service).run().stdout), "ASIANEW");
    assert_eq!(service.asked().len(), 1);
    let mut kept: Value = serde_json::from_str(&desk.read(&file())).unwrap();
    let end: jiff::Timestamp = kept["accessToken"]["expiresAt"].take().as_str().unwrap().parse().unwrap();
    let lives = end.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((1..=900).contains(&lives), "{lives} s");
    let mut wanted = login("ASIANEW", "");
    wanted["accessToken"]["expiresAt"] = Value::Null;
    wanted["accessToken"]["secretAccessKey"] = json!("new-secret");
    wanted["accessToken"]["sessionToken"] = json!("new-session");
    wanted["refreshToken"] = json!("next-refresh-token");
    assert_eq!(kept, wanted, "what is not new stays");
    assert_eq!(key_of(&token(&desk, &service).run().stdout), "ASIANEW");
    assert_eq!(service.asked().len(), 1, "fresh");
}

#[test]
fn what_can_not_be_renewed_says_how_to_sign_in() {
    let desk = desk();
    desk.write(".aws/config", CONFIG);
    let service = Service::start(|_| None);
    let signs_in = |typed: Typed<'_>| {
        let ran = typed.status(1).run();
        ran.warns("aws login --profile work").does_not_warn("secret-of-the-login").does_not_warn("refresh-token");
    };
    signs_in(token(&desk, &service));
    desk.write(&file(), &login("ASIAOLD", "2001-01-01T00:00:00Z").to_string());
    signs_in(token(&desk, &service));
    signs_in(token(&desk, &service).args("--role arn:aws:iam::111122223333:role/Ops"));
    for field in ["accessToken", "clientId", "refreshToken", "dpopKey"] {
        let mut login = login("ASIANEW", "2099-01-01T00:00:00Z");
        login.as_object_mut().unwrap().remove(field);
        desk.write(&file(), &login.to_string());
        signs_in(token(&desk, &service));
    }
}

#[test]
fn a_caller_that_may_not_renew_is_not_told_to_sign_in() {
    let desk = desk();
    desk.write(".aws/config", CONFIG);
    desk.write(&file(), &login("ASIAOLD", "2001-01-01T00:00:00Z").to_string());
    let service = Service::refusing("AccessDeniedException", |_| {
        json!({"error": "INSUFFICIENT_PERMISSIONS", "message": "no"}).to_string()
    });
    let ran = token(&desk, &service).status(1).run();
    ran.warns("signin:CreateOAuth2Token").does_not_warn("aws login");
}
