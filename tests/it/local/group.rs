//! `group`: the members who may assume the role.

use serde_json::json;

use super::acts::{ROLE, desk, does_nothing, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk
}

fn members(desk: &Desk, group: &str) -> Vec<String> {
    desk.cloud.group(group).unwrap().members.keys().cloned().collect()
}

#[test]
fn members_are_added_and_none_is_removed() {
    let desk = ready();
    desk.eksaccess("creator", "group --user member").run().says("3 to do: 3 additive");
    desk.eksaccess("creator", "group --user arn:aws:iam::111122223333:user/outsider --user MEMBER")
        .run()
        .says("1 to do");
    assert_eq!(members(&desk, "KubernetesAdmins"), ["member", "outsider"]);
    does_nothing(&desk, desk.eksaccess("creator", "group"));
    does_nothing(&desk, desk.eksaccess("creator", "group --group kubernetesadmins --user member"));
}

#[test]
fn a_group_that_opens_other_roles_is_named_and_asks_before_a_member_joins() {
    let desk = ready();
    let other = "arn:aws:iam::111122223333:role/Production";
    desk.cloud.home(|home| {
        home.group("Ops", &[]).group_policy(
            "Ops",
            "theirs",
            &json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": other}]}),
        );
    });
    desk.eksaccess("creator", "group --group Ops").run().says("1 to do: 1 additive");
    let ran = refused(&desk, desk.eksaccess("creator", "group --group Ops --user member"), 6);
    ran.says("group Ops gives more than this role").says(other);
    desk.eksaccess("creator", "group --group Ops --user member --yes").run();
    assert_eq!(members(&desk, "Ops"), ["member"]);
    let policies = desk.cloud.group("Ops").unwrap().inline;
    assert_eq!(policies.keys().collect::<Vec<_>>(), ["AssumeKubernetesAdmin", "theirs"]);
}

#[test]
fn two_roles_share_a_group_with_a_policy_each() {
    let desk = ready();
    desk.eksaccess("creator", "role --role Viewer").run();
    desk.eksaccess("creator", "group --group Ops").run();
    desk.eksaccess("creator", "group --group Ops --role Viewer").run();
    let inline = desk.cloud.group("Ops").unwrap().inline;
    assert_eq!(inline.keys().collect::<Vec<_>>(), ["AssumeKubernetesAdmin", "AssumeViewer"]);
    assert_eq!(inline["AssumeKubernetesAdmin"].document["Statement"][0]["Resource"], ROLE);
    does_nothing(&desk, desk.eksaccess("creator", "group --group Ops"));
}

#[test]
fn a_role_that_trusts_named_principals_needs_no_group() {
    let desk = ready();
    let member = "arn:aws:iam::111122223333:user/member";
    desk.eksaccess("creator", &format!("role --role Named --trust {member}")).run();
    let ran = does_nothing(&desk, desk.eksaccess("creator", "group --role Named"));
    ran.says("group Nameds skipped: role Named trusts named principals");
    does_nothing(&desk, desk.eksaccess("creator", "group --role Named --user member"));
    let ran = refused(&desk, desk.eksaccess("creator", "group --role Named --user outsider"), 2);
    ran.warns("outsider is not among them").warns("--add-trust arn:aws:iam::111122223333:user/outsider");
    let ran = desk.eksaccess("member", "verify --cluster dev --role Named").status(5).run();
    ran.says("session member of arn:aws:iam::111122223333:role/Named").says("may not eks:DescribeCluster");
}

#[test]
fn a_role_for_a_permission_set_needs_no_group() {
    let desk = ready();
    desk.cloud.home(|home| {
        home.reserved_role("Ops", "0123456789abcdef", None);
    });
    desk.eksaccess("creator", "role --role Sso --trust-permission-set Ops").run();
    does_nothing(&desk, desk.eksaccess("creator", "group --role Sso"))
        .says("group Ssos skipped: role Sso trusts roles");
    refused(&desk, desk.eksaccess("creator", "group --role Sso --user member"), 2).warns("trusts only roles");
}

#[test]
fn members_whom_the_command_does_not_name_get_the_role_only_when_that_is_confirmed() {
    let desk = ready();
    desk.cloud.home(|home| {
        home.group("Staff", &["outsider", "member"]).group("Ours", &["member"]);
    });
    let ran = refused(&desk, desk.eksaccess("creator", "group --group Staff"), 6);
    ran.says("member, outsider are already members and get the role as well");
    let ran = refused(&desk, desk.eksaccess("creator", "group --group Staff --user Member"), 6);
    ran.says("outsider is already a member and gets the role as well");
    desk.eksaccess("creator", "group --group Ours --user member").run().says("1 to do: 1 additive");
    desk.eksaccess("creator", "group --group Staff --yes").run();
    does_nothing(&desk, desk.eksaccess("creator", "group --group Staff"));
}
