//! The whole story on a cluster that uses `aws-auth`: the command, a member with access, an outsider without.

use super::site::{Site, user};
use crate::support::cloud::World;

const COMMAND: &str = "bootstrap --cluster dev --user member --kubeconfig F";
const ENTRY: &str = "- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin";

#[test]
fn a_member_gets_in_as_administrator_and_an_outsider_does_not() {
    let Some(site) = Site::open("a_member_gets_in_as_administrator_and_an_outsider_does_not", World::new()) else {
        return;
    };
    let before = site.data()["mapRoles"].clone();
    assert!(before.contains("# node group workers"), "{before}");

    site.eksaccess("creator", COMMAND).run().says("KubernetesAdmin");
    assert_eq!(site.whoami("member"), user("kubernetes-admin", &["system:masters"]));
    site.kubectl("member", "auth can-i * *").run().says("yes");
    site.kubectl("member", "get namespaces").run().says("kube-system");
    outsider_is_refused(&site);

    let after = site.data()["mapRoles"].clone();
    let added = after.strip_prefix(&before).unwrap_or_else(|| panic!("the nodes' entry changed:\n{after}"));
    assert!(added.starts_with(ENTRY), "{added}");
    let writes = site.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!((writes[0].verb.as_str(), writes[0].status), ("update", 200), "{writes:?}");
    assert_eq!(writes[0].username, "kubernetes-creator");

    site.does_nothing("creator", COMMAND);
    site.eksaccess("creator", "verify --cluster dev").run().says("kubernetes-admin");
    lowered_by_hand_is_raised_when_named(&site);
}

/// The exec plugin itself fails, so the message names the caller and the action.
fn outsider_is_refused(site: &Site) {
    let refused = site.kubectl("outsider", "auth whoami").status(1).run();
    refused.warns("AccessDenied").warns("sts:AssumeRole");
    // Without the role: the outsider's own keys give no access.
    let own = site.plane.review(&super::site::token(&site.cloud().env("outsider")));
    assert_eq!(own, None);
}

/// The role's rights were reduced by hand: they stay so unless the groups are named, which needs a confirmation. The
/// command promises an administrator, so its proof reports that it has no such rights.
fn lowered_by_hand_is_raised_when_named(site: &Site) {
    let good = site.data();
    let lowered = good["mapRoles"].replace("system:masters", "viewers");
    site.plane.put_aws_auth(&[("mapRoles", &lowered)]);
    let version = site.version();
    let ran = site.eksaccess("creator", COMMAND).status(5).run();
    ran.says("nothing to do").says("verified: broken").says("--append-kubernetes-group system:masters");
    let named = format!("{COMMAND} --kubernetes-group system:masters");
    site.eksaccess("creator", &named).status(6).run();
    assert_eq!(site.version(), version, "nothing is written where nobody can be asked");
    site.eksaccess("creator", &format!("{named} --yes")).run();
    assert_eq!(site.data(), good);
}
