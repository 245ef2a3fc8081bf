//! Several accounts in one run: each with its own role, and a failure in one does not affect the others.

use serde_json::Value;

use eksaccess::model::arn::Partition;

use super::bootstrap::{pair, states};
use super::desks::{BOTH, OTHER, count, role_of, signers, two_accounts};
use crate::local::acts::refused;
use crate::support::cloud::{ACCOUNT, Effect, Fault};
use crate::support::desk::Desk;

const USERS: &str = "--user arn:aws:iam::111122223333:user/member --user arn:aws:iam::444455556666:user/bob";

fn bootstrap() -> String {
    format!("bootstrap {BOTH} {USERS} --kubeconfig kube")
}

fn is_bound(desk: &Desk, account: &str, cluster: &str) -> bool {
    let role = role_of(account);
    desk.cloud.access_entry(cluster, &role).is_some()
        || desk.cloud.config_map_data(cluster, "mapRoles").is_some_and(|text| text.contains(&role))
}

fn place<'d>(document: &'d Value, cluster: &str) -> &'d Value {
    let places = document["places"].as_array().unwrap();
    places.iter().find(|place| place["scope"]["cluster"] == cluster).unwrap_or_else(|| panic!("{cluster}: {document}"))
}

#[test]
fn each_account_is_entered_once_and_what_is_its_own_is_made_once_by_its_role() {
    let desk = two_accounts();
    let ran = desk.eksaccess("creator", &bootstrap()).run();
    ran.says("4 clusters in 2 accounts");
    let entered = |operation: &str| {
        let all = desk.cloud.calls().into_iter().filter(|call| call.operation == operation);
        all.filter(|call| call.target.contains("role/Ops") || call.target.contains("Ops")).count()
    };
    assert_eq!(entered("AssumeRole"), 2, "{:?}", desk.cloud.calls());
    for operation in ["CreateRole", "CreateGroup", "PutGroupPolicy", "AddUserToGroup"] {
        let signed = signers(&desk, operation);
        let [home, other] = &signed[..] else { panic!("{operation}: {signed:?}") };
        assert!(home.starts_with("arn:aws:sts::111122223333:assumed-role/Ops/"), "{operation}: {home}");
        assert!(other.starts_with("arn:aws:sts::444455556666:assumed-role/Ops/"), "{operation}: {other}");
    }
    let kube = desk.read("kube");
    for (account, name) in [(ACCOUNT, "dev"), (ACCOUNT, "prod"), (OTHER, "alpha"), (OTHER, "beta")] {
        assert!(is_bound(&desk, account, name), "{name}");
        assert!(kube.contains(&format!("name: KubernetesAdmin@{name}.eu-west-1.{account}")), "{name}:\n{kube}");
        ran.says(&format!("done  {name} (eu-west-1, {account})"));
    }
    assert!(!kube.contains("role/Ops") && !kube.contains("current-context: Kube"), "{kube}");
    desk.cloud.clear_log();
    desk.eksaccess("creator", &bootstrap()).run().says("nothing to do");
    assert!(desk.cloud.writes().is_empty(), "{:?}", desk.cloud.writes());
}

#[test]
fn the_way_through_a_role_of_another_account_is_not_tested_and_that_of_the_callers_own_is() {
    let desk = two_accounts();
    let ran = desk.eksaccess("creator", &format!("{} --output json", bootstrap())).run();
    let document = ran.json();
    for (cluster, is_verified) in [("dev", true), ("prod", true), ("alpha", false), ("beta", false)] {
        let place = place(&document, cluster);
        assert_eq!((&place["verified"], &place["state"]), (&is_verified.into(), &"done".into()), "{document}");
        let reason = place["reason"].as_str().unwrap_or_default();
        assert_eq!(reason.contains("not tested: cross-account trust"), !is_verified, "{reason}");
        assert_eq!(reason.contains("--add-trust"), !is_verified, "{reason}");
    }
    desk.eksaccess("creator", &format!("{} --require-verify", bootstrap())).status(1).run().warns("--require-verify");
    let home =
        "bootstrap --cluster dev --cluster prod --account-role Ops --user member --kubeconfig kube --require-verify";
    desk.eksaccess("creator", home).run();
}

