//! The number of calls in flight per account, region and service, counted by the cloud.

use std::time::Duration;

use crate::support::cloud::{ACCOUNT, World};
use crate::support::desk::Desk;

/// The limit of `src/aws/lane.rs`.
const LANE: usize = 12;

#[test]
fn no_more_calls_are_under_way_than_the_bound_of_an_account_region_and_service() {
    let text = "- {rolearn: 'arn:aws:iam::111122223333:role/Admin', username: admin, groups: ['system:masters']}\n\
                - {rolearn: 'arn:aws:iam::111122223333:role/Other', username: other, groups: [viewers]}\n";
    let world = World::new().dev(|dev| {
        let groups = (0..5 * LANE).map(|n| format!("workers-{n}"));
        groups.fold(dev, |dev, group| dev.nodes(&group, "dev-node")).map_roles(text)
    });
    let desk = Desk::new(world.start());
    // Without a limit all of them would arrive at once.
    desk.cloud.set_latency(Duration::from_millis(30));
    let taken = "map --cluster dev --role arn:aws:iam::111122223333:role/Other --remove --yes";
    desk.eksaccess("creator", taken).run();
    let described = desk.cloud.operations().iter().filter(|name| *name == "DescribeNodegroup").count();
    assert!(described > 5 * LANE, "the guard asks for every node group: {described}");
    let most = desk.cloud.most_under_way();
    assert!(most.keys().any(|place| place.service == "eks" && place.account == ACCOUNT), "{most:?}");
    assert!(most.values().all(|most| *most <= LANE), "{most:?}");
}

#[test]
fn an_account_that_is_throttled_is_waited_for() {
    let desk = Desk::new(World::new().start());
    desk.cloud.throttle(ACCOUNT, 8);
    let ran = desk.eksaccess("creator", "bootstrap --cluster dev --user member --kubeconfig kube").run();
    ran.says("verified: access works");
    assert!(desk.cloud.calls().iter().any(|call| call.error.as_deref().is_some_and(|e| e.starts_with("Throttling"))));
}
