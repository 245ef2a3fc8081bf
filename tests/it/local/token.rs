//! `token`: the exec plugin.

use serde_json::Value;

use super::acts::{BOOTSTRAP, ROLE, desk};
use crate::support::cloud::AuthMode;
use crate::support::desk::{Desk, Ran};

fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --skip verify")).run();
    desk.cloud.clear_log();
    desk
}

fn who(desk: &Desk, ran: &Ran) -> (String, String) {
    let credential = ran.json();
    let token = credential["status"]["token"].as_str().unwrap();
    let identity = desk.cloud.identity_of_token("dev", token).unwrap();
    (identity.username, identity.arn)
}

fn assumed(desk: &Desk) -> usize {
    desk.cloud.operations().iter().filter(|o| *o == "AssumeRole").count()
}

#[test]
fn keys_of_the_environment_sign_without_a_call() {
    let desk = ready();
    let ran = desk.eksaccess("creator", "token --cluster dev").run();
    assert_eq!(who(&desk, &ran).1, "arn:aws:iam::111122223333:user/creator");
    assert!(desk.cloud.calls().is_empty());
    assert_eq!(ran.stdout.lines().count(), 1);
}

#[test]
fn a_role_is_assumed_once_and_kept() {
    let desk = ready();
    let args = format!("token --cluster dev --role {ROLE}");
    let first = who(&desk, &desk.eksaccess("member", &args).run());
    assert_eq!(first.0, "kubernetes-admin");
    assert!(first.1.ends_with(":assumed-role/KubernetesAdmin/member"), "{}", first.1);
    assert_eq!(assumed(&desk), 1);
    desk.cloud.clear_log();
    assert_eq!(who(&desk, &desk.eksaccess("member", &args).run()), first);
    assert!(desk.cloud.calls().is_empty(), "{:?}", desk.cloud.calls());
    // Another caller gets no cached session.
    let ran = desk.eksaccess("outsider", &args).status(1).run();
    ran.warns("AccessDenied").warns("hint: ");
    desk.eksaccess("member", &format!("{args} --no-cache")).run();
    assert_eq!(assumed(&desk), 2);
    desk.eksaccess("member", "token --clear-cache").run().says("1 cached");
    desk.eksaccess("member", &args).run();
    assert_eq!(assumed(&desk), 3);
}

#[test]
fn the_other_tools_options_are_understood() {
    let desk = ready();
    for args in [
        format!("token -i dev -r {ROLE} -s someone"),
        format!("token --cluster-name dev --role-arn {ROLE} --session-name someone --region eu-west-1"),
        format!(
            "token --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --role {ROLE} -s someone --duration 900"
        ),
    ] {
        let ran = desk.eksaccess("member", &args).run();
        assert!(who(&desk, &ran).1.ends_with("/someone"), "{args}");
    }
    let ran = desk.eksaccess("member", "token -i dev").env("DEFAULT_ROLE", ROLE).run();
    assert_eq!(who(&desk, &ran).0, "kubernetes-admin");
}

#[test]
fn the_credential_has_the_version_that_kubectl_asked_for() {
    let desk = ready();
    let version = |info: &str| {
        let ran = desk.eksaccess("creator", "token --cluster dev").env("KUBERNETES_EXEC_INFO", info).run();
        let credential = ran.json();
        assert_eq!(credential["kind"], "ExecCredential");
        let end: jiff::Timestamp = credential["status"]["expirationTimestamp"].as_str().unwrap().parse().unwrap();
        let minutes = (end.as_second() - jiff::Timestamp::now().as_second()) / 60;
        assert!((12..=14).contains(&minutes), "{minutes}");
        (credential["apiVersion"].as_str().unwrap().to_owned(), ran.stderr)
    };
    let info = |v: &str| {
        format!(
            "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/{v}\",\"spec\":{{\"interactive\":false}}}}"
        )
    };
    assert_eq!(version(&info("v1")).0, "client.authentication.k8s.io/v1");
    assert_eq!(version(&info("v1beta1")).0, "client.authentication.k8s.io/v1beta1");
    assert_eq!(version("").0, "client.authentication.k8s.io/v1beta1");
    let (old, warning) = version(&info("v1alpha1"));
    assert!(old.ends_with("/v1alpha1") && warning.contains("v1alpha1"), "{old} {warning}");
}

#[test]
fn a_token_never_outlives_the_keys_that_signed_it() {
    let desk = ready();
    let args = format!("token --cluster dev --role {ROLE} --duration 900");
    let credential = desk.eksaccess("member", &args).run().json();
    let end: jiff::Timestamp = credential["status"]["expirationTimestamp"].as_str().unwrap().parse().unwrap();
    assert!(end.as_second() - jiff::Timestamp::now().as_second() <= 840);
}

#[test]
fn fifty_at_once_with_a_cold_cache_assume_the_role_once() {
    let desk = ready();
    let args = format!("token --cluster dev --role {ROLE}");
    let all: Vec<_> = (0..50).map(|_| desk.eksaccess("member", &args).spawn()).collect();
    for child in all {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let credential: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(desk.cloud.identity_of_token("dev", credential["status"]["token"].as_str().unwrap()).is_ok());
    }
    assert_eq!(assumed(&desk), 1);
}

#[test]
fn a_role_that_can_not_be_assumed_is_reported() {
    let desk = ready();
    desk.eksaccess("member", "token --cluster dev --role KubernetesAdmin").status(2).run().warns("full ARN");
    let ran =
        desk.eksaccess("member", "token --cluster dev --role arn:aws:iam::111122223333:user/member").status(2).run();
    ran.warns("only a role can be assumed");
    let ran =
        desk.eksaccess("creator", "token --cluster dev --role arn:aws:iam::111122223333:role/Missing").status(1).run();
    ran.warns("assuming arn:aws:iam::111122223333:role/Missing").warns("hint: ");
    assert!(ran.stdout.is_empty(), "kubectl reads stdout: {}", ran.stdout);
}
