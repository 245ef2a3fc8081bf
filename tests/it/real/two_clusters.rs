//! Two clusters with a real control plane each, and a third that is unreachable, in one command.

use super::site::{Site, user, user_of};
use crate::many::desks::{cluster, count};
use crate::support::cloud::{AuthMode, World};
use crate::support::control_plane::{ControlPlane, or_skip};

const ALL: &str = "bootstrap --cluster dev --cluster prod --cluster stage --user member --kubeconfig F";

#[test]
fn reachable_clusters_are_bound_by_one_plan_and_the_other_is_reported() {
    let test = "reachable_clusters_are_bound_by_one_plan_and_the_other_is_reported";
    let world = World::new().cluster(cluster("prod", AuthMode::ConfigMap));
    let Some(site) = Site::open(test, world.cluster(cluster("stage", AuthMode::ConfigMap).private())) else { return };
    let Some(prod) = or_skip(test, ControlPlane::start(site.cloud(), "prod")) else { return };
    site.cloud().clear_log();
    let ran = site.eksaccess("creator", &format!("{ALL} --output json")).status(1).run().json();
    let states: Vec<_> = ran["places"].as_array().unwrap().iter().map(|place| place["state"].clone()).collect();
    assert_eq!(states, ["done", "done", "failed"], "{ran:#}");
    assert!(ran["places"][2]["why"].as_str().unwrap().contains("can't be reached"), "{ran:#}");
    assert_eq!((count(&site.desk, "CreateRole"), count(&site.desk, "CreateGroup")), (1, 1));
    for (name, map) in [("dev", site.plane.aws_auth()), ("prod", prod.aws_auth())] {
        assert!(map.unwrap().data.unwrap()["mapRoles"].contains("role/KubernetesAdmin"), "{name}");
        let whoami = format!("auth whoami -o json --context KubernetesAdmin@{name}.eu-west-1.111122223333");
        let seen = user_of(&site.kubectl("member", &whoami).run().json()["status"]["userInfo"]);
        assert_eq!(seen, user("kubernetes-admin", &["system:masters"]), "{name}");
        site.kubectl("outsider", &whoami).status(1).run();
    }
    site.cloud().clear_log();
    let writes = (site.writes().len(), prod.writes().len());
    let again = site.eksaccess("creator", &format!("{ALL} --output json")).status(1).run().json();
    assert!(again["plan"]["steps"].as_array().unwrap().is_empty(), "{again:#}");
    assert!(site.cloud().writes().is_empty(), "{:?}", site.cloud().writes());
    assert_eq!((site.writes().len(), prod.writes().len()), writes);
    let verified = site.eksaccess("creator", "verify --cluster dev --cluster prod --cluster stage").status(5).run();
    verified.says("ok      dev (eu-west-1)").says("ok      prod (eu-west-1)").says("broken  stage (eu-west-1)");
}
