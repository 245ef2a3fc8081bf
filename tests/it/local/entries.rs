//! `bootstrap` with access entries.

use serde_json::json;

use super::acts::{BOOTSTRAP, ROLE, desk, does_nothing, files, map_roles, member_gets_in, refused, version};
use crate::support::cloud::{AuthMode, ClusterSpec, World};
use crate::support::desk::Desk;
use eksaccess::model::arn::Partition;

#[test]
fn the_role_gets_an_entry_that_makes_it_administrator() {
    for mode in [AuthMode::Api, AuthMode::ApiAndConfigMap] {
        let desk = desk(mode);
        let before = (map_roles(&desk), version(&desk.cloud));
        desk.eksaccess("creator", BOOTSTRAP).run().says("binding by access-entry").says("verified: access works");
        let entry = desk.cloud.access_entry("dev", ROLE).unwrap();
        assert_eq!(
            (entry.username.as_str(), entry.groups.len(), entry.kind.as_str()),
            ("kubernetes-admin", 0, "STANDARD")
        );
        assert_eq!(entry.tags.get("eksaccess.dev/owner").map(String::as_str), Some("cli"));
        let [policy] = &entry.policies[..] else { panic!("{entry:?}") };
        assert_eq!(policy.policy_arn, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy");
        assert!(policy.namespaces.is_none(), "cluster scope");
        assert_eq!((map_roles(&desk), version(&desk.cloud)), before, "aws-auth is left alone");
        member_gets_in(&desk);
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP)).says("verified: access works");
    }
}

#[test]
fn another_partition_has_its_own_arns_and_hosts() {
    let account = "444455556666";
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let world = World::empty().account(Partition::AwsCn, account, |home| {
            home.admin("creator").user("member").user("outsider");
        });
        let spec =
            ClusterSpec::new("dev").account(Partition::AwsCn, account, "cn-north-1").mode(mode).creator("creator");
        let desk = Desk::new(world.cluster(spec).start());
        desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
        let role = format!("arn:aws-cn:iam::{account}:role/KubernetesAdmin");
        let made = desk.cloud.role_in(Partition::AwsCn, account, "KubernetesAdmin").unwrap();
        assert_eq!(made.named.arn, role);
        assert!(desk.read("kube").contains(&format!("arn:aws-cn:eks:cn-north-1:{account}:cluster/dev")));
        if mode == AuthMode::Api {
            let entry = desk.cloud.access_entry("dev", &role).unwrap();
            assert_eq!(
                entry.policies[0].policy_arn,
                "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
            );
        }
        member_gets_in(&desk);
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
    }
}

#[test]
fn mfa_and_an_external_id_stay_when_they_are_not_named_again() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --external-id ticket-42")).run().says("verified: access works");
    let trust = desk.cloud.trust("KubernetesAdmin").unwrap();
    assert_eq!(trust["Statement"][0]["Condition"], json!({"StringEquals": {"sts:ExternalId": "ticket-42"}}));
    assert!(desk.read("kube").contains("ticket-42"), "{}", desk.read("kube"));
    does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP)).says("verified: access works");
    does_nothing(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --external-id ticket-42")));

    desk.eksaccess("creator", &format!("{BOOTSTRAP} --require-mfa --yes")).run().says("MFA");
    let trust = desk.cloud.trust("KubernetesAdmin").unwrap();
    assert_eq!(trust["Statement"][0]["Condition"]["Bool"]["aws:MultiFactorAuthPresent"], "true");
    assert_eq!(trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"], "ticket-42");
    does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP)).says("MFA");
}

#[test]
fn an_exec_tool_that_can_not_carry_what_the_trust_needs_is_refused() {
    let desk = desk(AuthMode::Api);
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --external-id ticket-42 --exec aws")), 2);
    ran.warns("external id").warns("--exec eksaccess");
}

#[test]
fn an_entry_of_another_tool_is_adopted_and_not_tagged() {
    let desk = desk(AuthMode::Api);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev --username somebody --kubernetes-group viewers").run();
    desk.cloud.with_cluster("dev", |dev| dev.entries.get_mut(ROLE).unwrap().tags.clear());
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --kubernetes-group system:masters")), 6);
    ran.says("the entry loses viewers");
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --kubernetes-group system:masters --yes")).run();
    let entry = desk.cloud.access_entry("dev", ROLE).unwrap();
    assert_eq!((entry.username.as_str(), entry.groups.len(), entry.tags.len()), ("somebody", 0, 0));
    assert_eq!(entry.policies.len(), 1);
}

#[test]
fn an_unreachable_cluster_still_gets_an_entry() {
    let desk = Desk::new(World::new().dev(|dev| dev.mode(AuthMode::Api).private()).start());
    let ran = desk.eksaccess("creator", BOOTSTRAP).run();
    ran.says("associate, scope cluster").says("not fully verified").says("can't be reached");
    assert!(desk.cloud.access_entry("dev", ROLE).is_some());
    assert!(files(&desk).contains_key(&desk.path("kube")));
}
