//! moto: a different wire format, and no authorisation.
//!
//! Not tested, as it lacks them: access entries, refusals, and a Kubernetes API of its clusters.

use super::other_cloud::{AccessKey, OtherCloud};
use crate::support::control_plane::{ThirdParty, or_skip};

const BOOTSTRAP: &str = "bootstrap --cluster dev --user member --kubeconfig F --skip map";
const DESCRIPTION: &str = "Kubernetes administrator role (for AWS IAM Authenticator for Kubernetes).";

#[test]
fn role_and_group_are_made_once_in_moto() {
    let Some(cloud) = or_skip("role_and_group_are_made_once_in_moto", ThirdParty::moto()) else { return };
    let cloud = OtherCloud::new(cloud, &AccessKey { id: "test".to_owned(), secret: "test".to_owned() });
    let creator = cloud.user("creator");
    cloud.user("member");
    for command in ["role", "group --user member"] {
        let report = cloud.eksaccess(&creator, &format!("{command} --output json")).run().json();
        assert_eq!(report["outcome"], "applied", "{report:#}");
        cloud.does_nothing(&creator, command);
    }
    assert_eq!(cloud.description("KubernetesAdmin").as_deref(), Some(DESCRIPTION));

    // An update without the description would erase it.
    let longer = "role --max-session-duration 7200 --yes";
    cloud.eksaccess(&creator, longer).run();
    assert_eq!(cloud.description("KubernetesAdmin").as_deref(), Some(DESCRIPTION));
    cloud.does_nothing(&creator, longer);
    cloud.does_nothing(&creator, "role");

    // The certificate authority of its clusters is not a certificate: reported before any write.
    cloud.cluster();
    let ran = cloud.eksaccess(&creator, BOOTSTRAP).status(1).run();
    ran.warns("eks:DescribeCluster on cluster dev: its certificate authority holds no certificate");
}
