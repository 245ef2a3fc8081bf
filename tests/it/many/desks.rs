//! Worlds of several clusters.

use eksaccess::model::arn::Partition;
use serde_json::json;

use crate::support::cloud::{ACCOUNT, AuthMode, ClusterSpec, REGION, World};
use crate::support::desk::Desk;

/// The role that a bootstrap creates.
pub const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

/// A cluster created by `creator`.
pub fn cluster(name: &str, mode: AuthMode) -> ClusterSpec {
    ClusterSpec::new(name).mode(mode).creator("creator").nodes("workers", "dev-node")
}

/// `dev` (aws-auth), `stage` (entries and aws-auth) and `prod` (entries), all reachable.
pub fn three() -> Desk {
    let world = World::new().dev(|dev| dev.mode(AuthMode::ConfigMap));
    let world = world.cluster(cluster("stage", AuthMode::ApiAndConfigMap)).cluster(cluster("prod", AuthMode::Api));
    Desk::new(world.start())
}

/// How often an operation was called.
pub fn count(desk: &Desk, operation: &str) -> usize {
    desk.cloud.calls().iter().filter(|call| call.operation == operation).count()
}

/// The second account.
pub const OTHER: &str = "444455556666";

/// The role that a bootstrap creates in an account.
pub fn role_of(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/KubernetesAdmin")
}

/// A cluster of an account, created by its role `Ops`.
pub fn ops_cluster(account: &str, name: &str, mode: AuthMode) -> ClusterSpec {
    ClusterSpec::new(name)
        .account(Partition::Aws, account, REGION)
        .mode(mode)
        .creator("Ops")
        .nodes("workers", "dev-node")
}

/// Adds an account in which the users of the home account may assume the administrator's role `Ops`, with a user and
/// two clusters, one with aws-auth and one with entries.
pub fn with_account(world: World, account: &str, user: &'static str, clusters: [&str; 2]) -> World {
    let home = serde_json::json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
    let world = world.account(Partition::Aws, account, move |account| {
        let admin = account.aws_policy("AdministratorAccess");
        account.user(user).node_role("dev-node").role("Team");
        account.role_at("/", "Ops", &home).with_role("Ops", |role| role.attached.push(admin));
    });
    let [first, second] = clusters;
    let world = world.cluster(ops_cluster(account, first, AuthMode::ConfigMap));
    world.cluster(ops_cluster(account, second, AuthMode::Api))
}

/// Two accounts with a role `Ops` each: the home account with its user `creator` and the clusters `dev` and `prod`, and
/// [`OTHER`] with its user `bob`, `alpha` and `beta`. The file `accounts` lists both accounts.
pub fn two_accounts() -> Desk {
    let world = World::empty().home(|home| {
        home.admin("creator").user("outsider");
    });
    let world = with_account(world, ACCOUNT, "member", ["dev", "prod"]);
    let desk = Desk::new(with_account(world, OTHER, "bob", ["alpha", "beta"]).start());
    desk.write("accounts", &format!("# all of them\n{ACCOUNT}\n{OTHER} # the other one\n"));
    desk
}

/// The selection of all clusters of both.
pub const BOTH: &str =
    "--cluster dev --cluster prod --cluster alpha --cluster beta --accounts accounts --account-role Ops";

/// The accounts of the completed calls of an operation, with their signers.
pub fn signers(desk: &Desk, operation: &str) -> Vec<String> {
    let calls = desk.cloud.calls().into_iter().filter(|call| call.operation == operation);
    let mut all: Vec<_> = calls.filter_map(|call| call.caller).collect();
    all.sort();
    all
}

/// The regions of a fleet.
pub const REGIONS: [&str; 3] = ["eu-west-1", "eu-central-1", "us-east-1"];
/// Selects a fleet's clusters; `Ops` signs in each account.
pub const FLEET: &str = "--all-clusters --accounts accounts --account-role Ops --cluster-region eu-west-1 \
                         --cluster-region eu-central-1 --cluster-region us-east-1 --yes";
/// The modes of a fleet's clusters, one after another.
pub const MIXED: [AuthMode; 3] = [AuthMode::ConfigMap, AuthMode::ApiAndConfigMap, AuthMode::Api];

/// This many clusters, `c-0` and so on, spread over this many accounts, three regions and all modes, with the accounts
/// listed in the file `accounts`. Each account has a role `Ops`, which created the clusters and which the home
/// account's `creator` may assume, and a role `Team`.
pub fn fleet(clusters: usize, accounts: usize) -> Desk {
    let id = |account: usize| format!("{}", 200_000_000_000 + account);
    let mut world = World::empty().home(|home| {
        home.admin("creator");
    });
    for account in 0..accounts {
        world = world.account(Partition::Aws, &id(account), |account| {
            let all = account.aws_policy("AdministratorAccess");
            let home = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
            account.role_at("/", "Ops", &home).with_role("Ops", |role| role.attached.push(all));
            account.role("Team").node_role("node");
        });
    }
    for at in 0..clusters {
        let (account, nth) = (at % accounts, at / accounts);
        let spec = ClusterSpec::new(&format!("c-{at}")).account(Partition::Aws, &id(account), REGIONS[nth % 3]);
        world = world.cluster(spec.mode(MIXED[at % 3]).creator("Ops").nodes("workers", "node"));
    }
    let desk = Desk::new(world.start());
    let list: String = (0..accounts).map(|account| id(account) + "\n").collect();
    desk.write("accounts", &list);
    desk
}
