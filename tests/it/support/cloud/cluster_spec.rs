//! A cluster to set up.

use std::collections::BTreeMap;

use serde_json::json;

use super::cloud::{ACCOUNT, Cloud, REGION};
use super::cluster::{AuthMode, Cluster, Grant};
use super::eks::made_by_eks;
use super::k8s;
use eksaccess::model::arn::Partition;

/// What answers at the cluster's address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Endpoint {
    Served,
    None,
    /// An address that refuses connections.
    Refusing,
    /// An address that accepts connections and never answers.
    Silent,
}

/// A cluster under construction.
#[must_use]
pub struct ClusterSpec {
    cluster: Cluster,
    endpoint: Endpoint,
    creator: Option<String>,
    nodes: Vec<(String, String)>,
    fargate: Vec<(String, String)>,
    map_roles: Option<String>,
    has_config_map: bool,
    has_authority: bool,
}

impl ClusterSpec {
    /// An ACTIVE cluster in the default account and region, mode `CONFIG_MAP`.
    pub fn new(name: &str) -> Self {
        let cluster = Cluster {
            partition: Partition::Aws,
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            name: name.to_owned(),
            outpost_id: None,
            status: "ACTIVE".to_owned(),
            endpoint: None,
            ca_pem: String::new(),
            authorities: Vec::new(),
            shown: None,
            public_endpoint: true,
            mode: AuthMode::ConfigMap,
            shows_mode: true,
            versions: ("1.36".to_owned(), "eks.1".to_owned()),
            creator_admin: None,
            created_at: 0,
            creator: None,
            tags: BTreeMap::new(),
            objects: BTreeMap::new(),
            capabilities: BTreeMap::new(),
            node_groups: BTreeMap::new(),
            fargate_profiles: BTreeMap::new(),
            entries: BTreeMap::new(),
            updates: Vec::new(),
            client_tokens: BTreeMap::new(),
            config_map: None,
            mappings: std::sync::Arc::default(),
            resource_version: 1000,
            namespaces: ["default", "kube-node-lease", "kube-public", "kube-system"].map(str::to_owned).into(),
            grants: Vec::new(),
            unauthenticated: false,
        };
        let nothing = Vec::new;
        Self {
            cluster,
            endpoint: Endpoint::Served,
            creator: None,
            nodes: nothing(),
            fargate: nothing(),
            map_roles: None,
            has_config_map: true,
            has_authority: true,
        }
    }

    pub fn name(&self) -> &str {
        &self.cluster.name
    }

    fn with(mut self, change: impl FnOnce(&mut Cluster)) -> Self {
        change(&mut self.cluster);
        self
    }

    pub fn account(self, partition: Partition, id: &str, region: &str) -> Self {
        self.with(|c| (c.partition, c.account, c.region) = (partition, id.to_owned(), region.to_owned()))
    }

    pub fn mode(self, mode: AuthMode) -> Self {
        self.with(|c| c.mode = mode)
    }

    /// CREATING, DELETING, UPDATING, FAILED, …
    pub fn status(self, status: &str) -> Self {
        self.with(|c| status.clone_into(&mut c.status))
    }

    /// DescribeCluster shows no mode, as for old clusters.
    pub fn without_access_config(self) -> Self {
        self.with(|c| c.shows_mode = false)
    }

    /// What DescribeCluster tells of Kubernetes and of the platform.
    pub fn runs(self, kubernetes: &str, platform: &str) -> Self {
        self.with(|c| c.versions = (kubernetes.to_owned(), platform.to_owned()))
    }

    /// DescribeCluster tells whether the creator was given an entry when the cluster was created.
    pub fn creator_admin(self, given: bool) -> Self {
        self.with(|c| c.creator_admin = Some(given))
    }

    /// A local cluster on an Outpost: tokens contain this id.
    pub fn outpost(self, id: &str) -> Self {
        self.with(|c| c.outpost_id = Some(id.to_owned()))
    }

    /// A tag of the cluster itself.
    pub fn tag(self, key: &str, value: &str) -> Self {
        self.with(|c| drop(c.tags.insert(key.to_owned(), value.to_owned())))
    }

    /// Grants a Kubernetes group rights, as RBAC would.
    pub fn grant(self, group: &str, verbs: &[&str], resources: &[&str], namespace: Option<&str>) -> Self {
        let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        let namespace = namespace.map(str::to_owned);
        let grant = Grant { group: group.to_owned(), verbs: own(verbs), resources: own(resources), namespace };
        self.with(|c| c.grants.push(grant))
    }

    /// DescribeCluster shows no endpoint.
    pub fn without_endpoint(self) -> Self {
        Self { endpoint: Endpoint::None, ..self }
    }

