//! The authentication mode as it is shown, planned, switched and refused.

use std::time::Duration;

use super::pinned::{coloured, desk, pin, piped, plain, wide};
use crate::many::desks::three;
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

const BOTH: &str = "mode --cluster dev --to API_AND_CONFIG_MAP";
const API: &str = "mode --cluster dev --to API";

#[test]
fn of_one_cluster() {
    let world = World::new().dev(|dev| dev.runs("1.30", "eks.2").creator_admin(false));
    let config_map = Desk::new(world.start());
    config_map.cloud.begin_logging_update("dev", Duration::from_hours(1));
    let (both, api) = (desk(AuthMode::ApiAndConfigMap), desk(AuthMode::Api));
    let show = |desk: &'static str, of: &Desk| (desk, plain(of.eksaccess("creator", "mode --cluster dev")));
    pin(
        "mode",
        "shown",
        [
            show("CONFIG_MAP", &config_map),
            ("CONFIG_MAP, 120 columns", wide(config_map.eksaccess("creator", "mode --cluster dev"))),
            show("API_AND_CONFIG_MAP", &both),
            show("API", &api),
            ("json", piped(config_map.eksaccess("creator", "mode --cluster dev --output json"))),
        ],
    );
}

#[test]
fn of_several_clusters() {
    let desk = three();
    pin(
        "mode",
        "several",
        [
            ("shown", plain(desk.eksaccess("creator", "mode --all-clusters"))),
            ("json", piped(desk.eksaccess("creator", "mode --all-clusters --output json"))),
            (
                "a step that one of them has made",
                plain(
                    desk.eksaccess("creator", "mode --cluster dev --cluster stage --to API_AND_CONFIG_MAP")
                        .args("--yes"),
                ),
            ),
        ],
    );
}

#[test]
fn switched() {
    let desk = desk(AuthMode::ConfigMap);
    let both = || desk.eksaccess("creator", BOTH);
    let api = || desk.eksaccess("creator", API);
    pin(
        "mode",
        "switched",
        [
            ("the plan", plain(both().args("--dry-run"))),
            ("the plan in colour", coloured(both().args("--dry-run"), 120)),
            ("without a terminal", piped(both().status(6))),
            ("carried out", plain(both().args("--yes"))),
            ("again", plain(both())),
            ("the last step, json", piped(api().args("--yes --output json"))),
            ("there is no way back", plain(both().status(2))),
        ],
    );
}

#[test]
fn refused() {
    let text = "- rolearn: arn:aws:iam::111122223333:role/dev-node\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:nodes]\n\
                - rolearn: arn:aws:iam::111122223333:role/ops\n  username: ops:{{SessionName}}\n  groups: [ops]\n\
                - rolearn: arn:aws:iam::111122223333:role/AWSServiceRoleForBatch\n  username: aws-batch\n";
    let desk = Desk::new(World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap).map_roles(text)).start());
    desk.cloud.set_config_map_data("dev", "mapAccounts", "- \"444455556666\"\n");
    desk.cloud.with_cluster("dev", |dev| dev.entries.retain(|principal, _| !principal.contains("dev-node")));
    let two = self::desk(AuthMode::ConfigMap);
    pin(
        "mode",
        "refused",
        [
            ("by the map", plain(desk.eksaccess("creator", API).status(1))),
            ("two steps at once", plain(two.eksaccess("creator", API).status(2))),
        ],
    );
}
