//! MFA for a person at a terminal.

use std::time::Duration;

use serde_json::json;

use super::desks::{calls, kept, token};
use crate::support::cloud::{ACCOUNT, World};
use crate::support::desk::Desk;

fn serial(user: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:mfa/{user}")
}

/// `Ops` needs MFA, `Next` does not.
fn desk() -> Desk {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": root},
        "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}});
    let cloud = World::new().home(move |account| {
        account.user("ann").mfa("ann").allow("ann", &["sts:AssumeRole"], "*");
        account.role_trusting("/", "Ops", &trust).role("Next");
    });
    Desk::new(cloud.start())
}

#[test]
fn the_code_is_typed_once_and_the_session_kept() {
    let desk = desk();
    let (ran, shown) = token(&desk, "ann", &format!("--mfa-serial {}", serial("ann"))).answering("123456\n");
    assert_eq!(ran.json()["kind"], "ExecCredential", "stdout holds the credential alone");
    assert!(shown.contains(&format!("MFA code of {}: ", serial("ann"))), "{shown}");
    assert_eq!((calls(&desk, "AssumeRole"), kept(&desk).len()), (1, 1));
    // kubectl's call names no device; the environment does.
    let ran = token(&desk, "ann", "").env("AWS_MFA_SERIAL", serial("ann")).without_terminal();
    assert_eq!(ran.json()["kind"], "ExecCredential");
    assert_eq!(calls(&desk, "AssumeRole"), 1, "the kept session");
}

#[test]
fn a_device_that_is_only_known_is_asked_for_where_the_role_refuses_without() {
    let desk = desk();
    let known = |role: &str| {
        let command = format!("token --cluster dev --role arn:aws:iam::{ACCOUNT}:role/{role}");
        desk.eksaccess("ann", &command).env("AWS_MFA_SERIAL", serial("ann"))
    };
    let (ran, shown) = known("Next").answering("");
    assert!(ran.json()["status"]["token"].is_string() && !shown.contains("MFA code"), "{shown}");
    let (ran, shown) = known("Ops").answering("123456\n");
    assert!(ran.json()["status"]["token"].is_string() && shown.contains("MFA code"), "{shown}");
    assert_eq!(calls(&desk, "AssumeRole"), 3, "once without, and once with the code");
}

#[test]
fn a_profiles_own_device_is_asked_for() {
    let desk = desk();
    let env = desk.cloud.env("ann");
    let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    let keys = format!("[profile base]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let role = format!(
        "[profile ops]\nsource_profile = base\nrole_arn = {}\nmfa_serial = {}\n",
        super::desks::role(),
        serial("ann")
    );
    desk.write(".aws/config", &(keys + &role));
    let (ran, shown) = desk.eksaccess("ann", "token --cluster dev --profile ops").answering("123456\n");
    assert!(ran.json()["status"]["token"].is_string() && shown.contains("MFA code"), "{shown}");
    desk.eksaccess("ann", "token --cluster dev --profile ops").without_terminal().json();
}

#[test]
fn a_wrong_code_is_reported_and_nothing_is_cached() {
    let desk = desk();
    let typed = |keys: &str| {
        let command = token(&desk, "ann", &format!("--mfa-serial {}", serial("ann"))).status(1);
        command.answering(keys).0
    };
    typed("000000\n").warns("MultiFactorAuthentication failed with invalid MFA one time pass code");
    typed("what?\n").warns("this is not an MFA code: expected six digits");
    let ran = token(&desk, "ann", &format!("--mfa-serial {}", serial("ann"))).status(1).without_terminal();
    ran.warns("there is no terminal to ask on");
    assert!(ran.stdout.is_empty() && kept(&desk).is_empty());
}

#[test]
fn two_devices_are_two_sessions() {
    let desk = desk();
    let next = |device: &str| {
        let command = format!("token --cluster dev --role arn:aws:iam::{ACCOUNT}:role/Next");
        desk.eksaccess("ann", &command).env("AWS_MFA_SERIAL", device).run().json()
    };
    for device in [serial("ann"), serial("bob"), String::new(), serial("ann")] {
        next(&device);
    }
    assert_eq!((calls(&desk, "AssumeRole"), kept(&desk).len()), (3, 3));
}

#[test]
fn the_token_ends_with_the_session_that_signed_it() {
    let desk = desk();
    let command = format!("token --cluster dev --role arn:aws:iam::{ACCOUNT}:role/Next --duration 900");
    let ends = |ran: crate::support::desk::Ran| -> i64 {
        let text = ran.json()["status"]["expirationTimestamp"].as_str().unwrap().to_owned();
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    };
    ends(desk.eksaccess("ann", &command).run());
    let file = kept(&desk).remove(0);
    // The same session six minutes before its end.
    let mut entry: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let end = (jiff::Timestamp::now() + Duration::from_mins(6)).as_second();
    entry["expiration"] = end.into();
    std::fs::write(&file, entry.to_string()).unwrap();
    assert_eq!(ends(desk.eksaccess("ann", &command).run()), end, "not the fourteen minutes of a token");
    assert_eq!(calls(&desk, "AssumeRole"), 1);
    // Keys of a session in the environment, with their expiry.
    let session = desk.cloud.session_env("Next", "ann");
    let mut typed = desk.keyless("token --cluster dev --region eu-west-1");
    for (name, value) in session {
        typed = typed.env(&name, value);
    }
    let end = (jiff::Timestamp::now() + Duration::from_mins(3)).as_second();
    let text = jiff::Timestamp::from_second(end).unwrap().to_string();
    assert_eq!(ends(typed.env("AWS_CREDENTIAL_EXPIRATION", text).run()), end);
}