#[test]
fn an_account_that_can_not_be_entered_fails_with_all_its_clusters_and_the_others_are_done() {
    let desk = two_accounts();
    let locked = |is_locked: bool| {
        desk.cloud.account(Partition::Aws, OTHER, |account| {
            let root = if is_locked { OTHER } else { ACCOUNT };
            let trusted = serde_json::json!({ "AWS": format!("arn:aws:iam::{root}:root") });
            let admin = account.aws_policy("AdministratorAccess");
            let arn = account.state.account(Partition::Aws, OTHER).unwrap().role("Ops").unwrap().named.clone();
            account.role_at("/", "Ops", &trusted).with_role("Ops", |role| {
                role.attached.push(admin);
                role.named = arn;
            });
        });
    };
    locked(true);
    let all = "--all-clusters --accounts accounts --account-role Ops --yes";
    let command = format!("bootstrap {all} {USERS} --kubeconfig kube");
    let ran = desk.eksaccess("creator", &format!("{command} --output json")).status(1).run();
    let document = ran.json();
    let mut ended = states(&document);
    ended.sort();
    assert_eq!(ended, [pair("account 444455556666", "failed"), pair("dev", "done"), pair("prod", "done")]);
    let why = document["places"].as_array().unwrap().iter().find_map(|p| p["why"].as_str()).unwrap();
    assert!(why.contains("assuming role arn:aws:iam::444455556666:role/Ops"), "{why}");
    assert!(is_bound(&desk, ACCOUNT, "dev") && !is_bound(&desk, OTHER, "alpha"));
    // Once the role can be assumed, the same command does the rest.
    locked(false);
    desk.cloud.clear_log();
    let document = desk.eksaccess("creator", &format!("{command} --output json")).run().json();
    let mut ended = states(&document);
    ended.sort();
    assert_eq!(
        ended,
        [pair("alpha", "done"), pair("beta", "done"), pair("dev", "nothing-to-do"), pair("prod", "nothing-to-do")]
    );
    for call in desk.cloud.writes() {
        assert!(call.caller.as_ref().is_some_and(|by| by.contains(OTHER)), "{call:?}");
    }
}

#[test]
fn clusters_named_by_arn_in_an_account_that_can_not_be_entered_are_failed_places() {
    let desk = two_accounts();
    desk.cloud.account(Partition::Aws, OTHER, |account| {
        account.role("Ops");
    });
    let arns =
        ["dev", "prod"].map(|name| format!("--cluster arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{name}")).join(" ");
    let lost =
        ["alpha", "beta"].map(|name| format!("--cluster arn:aws:eks:eu-west-1:{OTHER}:cluster/{name}")).join(" ");
    let command = format!("bootstrap {arns} {lost} --account-role Ops --kubeconfig kube --output json");
    let document = desk.eksaccess("creator", &command).status(1).run().json();
    let mut ended = states(&document);
    ended.sort();
    assert_eq!(
        ended,
        [pair("alpha", "failed"), pair("beta", "failed"), pair("dev", "done"), pair("prod", "done")],
        "{document}"
    );
    assert!(place(&document, "alpha")["why"].as_str().unwrap().contains("assuming role"), "{document}");
}

#[test]
fn map_who_verify_and_kubeconfig_enter_the_accounts_in_the_same_way() {
    let desk = two_accounts();
    desk.eksaccess("creator", &bootstrap()).run();
    desk.eksaccess("creator", &format!("map {BOTH} --role KubernetesAdmin --append-kubernetes-group sre")).run_any();
    for (account, name) in [(ACCOUNT, "dev"), (OTHER, "alpha")] {
        let map = desk.cloud.config_map_data(name, "mapRoles").unwrap();
        assert!(map.contains("sre") && map.contains(&role_of(account)), "{name}:\n{map}");
    }
    let who = desk.eksaccess("creator", &format!("who {BOTH} {}", role_of(OTHER))).run();
    who.says("alpha (eu-west-1, 444455556666)").says("kubernetes-admin");
    desk.cloud.clear_log();
    desk.eksaccess("creator", &format!("kubeconfig {BOTH} --kubeconfig other")).run();
    let kube = desk.read("other");
    assert!(kube.contains("KubernetesAdmin@dev.eu-west-1.111122223333"), "{kube}");
    assert!(kube.contains("KubernetesAdmin@beta.eu-west-1.444455556666"), "{kube}");
    assert!(desk.cloud.writes().is_empty(), "{:?}", desk.cloud.writes());
}

#[test]
fn verify_follows_the_way_into_each_accounts_clusters_with_the_base_credentials() {
    let desk = two_accounts();
    desk.eksaccess("creator", &format!("{} --trust {ACCOUNT}", bootstrap().replace(USERS, ""))).run();
    let document = desk.eksaccess("creator", &format!("verify {BOTH} --output json")).run_any().json();
    assert_eq!(document["outcome"], "ok", "{document:#}");
    desk.cloud.account(Partition::Aws, OTHER, |account| {
        account.role("KubernetesAdmin");
    });
    let ran = desk.eksaccess("creator", &format!("verify {BOTH} --output json")).status(5).run();
    let document = ran.json();
    assert_eq!(
        (&place(&document, "dev")["state"], &place(&document, "alpha")["state"]),
        (&"ok".into(), &"broken".into())
    );
}

