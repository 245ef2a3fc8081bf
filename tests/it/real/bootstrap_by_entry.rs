//! The same story on clusters with access entries.

use super::site::Site;
use crate::support::cloud::{AuthMode, World};

const COMMAND: &str = "bootstrap --cluster dev --user member --kubeconfig F";
const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

fn member_gets_in_by_entry(test: &str, mode: AuthMode) {
    let Some(site) = Site::open(test, World::new().dev(|dev| dev.mode(mode))) else { return };
    let before = site.plane.aws_auth();
    site.eksaccess("creator", COMMAND).run().says("KubernetesAdmin");

    let entry = site.cloud().access_entry("dev", ROLE).expect("an entry");
    assert_eq!(entry.username, "kubernetes-admin");
    assert_eq!(site.whoami("member").username, "kubernetes-admin");
    site.kubectl("member", "auth can-i * *").run().says("yes");
    site.kubectl("member", "get secrets -A").run();
    site.kubectl("outsider", "auth whoami").status(1).run().warns("AccessDenied");
    assert_eq!(site.plane.aws_auth(), before, "aws-auth is left alone");
    assert!(site.writes().is_empty(), "{:?}", site.writes());

    site.does_nothing("creator", COMMAND);
    site.eksaccess("creator", "verify --cluster dev").run().says("kubernetes-admin");
}

#[test]
fn in_mode_api_the_member_gets_in_by_an_entry() {
    member_gets_in_by_entry("in_mode_api_the_member_gets_in_by_an_entry", AuthMode::Api);
}

#[test]
fn in_mode_api_and_config_map_the_member_gets_in_by_an_entry() {
    member_gets_in_by_entry("in_mode_api_and_config_map_the_member_gets_in_by_an_entry", AuthMode::ApiAndConfigMap);
}
