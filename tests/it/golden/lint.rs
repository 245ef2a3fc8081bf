//! The findings of `lint` in a file and in a cluster, and what `--fix` would do.

use super::pinned::{coloured, desk, pin, piped, plain, wide};
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

pub const TRAPS: &str = "kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/team/Dev
      username: dev
      groups: system:masters
    - rolearn: arn:aws:iam::111122223333:role/Ops
      username: ops
      group: [x]
";

const TWICE: &str = "- rolearn: arn:aws:iam::111122223333:role/A
  username: one
- rolearn: arn:aws:iam::111122223333:role/A
  username: two
- rolearn: arn:aws:iam::111122223333:role/Gone
  username: gone
";

#[test]
fn of_a_file() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("aws-auth.yaml", TRAPS);
    let lint = || desk.eksaccess("creator", "lint --file aws-auth.yaml");
    pin(
        "lint",
        "file",
        [
            ("80 columns", plain(lint())),
            ("120 columns", wide(lint())),
            ("80 columns, in colour", coloured(lint(), 80)),
            ("120 columns, in colour", coloured(lint(), 120)),
            ("--fix, which mends none of them", plain(lint().args("--fix"))),
        ],
    );
    let json = lint().args("--output json --detailed-exitcode").status(3);
    pin("lint", "file-json", [("json, with --detailed-exitcode", piped(json))]);
}

#[test]
fn of_a_cluster() {
    let desk = Desk::new(World::new().home(|home| _ = home.role("A")).start());
    let lint = |more: &str| desk.eksaccess("creator", &format!("lint --cluster dev {more}"));
    pin("lint", "clean", [("80 columns", plain(lint(""))), ("json", piped(lint("--output json")))]);
    let old = desk.cloud.config_map_data("dev", "mapRoles").expect("an aws-auth");
    desk.cloud.set_config_map_data("dev", "mapRoles", &(old + TWICE));
    pin(
        "lint",
        "cluster",
        [
            ("80 columns, with --detailed-exitcode", plain(lint("--detailed-exitcode").status(3))),
            ("with --check-iam", plain(lint("--check-iam"))),
            ("with --check-iam, in colour", coloured(lint("--check-iam"), 80)),
            ("with --check-iam, 120 columns", wide(lint("--check-iam"))),
        ],
    );
    pin("lint", "cluster-json", [("with --check-iam, json", piped(lint("--check-iam --output json")))]);
    pin("lint", "fix", [("80 columns", plain(lint("--fix")))]);
}

#[test]
fn of_what_can_not_be_read() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("aws-auth.yaml", "kind: ConfigMap\nmetadata: {name: aws-auth\n");
    let lint = |file: &str| plain(desk.eksaccess("creator", &format!("lint --file {file}")).status(1));
    pin("lint", "unreadable", [("an open brace", lint("aws-auth.yaml")), ("no file", lint("none.yaml"))]);
}
