//! EKS: clusters, access entries and their policies, and the nodes' roles.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_eks::Client;
use aws_sdk_eks::config::{Builder, Region};
use aws_sdk_eks::types::{AccessScope, AccessScopeType, AuthenticationMode, UpdateAccessConfigRequest};
use aws_types::SdkConfig;
use futures::future::try_join_all;
use futures::try_join;

use super::credentials::AssumedCredentials;
use super::described::{authority_of, cluster_of, update_of};
use super::error::{bad_answer, call_error, done, found};
use super::pace::{Pace, Paced};
use crate::engine::{CallErrorKind, CallResult, EksRead, EksWrite, NewEntry, TaggedCluster};
use crate::model::access::STANDARD;
use crate::model::nodes::NodeSources;
use crate::model::{
    AccessEntry, AssociatedPolicy, AuthMode, ClusterAuthority, ClusterDescription, ClusterUpdate, PolicyScope,
    UpdateStatus,
};

/// EKS in one account and region: read calls.
#[derive(Clone, Debug)]
pub struct EksClient(Paced<Client>);

/// The same account and region: write calls, made while a plan is carried out.
#[derive(Clone, Debug)]
pub struct EksWriter(Paced<Client>);

impl EksWriter {
    /// Over the client that reads.
    pub fn over(reads: EksClient) -> Self {
        Self(reads.0)
    }
}

impl EksClient {
    pub(super) fn new(sdk: &SdkConfig, region: &str, signer: Option<&AssumedCredentials>, pace: Pace) -> Self {
        let mut config = Builder::from(sdk)
            .region(Region::new(region.to_owned()))
            .interceptor(pace.heed())
            .retry_partition(pace.partition());
        if let Some(signer) = signer {
            config = config.credentials_provider(SharedCredentialsProvider::new(signer.clone()));
        }
        Self(Paced::new(Client::from_conf(config.build()), pace))
    }

    async fn entry(&self, cluster: &str, principal: &str) -> CallResult<Option<aws_sdk_eks::types::AccessEntry>> {
        let answer =
            self.0.pass(self.0.describe_access_entry().cluster_name(cluster).principal_arn(principal).send()).await;
        let object = entry_object(cluster, principal);
        Ok(answer.map_err(|error| call_error("eks:DescribeAccessEntry", object, error))?.access_entry)
    }

    async fn entry_policies(&self, cluster: &str, principal: &str) -> CallResult<Vec<AssociatedPolicy>> {
        let request = self.0.list_associated_access_policies().cluster_name(cluster).principal_arn(principal);
        let mut pages = request.into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let object = || entry_object(cluster, principal);
            let page = page.map_err(|error| call_error("eks:ListAssociatedAccessPolicies", object(), error))?;
            policies.extend(page.associated_access_policies().iter().map(|policy| AssociatedPolicy {
                arn: policy.policy_arn().unwrap_or_default().to_owned(),
                scope: scope_of(policy.access_scope()),
            }));
        }
        Ok(policies)
    }

    async fn authority(&self, cluster: &str, id: &str) -> CallResult<Option<ClusterAuthority>> {
        let request = self.0.describe_certificate_authority().cluster_name(cluster).certificate_authority_id(id);
        let answer = self.0.pass(request.send()).await;
        let object = || format!("certificate authority {id} of cluster {cluster}");
        // An authority deleted since the list was fetched is left out.
        let answer = found(answer.map_err(|e| call_error("eks:DescribeCertificateAuthority", object(), e)))?;
        Ok(answer.and_then(|answer| answer.certificate_authority).as_ref().map(authority_of))
    }

    /// The client, whose calls pass by its pace.
    pub(super) const fn client(&self) -> &Paced<Client> {
        &self.0
    }
}

