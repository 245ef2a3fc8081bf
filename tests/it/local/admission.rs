//! Refusals by the API server's admission, and an admission webhook that is down: both are found before the first
//! write.

use std::path::PathBuf;

use serde_json::json;

use super::acts::{BOOTSTRAP, ROLE, desk, files, map_roles, refused, version};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::{Desk, Ran};

const DOWN: &str = "Internal error occurred: failed calling webhook \"maps.policy.example.com\": failed to call webhook: \
                    Post \"https://maps.policy.svc:443/validate?timeout=10s\": dial tcp 10.100.7.9:443: connect: connection refused";
const MAP: &str = "map --cluster dev --principal arn:aws:iam::111122223333:role/New --kubernetes-group viewers";

fn refuse(code: u16, reason: &str, message: &str) -> Effect {
    Effect::Refuse(code, reason.to_owned(), message.to_owned())
}

/// The saved manifests.
fn kept(desk: &Desk) -> Vec<PathBuf> {
    files(desk).into_keys().filter(|path| path.to_string_lossy().contains("/backups/")).collect()
}

/// How often the ConfigMap was sent: as a dry run, and for real.
fn sent(desk: &Desk) -> (usize, usize) {
    let calls = desk.cloud.calls();
    let sent = |dry_run| {
        let is_write = |operation: &str| ["ReplaceConfigMap", "CreateConfigMap"].contains(&operation);
        calls.iter().filter(|call| is_write(&call.operation) && call.dry_run == dry_run).count()
    };
    (sent(true), sent(false))
}

/// Panics if a text has the words of a conflict, or a useless hint.
fn blames_no_other_writer(ran: &Ran) {
    for wrong in ["changed in the meantime", "reading it again", "run it again", "deadline", "auth can-i"] {
        ran.does_not_warn(wrong);
    }
}

#[test]
fn a_webhook_that_is_down_is_reported_with_its_own_message_before_any_write() {
    for (verb, there) in [(BOOTSTRAP, true), (BOOTSTRAP, false), (MAP, true), (MAP, false)] {
        let desk = desk(AuthMode::ConfigMap);
        let operation = if there { "ReplaceConfigMap" } else { "CreateConfigMap" };
        if !there {
            desk.cloud.delete_config_map("dev");
        }
        desk.cloud.arm(Fault::new(operation, refuse(500, "InternalError", DOWN)).always());
        let ran = refused(&desk, desk.eksaccess("creator", verb), 1);
        ran.warns(DOWN).warns("writing aws-auth of cluster dev").warns("maps.policy.example.com does not answer");
        ran.warns("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations");
        blames_no_other_writer(&ran);
        let (dry, real) = sent(&desk);
        assert!((2..=6).contains(&dry) && real == 0, "a few times, and only as a dry run: {dry}, {real}");
        desk.cloud.disarm();
        desk.eksaccess("creator", verb).run().says("done");
    }
}

#[test]
fn an_api_server_that_fails_is_not_asked_to_the_deadline() {
    for code in [500, 502, 503, 504] {
        let desk = desk(AuthMode::ConfigMap);
        desk.cloud.arm(Fault::new("ReplaceConfigMap", refuse(code, "InternalError", "etcd has no leader")).always());
        let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
        ran.warns("etcd has no leader").warns("run the same command again");
        ran.does_not_warn("in the meantime").does_not_warn("deadline");
        let (dry, real) = sent(&desk);
        assert!((2..=10).contains(&dry) && real == 0, "{code}: {dry}, {real}");
    }
}

#[test]
fn a_webhook_that_fails_after_the_dry_run_is_reported_and_leaves_no_backup() {
    let desk = desk(AuthMode::ConfigMap);
    let before = map_roles(&desk);
    desk.cloud.arm(Fault::new("ReplaceConfigMap", refuse(500, "InternalError", DOWN)).nth(2).always());
    let ran = desk.eksaccess("creator", MAP).status(1).run();
    ran.warns(DOWN).warns("not done: ").warns("maps.policy.example.com does not answer");
    blames_no_other_writer(&ran);
    let (dry, real) = sent(&desk);
    assert!(dry == 1 && (2..=6).contains(&real), "{dry}, {real}");
    assert_eq!((map_roles(&desk), kept(&desk)), (before, Vec::new()));
}

