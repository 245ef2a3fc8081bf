//! Output that could not be written is a failure, wherever stdout is the result.

use std::path::Path;

use super::desks::desk;
use crate::support::desk::{Desk, Ran};
use crate::support::hints;

pub const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n    - rolearn: arn:aws:iam::111122223333:role/A\n      username: a\n      groups: [g]\n";

/// Verbs whose result is on stdout.
const VERBS: [&str; 18] = [
    "token --cluster dev",
    "token --cluster dev --token-only",
    "token --clear-cache",
    "kubeconfig --cluster dev --role KubernetesAdmin --kubeconfig -",
    "role --dry-run",
    "role --dry-run --output json",
    "role --dry-run --output jsonl",
    "who arn:aws:iam::111122223333:role/A --file map.yaml",
    "lint --file map.yaml",
    "lint --file map.yaml --output json",
    "migrate --aws-auth map.yaml",
    "map --file - --role arn:aws:iam::111122223333:role/B --kubernetes-group g --username b",
    "history --output json",
    "completions bash",
    "man",
    "man role",
    "--help",
    "--version",
];

fn shell(desk: &Desk, args: &str, stdout: &str) -> Ran {
    let line = format!("exec eksaccess {args} {stdout}");
    let ran = desk.program(Path::new("/bin/sh"), "creator", "-c").arg(&line).stdin(MAP).run_any();
    hints::paste(&[line], "", &ran.stderr, &desk.cloud.cluster_names());
    ran
}

fn ready() -> Desk {
    let desk = desk();
    desk.eksaccess("creator", "role").run();
    desk.write("map.yaml", MAP);
    desk
}

#[test]
fn a_full_disk_is_a_failure_and_says_so() {
    let desk = ready();
    for args in VERBS {
        let ran = shell(&desk, args, "> /dev/full");
        assert_eq!(ran.status, 1, "{args}\n{}", ran.stderr);
        ran.warns("error: ").warns("stdout").warns("No space left on device").warns("hint: ");
        assert_eq!(shell(&desk, args, "> /dev/null").status, 0, "{args}");
    }
}

#[test]
fn a_stdout_that_takes_nothing_is_a_failure() {
    let desk = ready();
    for args in VERBS {
        let ran = shell(&desk, args, "1< /dev/null");
        assert_eq!(ran.status, 1, "{args}\n{}", ran.stderr);
        ran.warns("error: ").warns("Bad file descriptor");
    }
}

#[test]
fn a_closed_stdout_is_a_failure() {
    let desk = ready();
    for args in VERBS {
        let ran = shell(&desk, args, ">&-");
        assert_eq!(ran.status, 1, "{args}\n{}", ran.stderr);
        ran.warns("error: ").warns("Bad file descriptor");
    }
    let ran = shell(&desk, "role --dry-run", ">&- <&-");
    assert_eq!(ran.status, 1, "{}", ran.stderr);
}

#[test]
fn a_reader_that_went_away_is_forgiven() {
    let desk = ready();
    for args in VERBS {
        let line = format!("(eksaccess {args}; echo $? > status) | true; while [ ! -s status ]; do sleep 0.01; done");
        desk.program(Path::new("/bin/sh"), "creator", "").arg("-c").arg(line).stdin(MAP).run();
        assert_eq!(desk.read("status").trim(), "0", "{args}");
        std::fs::remove_file(desk.path("status")).unwrap();
    }
}

#[test]
fn the_work_goes_on_and_the_end_is_a_failure() {
    for output in ["text", "json", "jsonl"] {
        let desk = desk();
        let args = format!("bootstrap --cluster dev --user member --kubeconfig kube --output {output}");
        let ran = shell(&desk, &args, "> /dev/full");
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        ran.warns("eksaccess history");
        assert!(desk.read("kube").contains("KubernetesAdmin"));
        desk.eksaccess("creator", "history").run().says("applied");
    }
}

#[test]
fn what_failed_anyway_keeps_its_own_status() {
    let desk = ready();
    let ran = shell(&desk, "role --role 'no name' --output json", "> /dev/full");
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    ran.warns("No space left on device");
    let ran = shell(&desk, "role --role Other --dry-run --detailed-exitcode", "> /dev/full");
    assert_eq!(ran.status, 1, "{}", ran.stderr);
}