impl EksRead for EksClient {
    async fn list_clusters(&self) -> CallResult<Vec<String>> {
        let region = self.0.config().region().map(Region::as_ref).unwrap_or_default();
        let mut pages = self.0.list_clusters().into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let object = || format!("the clusters in {region}");
            let page = page.map_err(|error| call_error("eks:ListClusters", object(), error))?;
            names.extend(page.clusters.unwrap_or_default());
        }
        Ok(names)
    }

    async fn describe_cluster(&self, name: &str) -> CallResult<Option<ClusterDescription>> {
        Ok(self.tagged_cluster(name).await?.map(|(description, _)| description))
    }

    async fn tagged_cluster(&self, name: &str) -> CallResult<Option<TaggedCluster>> {
        const OPERATION: &str = "eks:DescribeCluster";
        let answer = self.0.pass(self.0.describe_cluster().name(name).send()).await;
        let answer = found(answer.map_err(|error| call_error(OPERATION, cluster_object(name), error)))?;
        let Some(cluster) = answer.and_then(|answer| answer.cluster) else { return Ok(None) };
        let region = self.0.config().region().map(Region::as_ref);
        let description = cluster_of(name, region, &cluster);
        let description = description.map_err(|message| bad_answer(OPERATION, cluster_object(name), message))?;
        Ok(Some((description, cluster.tags.unwrap_or_default().into_iter().collect())))
    }

    async fn describe_entry(&self, cluster: &str, principal: &str) -> CallResult<Option<AccessEntry>> {
        let both = try_join!(self.entry(cluster, principal), self.entry_policies(cluster, principal));
        let Some((Some(entry), policies)) = found(both)? else { return Ok(None) };
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        if !entry.principal_arn().is_some_and(|described| described.eq_ignore_ascii_case(principal)) {
            let other = entry.principal_arn().unwrap_or("no principal");
            let message = format!("the answer describes the entry of {other}, which was not requested");
            return Err(bad_answer("eks:DescribeAccessEntry", entry_object(cluster, principal), message));
        }
        Ok(Some(AccessEntry {
            principal: text(entry.principal_arn()),
            arn: text(entry.access_entry_arn()),
            entry_type: entry.r#type().unwrap_or(STANDARD).to_owned(),
            username: text(entry.username()),
            groups: entry.kubernetes_groups().to_vec(),
            tags: entry.tags().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect(),
            created_at: entry.created_at().map(aws_smithy_types::DateTime::secs),
            policies,
        }))
    }

    async fn list_entries(&self, cluster: &str) -> CallResult<Vec<String>> {
        let mut pages = self.0.list_access_entries().cluster_name(cluster).into_paginator().send();
        let mut principals = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("eks:ListAccessEntries", cluster_object(cluster), error))?;
            principals.extend(page.access_entries.unwrap_or_default());
        }
        Ok(principals)
    }

    async fn list_policies(&self) -> CallResult<Vec<(String, String)>> {
        let mut pages = self.0.list_access_policies().into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("eks:ListAccessPolicies", "the access policies", error))?;
            let named = page.access_policies().iter();
            policies.extend(named.filter_map(|policy| Some((policy.name()?.to_owned(), policy.arn()?.to_owned()))));
        }
        Ok(policies)
    }

    async fn list_authorities(&self, cluster: &str) -> CallResult<Vec<ClusterAuthority>> {
        let mut pages = self.0.list_certificate_authorities().cluster_name(cluster).into_paginator().send();
        let mut ids = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let object = || format!("the certificate authorities of cluster {cluster}");
            let page = page.map_err(|error| call_error("eks:ListCertificateAuthorities", object(), error))?;
            ids.extend(page.certificate_authorities().iter().filter_map(|one| one.id().map(str::to_owned)));
        }
        let all = try_join_all(ids.iter().map(|id| self.authority(cluster, id))).await?;
        Ok(all.into_iter().flatten().collect())
    }

    async fn list_node_sources(&self, cluster: &str) -> CallResult<NodeSources> {
        self.sources(cluster).await
    }

    async fn list_capability_roles(&self, cluster: &str) -> CallResult<Vec<String>> {
        self.of_capabilities(cluster).await
    }

    async fn list_updates(&self, cluster: &str) -> CallResult<Vec<ClusterUpdate>> {
        let mut pages = self.0.list_updates().name(cluster).into_paginator().send();
        let mut ids = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("eks:ListUpdates", cluster_object(cluster), error))?;
            ids.extend(page.update_ids.unwrap_or_default());
        }
        let all = try_join_all(ids.iter().map(|id| self.describe_update(cluster, id))).await?;
        Ok(all.into_iter().flatten().filter(|update| update.status == UpdateStatus::InProgress).collect())
    }

    async fn describe_update(&self, cluster: &str, id: &str) -> CallResult<Option<ClusterUpdate>> {
        let answer = self.0.pass(self.0.describe_update().name(cluster).update_id(id).send()).await;
        let object = || format!("update {id} of cluster {cluster}");
        let answer = found(answer.map_err(|error| call_error("eks:DescribeUpdate", object(), error)))?;
        Ok(answer.and_then(|answer| answer.update).as_ref().map(update_of))
    }
}

