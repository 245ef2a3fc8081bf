//! Plans, tables and documents over several clusters.

use super::pinned::{coloured, pin, piped, plain, wide};
use crate::many::desks::{BOTH, cluster, three, two_accounts};
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

const ALL: &str = "bootstrap --cluster dev --cluster stage --cluster prod --user member --kubeconfig kube";

#[test]
fn of_everything() {
    let desk = three();
    let plan = || desk.eksaccess("creator", ALL).args("--dry-run");
    pin(
        "many",
        "bootstrap",
        [
            ("80 columns", plain(plan())),
            ("120 columns, -v", wide(plan().args("-v"))),
            ("80 columns, in colour", coloured(plan(), 80)),
            ("carried out", plain(desk.eksaccess("creator", ALL))),
            ("again", plain(desk.eksaccess("creator", ALL))),
        ],
    );
}

#[test]
fn over_two_accounts() {
    let desk = two_accounts();
    let line = format!("bootstrap {BOTH} --user arn:aws:iam::444455556666:user/bob --kubeconfig kube");
    let plan = desk.eksaccess("creator", &line).args("--dry-run");
    pin("many", "accounts", [("80 columns", plain(plan)), ("carried out", plain(desk.eksaccess("creator", &line)))]);
}

#[test]
fn with_one_that_does_not_answer() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ConfigMap)).cluster(cluster("prod", AuthMode::Api));
    let desk = Desk::new(world.cluster(cluster("stage", AuthMode::ConfigMap).private()).start());
    let run = || desk.eksaccess("creator", ALL).status(1);
    pin("many", "one-fails", [("the first time", plain(run())), ("again, json", piped(run().args("--output json")))]);
}

#[test]
fn of_what_only_looks() {
    let desk = three();
    desk.eksaccess("creator", ALL).run();
    let typed = |line: &str, status: i32| desk.eksaccess("creator", line).status(status);
    let clusters = "--cluster dev --cluster stage --cluster prod";
    pin(
        "many",
        "looks",
        [
            ("verify", plain(typed(&format!("verify {clusters}"), 0))),
            ("verify, one missing", plain(typed(&format!("verify {clusters} --role Other"), 5))),
            ("who", plain(typed(&format!("who arn:aws:iam::111122223333:role/KubernetesAdmin {clusters}"), 0))),
            (
                "who, json",
                piped(typed(&format!("who arn:aws:iam::111122223333:role/Nobody {clusters} --output json"), 0)),
            ),
            ("lint", plain(typed("lint --cluster dev --cluster stage", 0))),
            ("lint, one in mode API", plain(typed("lint --cluster dev --cluster prod", 0))),
            ("lint --fix, one in mode API", plain(typed("lint --cluster dev --cluster prod --fix", 0))),
            ("restore --list", plain(typed(&format!("restore --list {clusters}"), 0))),
        ],
    );
}

#[test]
fn of_what_can_not_be_meant() {
    let desk = three();
    let typed = |line: &str, status: i32| desk.eksaccess("creator", line).status(status);
    pin(
        "many",
        "refused",
        [
            ("a misspelled name", plain(typed("map --cluster dev --cluster stge", 2))),
            ("a glob that matches nothing", plain(typed("map --cluster x*", 2))),
            ("picked, and no terminal", piped(typed("bootstrap --all-clusters --kubeconfig kube", 6))),
            ("an alias for several", plain(typed("kubeconfig --cluster dev --cluster stage --alias a", 2))),
        ],
    );
}
