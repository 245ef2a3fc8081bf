//! EKS: what a cluster's nodes and capabilities run as.

use futures::future::try_join_all;
use futures::try_join;

use super::eks::EksClient;
use super::error::{call_error, found};
use crate::engine::CallResult;
use crate::model::nodes::{NodeGroup, NodeSources};

impl EksClient {
    /// The node groups, and the roles of the Fargate profiles.
    pub(super) async fn sources(&self, cluster: &str) -> CallResult<NodeSources> {
        let (groups, fargate) = try_join!(self.node_groups(cluster), self.fargate_roles(cluster))?;
        Ok(NodeSources { groups, fargate })
    }

    async fn node_groups(&self, cluster: &str) -> CallResult<Vec<NodeGroup>> {
        let client = self.client();
        let mut pages = client.list_nodegroups().cluster_name(cluster).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = client.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("eks:ListNodegroups", of(cluster), error))?;
            names.extend(page.nodegroups.unwrap_or_default());
        }
        let groups = try_join_all(names.iter().map(|name| async move {
            let request = client.describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
            let answer = client.pass(request.send()).await;
            let object = || format!("node group {name} of {}", of(cluster));
            let answer = found(answer.map_err(|error| call_error("eks:DescribeNodegroup", object(), error)))?;
            let Some(group) = answer.and_then(|answer| answer.nodegroup) else { return Ok(None) };
            let ami_type = group.ami_type().map(|ami| ami.as_str().to_owned()).unwrap_or_default();
            Ok(group.node_role.map(|role| NodeGroup { name: name.clone(), role, ami_type }))
        }));
        Ok(groups.await?.into_iter().flatten().collect())
    }

    async fn fargate_roles(&self, cluster: &str) -> CallResult<Vec<String>> {
        let client = self.client();
        let mut pages = client.list_fargate_profiles().cluster_name(cluster).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = client.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("eks:ListFargateProfiles", of(cluster), error))?;
            names.extend(page.fargate_profile_names.unwrap_or_default());
        }
        let roles = try_join_all(names.iter().map(|name| async move {
            let request = client.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
            let answer = client.pass(request.send()).await;
            let object = || format!("Fargate profile {name} of {}", of(cluster));
            let answer = found(answer.map_err(|error| call_error("eks:DescribeFargateProfile", object(), error)))?;
            Ok(answer.and_then(|answer| answer.fargate_profile?.pod_execution_role_arn))
        }));
        Ok(roles.await?.into_iter().flatten().collect())
    }

    /// The roles of the capabilities (Argo CD, ACK, kro).
    pub(super) async fn of_capabilities(&self, cluster: &str) -> CallResult<Vec<String>> {
        let client = self.client();
        let mut pages = client.list_capabilities().cluster_name(cluster).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = client.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("eks:ListCapabilities", of(cluster), error))?;
            names.extend(page.capabilities().iter().filter_map(|one| one.capability_name().map(str::to_owned)));
        }
        let roles = try_join_all(names.iter().map(|name| async move {
            let request = client.describe_capability().cluster_name(cluster).capability_name(name);
            let answer = client.pass(request.send()).await;
            let object = || format!("capability {name} of {}", of(cluster));
            let answer = found(answer.map_err(|error| call_error("eks:DescribeCapability", object(), error)))?;
            Ok(answer.and_then(|answer| answer.capability?.role_arn))
        }));
        Ok(roles.await?.into_iter().flatten().collect())
    }
}

fn of(cluster: &str) -> String {
    format!("cluster {cluster}")
}
