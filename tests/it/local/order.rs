//! The order of a run's writes, so that a failed one leaves nothing dangling; and the owners of what it writes.

use serde_json::json;

use super::acts::{BOOTSTRAP, ROLE, desk, refused};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::Desk;

const RESTORE: &str = "eksaccess restore --cluster dev --region eu-west-1";

#[test]
fn a_binding_that_fails_leaves_no_context_behind() {
    for (mode, operation) in [
        (AuthMode::Api, "CreateAccessEntry"),
        (AuthMode::Api, "AssociateAccessPolicy"),
        (AuthMode::ConfigMap, "PutGroupPolicy"),
        (AuthMode::ConfigMap, "AddUserToGroup"),
    ] {
        let desk = desk(mode);
        desk.cloud.arm(Fault::new(operation, Effect::AccessDenied).always());
        let ran = desk.eksaccess("creator", BOOTSTRAP).status(1).run();
        ran.warns("not done: ");
        assert!(!desk.path("kube").exists(), "{operation}: a context that leads nowhere:\n{}", ran.stderr);
        desk.cloud.disarm();
        desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
        assert!(desk.path("kube").exists());
    }
}

#[test]
fn the_kubeconfig_waits_for_every_other_step() {
    for mode in [AuthMode::ConfigMap, AuthMode::ApiAndConfigMap, AuthMode::Api] {
        let desk = desk(mode);
        let plan = desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run --output json")).run().json();
        let steps = plan["plan"]["steps"].as_array().unwrap();
        let last = steps.last().unwrap();
        assert_eq!(last["action"], "write-kubeconfig", "{last}");
        let before: Vec<_> = (1..steps.len()).collect();
        assert_eq!(last["after"], json!(before), "{last}");
    }
}

/// A desk whose `aws-auth` was saved and is gone.
fn gone() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev").run();
    desk.cloud.delete_config_map("dev");
    desk
}

#[test]
fn where_aws_auth_is_gone_and_backups_are_kept_restoring_is_offered_first() {
    for verb in [
        "map --cluster dev --dry-run",
        "bootstrap --cluster dev --skip kubeconfig --dry-run",
        "map --cluster dev --account 444455556666 --dry-run",
        "lint --cluster dev",
    ] {
        let ran = gone().eksaccess("creator", verb).run();
        let shown: String = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains("cluster dev has no aws-auth"), "{verb}:\n{}", ran.stderr);
        assert!(shown.contains(RESTORE), "{verb}:\n{}", ran.stderr);
    }
    let desk = gone();
    let ran = desk.eksaccess("creator", "verify --cluster dev --role KubernetesAdmin").status(5).run();
    ran.says("aws-auth does not exist").says(RESTORE);
    // The proposed command restores it.
    let list = desk.eksaccess("creator", "restore --cluster dev --region eu-west-1 --list").run();
    assert_eq!(list.stdout.lines().count(), 1, "{}", list.stdout);
    let offered = ran.stdout.lines().find_map(|line| Some(&line[line.find("eksaccess restore")?..])).unwrap();
    let args = offered.trim().trim_start_matches("eksaccess ").to_owned();
    desk.eksaccess("creator", &format!("{args} --yes")).run().says("done");
    assert!(desk.cloud.config_map("dev").is_some());
}

#[test]
fn where_nothing_is_kept_or_the_map_is_there_restoring_is_not_offered() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    let offers = |desk: &Desk, status: i32| {
        let mut shown = String::new();
        for verb in ["map --cluster dev --dry-run", "lint --cluster dev"] {
            let ran = desk.eksaccess("creator", verb).run();
            shown += &(ran.stdout + &ran.stderr);
        }
        let ran = desk.eksaccess("creator", "verify --cluster dev --role KubernetesAdmin").status(status).run();
        shown += &(ran.stdout + &ran.stderr);
        shown.contains("eksaccess restore")
    };
    assert!(!offers(&desk, 5));
    desk.cloud.delete_config_map("dev");
    assert!(!offers(&desk, 5), "nothing is kept");
    // A cluster that uses entries only does not miss it.
    let desk = gone();
    desk.cloud.set_mode("dev", AuthMode::Api);
    let ran = desk.eksaccess("creator", "map --cluster dev --dry-run").run();
    ran.does_not_warn("eksaccess restore");
}