#[test]
fn a_list_with_a_bad_line_is_refused_with_the_line_and_nothing_is_called() {
    let desk = two_accounts();
    for (text, line) in [
        (format!("{ACCOUNT}\n\n{ACCOUNT} Ops\n"), "line 3: account 111122223333 is in line 1 already"),
        (format!("# ids\n{ACCOUNT}\n4444\n"), "line 3"),
        (format!("{ACCOUNT} a b\n"), "line 1"),
        ("# none\n".to_owned(), "it names no account"),
    ] {
        desk.write("list", &text);
        let command = "bootstrap --cluster dev --accounts list --account-role Ops --kubeconfig kube";
        refused(&desk, desk.eksaccess("creator", command), 2).warns(line);
        assert!(desk.cloud.calls().is_empty(), "{:?}", desk.cloud.calls());
        let piped = "map --cluster dev --accounts - --account-role Ops --role X";
        refused(&desk, desk.eksaccess("creator", piped).stdin(&*text), 2).warns(line);
        assert!(desk.cloud.calls().is_empty(), "{:?}", desk.cloud.calls());
    }
}

#[test]
fn the_list_may_come_from_stdin_and_name_a_role_for_each_account() {
    let desk = two_accounts();
    let command = "map --cluster dev --cluster alpha --accounts - --role Team --kubernetes-group sre --dry-run";
    let ran =
        desk.eksaccess("creator", command).stdin(format!("{ACCOUNT} Ops\n{OTHER} arn:aws:iam::{OTHER}:role/Ops\n"));
    ran.run().says("2 clusters in 2 accounts");
    assert_eq!(count(&desk, "AssumeRole"), 2);
}

#[test]
fn the_external_id_is_shown_to_every_accounts_role() {
    let desk = two_accounts();
    desk.cloud.account(Partition::Aws, OTHER, |account| {
        account.with_role("Ops", |role| {
            role.trust["Statement"][0]["Condition"] = serde_json::json!({"StringEquals": {"sts:ExternalId": "x-1"}});
        });
    });
    let command = format!("map {BOTH} --role Team --kubernetes-group sre --dry-run");
    desk.eksaccess("creator", &command).status(1).run().warns("assuming role arn:aws:iam::444455556666:role/Ops");
    desk.eksaccess("creator", &format!("{command} --account-external-id x-1")).run().says("4 clusters in 2 accounts");
}

#[test]
fn a_cluster_of_an_account_that_is_not_selected_is_refused() {
    let desk = two_accounts();
    desk.write("one", ACCOUNT);
    let command = format!(
        "bootstrap --cluster dev --cluster arn:aws:eks:eu-west-1:{OTHER}:cluster/alpha --accounts one --account-role Ops"
    );
    let ran = refused(&desk, desk.eksaccess("creator", &command).args("--kubeconfig kube"), 2);
    ran.warns(OTHER);
}

#[test]
fn what_fails_in_one_accounts_role_leaves_that_accounts_clusters_alone() {
    let desk = two_accounts();
    desk.cloud.arm(Fault::new("CreateRole", Effect::AccessDenied));
    let document = desk.eksaccess("creator", &format!("{} --output json", bootstrap())).status(1).run().json();
    let ended = states(&document);
    let undone: Vec<_> = ended.iter().filter(|(_, state)| state == "not-done").map(|(name, _)| name.as_str()).collect();
    assert!(undone == ["dev", "prod"] || undone == ["alpha", "beta"], "{document:#}");
    assert_eq!(ended.iter().filter(|(_, state)| state == "done").count(), 2, "{document:#}");
    desk.eksaccess("creator", &bootstrap()).run();
    for (account, name) in [(ACCOUNT, "dev"), (ACCOUNT, "prod"), (OTHER, "alpha"), (OTHER, "beta")] {
        assert!(is_bound(&desk, account, name), "{name}");
    }
}

#[test]
fn what_is_proposed_for_the_role_of_another_account_changes_none_in_the_callers_own() {
    let desk = two_accounts();
    let alpha = "--cluster alpha --accounts accounts --account-role Ops";
    desk.eksaccess("creator", &format!("bootstrap {alpha} --kubeconfig kube")).run_any();
    let ran = desk.eksaccess("creator", &format!("verify {alpha} --output json")).status(5).run();
    let document = ran.json().to_string();
    let proposed = format!("eksaccess role --role {} --add-trust arn:aws:iam::{ACCOUNT}:user/creator", role_of(OTHER));
    assert!(document.contains(&format!("{proposed}   (with credentials of account {OTHER})")), "{document}");
    desk.cloud.clear_log();
    let pasted = desk.eksaccess("creator", proposed.trim_start_matches("eksaccess ")).status(2).run();
    pasted
        .warns(&format!("role KubernetesAdmin is in account {OTHER}"))
        .warns(&format!("credentials of account {OTHER}"));
    assert!(desk.cloud.writes().is_empty());
}
