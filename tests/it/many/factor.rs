//! One MFA code for any number of accounts.

use serde_json::json;

use eksaccess::model::arn::Partition;

use super::desks::{count, ops_cluster};
use crate::support::cloud::{ACCOUNT, AuthMode, World};
use crate::support::desk::Desk;

const ACCOUNTS: [&str; 5] = ["222222222222", "333333333333", "444444444444", "555555555555", "666666666666"];

#[test]
fn one_code_is_asked_for_whatever_the_number_of_accounts() {
    let mut world = World::empty().home(|home| {
        home.admin("ann").mfa("ann");
    });
    for id in ACCOUNTS {
        world = world.account(Partition::Aws, id, move |account| {
            let admin = account.aws_policy("AdministratorAccess");
            let trust = json!({ "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
                "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } },
            }] });
            account.node_role("dev-node").role("Team");
            account.role_trusting("/", "Ops", &trust).with_role("Ops", |role| role.attached.push(admin));
        });
        world = world.cluster(ops_cluster(id, &format!("c{}", &id[..1]), AuthMode::Api));
    }
    let desk = Desk::new(world.start());
    desk.write("accounts", &ACCOUNTS.join("\n"));
    let command =
        "map --all-clusters --accounts accounts --account-role Ops --role Team --kubernetes-group sre --dry-run";
    let typed = desk.eksaccess("ann", command).env("AWS_MFA_SERIAL", format!("arn:aws:iam::{ACCOUNT}:mfa/ann"));
    let (ran, shown) = typed.answering("123456\n");
    ran.says("5 clusters in 5 accounts");
    assert_eq!(count(&desk, "GetSessionToken"), 1, "one code a run");
    assert_eq!(shown.matches("MFA code of").count(), 1, "{shown}");
}
