//! The results of `verify`; those of `verify::broken` are compared where they are produced.

use serde_json::json;

use super::pinned::{BOOTSTRAP, coloured, desk, pin, piped, plain, wide};
use crate::support::cloud::{ACCOUNT, AuthMode, Effect, Fault};
use crate::support::desk::Desk;
use crate::verify::world;

/// A desk after `bootstrap`: `member` is a member, `outsider` is not.
fn done() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk
}

#[test]
fn ok_broken_and_unknown() {
    let desk = done();
    let verify = |user: &str| desk.eksaccess(user, "verify --cluster dev --kubeconfig kube");
    let json = |user: &str| verify(user).args("--output json");
    pin(
        "verify",
        "ok",
        [
            ("80 columns", plain(verify("creator"))),
            ("120 columns", wide(verify("creator"))),
            ("120 columns, in colour", coloured(verify("creator"), 120)),
            ("json", piped(json("creator"))),
        ],
    );
    pin(
        "verify",
        "broken",
        [
            ("80 columns", plain(verify("outsider").status(5))),
            ("120 columns", wide(verify("outsider").status(5))),
            ("80 columns, in colour", coloured(verify("outsider").status(5), 80)),
            ("json", piped(json("outsider").status(5))),
        ],
    );
    pin(
        "verify",
        "unknown",
        [
            ("80 columns", plain(verify("member"))),
            ("120 columns, in colour", coloured(verify("member"), 120)),
            ("json", piped(json("member"))),
        ],
    );
}

#[test]
fn a_question_of_rights() {
    let viewers = world::MAPPED.replace("system:masters", "viewers");
    let shop = world::mapping(&viewers).dev(|dev| dev.grant("viewers", &["get"], &["pods"], Some("shop")));
    let desk = world::desk(shop);
    let can = |what: &str| desk.eksaccess("ann", &format!("verify --cluster dev --can {what}"));
    let (may, may_not) = (can("get pods -n shop"), can("delete pods -n shop").status(5));
    pin("verify", "rights", [("a right that is there", plain(may)), ("one that is not", plain(may_not))]);
}

#[test]
fn another_principal() {
    let trap = format!("{}- rolearn: arn:aws:iam::{ACCOUNT}:role/Ci\n  username: ci\n  groups: [x]\n", world::MAPPED);
    let desk = world::desk(world::mapping(&trap).home(|account| {
        let deny = json!({"Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}});
        account.role("Ci").user("carl").user_policy("carl", "deny", deny).group("Mixed", &["ann", "bob", "carl"]);
    }));
    let look = |who: &str| {
        desk.eksaccess("creator", &format!("verify --cluster dev --principal arn:aws:iam::{ACCOUNT}:{who}"))
    };
    pin(
        "verify",
        "principal",
        [
            ("a member", plain(look("user/ann"))),
            ("a role that shows its own token", plain(look("role/Ci").status(1))),
            ("a user outside the group", plain(look("user/bob").status(5))),
            ("a user that does not exist", plain(look("user/nobody").status(5))),
            ("the root user", plain(look("root").status(5))),
        ],
    );
    let group = || look("group/Mixed").status(5);
    pin("verify", "group", [("80 columns", plain(group())), ("json", piped(group().args("--output json")))]);
}

#[test]
fn mfa_of_another_principal() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let desk = world::desk(world::trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root},
        "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})));
    let look = format!("verify --cluster dev --principal arn:aws:iam::{ACCOUNT}:user/ann");
    pin("verify", "principal-mfa", [("80 columns", plain(desk.eksaccess("creator", &look).status(1)))]);
}

#[test]
fn a_side_that_can_not_be_seen() {
    let desk = world::desk(world::world());
    desk.cloud.arm(Fault::new("AssumeRole", Effect::AccessDenied).always());
    desk.cloud.arm(Fault::new("SimulatePrincipalPolicy", Effect::AccessDenied).always());
    desk.cloud.arm(Fault::new("GetRole", Effect::AccessDenied).always());
    pin("verify", "unseen", [("80 columns", plain(desk.eksaccess("ann", "verify --cluster dev").status(5)))]);
}

#[test]
fn without_a_role() {
    let desk = world::desk(world::world());
    desk.cloud.delete_role("KubernetesAdmin");
    pin("verify", "without-role", [("80 columns", plain(desk.eksaccess("ann", "verify --cluster dev")))]);
}