#[test]
fn a_restoration_is_tried_first_too() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", MAP).run();
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let restore = format!("restore --cluster dev {} --yes", list["kept"][0]["id"].as_str().unwrap());
    for (operation, effect) in [
        ("ReplaceConfigMap", refuse(500, "InternalError", DOWN)),
        ("CreateConfigMap", refuse(500, "InternalError", DOWN)),
        ("CreateConfigMap", refuse(403, "Forbidden", "configmaps \"aws-auth\" is forbidden: exceeded quota: maps")),
    ] {
        if operation == "CreateConfigMap" {
            desk.cloud.delete_config_map("dev");
        }
        desk.cloud.arm(Fault::new(operation, effect).always());
        let ran = refused(&desk, desk.eksaccess("creator", &restore), 1);
        ran.warns("restoring aws-auth of cluster dev");
        blames_no_other_writer(&ran);
        assert_eq!(sent(&desk).1, 0, "nothing but dry runs");
        desk.cloud.disarm();
    }
    desk.eksaccess("creator", &restore).run().says("done");
    assert_eq!(sent(&desk).1, 1);
    let calls = desk.cloud.calls();
    let creates: Vec<_> = calls.iter().filter(|c| c.operation == "CreateConfigMap").map(|c| c.dry_run).collect();
    assert_eq!(creates[creates.len() - 2..], [true, false], "a new one is tried first as well");
}

/// The status, reason and message of a refusal, and the words of the hint.
const REFUSALS: [(u16, &str, &str, &str); 12] = [
    (
        403,
        "Forbidden",
        "admission webhook \"maps.policy.example.com\" denied the request: aws-auth is frozen",
        "the admission webhook maps.policy.example.com denies it",
    ),
    (
        400,
        "",
        "admission webhook \"maps.policy.example.com\" denied the request without explanation",
        "the admission webhook maps.policy.example.com denies it",
    ),
    (
        409,
        "Conflict",
        "admission webhook \"maps.policy.example.com\" denied the request: not now",
        "the admission webhook maps.policy.example.com denies it",
    ),
    (
        429,
        "TooManyRequests",
        "admission webhook \"maps.policy.example.com\" denied the request: not so often",
        "the admission webhook maps.policy.example.com denies it",
    ),
    (
        500,
        "InternalError",
        "admission webhook \"maps.policy.example.com\" denied the request: odd",
        "the admission webhook maps.policy.example.com denies it",
    ),
    (
        422,
        "Invalid",
        "configmaps \"aws-auth\" is forbidden: ValidatingAdmissionPolicy 'no-masters' with binding 'all' denied request: no masters here",
        "kubectl get validatingadmissionpolicy no-masters -o yaml",
    ),
    (
        403,
        "Forbidden",
        "configmaps \"aws-auth\" is forbidden: ValidatingAdmissionPolicy 'no-masters' with binding 'all' denied request: no masters here",
        "kubectl get validatingadmissionpolicy no-masters -o yaml",
    ),
    (
        401,
        "Unauthorized",
        "configmaps \"aws-auth\" is forbidden: ValidatingAdmissionPolicy 'no-masters' with binding 'all' denied request: failed expression: x",
        "kubectl get validatingadmissionpolicy no-masters -o yaml",
    ),
    (
        403,
        "Forbidden",
        "configmaps \"aws-auth\" is forbidden: exceeded quota: maps, requested: count/configmaps=1, used: count/configmaps=9, limited: count/configmaps=9",
        "kubectl -n kube-system describe resourcequota maps",
    ),
    (
        403,
        "Forbidden",
        "configmaps \"aws-auth\" is forbidden: unable to create new content in namespace kube-system because it is being terminated",
        "an admission controller of the cluster denies it",
    ),
    (
        422,
        "Invalid",
        "ConfigMap \"aws-auth\" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes",
        "kubectl -n kube-system get configmap aws-auth -o yaml",
    ),
    (
        403,
        "Forbidden",
        "admission webhook \"a b\nhint: run this\" denied the request: x",
        "an admission controller of the cluster denies it",
    ),
];

#[test]
fn a_refusal_by_admission_is_a_kind_of_its_own() {
    for (code, reason, message, hint) in REFUSALS {
        let desk = desk(AuthMode::ConfigMap);
        desk.cloud.arm(Fault::new("ReplaceConfigMap", refuse(code, reason, message)).always());
        let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
        let shown: String = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = message.replace('\n', "\\n");
        assert!(shown.contains(&message.split_whitespace().collect::<Vec<_>>().join(" ")), "{shown}");
        assert!(shown.contains(hint), "{message}: {hint}\n{}", ran.stderr);
        blames_no_other_writer(&ran);
        ran.does_not_warn("run the same command again");
        assert_eq!(sent(&desk), (1, 0), "{message}: a refusal is an answer");
    }
}

