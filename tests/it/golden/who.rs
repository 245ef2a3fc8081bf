//! The identities that `who` names, from a file and from a cluster.

use super::lint::TRAPS;
use super::pinned::{desk, pin, piped, plain, wide};
use crate::support::cloud::{ACCOUNT, AuthMode};

#[test]
fn by_a_file() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("aws-auth.yaml", TRAPS);
    let who =
        |role: &str| desk.eksaccess("creator", &format!("who arn:aws:iam::{ACCOUNT}:role/{role} --file aws-auth.yaml"));
    pin(
        "who",
        "file",
        [
            ("one that is mapped", plain(who("Ops"))),
            ("one that is not", plain(who("Dev"))),
            ("one that is not, 120 columns", wide(who("Dev"))),
        ],
    );
    let json = |role: &str| piped(who(role).args("--output json"));
    pin("who", "file-json", [("one that is mapped", json("Ops")), ("one that is not", json("Dev"))]);
}

#[test]
fn in_a_cluster() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    desk.eksaccess("creator", "role").run();
    let admin = format!("arn:aws:iam::{ACCOUNT}:role/KubernetesAdmin");
    let old = desk.cloud.config_map_data("dev", "mapRoles").expect("an aws-auth");
    let text = format!("{old}- rolearn: {admin}\n  username: old:{{{{SessionName}}}}\n  groups: [a, b]\n");
    desk.cloud.set_config_map_data("dev", "mapRoles", &text);
    let who = |arn: &str| desk.eksaccess("creator", &format!("who {arn} --cluster dev"));
    let mapped = plain(who(&admin).args("--session ann"));
    let node = plain(who(&format!("arn:aws:iam::{ACCOUNT}:role/dev-node")));
    desk.eksaccess("creator", "map --cluster dev --via access-entry --yes").run();
    pin(
        "who",
        "cluster",
        [
            ("a mapping, with a session's name", mapped),
            ("a node role", node),
            ("an access entry", plain(who(&admin))),
            ("an access entry, 120 columns", wide(who(&admin))),
            ("an access entry, json", piped(who(&admin).args("--output json"))),
        ],
    );
}
