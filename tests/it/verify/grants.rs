//! The command that grants a missing right: it works, grants the least, and grants it to this principal alone.

use serde_json::{Value, json};

use super::hold::holds_no_placeholder;
use super::world::{MAPPED, desk, mapping, role_arn, verify, world};
use crate::support::cloud::{ACCOUNT, AuthMode};
use crate::support::desk::Desk;

fn link(found: &Value, name: &str) -> Value {
    let links = found["links"].as_array().unwrap();
    links.iter().find(|l| l["name"] == name).unwrap_or_else(|| panic!("no link {name}: {links:#?}")).clone()
}

/// The proposal for a missing right.
fn proposed(desk: &Desk, more: &str) -> String {
    let found = verify(desk, more).status(5).run().json();
    assert_eq!(found["broken"], "rights", "{found:#}");
    let hint = link(&found, "rights")["hint"].as_str().unwrap().to_owned();
    holds_no_placeholder(&hint);
    hint
}

/// Runs a proposed command of this program, as an administrator.
fn typed(desk: &Desk, hint: &str) {
    let command = hint.split("   (").next().unwrap().strip_prefix("eksaccess ").expect("a command of this program");
    let words = command.split(' ').map(|word| word.trim_matches('\'').to_owned());
    words.fold(desk.eksaccess("creator", ""), crate::support::desk::Typed::arg).arg("--yes").run();
}

fn with_entry(policies: &str) -> Desk {
    let desk = desk(world().dev(|dev| dev.mode(AuthMode::Api)));
    let entry = format!("map --cluster dev --role KubernetesAdmin {policies} --yes");
    desk.eksaccess("creator", &entry).run();
    desk
}

#[test]
fn an_entry_that_lacks_a_verb_gets_the_least_policy_and_keeps_the_others() {
    for (can, policy) in [
        ("get pods", "AmazonEKSViewPolicy"),
        ("list deployments", "AmazonEKSViewPolicy"),
        ("get secrets", "AmazonEKSSecretReaderPolicy"),
        ("delete pods", "AmazonEKSEditPolicy"),
        ("create pods/exec", "AmazonEKSEditPolicy"),
        ("create rolebindings", "AmazonEKSAdminPolicy"),
        ("get nodes", "AmazonEKSAdminViewPolicy"),
        ("delete nodes", "AmazonEKSClusterAdminPolicy"),
    ] {
        let desk = with_entry("--kubernetes-group viewers");
        let hint = proposed(&desk, &format!("--can {can}"));
        let whole = format!(
            "eksaccess map --cluster dev --region eu-west-1 --role KubernetesAdmin --append-access-policy {policy}"
        );
        assert_eq!(hint, whole, "{can}");
        typed(&desk, &hint);
        verify(&desk, &format!("--can {can}")).run();
        let entry = desk.cloud.access_entry("dev", &role_arn()).unwrap();
        assert_eq!(entry.groups, ["viewers"]);
    }
}

#[test]
fn a_namespace_is_added_to_those_that_a_policy_has() {
    let desk = with_entry("--access-policy AmazonEKSViewPolicy --policy-namespace shop");
    let hint = proposed(&desk, "-n web --can get pods");
    assert!(
        hint.ends_with("--append-access-policy AmazonEKSViewPolicy --policy-namespace shop --policy-namespace web")
    );
    typed(&desk, &hint);
    verify(&desk, "-n web --can get pods").run();
    verify(&desk, "-n shop --can get pods").run();
    let hint = proposed(&desk, "--can get pods");
    assert!(hint.starts_with("aws eks associate-access-policy --cluster-name dev"), "{hint}");
    assert!(hint.ends_with("AmazonEKSViewPolicy --access-scope type=cluster"), "{hint}");
}

#[test]
fn a_policy_that_does_not_do_is_not_proposed_again() {
    let desk = with_entry("--access-policy AmazonEKSAdminPolicy");
    let hint = proposed(&desk, "");
    assert!(hint.ends_with("--append-access-policy AmazonEKSClusterAdminPolicy"), "{hint}");
    typed(&desk, &hint);
    verify(&desk, "").run();
    assert_eq!(desk.cloud.access_entry("dev", &role_arn()).unwrap().policies.len(), 2, "nothing is taken away");
}

#[test]
fn a_shared_group_is_never_bound() {
    let viewers = MAPPED.replace("system:masters", "viewers");
    let ci = viewers.replace("KubernetesAdmin", "Ci").replace("kubernetes-admin", "'ci:{{SessionName}}'");
    let ops = viewers.replace("KubernetesAdmin", "Ops").replace("kubernetes-admin", "shared");
    let more = ops.replace("/Ops", "/Other");
    let desk = desk(mapping(&format!("{viewers}{ci}{ops}{more}")).home(|account| {
        account.role("Ci").role("Ops").role("Other").allow("ann", &["sts:AssumeRole"], "*");
    }));
    let of = |role: &str, can: &str| {
        let hint = proposed(&desk, &format!("--role {role} --can {can}"));
        assert!(!hint.contains("--group=viewers") && !hint.contains("=cluster-admin"), "{hint}");
        hint
    };
    assert_eq!(
        of("KubernetesAdmin", "get pods"),
        "kubectl create clusterrolebinding KubernetesAdmin-view --clusterrole=view --user=kubernetes-admin   (as an administrator)"
    );
    for role in ["Ci", "Ops"] {
        let group = format!("eksaccess:{ACCOUNT}:role/{role}");
        assert_eq!(
            of(role, "delete pods"),
            format!(
                "eksaccess map --cluster dev --region eu-west-1 --role {role} --append-kubernetes-group {group} && kubectl create clusterrolebinding {role}-edit --clusterrole=edit --group={group}   (as an administrator)"
            ),
            "a username of each session, and one that two roles have"
        );
    }
}

