//! Worlds of several clusters.

use crate::support::cloud::{AuthMode, ClusterSpec, World};
use crate::support::desk::Desk;

/// The role that a bootstrap makes.
pub const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

/// A cluster that `creator` made.
pub fn cluster(name: &str, mode: AuthMode) -> ClusterSpec {
    ClusterSpec::new(name).mode(mode).creator("creator").nodes("workers", "dev-node")
}

/// `dev` (aws-auth), `stage` (entries and aws-auth) and `prod` (entries), which all answer.
pub fn three() -> Desk {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ConfigMap));
    let world = world.cluster(cluster("stage", AuthMode::ApiAndConfigMap)).cluster(cluster("prod", AuthMode::Api));
    Desk::new(world.start())
}

/// How often an operation was called.
pub fn count(desk: &Desk, operation: &str) -> usize {
    desk.cloud.calls().iter().filter(|call| call.operation == operation).count()
}
