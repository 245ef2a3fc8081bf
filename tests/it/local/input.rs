//! Errors of a command line are reported before any call or write.

use super::acts::{desk, refused};
use crate::support::cloud::AuthMode;

#[test]
fn malformed_names_and_arns_are_reported_with_the_rule_they_break() {
    let desk = desk(AuthMode::ConfigMap);
    let long = "x".repeat(65);
    for (args, part) in [
        ("bootstrap --cluster a_b! --kubeconfig kube", "--cluster"),
        ("bootstrap --cluster arn:aws:eks:eu-west-1:1:cluster/dev --kubeconfig kube", "--cluster"),
        ("bootstrap --cluster arn:aws:iam::111122223333:role/dev --kubeconfig kube", "--cluster"),
        ("bootstrap --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --region us-east-1", "contradicts"),
        ("bootstrap --cluster dev --role a$b --kubeconfig kube", "not a valid role name"),
        (&format!("role --role {long}"), "1 to 64 characters"),
        ("role --role arn:aws:iam::111122223333:user/r", "not the ARN of an IAM role"),
        ("group --group a/b", "not a valid group name"),
        ("group --user a/b", "not a valid user name"),
        ("group --user arn:aws:iam::111122223333:role/r", "not an IAM user"),
        ("role --path x", "not an IAM path"),
        ("role --trust *", "any AWS account"),
        ("role --permissions-boundary ReadOnlyAccess", "not the ARN of an IAM policy"),
        ("role --permissions-boundary arn:aws:iam::111122223333:role/x", "not the ARN of an IAM policy"),
        ("role --tag aws:x=1", "reserves keys that begin with aws:"),
        ("role --tag eksaccess.dev/owner=me", "says what created the role"),
        ("role --assume-role-arn Planner", "--assume-role-arn"),
        ("role --assume-role-arn arn:aws:iam::111122223333:user/x", "not a role's ARN"),
        ("map --cluster dev --role r --kubernetes-group g --allow-lockout me", "--allow-lockout"),
        ("restore --cluster dev x --allow-lockout me", "--allow-lockout"),
        ("role --trust arn:aws:iam::1111:root", "twelve digits"),
        ("role --trust arn:aws:iam::111122223333:group/g", "can't be a principal"),
        ("role --trust arn:nowhere:iam::111122223333:root", "partition"),
        ("role --external-id x", "--external-id"),
        ("role --org-id x", "--org-id"),
        ("role --tag x", "KEY=VALUE"),
        ("map --cluster dev --principal arn:aws:iam::111122223333:rolle/x --kubernetes-group g", "not an ARN"),
        ("map --cluster dev --principal arn:aws:iam::11112222333:role/x --kubernetes-group g", "twelve digits"),
        ("map --cluster dev --principal permission-set: --kubernetes-group g", "not a valid role name"),
        ("kubeconfig --cluster dev --role arn:aws:s3:::bucket --kubeconfig kube", "--role"),
    ] {
        let ran = refused(&desk, desk.eksaccess("creator", args), 2);
        assert!(ran.stderr.contains(part), "{args}: no {part:?} in\n{}", ran.stderr);
        assert!(desk.cloud.calls().is_empty(), "{args}: asked before it looked at its own command line");
    }
}

#[test]
fn what_clap_refuses_is_usage_too() {
    let desk = desk(AuthMode::ConfigMap);
    for args in [
        "bootstrap",
        "nothing",
        "role --max-session-duration 60",
        "map --cluster dev --via x",
        "role --yes --approve x",
        "bootstrap --cluster dev --detailed-exitcode",
        "map --cluster dev --role a --principal b",
    ] {
        let ran = desk.eksaccess("creator", args).status(2).run();
        assert!(ran.stderr.contains("--help") || ran.stderr.contains("hint: "), "{args}: {}", ran.stderr);
    }
}

#[test]
fn another_partition_is_refused_before_iam_or_the_cluster_has_to() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    let ran = refused(&desk, desk.eksaccess("creator", "role --trust arn:aws-cn:iam::444455556666:root"), 2);
    ran.warns("its own partition");
    for via in ["auto", "aws-auth", "access-entry"] {
        let args = format!(
            "map --cluster dev --principal arn:aws-cn:iam::444455556666:role/r --kubernetes-group g --via {via}"
        );
        refused(&desk, desk.eksaccess("creator", &args), 2).warns("another partition never matches");
    }
}

#[test]
fn a_missing_principal_is_reported_before_any_write() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = refused(
        &desk,
        desk.eksaccess("creator", "bootstrap --cluster dev --user membre --user nobody --kubeconfig kube"),
        1,
    );
    ran.warns("users membre, nobody not found in account 111122223333; nothing was changed").warns("create-user");
    let ran = refused(&desk, desk.eksaccess("creator", "group --role Missing --user member"), 1);
    ran.warns("role Missing not found").warns("eksaccess role --role Missing");
    let ran = refused(&desk, desk.eksaccess("creator", "map --cluster dev --role Missing --kubernetes-group g"), 1);
    ran.warns("Missing not found in account 111122223333");
    let ran = refused(
        &desk,
        desk.eksaccess("creator", "map --cluster dev --principal permission-set:Ops --kubernetes-group g"),
        1,
    );
    ran.warns("permission set Ops has no role in this account");
}
