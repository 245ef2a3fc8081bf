//! The contents of a cloud at its start.

use std::time::Duration;

use super::account_setup::AccountSetup;
use super::cloud::{ACCOUNT, Cloud};
use super::cluster_spec::ClusterSpec;
use eksaccess::model::arn::Partition;

type Setup = Box<dyn FnOnce(&mut AccountSetup)>;

/// A world to start.
#[must_use]
pub struct World {
    accounts: Vec<(Partition, String, Setup)>,
    clusters: Vec<ClusterSpec>,
    propagation: Duration,
}

impl World {
    /// The default world: `creator` (an administrator who made `dev`), `member`, `outsider`, the nodes' role `dev-node`
    /// and the cluster `dev` in mode `CONFIG_MAP`, with the nodes' entry in `aws-auth`.
    pub fn new() -> Self {
        Self::empty()
            .account(Partition::Aws, ACCOUNT, |account| {
                account.admin("creator").user("member").user("outsider");
                account.node_role("dev-node").alias("example-dev");
            })
            .cluster(ClusterSpec::new("dev").creator("creator").nodes("workers", "dev-node"))
    }

    /// An empty world.
    pub fn empty() -> Self {
        Self { accounts: Vec::new(), clusters: Vec::new(), propagation: Duration::ZERO }
    }

    /// Adds an account, or changes one.
    pub fn account(mut self, partition: Partition, id: &str, setup: impl FnOnce(&mut AccountSetup) + 'static) -> Self {
        self.accounts.push((partition, id.to_owned(), Box::new(setup)));
        self
    }

    /// Changes the default account.
    pub fn home(self, setup: impl FnOnce(&mut AccountSetup) + 'static) -> Self {
        self.account(Partition::Aws, ACCOUNT, setup)
    }

    /// Adds a cluster.
    pub fn cluster(mut self, spec: ClusterSpec) -> Self {
        self.clusters.push(spec);
        self
    }

    /// Changes the cluster `dev`.
    pub fn dev(mut self, change: impl FnOnce(ClusterSpec) -> ClusterSpec) -> Self {
        let place = self.clusters.iter().position(|c| c.name() == "dev").expect("a world with `dev`");
        let spec = self.clusters.remove(place);
        self.clusters.insert(place, change(spec));
        self
    }

    /// The propagation delay of everything written once the cloud runs.
    pub fn propagation(self, delay: Duration) -> Self {
        Self { propagation: delay, ..self }
    }

    /// Starts it.
    #[must_use]
    pub fn start(self) -> Cloud {
        let cloud = Cloud::run();
        for (partition, id, setup) in self.accounts {
            cloud.account(partition, &id, setup);
        }
        for spec in self.clusters {
            cloud.add_cluster(spec);
        }
        cloud.set_propagation(self.propagation);
        cloud
    }
}