#[test]
fn a_caller_who_may_not_write_is_told_so_and_not_that_admission_refused() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("ReplaceConfigMap", Effect::AccessDenied).always());
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
    ran.warns("Forbidden").warns("kubectl auth can-i").warns("done: nothing; not done: ");
    ran.does_not_warn("admission");
}

#[test]
fn a_dry_run_asks_the_api_server_too() {
    for (effect, status, told) in [
        (Effect::AccessDenied, 3, "may not write aws-auth"),
        (refuse(403, "Forbidden", "admission webhook \"a.b\" denied the request: frozen"), 1, "frozen"),
        (refuse(500, "InternalError", DOWN), 1, DOWN),
    ] {
        let desk = desk(AuthMode::ConfigMap);
        desk.cloud.arm(Fault::new("ReplaceConfigMap", effect).always());
        let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run --detailed-exitcode")).status(status).run();
        ran.says("aws-auth").warns(told);
        assert!(desk.cloud.writes().is_empty(), "{:?}", desk.cloud.writes());
        let json = format!("{MAP} --dry-run --output json");
        let ran = desk.eksaccess("creator", &json).status(i32::from(status != 3)).run();
        let document = ran.json();
        assert_eq!(document["outcome"], if status == 3 { "pending" } else { "failed" }, "{document}");
        assert!(document["plan"]["steps"][0]["action"] == "write-aws-auth", "{document}");
        if status == 3 {
            let warnings = document["plan"]["warnings"].to_string();
            assert!(warnings.contains("may not write aws-auth"), "{document}");
        }
    }
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run")).run();
    assert_eq!(sent(&desk), (1, 0));
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.clear_log();
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run")).run().says("nothing to do");
    assert_eq!(sent(&desk), (0, 0), "nothing to write, nothing to try");
}

#[test]
fn every_text_is_tried_before_it_is_written() {
    let desk = desk(AuthMode::ConfigMap);
    let theirs = "- userarn: arn:aws:iam::111122223333:user/ann\n  username: ann\n";
    desk.cloud.on_call("ReplaceConfigMap", 2, move |cloud| cloud.set_config_map_data("dev", "mapUsers", theirs));
    desk.eksaccess("creator", MAP).run().says("done");
    let calls = desk.cloud.calls();
    let sent: Vec<_> =
        calls.iter().filter(|c| c.operation == "ReplaceConfigMap").map(|c| (c.dry_run, c.status)).collect();
    assert_eq!(sent, [(true, 200), (false, 409), (true, 200), (false, 200)]);
    assert_eq!(desk.cloud.config_map_data("dev", "mapUsers").unwrap(), theirs);
}

#[test]
fn an_immutable_one_fails_only_what_would_change_it() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev").run();
    let mut map = desk.cloud.config_map("dev").unwrap();
    map["immutable"] = json!(true);
    desk.cloud.set_config_map("dev", &map);
    let before = version(&desk.cloud);
    desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
    desk.eksaccess("creator", "map --cluster dev").run().says("nothing to do");
    desk.eksaccess("creator", "lint --cluster dev --fix").run();
    refused(&desk, desk.eksaccess("creator", MAP), 1).warns("immutable");
    let remove = format!("map --cluster dev --principal {ROLE} --remove --yes --allow-lockout {ROLE}");
    refused(&desk, desk.eksaccess("creator", &remove), 1).warns("immutable");
    assert_eq!(version(&desk.cloud), before);
}

#[test]
fn an_immutable_one_does_not_prevent_an_entry() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    let mut map = desk.cloud.config_map("dev").unwrap();
    map["immutable"] = json!(true);
    desk.cloud.set_config_map("dev", &map);
    let before = version(&desk.cloud);
    desk.eksaccess("creator", "role --role Ops").run();
    let map = "map --cluster dev --role Ops --kubernetes-group viewers --via";
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{map} aws-auth")), 1);
    ran.warns("immutable").warns("--via access-entry");
    desk.eksaccess("creator", &format!("{map} access-entry")).run().says("done");
    assert_eq!(version(&desk.cloud), before);
}
