//! A refusal names the missing action, for each action.

use super::acts::{BOOTSTRAP, desk, refused};
use crate::support::cloud::{AuthMode, Effect, Fault};

#[test]
fn a_look_that_is_denied_names_its_action_and_nothing_is_written() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", BOOTSTRAP).run();
    for action in [
        "iam:GetRole",
        "iam:GetGroup",
        "iam:ListGroupPolicies",
        "iam:ListAttachedGroupPolicies",
        "iam:GetUser",
        "eks:DescribeCluster",
        "eks:DescribeAccessEntry",
        "eks:ListAssociatedAccessPolicies",
    ] {
        let operation = action.split(':').nth(1).unwrap();
        desk.cloud.arm(Fault::new(operation, Effect::AccessDenied).always());
        let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
        ran.warns("AccessDenied").warns(&format!("hint: the caller needs the IAM action {action} on "));
        desk.cloud.disarm();
    }
}

#[test]
fn a_write_that_is_denied_names_its_action_and_how_far_the_run_came() {
    for action in [
        "iam:CreateRole",
        "iam:CreateGroup",
        "iam:PutGroupPolicy",
        "iam:AddUserToGroup",
        "eks:CreateAccessEntry",
        "eks:AssociateAccessPolicy",
    ] {
        let desk = desk(AuthMode::Api);
        desk.cloud.arm(Fault::new(action.split(':').nth(1).unwrap(), Effect::AccessDenied).always());
        let ran = desk.eksaccess("creator", BOOTSTRAP).status(1).run();
        ran.warns(&format!("needs the IAM action {action} on ")).warns("done: ").warns("not done: ");
        desk.cloud.disarm();
        desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
    }
}

#[test]
fn changes_of_a_role_that_are_denied_name_theirs() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", "role").run();
    for (action, change) in [
        ("iam:UpdateAssumeRolePolicy", "--require-mfa"),
        ("iam:UpdateRole", "--max-session-duration 7200"),
        ("iam:PutRolePermissionsBoundary", "--permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("iam:TagRole", "--tag team=platform"),
    ] {
        desk.cloud.arm(Fault::new(action.split(':').nth(1).unwrap(), Effect::AccessDenied).always());
        let ran = desk.eksaccess("creator", &format!("role {change} --yes")).status(1).run();
        ran.warns(&format!("needs the IAM action {action} on "));
    }
}
