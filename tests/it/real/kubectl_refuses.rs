//! The results of `verify` for an exec section, compared with the real `kubectl`: it fails if the link is broken, and
//! works once the proposed command was run.

use serde_json::json;

use super::locked_out::hold;
use super::site::Site;
use crate::support::cloud::{ACCOUNT, World};
use crate::verify::world::{ANN, MAPPED, trusting, world};

const SERIAL: &str = "arn:aws:iam::111122223333:mfa/ann";

/// A site where `ann` has access by a context in `F`.
fn site(test: &str, world: World) -> Option<Site> {
    let site = Site::open(test, world)?;
    site.plane.put_aws_auth(&[("mapRoles", MAPPED), ("mapUsers", ANN)]);
    site.eksaccess("ann", "kubeconfig --cluster dev --kubeconfig F").run();
    Some(site)
}

fn proposed(site: &Site) -> String {
    let found = site.eksaccess("ann", "verify --cluster dev --output json --kubeconfig F").run_any().json();
    let link = found["links"].as_array().and_then(|links| links.iter().find(|l| l["name"] == "kubeconfig"));
    link.and_then(|l| l["hint"].as_str()).expect("a command").to_owned()
}

#[test]
fn kubectl_refuses_what_verify_calls_broken() {
    let Some(site) = site("kubectl_refuses_what_verify_calls_broken", world()) else { return };
    let good = site.desk.read("F");
    site.kubectl("ann", "auth whoami").run();
    let no_mode = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.contains("interactiveMode"));
        lines.map(|line| line.replace("k8s.io/v1beta1", "k8s.io/v1") + "\n").collect()
    };
    for (case, text, says) in [
        ("old_api_version", good.replace("k8s.io/v1beta1", "k8s.io/v1alpha1"), "v1alpha1"),
        ("no_interactive_mode", no_mode(&good), "interactiveMode"),
        ("no_program", good.replace("command: eksaccess", "command: aws-iam-authenticator"), "aws-iam-authenticator"),
    ] {
        site.desk.write("F", &text);
        site.kubectl("ann", "auth whoami").status(1).run().warns(says);
        hold(&site, case, "--kubeconfig F");
        let hint = proposed(&site);
        let command = hint.strip_prefix("eksaccess ").expect("a command of this program");
        site.eksaccess("ann", command).args("--kubeconfig F --yes").run();
        site.kubectl("ann", "auth whoami").run().says("kubernetes-admin");
    }
}

#[test]
fn an_mfa_code_is_typed_at_kubectl() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let world = trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}));
    let Some(site) = site("an_mfa_code_is_typed_at_kubectl", world) else { return };
    let whoami = || site.kubectl("ann", "auth whoami -o json").env("AWS_MFA_SERIAL", SERIAL);
    let good = site.desk.read("F");
    site.desk.write("F", &good.replace("IfAvailable", "Never"));
    let (ran, shown) = whoami().status(1).answering("123456\n");
    ran.warns("kubectl does not allow prompts");
    assert!(!shown.contains("MFA code"), "{shown}");
    site.desk.write("F", &good);
    let (ran, shown) = whoami().answering("123456\n");
    assert!(shown.contains("MFA code of"), "{shown}");
    assert_eq!(ran.json()["status"]["userInfo"]["username"], "kubernetes-admin");
    whoami().without_terminal().json();
    // `verify` uses kubectl's cached session; then it reports that kubectl may not prompt, and the proposed command
    // allows it.
    site.desk.write("F", &good.replace("IfAvailable", "Never"));
    let verify = || {
        let typed = site.eksaccess("ann", "verify --cluster dev --output json --kubeconfig F");
        typed.env("AWS_MFA_SERIAL", SERIAL)
    };
    let found = verify().status(5).without_terminal().json();
    assert_eq!(found["broken"], "kubeconfig", "{found:#}");
    let link = found["links"]
        .as_array()
        .and_then(|all| all.iter().find(|l| l["name"] == "kubeconfig"))
        .expect("links")
        .clone();
    let hint = link["hint"].as_str().expect("a command").strip_prefix("kubectl ").expect("of kubectl").to_owned();
    site.kubectl("ann", &hint).run();
    assert_eq!(verify().without_terminal().json()["outcome"], "ok");
}
