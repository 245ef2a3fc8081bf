//! Names that do not exist, and missing options: each error names the next command, which the desk checks.

use std::path::Path;

use super::desks::desk;
use crate::support::cloud::{ACCOUNT, AuthMode, World};
use crate::support::desk::Desk;
use crate::support::hints;

#[test]
fn a_home_that_is_not_known_is_asked_for() {
    let desk = desk();
    for (args, status, hint) in [
        ("history", 1, "set HOME"),
        ("kubeconfig --cluster dev --role KubernetesAdmin", 2, "name a file: --kubeconfig FILE"),
        ("restore --cluster dev --list", 2, "name it: --backup-dir DIR"),
    ] {
        desk.eksaccess("creator", args).without("HOME").status(status).run().warns(hint);
    }
}

#[test]
fn a_verb_that_does_not_exist_has_no_manual() {
    desk().eksaccess("creator", "man mop").status(2).run().warns("list the verbs: eksaccess --help");
}

#[test]
fn a_removal_by_two_names_is_refused() {
    let remove = format!("map --cluster dev --remove --principal arn:aws:iam::{ACCOUNT}:role/A --username a");
    desk().eksaccess("creator", &remove).status(2).run().warns("leave one of them out");
}

#[test]
fn an_access_entry_is_removed_by_the_proposed_command() {
    let desk = desk();
    let by_name = "map --cluster dev --remove --via access-entry --role KubernetesAdmin";
    desk.eksaccess("creator", by_name)
        .status(2)
        .run()
        .warns("name the cluster (--cluster) and the principal by its full ARN");
    let by_arn = by_name.replace("--role ", &format!("--principal arn:aws:iam::{ACCOUNT}:role/"));
    desk.eksaccess("creator", &by_arn).status(2).run().warns("aws eks delete-access-entry --cluster-name dev");
}

#[test]
fn a_context_that_names_no_cluster_of_eks_is_reported() {
    let desk = desk();
    let verify = |kubeconfig: &str| {
        desk.write(".kube/config", kubeconfig);
        desk.eksaccess("creator", "verify --context c").status(2).run()
    };
    verify("apiVersion: v1\nkind: Config\n").warns("name the cluster instead: --cluster NAME");
    verify(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: k\n  cluster: {server: 'https://127.0.0.1:1'}\ncontexts:\n\
         - name: c\n  context: {cluster: k, user: u}\nusers:\n- name: u\n  user: {token: t}\n",
    )
    .warns("name the cluster: --cluster NAME (and --server URL for a tunnel)");
}

#[test]
fn a_kubeconfig_that_can_not_be_edited_is_shown_by_its_quoted_name() {
    let desk = desk();
    desk.eksaccess("creator", "role").run();
    desk.write("my file", "apiVersion: v1\nkind: Config\nclusters: [}\n");
    let typed =
        desk.eksaccess("creator", "kubeconfig --cluster dev --role KubernetesAdmin --kubeconfig").arg("my file");
    typed.status(1).run().warns("kubectl config view --kubeconfig 'my file'");
}

#[test]
fn a_permission_set_with_two_roles_is_named_in_full() {
    let desk = Desk::new(
        World::new()
            .home(|account| {
                account.reserved_role("Ops", "0123456789abcdef", None).reserved_role("Ops", "fedcba9876543210", None);
            })
            .start(),
    );
    let map = "map --cluster dev --principal permission-set:Ops --kubernetes-group g";
    desk.eksaccess("creator", map).status(1).run().warns("name one of them: --principal arn:aws:iam::");
}

#[test]
fn a_mode_that_was_switched_under_way_is_looked_at_anew() {
    let desk = Desk::new(World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)).start());
    desk.eksaccess("creator", "role").run();
    desk.cloud.on_call("CreateAccessEntry", 1, |cloud| cloud.set_mode("dev", AuthMode::ConfigMap));
    let ran = desk.eksaccess("creator", "map --cluster dev").status(1).run();
    ran.warns("run the same command again to see the new plan");
}

#[test]
fn a_manifest_that_can_not_be_replaced_may_be_passed_through() {
    let desk = desk();
    // The name has the maximum length, so a temporary name next to it would be too long.
    let name = "m".repeat(255);
    desk.write(&name, super::output::MAP);
    let map = format!("map --file {name} --role arn:aws:iam::{ACCOUNT}:role/B --username b --kubernetes-group g --yes");
    desk.eksaccess("creator", &map).status(1).run().warns("pass it through instead: --file - < OLD > NEW");
}

#[test]
fn a_plan_that_could_not_be_shown_is_not_asked_about() {
    let desk = desk();
    desk.eksaccess("creator", "role --role Dev").run();
    desk.eksaccess("creator", "map --cluster dev --role Dev --kubernetes-group a").run();
    let line = "eksaccess map --cluster dev --role Dev --kubernetes-group b > /dev/full";
    let terminal = desk.program(Path::new("/bin/sh"), "creator", "-c").arg(line).on_terminal();
    let (status, shown) = terminal.end();
    assert_eq!(status, 1, "{shown}");
    assert!(shown.contains("make stdout writable and run the same command again"), "{shown}");
    hints::paste(&[line.to_owned()], "", &shown.replace('\r', ""), &desk.cloud.cluster_names());
}

#[test]
fn a_code_that_no_terminal_gives_is_asked_for_on_one() {
    let desk = Desk::new(
        World::new()
            .home(|account| {
                account.mfa("member").role("Ops");
            })
            .start(),
    );
    let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/member");
    let token = format!("token --cluster dev --role arn:aws:iam::{ACCOUNT}:role/Ops --mfa-serial {serial}");
    desk.eksaccess("member", &token).status(1).without_terminal().warns("run it on a terminal, or use credentials");
}
