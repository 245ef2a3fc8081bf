//! Steps of the authentication mode that are refused, each before anything is written.

use super::acts::{desk, refused};
use crate::support::cloud::{AuthMode, ClusterSpec, World};
use crate::support::desk::Desk;

const BOTH: &str = "mode --cluster dev --to API_AND_CONFIG_MAP --yes";
const API: &str = "mode --cluster dev --to API --yes";
const NODES: &str = "- rolearn: arn:aws:iam::111122223333:role/dev-node\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n";

/// The default world in mode `API_AND_CONFIG_MAP`, with more in `mapRoles`.
fn mapped(more: &str) -> Desk {
    let text = format!("{NODES}{more}");
    Desk::new(World::new().dev(move |dev| dev.mode(AuthMode::ApiAndConfigMap).map_roles(&text)).start())
}

fn role(name: &str, groups: &str) -> String {
    format!("- rolearn: arn:aws:iam::111122223333:role/{name}\n  username: {name}\n  groups: [{groups}]\n")
}

#[test]
fn two_steps_at_once_say_the_two_commands() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = refused(&desk, desk.eksaccess("creator", API), 2);
    ran.warns("--to API_AND_CONFIG_MAP, then eksaccess mode --cluster").warns("one step at a time");
}

#[test]
fn there_is_no_way_back() {
    for (mode, to) in [
        (AuthMode::ApiAndConfigMap, "CONFIG_MAP"),
        (AuthMode::Api, "CONFIG_MAP"),
        (AuthMode::Api, "API_AND_CONFIG_MAP"),
    ] {
        let desk = desk(mode);
        let ran = refused(&desk, desk.eksaccess("creator", &format!("mode --cluster dev --to {to} --yes")), 2);
        ran.warns(&format!("a cluster can't be switched back to {to}"));
    }
}

#[test]
fn clusters_that_know_no_entries_stay_as_they_are() {
    let refuses = |change: fn(ClusterSpec) -> ClusterSpec, why: &str| {
        let desk = Desk::new(World::new().dev(change).start());
        refused(&desk, desk.eksaccess("creator", BOTH), 1).warns(why);
    };
    refuses(|dev| dev.outpost("0a1b"), "a local cluster on AWS Outposts");
    let first = "the first version that does is Kubernetes";
    refuses(|dev| dev.runs("1.29", "eks.0"), &format!("{first} 1.29 on platform version eks.1"));
    refuses(|dev| dev.runs("1.21", "eks.20"), &format!("{first} 1.23 on platform version eks.17"));
}

#[test]
fn every_mapping_without_an_entry_is_listed() {
    let desk = mapped(&format!("{}{}", role("dev-ops", "ops"), role("admins", "system:masters")));
    let ran = refused(&desk, desk.eksaccess("creator", API), 1);
    ran.warns("2 principals").warns("role/dev-ops has no access entry").warns("role/admins has no access entry");
    ran.does_not_warn("role/dev-node has no");
    let allowed = ["dev-ops", "admins"].map(|name| format!("--allow-lockout arn:aws:iam::111122223333:role/{name}"));
    desk.eksaccess("creator", &format!("{API} {}", allowed.join(" "))).run();
    assert_eq!(desk.cloud.mode("dev"), AuthMode::Api);
}

#[test]
fn nodes_whose_entry_is_gone_stop_it() {
    let desk = mapped("");
    desk.cloud.with_cluster("dev", |dev| dev.entries.retain(|principal, _| !principal.contains("dev-node")));
    let ran = refused(&desk, desk.eksaccess("creator", API), 1);
    ran.warns("role/dev-node keeps nodes in the cluster and has no access entry").warns("eksaccess migrate --cluster");
}

#[test]
fn an_entry_of_an_earlier_role_stands_for_no_mapping() {
    let desk = mapped("");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    desk.cloud.recreate_role("dev-node");
    refused(&desk, desk.eksaccess("creator", API), 1).warns("role/dev-node keeps nodes in the cluster");
}

#[test]
fn service_linked_roles_that_come_by_the_map_are_named() {
    let roles = ["AWSServiceRoleForBatch", "AWSServiceRoleForAmazonEMRContainers"].map(|name| role(name, ""));
    let desk = mapped(&roles.concat());
    let ran = refused(&desk, desk.eksaccess("creator", API), 1);
    ran.warns("AWS Batch's service-linked role").warns("Amazon EMR on EKS's service-linked role");
}

#[test]
fn whole_accounts_have_no_entry() {
    let desk = mapped("");
    desk.cloud.set_config_map_data("dev", "mapAccounts", "- \"444455556666\"\n");
    let ran = refused(&desk, desk.eksaccess("creator", API), 1);
    ran.warns("every identity of account 444455556666").warns("--account 444455556666 --remove");
}

#[test]
fn a_map_that_can_not_be_read_tells_nothing() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap).private());
    let desk = Desk::new(world.start());
    refused(&desk, desk.eksaccess("creator", API), 1)
        .warns("which principals would lose their access in mode API is not known");
    // The first step needs no way to the Kubernetes API.
    let desk = Desk::new(World::new().dev(ClusterSpec::private).start());
    desk.eksaccess("creator", BOTH).run();
    assert_eq!(desk.cloud.mode("dev"), AuthMode::ApiAndConfigMap);
}

#[test]
fn a_caller_who_gets_in_by_the_map_alone_gets_an_entry_first() {
    let desk = mapped("");
    let creator = "arn:aws:iam::111122223333:user/creator";
    let text = format!("- userarn: {creator}\n  username: c\n  groups: [system:masters]\n");
    desk.cloud.set_config_map_data("dev", "mapUsers", &text);
    desk.cloud.with_cluster("dev", |dev| dev.entries.remove(creator));
    let ran = refused(&desk, desk.eksaccess("creator", API), 1);
    ran.warns("user/creator makes this change and has no access entry (today: c, system:masters)");
    let admin = "--via access-entry --access-policy AmazonEKSClusterAdminPolicy --no-groups --yes";
    desk.eksaccess("creator", &format!("map --cluster dev --principal {creator} {admin}")).run();
    desk.eksaccess("creator", API).run();
    assert_eq!(desk.cloud.mode("dev"), AuthMode::Api);
}

#[test]
fn entries_that_may_not_be_listed_tell_nothing() {
    let actions = ["eks:DescribeCluster", "eks:UpdateClusterConfig", "eks:ListNodegroups", "eks:ListFargateProfiles"];
    let world = World::new().home(move |home| _ = home.allow("member", &actions, "*"));
    let text = "- {userarn: 'arn:aws:iam::111122223333:user/member', username: m, groups: ['system:masters']}\n";
    let desk = Desk::new(world.dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)).start());
    desk.cloud.set_config_map_data("dev", "mapUsers", text);
    let ran = refused(&desk, desk.eksaccess("member", API), 1);
    ran.warns("access entries of cluster dev could not be listed").warns("eks:ListAccessEntries");
}