#[test]
fn where_an_entry_may_give_the_same_username_it_is_not_bound() {
    let viewers = MAPPED.replace("system:masters", "viewers");
    let desk = desk(mapping(&viewers).dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)));
    let hint = proposed(&desk, "--can get pods");
    assert!(hint.contains("--group=eksaccess:") && !hint.contains("--user="), "{hint}");
}

#[test]
fn the_default_role_becomes_the_administrator_that_it_promises() {
    let desk = desk(mapping(&MAPPED.replace("system:masters", "viewers")));
    let hint = proposed(&desk, "");
    assert_eq!(
        hint,
        "eksaccess map --cluster dev --region eu-west-1 --role KubernetesAdmin --append-kubernetes-group system:masters"
    );
    typed(&desk, &hint);
    verify(&desk, "").run();
}

#[test]
fn what_a_line_says_of_a_role_is_kept_where_only_its_arn_is_wrong() {
    let text =
        format!("{MAPPED}- rolearn: arn:aws:iam::{ACCOUNT}:role/team/Ci\n  username: ci\n  groups: [deployers]\n");
    let desk = desk(mapping(&text).home(|account| {
        account.role_at("/team/", "Ci", &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}));
        account.allow("ann", &["sts:AssumeRole"], "*");
    }));
    let found = verify(&desk, "--role Ci").status(5).run().json();
    let hint = link(&found, "mapping")["hint"].as_str().unwrap().to_owned();
    assert_eq!(
        hint,
        format!(
            "eksaccess map --cluster dev --region eu-west-1 --principal arn:aws:iam::{ACCOUNT}:role/team/Ci --username ci --kubernetes-group deployers"
        )
    );
    typed(&desk, &hint);
    let found = verify(&desk, "--role Ci").run().json();
    assert_eq!(link(&found, "identity")["text"], "ci with groups deployers, system:authenticated");
}

#[test]
fn rights_that_only_a_person_can_know_are_left_to_words() {
    let desk = desk(world().home(|account| {
        account.role("Ci").allow("ann", &["sts:AssumeRole"], "*");
    }));
    let hint = |more: &str| {
        let found = verify(&desk, more).status(5).run().json();
        let hint = link(&found, "mapping")["hint"].as_str().unwrap().to_owned();
        holds_no_placeholder(&hint);
        hint
    };
    let unsaid = hint("--role Ci");
    let ci = format!("eksaccess map --cluster dev --region eu-west-1 --principal arn:aws:iam::{ACCOUNT}:role/Ci");
    assert!(unsaid.starts_with(&format!("{ci}   (")), "{unsaid}");
    // Run as printed, it grants nothing.
    let command = unsaid.split("   (").next().unwrap().strip_prefix("eksaccess ").unwrap().to_owned();
    desk.eksaccess("creator", &command).status(2).run().warns("--kubernetes-group");
    assert!(hint("--role Ci --can get pods").contains("--append-kubernetes-group eksaccess:"));
    desk.cloud.set_mode("dev", AuthMode::Api);
    let by_entry = hint("--role Ci --can get pods -n web");
    assert!(by_entry.ends_with("--append-access-policy AmazonEKSViewPolicy --policy-namespace web"), "{by_entry}");
    typed(&desk, &by_entry);
    verify(&desk, "--role Ci --can get pods -n web").run();
}

#[test]
fn a_stale_entry_is_recreated_unchanged() {
    let desk = desk(world().dev(|dev| dev.mode(AuthMode::Api)).home(|account| {
        account.role("Ci").allow("ann", &["sts:AssumeRole"], "*");
    }));
    let ci = format!("arn:aws:iam::{ACCOUNT}:role/Ci");
    let made = "--kubernetes-group deployers --access-policy AmazonEKSEditPolicy --policy-namespace shop";
    desk.eksaccess("creator", &format!("map --cluster dev --principal {ci} {made}")).run();
    desk.cloud.with_cluster("dev", |cluster| cluster.entries.get_mut(&ci).unwrap().created_at -= 10_000);
    desk.cloud.recreate_role("Ci");
    let found = verify(&desk, "--role Ci").status(5).run().json();
    let hint = link(&found, "mapping")["hint"].as_str().unwrap().to_owned();
    assert_eq!(
        hint,
        format!(
            "aws eks delete-access-entry --cluster-name dev --region eu-west-1 --principal-arn {ci} && eksaccess map --cluster dev --region eu-west-1 --principal {ci} --username 'Ci:{{{{SessionName}}}}' {made}"
        )
    );
}
