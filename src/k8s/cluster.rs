//! The port of a cluster: which file answers which call.

use serde_json::Value;

use super::client::KubeCluster;
use super::{aws_auth, reviews};
use crate::engine::{CallResult, Can, Cluster, Reach};
use crate::model::{AwsAuthMap, KubernetesIdentity};

impl Cluster for KubeCluster {
    async fn reach(&self) -> Reach {
        self.probe().await
    }

    async fn get_aws_auth(&self) -> CallResult<Option<AwsAuthMap>> {
        aws_auth::get(self).await
    }

    async fn create_aws_auth(&self, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
        aws_auth::create(self, object, dry_run).await
    }

    async fn replace_aws_auth(&self, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
        aws_auth::replace(self, object, dry_run).await
    }

    async fn who_am_i(&self) -> CallResult<KubernetesIdentity> {
        reviews::who_am_i(self).await
    }

    async fn can_i(&self, can: &Can) -> CallResult<bool> {
        reviews::can_i(self, can).await
    }
}
