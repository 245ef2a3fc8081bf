//! ministack with `AUTH=true`, which checks signatures, identity policies and trust, and has access entries.
//!
//! Not tested, as it lacks them: a Kubernetes API of its clusters (`verify` results in unknown there, and `aws-auth`
//! can't be tried), a switch of the authentication mode, and the list of access policies.

use super::other_cloud::{AccessKey, OtherCloud};
use crate::support::control_plane::{ThirdParty, or_skip};

const ACCOUNT: &str = "000000000000";
const ROLE: &str = "arn:aws:iam::000000000000:role/KubernetesAdmin";
/// Its clusters have no certificate authority, so they get no kubeconfig.
const COMMAND: &str = "bootstrap --cluster dev --user member --skip kubeconfig";

fn root() -> AccessKey {
    AccessKey { id: "test".to_owned(), secret: "test".to_owned() }
}

#[test]
fn a_member_may_take_the_role_in_ministack_and_an_outsider_may_not() {
    let test = "a_member_may_take_the_role_in_ministack_and_an_outsider_may_not";
    let Some(cloud) = or_skip(test, ThirdParty::ministack()) else { return };
    let cloud = OtherCloud::new(cloud, &root());
    let (member, outsider) = (cloud.user("member"), cloud.user("outsider"));
    let creator = cloud.user("creator");
    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","eks:*"],"Resource":"*"}]}"#;
    cloud.allow("creator", everything);
    cloud.cluster();

    let report = cloud.eksaccess(&creator, &format!("{COMMAND} --skip verify --output json")).run().json();
    assert_eq!(report["outcome"], "applied", "{report:#}");
    let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy".to_owned();
    assert_eq!(cloud.entry(ROLE), ("kubernetes-admin".to_owned(), vec![], vec![policy.clone()]));
    cloud.does_nothing(&creator, &format!("{COMMAND} --skip verify"));

    let token = format!("token -i dev -r {ROLE} --no-cache");
    let credential = cloud.eksaccess(&member, &token).run().json();
    assert_eq!(credential["kind"], "ExecCredential");
    cloud.eksaccess(&outsider, &token).status(1).run().warns("sts:AssumeRole").warns("AccessDenied").warns(ROLE);

    another_role_of_few_rights(&cloud, &creator);
    let (username, groups, policies) = cloud.entry(ROLE);
    assert_eq!((username.as_str(), groups.len(), policies), ("kubernetes-admin", 0, vec![policy]));
    what_is_behind_it_is_unknown(&cloud, &creator);
}

/// An entry is changed as a whole: ministack too resets a field that an update omits.
fn another_role_of_few_rights(cloud: &OtherCloud, creator: &AccessKey) {
    cloud.eksaccess(creator, "role --role Viewer").run();
    let viewer = format!("arn:aws:iam::{ACCOUNT}:role/Viewer");
    let map = "map --cluster dev --role Viewer --kubernetes-group viewers --username view:{{SessionName}}";
    cloud.eksaccess(creator, map).run();
    cloud.does_nothing(creator, map);
    let groups = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(cloud.entry(&viewer), ("view:{{SessionName}}".to_owned(), groups(&["viewers"]), vec![]));
    let more = "map --cluster dev --role Viewer --append-kubernetes-group auditors --yes";
    cloud.eksaccess(creator, more).run();
    cloud.does_nothing(creator, more);
    assert_eq!(cloud.entry(&viewer), ("view:{{SessionName}}".to_owned(), groups(&["viewers", "auditors"]), vec![]));
}

/// A cluster that is ACTIVE without a certificate authority can't be called, and gets no kubeconfig: an error before
/// any write.
fn what_is_behind_it_is_unknown(cloud: &OtherCloud, creator: &AccessKey) {
    for command in [COMMAND, "bootstrap --cluster dev --user member --skip verify --kubeconfig F"] {
        let ran = cloud.eksaccess(creator, command).status(1).run();
        ran.warns("has no certificate authority").warns("--skip kubeconfig --skip verify");
    }
}