#[test]
fn labels_on_aws_auth_name_their_owner() {
    for (labels, annotations, who) in [
        (
            json!({"app.kubernetes.io/managed-by": "Terraform"}),
            json!({}),
            "Terraform (label app.kubernetes.io/managed-by)",
        ),
        (json!({"app.kubernetes.io/managed-by": "pulumi"}), json!({}), "Pulumi (label app.kubernetes.io/managed-by)"),
        (
            json!({"app.kubernetes.io/managed-by": "opentofu"}),
            json!({}),
            "OpenTofu (label app.kubernetes.io/managed-by)",
        ),
        (json!({"app.kubernetes.io/managed-by": "argocd"}), json!({}), "Argo CD (label app.kubernetes.io/managed-by)"),
        (json!({"app.kubernetes.io/managed-by": "flux"}), json!({}), "Flux (label app.kubernetes.io/managed-by)"),
        (json!({"app.kubernetes.io/managed-by": "our-bot"}), json!({}), "our-bot (label app.kubernetes.io/managed-by)"),
        (json!({"kapp.k14s.io/app": "1"}), json!({}), "kapp"),
        (json!({}), json!({"config.k8s.io/owning-inventory": "x"}), "an inventory tool such as kpt (x)"),
    ] {
        let desk = desk(AuthMode::ConfigMap);
        desk.eksaccess("creator", "role").run();
        let mut map = desk.cloud.config_map("dev").unwrap();
        (map["metadata"]["labels"], map["metadata"]["annotations"]) = (labels, annotations);
        desk.cloud.set_config_map("dev", &map);
        let ran = refused(&desk, desk.eksaccess("creator", "map --cluster dev"), 6);
        let shown: String = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(&format!("it seems to be managed by {who}")), "{who}\n{}", ran.stdout);
    }
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    let mut map = desk.cloud.config_map("dev").unwrap();
    map["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "eksaccess", "app": "x"});
    desk.cloud.set_config_map("dev", &map);
    desk.eksaccess("creator", "map --cluster dev").run().says("done");
}

#[test]
fn tags_on_an_entry_name_their_owner() {
    for (tag, value, who) in [
        ("aws:cloudformation:stack-name", "access", "CloudFormation (stack access)"),
        ("aws:cloudformation:logical-id", "Entry", "CloudFormation"),
        ("services.k8s.aws/controller-version", "eks-v1", "ACK"),
        ("ManagedBy", "Terraform", "Terraform (tag ManagedBy)"),
        ("pulumi:project", "p", "Pulumi (project p)"),
        ("crossplane-name", "x", "Crossplane (x)"),
    ] {
        let desk = desk(AuthMode::Api);
        desk.eksaccess("creator", "role").run();
        let view = "map --cluster dev --kubernetes-group viewers --username someone";
        desk.eksaccess("creator", view).run();
        desk.cloud.with_cluster("dev", |dev| {
            dev.entries.get_mut(ROLE).unwrap().tags.insert(tag.to_owned(), value.to_owned());
        });
        for change in ["--append-kubernetes-group more", "--append-access-policy AmazonEKSViewPolicy"] {
            let ran = refused(&desk, desk.eksaccess("creator", &format!("map --cluster dev {change}")), 6);
            let shown: String = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains(&format!("it seems to be managed by {who}")), "{who}\n{}", ran.stdout);
        }
        // When recreated, it keeps its tags except those that only AWS may set.
        desk.cloud.recreate_role("KubernetesAdmin");
        desk.cloud.with_cluster("dev", |dev| dev.entries.get_mut(ROLE).unwrap().created_at -= 60_000);
        let ran = refused(&desk, desk.eksaccess("creator", view), 6);
        assert!(ran.stdout.contains(who.split(" (").next().unwrap()), "{who}\n{}", ran.stdout);
        desk.eksaccess("creator", &format!("{view} --yes")).run().says("done");
        let tags = desk.cloud.access_entry("dev", ROLE).unwrap().tags;
        assert_eq!(tags.contains_key(tag), !tag.starts_with("aws:"), "{tags:?}");
    }
}
