//! The keys that sign, and the calls that are made for them.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::desks::{calls, desk, kept, keyless, role, token};
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;

/// A profile with a user's keys.
fn profile(desk: &Desk, name: &str, user: &str) -> String {
    let env = desk.cloud.env(user);
    let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    format!("[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

fn callers(desk: &Desk) -> Vec<String> {
    let assumed = desk.cloud.calls().into_iter().filter(|c| c.operation == "AssumeRole");
    assumed.map(|c| c.caller.unwrap_or_default()).collect()
}

#[test]
fn keys_in_the_environment_need_no_call() {
    let desk = desk();
    let ran = desk.eksaccess("ann", "token --cluster dev").run();
    assert_eq!(ran.json()["kind"], "ExecCredential");
    assert!(desk.cloud.calls().is_empty() && kept(&desk).is_empty());
    let ran = desk.eksaccess("ann", "token --cluster-id 0a1b --token-only").run();
    assert!(ran.stdout.starts_with("k8s-aws-v1."), "an id alone is enough");
}

#[test]
fn the_keys_that_were_decided_on_assume_the_role() {
    let desk = desk();
    desk.write(".aws/config", &profile(&desk, "bob", "bob"));
    token(&desk, "ann", "--profile bob").run();
    assert_eq!(callers(&desk), [format!("arn:aws:iam::{ACCOUNT}:user/bob")], "the profile goes before the environment");
}

#[test]
fn a_chain_of_profiles_is_walked_role_by_role_and_kept() {
    let desk = desk();
    let text =
        profile(&desk, "base", "ann") + &format!("[profile ops]\nrole_arn = {}\nsource_profile = base\n", role());
    desk.write(".aws/config", &text);
    let next = format!("token --cluster dev --profile ops --role arn:aws:iam::{ACCOUNT}:role/Next");
    keyless(desk.eksaccess("bob", &next)).run();
    assert_eq!(
        callers(&desk),
        [format!("arn:aws:iam::{ACCOUNT}:user/ann"), format!("arn:aws:sts::{ACCOUNT}:assumed-role/Ops/ann")]
    );
    desk.cloud.clear_log();
    keyless(desk.eksaccess("bob", &next)).run();
    assert!(desk.cloud.calls().is_empty());
}

#[test]
fn a_credential_process_is_asked_first_and_its_key_names_the_session() {
    let desk = desk();
    let keys = |user: &str| {
        let env = desk.cloud.env(user);
        let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
        json!({"Version": 1, "AccessKeyId": value("AWS_ACCESS_KEY_ID"), "SecretAccessKey": value("AWS_SECRET_ACCESS_KEY")})
    };
    let file = desk.write(".aws/keys.json", &keys("ann").to_string());
    desk.write(".aws/config", &format!("[profile p]\ncredential_process = cat {}\n", file.display()));
    let ask = || keyless(token(&desk, "ann", "--profile p")).run();
    ask();
    ask();
    assert_eq!(calls(&desk, "AssumeRole"), 1, "the same key: the kept session");
    desk.write(".aws/keys.json", &keys("bob").to_string());
    ask();
    assert_eq!(callers(&desk)[1], format!("arn:aws:iam::{ACCOUNT}:user/bob"), "another key: another session");
}

#[test]
fn two_jobs_with_their_tokens_at_one_path_are_two_identities() {
    let desk = desk();
    let job = |subject: &str| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({"iss": "https://ci.example.com", "sub": subject, "aud": "sts.amazonaws.com"});
        let token = format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims));
        let file = desk.write("token", &token);
        keyless(token_of(&desk))
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", file.display().to_string())
            .env("AWS_ROLE_ARN", format!("arn:aws:iam::{ACCOUNT}:role/Web"))
            .run()
    };
    for subject in ["repo:a", "repo:a", "repo:b", "repo:a"] {
        job(subject);
    }
    assert_eq!(calls(&desk, "AssumeRoleWithWebIdentity"), 2);
    assert_eq!(callers(&desk), ["repo-a", "repo-b"].map(|s| format!("arn:aws:sts::{ACCOUNT}:assumed-role/Web/{s}")));
}

fn token_of(desk: &Desk) -> crate::support::desk::Typed<'_> {
    token(desk, "ann", "")
}

