//! The ports of a cluster, each method calling its operation.

use super::client::KubeCluster;
use super::{aws_auth, lists, rbac, reviews};
use crate::engine::{CallResult, Can, ClusterRead, ClusterWrite, MapWrite, Reach};
use crate::model::nodes::ListedNode;
use crate::model::rbac::{BindingName, RbacBinding, Subject};
use crate::model::{AwsAuthMap, KubernetesIdentity};

impl ClusterRead for KubeCluster {
    async fn reach(&self) -> Reach {
        self.probe().await
    }

    async fn get_aws_auth(&self) -> CallResult<Option<AwsAuthMap>> {
        aws_auth::get(self).await
    }

    async fn would_take(&self, write: &MapWrite<'_>) -> CallResult<()> {
        aws_auth::send(self, write, true).await.map(drop)
    }

    async fn who_am_i(&self) -> CallResult<KubernetesIdentity> {
        reviews::who_am_i(self).await
    }

    async fn can_i(&self, can: &Can) -> CallResult<bool> {
        reviews::can_i(self, can).await
    }

    async fn list_nodes(&self) -> CallResult<Vec<ListedNode>> {
        lists::nodes(self).await
    }

    async fn list_bindings(&self) -> CallResult<Vec<RbacBinding>> {
        lists::bindings(self).await
    }
}

/// Writes to a cluster, while a plan is carried out.
#[derive(Clone, Debug)]
pub struct KubeWriter(KubeCluster);

impl KubeWriter {
    /// Over the connection that reads.
    pub fn over(reads: &KubeCluster) -> Self {
        Self(reads.clone())
    }
}

impl ClusterWrite for KubeWriter {
    async fn write(&self, write: &MapWrite<'_>) -> CallResult<()> {
        aws_auth::send(&self.0, write, false).await.map(drop)
    }

    async fn add_subject(&self, binding: &BindingName, subject: &Subject) -> CallResult<()> {
        rbac::add_subject(&self.0, binding, subject).await
    }
}
