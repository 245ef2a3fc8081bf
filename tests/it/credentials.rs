//! The credentials that sign: profiles, the environment, roles in profiles, expired sign-ins.

use crate::support::cloud::Cloud;
use crate::support::desk::{Desk, Typed};

const ACCOUNT: &str = "111122223333";

fn desk() -> Desk {
    Desk::new(Cloud::start())
}

fn keys(desk: &Desk, user: &str) -> (String, String) {
    let env = desk.cloud.env(user);
    let value = |name: &str| env.iter().find(|(n, _)| n == name).expect("the user's keys").1.clone();
    (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"))
}

/// A profile with a user's keys.
fn profile(desk: &Desk, name: &str, user: &str) -> String {
    let (id, secret) = keys(desk, user);
    format!("[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

/// The command without the desk's keys in the environment.
fn keyless(typed: Typed<'_>) -> Typed<'_> {
    typed.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

/// The caller of the cloud's first call other than a sign-in.
fn caller(desk: &Desk) -> String {
    format!("{:?}", desk.cloud.calls().into_iter().find(|c| c.operation == "GetCallerIdentity").expect("a call"))
}

const PLAN: &str = "role --dry-run --output json";

#[test]
fn a_profile_asked_for_comes_before_keys_in_the_environment() {
    let desk = desk();
    desk.write(".aws/config", &profile(&desk, "boss", "creator"));
    desk.eksaccess("outsider", PLAN).arg("--profile").arg("boss").run();
    assert!(caller(&desk).contains("creator"), "{}", caller(&desk));
}

#[test]
fn the_commands_of_a_hint_ask_the_account_and_region_of_the_run() {
    let desk = desk();
    desk.write(".aws/config", &profile(&desk, "chief", "creator"));
    for (run, hint) in [
        ("group --user nemo", "eksaccess role --role KubernetesAdmin --profile chief"),
        ("kubeconfig --cluster nope", "aws eks list-clusters --region eu-west-1 --profile chief"),
        ("verify --cluster nope", "aws eks list-clusters --region eu-west-1 --profile chief"),
    ] {
        let with_profile = |typed: Typed<'_>| typed.arg("--profile").arg("chief").run_any();
        let ran = with_profile(desk.eksaccess("outsider", run));
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains(hint), "{}{}", ran.stdout, ran.stderr);
        let ran = with_profile(desk.eksaccess("outsider", run).args("--output json"));
        assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    }
}

#[test]
fn keys_in_the_environment_come_before_aws_profile_as_in_the_aws_cli() {
    let desk = desk();
    desk.write(".aws/config", &profile(&desk, "other", "outsider"));
    desk.eksaccess("creator", PLAN).env("AWS_PROFILE", "other").run();
    assert!(caller(&desk).contains("creator"), "{}", caller(&desk));
    desk.cloud.clear_log();
    desk.write(".aws/config", &profile(&desk, "other", "creator"));
    keyless(desk.eksaccess("outsider", PLAN)).env("AWS_PROFILE", "other").run();
    assert!(caller(&desk).contains("creator"), "{}", caller(&desk));
}

#[test]
fn a_profile_that_is_nowhere_is_an_error_that_names_those_there_are() {
    let desk = desk();
    desk.write(".aws/config", &(profile(&desk, "boss", "creator") + "[default]\nregion = eu-west-1\n"));
    let ran = desk.eksaccess("creator", "role --dry-run --profile nobody").status(2).run();
    ran.warns("there is no AWS profile `nobody`").warns("boss").warns("default");
    assert!(desk.cloud.calls().is_empty());
}

#[test]
fn a_role_behind_a_profile_is_assumed_at_the_configured_endpoint() {
    let desk = desk();
    desk.eksaccess("creator", &format!("role --role Ops --trust arn:aws:iam::{ACCOUNT}:user/creator")).run();
    let chain = profile(&desk, "boss", "creator")
        + &format!("[profile ops]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Ops\nsource_profile = boss\n");
    desk.write(".aws/config", &chain);
    desk.cloud.clear_log();
    let ran = desk.eksaccess("outsider", "role --dry-run --profile ops -vvv").status(1).run();
    assert!(desk.cloud.operations().iter().any(|o| o.contains("AssumeRole")), "{:?}", desk.cloud.operations());
    ran.warns("AccessDenied").warns("assumed-role/Ops");
}

#[test]
fn an_mfa_code_that_can_not_be_asked_for_is_reported() {
    let desk = desk();
    let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/creator");
    let chain = profile(&desk, "boss", "creator")
        + &format!(
            "[profile ops]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Ops\nsource_profile = boss\nmfa_serial = {serial}\n"
        );
    desk.write(".aws/config", &chain);
    let ran = keyless(desk.eksaccess("creator", "role --dry-run --profile ops")).status(1).run();
    ran.warns(&serial);
    assert!(desk.cloud.calls().is_empty());
}

#[test]
fn missing_credentials_are_reported() {
    let desk = desk();
    let ran = keyless(desk.eksaccess("creator", "role --dry-run")).status(1).run();
    ran.warns("redential");
    assert!(desk.cloud.calls().is_empty());
}

#[test]
fn a_sign_in_that_is_over_says_how_to_sign_in() {
    let desk = desk();
    let sso = "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.invalid/start\n\
               [profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Ops\n";
    desk.write(".aws/config", sso);
    let ran = keyless(desk.eksaccess("creator", "role --dry-run --profile corp")).status(1).run();
    ran.warns("aws sso login --profile corp");
}

#[test]
fn a_credential_process_signs_and_its_failure_is_reported() {
    let desk = desk();
    let (id, secret) = keys(&desk, "creator");
    let answer = format!(r#"{{"Version": 1, "AccessKeyId": "{id}", "SecretAccessKey": "{secret}"}}"#);
    let file = desk.write("answer.json", &answer);
    desk.write(".aws/config", &format!("[profile tool]\ncredential_process = cat {}\n", file.display()));
    desk.eksaccess("outsider", PLAN).arg("--profile").arg("tool").run();
    assert!(caller(&desk).contains("creator"), "{}", caller(&desk));
    desk.write(".aws/config", "[profile tool]\ncredential_process = false\n");
    let ran = desk.eksaccess("outsider", "role --dry-run --profile tool").status(1).run();
    ran.warns("external process");
}

#[test]
fn a_wrong_secret_and_an_unknown_key_are_reported() {
    let desk = desk();
    let ran = desk.eksaccess("creator", "role --dry-run").env("AWS_SECRET_ACCESS_KEY", "wrong").status(1).run();
    ran.warns("SignatureDoesNotMatch");
    let ran = desk.eksaccess("creator", "role --dry-run").env("AWS_ACCESS_KEY_ID", "AKIANOBODY").status(1).run();
    ran.warns("InvalidClientTokenId");
}

#[test]
fn a_missing_region_is_reported() {
    let desk = desk();
    let ran =
        desk.eksaccess("creator", "role --dry-run").without("AWS_REGION").without("AWS_DEFAULT_REGION").status(2).run();
    ran.warns("no AWS region").warns("--region");
    desk.write(".aws/config", "[default]\nregion = eu-west-1\n");
    desk.eksaccess("creator", "role --dry-run").without("AWS_REGION").without("AWS_DEFAULT_REGION").run();
}