#[test]
fn no_code_is_asked_for_where_kubectl_is_not_interactive() {
    let desk = desk();
    let info =
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}"#;
    let serial = format!("--mfa-serial arn:aws:iam::{ACCOUNT}:mfa/ann");
    let ran = token(&desk, "ann", &serial).env("KUBERNETES_EXEC_INFO", info).status(1).run();
    ran.warns("kubectl does not allow prompts").warns("hint: get the session once on a terminal");
    assert!(ran.stdout.is_empty());
    let ran = token(&desk, "ann", "").env("KUBERNETES_EXEC_INFO", info).run();
    assert_eq!(ran.json()["apiVersion"], "client.authentication.k8s.io/v1");
}

#[test]
fn a_token_that_no_cluster_would_read_is_an_error_with_a_way_out() {
    let desk = desk();
    desk.cloud.set_session_token_length(3500);
    let ran = token(&desk, "ann", "").status(1).run();
    ran.warns("the control plane reads at most 4096").warns("hint: use credentials with a shorter session");
}

#[test]
fn the_end_of_the_keys_is_the_end_of_the_token() {
    let desk = desk();
    let ran = desk.eksaccess("ann", "token --cluster dev").env("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z");
    ran.env("AWS_SESSION_TOKEN", "x").status(1).run().warns("expired at 2001-01-01").warns("aws configure list");
}

#[test]
fn a_metadata_service_that_never_answers_is_not_waited_for() {
    let desk = desk();
    // Accepts connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let command = keyless(token(&desk, "ann", "")).without("AWS_EC2_METADATA_DISABLED");
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url).status(1).run().warns("no AWS credentials were found");
    // It ended after a single call.
    silent.set_nonblocking(true).unwrap();
    assert_eq!(std::iter::from_fn(|| silent.accept().ok()).count(), 1);
}

#[test]
fn a_metadata_service_that_fails_is_asked_once() {
    let desk = desk();
    let failing = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", failing.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    std::thread::spawn(move || {
        for mut stream in failing.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            count.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let command = keyless(token(&desk, "ann", "")).without("AWS_EC2_METADATA_DISABLED");
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url).status(1).run();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn no_log_shows_what_is_signed() {
    let desk = desk();
    // The desk searches every output for secrets.
    token(&desk, "ann", "-vvv").run();
    token(&desk, "ann", "-vvv --no-cache").env("RUST_LOG", "trace").run();
}

#[test]
fn an_empty_variable_is_unset() {
    let desk = desk();
    let text =
        profile(&desk, "base", "ann") + &format!("[profile ops]\nrole_arn = {}\nsource_profile = base\n", role());
    desk.write(".aws/config", &text);
    let ask = || {
        let typed = desk.eksaccess("ann", "token --cluster dev").env("AWS_ACCESS_KEY_ID", "");
        typed.env("AWS_SECRET_ACCESS_KEY", "").env("AWS_PROFILE", "ops").env("DEFAULT_ROLE", "").run()
    };
    ask();
    ask();
    assert_eq!((calls(&desk, "AssumeRole"), kept(&desk).len()), (1, 1), "this saves the session");
    desk.eksaccess("ann", "token --cluster dev --role=").status(2).run().warns("--role");
}

#[test]
fn the_cluster_may_be_in_the_environment() {
    let desk = desk();
    let ask = |more: &str| {
        let typed = desk.eksaccess("creator", &format!("token --token-only {more}"));
        typed.env("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID", "dev").run().stdout
    };
    let of = |token: &str| desk.cloud.identity_of_token("dev", token.trim()).is_ok();
    assert!(of(&ask("")) && of(&ask("--cluster dev")));
    assert!(!of(&ask("--cluster other")), "what is typed goes first");
    desk.eksaccess("ann", "token").env("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID", "").status(2).run();
}

#[test]
fn the_token_that_names_the_session_is_the_one_that_is_exchanged() {
    let desk = desk();
    let token = |subject: &str| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({"iss": "https://ci.example.com", "sub": subject, "aud": "sts.amazonaws.com"});
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims))
    };
    let (pipe, first, second) = (desk.path("pipe"), token("repo:a"), token("repo:b"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let file = pipe.display().to_string();
    // A second read gets another job's token.
    std::thread::spawn(move || {
        for text in [first, second] {
            let _ = std::fs::write(&pipe, text);
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    let typed = keyless(token_of(&desk)).env("AWS_WEB_IDENTITY_TOKEN_FILE", file);
    typed.env("AWS_ROLE_ARN", format!("arn:aws:iam::{ACCOUNT}:role/Web")).run();
    assert_eq!(callers(&desk), [format!("arn:aws:sts::{ACCOUNT}:assumed-role/Web/repo-a")]);
}
