//! A run over several accounts that is killed anywhere is completed by running it again; so is one that loses an
//! answer.

use super::desks::{BOTH, OTHER, role_of, three, two_accounts};
use crate::local::acts::{PATIENCE, does_nothing};
use crate::support::cloud::{ACCOUNT, Effect, Fault};
use crate::support::desk::Desk;

const CLUSTERS: [(&str, &str); 4] = [(ACCOUNT, "dev"), (ACCOUNT, "prod"), (OTHER, "alpha"), (OTHER, "beta")];

fn bootstrap() -> String {
    format!(
        "bootstrap {BOTH} --user arn:aws:iam::{ACCOUNT}:user/member --user arn:aws:iam::{OTHER}:user/bob --kubeconfig kube"
    )
}

/// The next run completes the work, the third does nothing, and nothing is done twice.
fn is_finished(desk: &Desk, what: &str) {
    desk.cloud.disarm();
    let ran = desk.eksaccess("creator", &bootstrap()).run_any();
    assert_eq!(ran.status, 0, "{what}:\n{}{}", ran.stdout, ran.stderr);
    does_nothing(desk, desk.eksaccess("creator", &bootstrap()));
    let kube = desk.read("kube");
    for (account, name) in CLUSTERS {
        let role = role_of(account);
        let mapped = desk.cloud.config_map_data(name, "mapRoles").map_or(0, |map| map.matches(&role).count());
        let entered = usize::from(desk.cloud.access_entry(name, &role).is_some());
        assert_eq!(mapped + entered, 1, "{what}: {name}");
        assert_eq!(kube.matches(&format!("name: KubernetesAdmin@{name}.eu-west-1.{account}\n")).count(), 2, "{what}");
    }
}

/// A run that was killed during its nth write, before or after it was done.
fn killed_at(nth: u32, effect: Effect) -> Desk {
    let desk = two_accounts();
    desk.cloud.arm(Fault::new("write", effect).nth(nth));
    let mut child = desk.eksaccess("creator", &bootstrap()).spawn();
    assert!(desk.cloud.wait_for_hang(PATIENCE), "write {nth} never came");
    child.kill().unwrap();
    child.wait().unwrap();
    desk
}

/// Kills a run at each of its writes, one after the other.
fn killed_everywhere(effect: &Effect) {
    let desk = two_accounts();
    desk.eksaccess("creator", &bootstrap()).run();
    let writes = u32::try_from(desk.cloud.writes().len()).unwrap();
    assert!(writes >= 12, "{writes}");
    for nth in 1..=writes {
        is_finished(&killed_at(nth, effect.clone()), &format!("{effect:?}: killed at write {nth} of {writes}"));
    }
}

#[test]
fn killed_before_each_write_over_two_accounts_it_is_finished_by_the_next_run() {
    killed_everywhere(&Effect::HangBefore);
}

#[test]
fn killed_after_each_write_over_two_accounts_it_is_finished_by_the_next_run() {
    killed_everywhere(&Effect::HangAfter);
}

#[test]
fn an_answer_that_is_lost_in_one_cluster_is_made_up_for_in_the_same_run() {
    let command = "bootstrap --cluster dev --cluster stage --cluster prod --user member --kubeconfig kube";
    for operation in ["ReplaceConfigMap", "CreateAccessEntry", "AssociateAccessPolicy"] {
        let desk = three();
        desk.cloud.arm(Fault::new(operation, Effect::LostAnswer));
        desk.eksaccess("creator", command).run().says("verified: access works");
        does_nothing(&desk, desk.eksaccess("creator", command));
    }
}
