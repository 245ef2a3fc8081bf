//! `map --file`: the manifest on stdout, the plan on stderr.

use super::pinned::{desk, pin, piped, plain};
use crate::mapping::files::MANIFEST;
use crate::support::cloud::AuthMode;

const ADD: &str = "--principal arn:aws:iam::111122223333:role/team/Deploy --kubernetes-group deployers";
const ADMIN: &str = "--principal arn:aws:iam::111122223333:role/Admin";

#[test]
fn in_a_stream_and_in_place() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", MANIFEST);
    let map = |file: &str, more: &str| desk.eksaccess("creator", &format!("map --file {file} {more}"));
    pin(
        "manifest",
        "stream",
        [
            ("a mapping is added", piped(map("-", ADD).stdin(MANIFEST))),
            ("a dry run, json", piped(map("-", ADD).args("--dry-run --output json").stdin(MANIFEST))),
        ],
    );
    pin(
        "manifest",
        "in-place",
        [
            ("another username", plain(map("auth.yaml", ADMIN).args("--username root").status(6))),
            ("the last known administrator", plain(map("auth.yaml", ADMIN).args("--remove --yes").status(1))),
            ("a mapping is added", plain(map("auth.yaml", ADD))),
            ("again", plain(map("auth.yaml", ADD))),
        ],
    );
}