    /// DescribeCluster shows no certificate authority.
    pub fn without_authority(self) -> Self {
        Self { has_authority: false, ..self }
    }

    /// A private endpoint: unreachable from here.
    pub fn private(self) -> Self {
        let spec = self.with(|c| c.public_endpoint = false);
        Self { endpoint: Endpoint::Refusing, ..spec }
    }

    /// Accepts connections and never answers.
    pub fn silent(self) -> Self {
        Self { endpoint: Endpoint::Silent, ..self }
    }

    /// Its creator, a user or role by name in its account.
    pub fn creator(self, name: &str) -> Self {
        Self { creator: Some(name.to_owned()), ..self }
    }

    /// A managed node group with its role; `aws-auth` gets the nodes' entry unless its text is given.
    pub fn nodes(mut self, group: &str, role: &str) -> Self {
        self.nodes.push((group.to_owned(), role.to_owned()));
        self
    }

    pub fn fargate(mut self, profile: &str, role: &str) -> Self {
        self.fargate.push((profile.to_owned(), role.to_owned()));
        self
    }

    /// The text of `mapRoles`.
    pub fn map_roles(self, text: &str) -> Self {
        Self { map_roles: Some(text.to_owned()), ..self }
    }

    pub fn without_config_map(self) -> Self {
        Self { has_config_map: false, ..self }
    }
}

/// The text of a default cluster's `mapRoles`.
fn node_entries(spec: &ClusterSpec) -> String {
    let Cluster { partition, account, .. } = &spec.cluster;
    let mut text = String::from("# Kept by the platform team; ask in #platform before you change it.\n");
    for (group, role) in &spec.nodes {
        text.push_str(&format!(
            "- rolearn: arn:{partition}:iam::{account}:role/{role}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  \
             groups:\n    - system:bootstrappers\n    - system:nodes # node group {group}: without it its nodes go NotReady\n"
        ));
    }
    text
}

impl Cloud {
    /// Adds a cluster to a running cloud.
    pub fn add_cluster(&self, spec: ClusterSpec) {
        let text = spec.map_roles.clone().unwrap_or_else(|| node_entries(&spec));
        let ClusterSpec { mut cluster, endpoint, creator, nodes, fargate, has_config_map, has_authority, .. } = spec;
        match endpoint {
            Endpoint::Served => self.serve(&mut cluster),
            Endpoint::Refusing => {
                cluster.endpoint = Some("https://127.0.0.1:1".to_owned());
                cluster.found_authority();
            }
            Endpoint::Silent => {
                cluster.endpoint = Some(format!("https://{}", self.silent_address()));
                cluster.found_authority();
            }
            Endpoint::None => {}
        }
        if !has_authority {
            cluster.authorities.clear();
            cluster.ca_pem.clear();
        }
        self.edit(|state| {
            cluster.created_at = state.now;
            for one in &mut cluster.authorities {
                (one.created_at, one.activated) = (state.now, Some((state.now, "EKS")));
            }
            let uid = state.ids.uuid();
            if has_config_map {
                k8s::put_data(&mut cluster, &[("mapRoles".to_owned(), text)], state.now, &uid);
            }
            let (partition, account) = (cluster.partition, cluster.account.clone());
            let role_arn = |role: &str| format!("arn:{partition}:iam::{account}:role/{role}");
            for (group, role) in nodes {
                let shown = json!({ "nodegroupName": group, "clusterName": cluster.name, "status": "ACTIVE",
                    "nodegroupArn": format!("arn:{partition}:eks:{}:{account}:nodegroup/{}/{group}/0a", cluster.region, cluster.name),
                    "nodeRole": role_arn(&role), "amiType": "AL2023_x86_64_STANDARD" });
                cluster.node_groups.insert(group, shown);
            }
            for (profile, role) in fargate {
                let shown = json!({ "fargateProfileName": profile, "clusterName": cluster.name, "status": "ACTIVE",
                    "podExecutionRoleArn": role_arn(&role) });
                cluster.fargate_profiles.insert(profile, shown);
            }
            cluster.creator = creator.map(|name| {
                let home = state.account(partition, &account).unwrap_or_else(|| panic!("no account {account}"));
                let user = home.user(&name).map(|u| &u.named);
                let named = user.or_else(|| home.role(&name).map(|r| &r.named));
                let named = named.unwrap_or_else(|| panic!("no creator {name}"));
                (named.id.clone(), named.arn.clone())
            });
            let entries = cluster.mode.has_entries();
            state.clusters.push(cluster);
            if entries {
                let place = state.clusters.len() - 1;
                made_by_eks(state, place);
            }
        });
    }
}
