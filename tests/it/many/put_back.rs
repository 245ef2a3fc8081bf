//! `restore --run` of a run over several places: what it overwrote is restored, in each place.

use eksaccess::model::arn::Partition;
use serde_json::{Value, json};

use super::desks::{BOTH, OTHER, role_of, two_accounts};
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;

const ACCOUNTS: &str = "--accounts accounts --account-role Ops";

/// The id of the last run of a verb.
fn last(desk: &Desk, verb: &str) -> String {
    let history = desk.eksaccess("creator", "history --output json").run().json();
    let runs = history["records"].as_array().unwrap();
    runs.iter().rfind(|run| run["verb"] == verb).unwrap()["run"].as_str().unwrap().to_owned()
}

/// The trust of the role and its access entry, in the account's cluster with entries.
fn there(desk: &Desk, account: &str, cluster: &str) -> Value {
    let role = desk.cloud.role_in(Partition::Aws, account, "KubernetesAdmin").unwrap();
    let who = format!("who {} --cluster {cluster} {ACCOUNTS} --output json", role_of(account));
    json!([role.trust, desk.eksaccess("creator", &who).run().json()["identity"]])
}

#[test]
fn what_a_run_over_two_accounts_overwrote_is_restored_in_both() {
    let desk = two_accounts();
    desk.eksaccess("creator", &format!("bootstrap {BOTH} --kubeconfig kube")).run();
    let before = [there(&desk, ACCOUNT, "prod"), there(&desk, OTHER, "beta")];
    desk.eksaccess("creator", &format!("bootstrap {BOTH} --kubeconfig kube --require-mfa --yes")).run();
    desk.eksaccess(
        "creator",
        &format!("map --cluster prod --cluster beta {ACCOUNTS} --kubernetes-group viewers --username k --yes"),
    )
    .run();
    let (mapped, trusted) = (last(&desk, "map"), last(&desk, "bootstrap"));
    assert_ne!([there(&desk, ACCOUNT, "prod"), there(&desk, OTHER, "beta")], before);
    let plan = desk.eksaccess("creator", &format!("restore --run {mapped} {ACCOUNTS} --dry-run")).run();
    plan.says("in prod (eu-west-1, 111122223333)").says("in beta (eu-west-1, 444455556666)");
    let unasked = desk.eksaccess("creator", &format!("restore --run {mapped} {ACCOUNTS}")).status(6).run();
    unasked.warns("--yes");
    for run in [&mapped, &trusted] {
        desk.eksaccess("creator", &format!("restore --run {run} {ACCOUNTS} --yes")).run();
    }
    assert_eq!([there(&desk, ACCOUNT, "prod"), there(&desk, OTHER, "beta")], before);
    for run in [&mapped, &trusted] {
        desk.eksaccess("creator", &format!("restore --run {run} {ACCOUNTS}")).run().says("nothing to do");
    }
}

#[test]
fn one_of_its_clusters_alone_can_be_named_and_no_other() {
    let desk = two_accounts();
    desk.eksaccess("creator", &format!("bootstrap {BOTH} --kubeconfig kube")).run();
    let before = there(&desk, OTHER, "beta");
    desk.eksaccess(
        "creator",
        &format!("map --cluster prod --cluster beta {ACCOUNTS} --kubernetes-group viewers --username k --yes"),
    )
    .run();
    let run = last(&desk, "map");
    let changed = there(&desk, ACCOUNT, "prod");
    let of = |rest: &str, status: i32| {
        desk.eksaccess("creator", &format!("restore --run {run} --yes {rest}")).status(status).run()
    };
    of("--all-clusters", 2).warns("--all-clusters").warns("its own clusters");
    of(&format!("{ACCOUNTS} --cluster gone"), 2).warns("--cluster gone").warns("did not change it");
    of(&format!("{ACCOUNTS} --cluster beta"), 0);
    assert_eq!((there(&desk, OTHER, "beta"), there(&desk, ACCOUNT, "prod")), (before, changed));
}