impl EksWrite for EksWriter {
    async fn create_entry(&self, cluster: &str, entry: &NewEntry<'_>) -> CallResult<()> {
        let NewEntry { principal, entry_type, username, groups, tags } = *entry;
        let tags = tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let request = self
            .0
            .create_access_entry()
            .cluster_name(cluster)
            .principal_arn(principal)
            .r#type(entry_type)
            .set_username(username.map(str::to_owned))
            .set_kubernetes_groups(Some(groups.to_vec()))
            .set_tags(Some(tags));
        let answer = self.0.pass(request.send()).await;
        done(answer.map_err(|error| call_error("eks:CreateAccessEntry", entry_object(cluster, principal), error)))
    }

    async fn update_entry(&self, cluster: &str, principal: &str, username: &str, groups: &[String]) -> CallResult<()> {
        let request = self.0.update_access_entry().cluster_name(cluster).principal_arn(principal).username(username);
        let answer = self.0.pass(request.set_kubernetes_groups(Some(groups.to_vec())).send()).await;
        done(answer.map_err(|error| call_error("eks:UpdateAccessEntry", entry_object(cluster, principal), error)))
    }

    async fn delete_entry(&self, cluster: &str, principal: &str) -> CallResult<()> {
        let answer =
            self.0.pass(self.0.delete_access_entry().cluster_name(cluster).principal_arn(principal).send()).await;
        let object = format!("access entry {principal} of cluster {cluster}");
        let answer = done(answer.map_err(|error| call_error("eks:DeleteAccessEntry", object, error)));
        answer.or_else(|error| if error.is(CallErrorKind::NotFound) { Ok(()) } else { Err(error) })
    }

    async fn associate_policy(
        &self,
        cluster: &str,
        principal: &str,
        policy_arn: &str,
        scope: &PolicyScope,
    ) -> CallResult<()> {
        let request = self.0.associate_access_policy().cluster_name(cluster).principal_arn(principal);
        let answer = self.0.pass(request.policy_arn(policy_arn).access_scope(access_scope(scope)).send()).await;
        let object = policy_object(cluster, principal, policy_arn);
        done(answer.map_err(|error| call_error("eks:AssociateAccessPolicy", object, error)))
    }

    async fn disassociate_policy(&self, cluster: &str, principal: &str, policy_arn: &str) -> CallResult<()> {
        let request = self.0.disassociate_access_policy().cluster_name(cluster).principal_arn(principal);
        let answer = self.0.pass(request.policy_arn(policy_arn).send()).await;
        let object = policy_object(cluster, principal, policy_arn);
        let answer = done(answer.map_err(|error| call_error("eks:DisassociateAccessPolicy", object, error)));
        answer.or_else(|error| if error.is(CallErrorKind::NotFound) { Ok(()) } else { Err(error) })
    }

    async fn switch_mode(&self, cluster: &str, to: AuthMode) -> CallResult<ClusterUpdate> {
        const OPERATION: &str = "eks:UpdateClusterConfig";
        let mode = AuthenticationMode::from(to.as_str());
        let access = UpdateAccessConfigRequest::builder().authentication_mode(mode).build();
        let answer = self.0.pass(self.0.update_cluster_config().name(cluster).access_config(access).send()).await;
        let answer = answer.map_err(|error| call_error(OPERATION, cluster_object(cluster), error))?;
        let told_none = || bad_answer(OPERATION, cluster_object(cluster), "the answer tells no update".to_owned());
        answer.update.as_ref().map(update_of).ok_or_else(told_none)
    }
}

fn cluster_object(name: &str) -> String {
    format!("cluster {name}")
}

fn entry_object(cluster: &str, principal: &str) -> String {
    format!("access entry {principal} of cluster {cluster}")
}

fn policy_object(cluster: &str, principal: &str, policy_arn: &str) -> String {
    let name = policy_arn.rsplit('/').next().unwrap_or(policy_arn);
    format!("policy {name} of access entry {principal} of cluster {cluster}")
}

fn access_scope(scope: &PolicyScope) -> AccessScope {
    match scope {
        PolicyScope::Cluster => AccessScope::builder().r#type(AccessScopeType::Cluster).build(),
        PolicyScope::Namespaces(names) => {
            AccessScope::builder().r#type(AccessScopeType::Namespace).set_namespaces(Some(names.clone())).build()
        }
    }
}

fn scope_of(scope: Option<&AccessScope>) -> PolicyScope {
    match scope {
        Some(scope) if scope.r#type() == Some(&AccessScopeType::Namespace) => {
            PolicyScope::Namespaces(scope.namespaces().to_vec())
        }
        _ => PolicyScope::Cluster,
    }
}

#[cfg(test)]
#[path = "eks_tests.rs"]
mod tests;
