//! Other tools that seem to write `aws-auth` are named by every verb that writes it, and nothing is written without a
//! confirmation.

use serde_json::{Value, json};

use super::desks::{desk, role};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Each mark, and the name of its owner.
fn marks(object: &Value) -> Vec<(Value, &'static str)> {
    let fields = |manager: &str, operation: &str| json!({"managedFields": [{"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {}}}]});
    let applied = json!({"kind": "ConfigMap", "data": object["data"]}).to_string();
    vec![
        (json!({"annotations": {"meta.helm.sh/release-name": "access"}}), "Helm (release access)"),
        (json!({"labels": {"argocd.argoproj.io/instance": "access"}}), "Argo CD (application access)"),
        (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "access"}}), "Flux (access)"),
        (fields("Terraform", "Update"), "Terraform (field manager Terraform)"),
        (fields("delivery", "Apply"), "delivery (server-side apply)"),
        (json!({"annotations": {LAST_APPLIED: applied}}), "kubectl apply"),
    ]
}

/// A desk whose `aws-auth` has work for every verb: a duplicate, an account, and a saved older version.
fn ready() -> (Desk, String) {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --account 444455556666").run();
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let twice = format!("- rolearn: {r}\n  username: a\n- rolearn: {r}\n  username: b\n", r = role("Twice"));
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}{twice}"));
    (desk, list["kept"][0]["id"].as_str().unwrap().to_owned())
}

#[test]
fn every_verb_that_writes_names_the_other_owner_and_asks() {
    let (desk, id) = ready();
    let plain = desk.cloud.config_map("dev").unwrap();
    let verbs = [
        format!("map --cluster dev --principal {} --kubernetes-group g", role("New")),
        format!("map --cluster dev --principal {} --remove --all-duplicates", role("Twice")),
        "map --cluster dev --account 555566667777".to_owned(),
        "map --cluster dev --account 444455556666 --remove".to_owned(),
        "lint --cluster dev --fix".to_owned(),
        format!("restore --cluster dev {id}"),
        "bootstrap --cluster dev --skip kubeconfig --skip verify".to_owned(),
    ];
    for (mark, who) in marks(&plain) {
        let mut object = plain.clone();
        for (field, value) in mark.as_object().unwrap() {
            object["metadata"][field] = value.clone();
        }
        for verb in &verbs {
            desk.cloud.set_config_map("dev", &object);
            desk.cloud.clear_log();
            let ran = desk.eksaccess("creator", verb).status(6).run();
            let shown: String = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains(&format!("it seems to be managed by {who}")), "{verb}: {who}\n{}", ran.stdout);
            assert!(shown.contains("may undo this on its next run"), "{verb}: {who}\n{}", ran.stdout);
            assert!(desk.cloud.writes().is_empty(), "{verb}: {who}");
        }
    }
}

#[test]
fn a_manifest_that_was_applied_before_others_wrote_is_a_word_and_no_question() {
    let (desk, id) = ready();
    let mut object = desk.cloud.config_map("dev").unwrap();
    let applied = json!({"kind": "ConfigMap", "data": {"mapRoles": "[]"}}).to_string();
    object["metadata"]["annotations"] = json!({LAST_APPLIED: applied});
    for (verb, yes) in [
        (format!("map --cluster dev --principal {} --kubernetes-group g", role("New")), ""),
        ("lint --cluster dev --fix".to_owned(), ""),
        (format!("restore --cluster dev {id}"), " --yes"),
    ] {
        desk.cloud.set_config_map("dev", &object);
        let ran = desk.eksaccess("creator", &format!("{verb}{yes}")).run();
        ran.says("from a manifest").says("done");
    }
}

#[test]
fn a_role_that_code_manages_is_reported_where_the_role_is_changed() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role --tag ManagedBy=terraform").run();
    let ran = desk
        .eksaccess("creator", "bootstrap --cluster dev --skip kubeconfig --skip verify --description x")
        .status(6)
        .run();
    ran.says("Terraform (tag ManagedBy)").says("may undo this on its next run");
}
