//! Group members in several accounts: a user is added to the group of the user's own account.

use eksaccess::model::arn::Partition;

use super::desks::{BOTH, OTHER, two_accounts};
use crate::local::acts::refused;
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;

fn members(desk: &Desk, account: &str) -> Vec<String> {
    let group = desk.cloud.group_in(Partition::Aws, account, "KubernetesAdmins").unwrap();
    group.members.keys().cloned().collect()
}

#[test]
fn users_named_by_arn_become_members_in_their_own_accounts_alone() {
    let desk = two_accounts();
    let users = format!("--user arn:aws:iam::{ACCOUNT}:user/member --user arn:aws:iam::{OTHER}:user/bob");
    desk.eksaccess("creator", &format!("bootstrap {BOTH} {users} --kubeconfig kube")).run();
    assert_eq!((members(&desk, ACCOUNT), members(&desk, OTHER)), (vec!["member".to_owned()], vec!["bob".to_owned()]));
    let asked: Vec<_> = desk.cloud.calls().into_iter().filter(|call| call.operation == "GetUser").collect();
    assert_eq!(asked.len(), 2, "a user is looked for in the own account alone: {asked:?}");
}

#[test]
fn an_account_without_a_user_still_gets_its_group() {
    let desk = two_accounts();
    let command = format!("bootstrap {BOTH} --user arn:aws:iam::{OTHER}:user/bob --kubeconfig kube");
    desk.eksaccess("creator", &command).run();
    assert_eq!((members(&desk, ACCOUNT), members(&desk, OTHER)), (vec![], vec!["bob".to_owned()]));
}

#[test]
fn a_name_alone_is_refused_over_several_accounts_before_any_call() {
    let desk = two_accounts();
    let typed = desk.eksaccess("creator", &format!("bootstrap {BOTH} --user member --kubeconfig kube"));
    let ran = refused(&desk, typed, 2);
    ran.warns("--user member: 2 accounts are selected").warns("--user arn:aws:iam::111122223333:user/member");
    assert!(desk.cloud.calls().is_empty(), "{:?}", desk.cloud.calls());
}

#[test]
fn a_user_of_an_account_in_which_nothing_is_done_is_refused() {
    let desk = two_accounts();
    for place in
        ["--cluster dev --cluster prod --accounts accounts", "--cluster dev --account-role Ops", "--cluster prod"]
    {
        let more = if place.contains("accounts") { "--account-role Ops" } else { "" };
        let command = format!("bootstrap {place} {more} --user arn:aws:iam::{OTHER}:user/bob --kubeconfig kube");
        refused(&desk, desk.eksaccess("creator", &command), 2).warns("user bob is in account 444455556666");
    }
    desk.eksaccess("creator", "role").run();
    refused(&desk, desk.eksaccess("creator", &format!("group --user arn:aws:iam::{OTHER}:user/bob")), 2)
        .warns("user bob is in account 444455556666");
}

#[test]
fn in_one_account_names_and_arns_mean_the_same() {
    let desk = two_accounts();
    let users = format!("--user member --user arn:aws:iam::{ACCOUNT}:user/member --user outsider");
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", &format!("group {users}")).run();
    assert_eq!(members(&desk, ACCOUNT), ["member", "outsider"]);
}
