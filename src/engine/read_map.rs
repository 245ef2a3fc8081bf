//! `aws-auth` as it is looked at, where the cluster's mode reads it.

use super::call_error::{CallError, CallErrorKind};
use super::explain::explain;
use super::port::{ClusterRead, Connect};
use crate::error::{Result, Unread};
use crate::model::{AwsAuthState, ClusterDescription};

/// Reads `aws-auth` where the cluster's mode reads it; a cluster that can't be asked is told apart from an empty one.
///
/// # Errors
/// Credentials that are missing, expired or refused; where `aws-auth` alone counts, an identity that may not read it.
pub async fn read_aws_auth<C: Connect>(world: &C, description: &ClusterDescription) -> Result<AwsAuthState> {
    if !description.mode.has_config_map() || !description.is_usable() {
        return Ok(AwsAuthState::NotLooked);
    }
    let read = async { world.cluster(description, None).await?.get_aws_auth().await };
    match read.await {
        Ok(Some(map)) => Ok(AwsAuthState::Present(map)),
        Ok(None) => Ok(AwsAuthState::Absent),
        Err(error) if is_about_credentials(&error) || (!description.mode.has_entries() && is_refused(&error)) => {
            Err(explain(&format!("reading aws-auth of cluster {}", description.arn.name), &error))
        }
        Err(error) => Ok(AwsAuthState::Unseen(Unread { text: error.to_string(), chained: error.chained })),
    }
}

fn is_about_credentials(error: &CallError) -> bool {
    matches!(
        error.kind,
        CallErrorKind::NoCredentials | CallErrorKind::ExpiredCredentials | CallErrorKind::BadCredentials
    )
}

/// The cluster does not know the identity, or does not let it read: no other place helps, another identity does.
fn is_refused(error: &CallError) -> bool {
    matches!(error.kind, CallErrorKind::Unauthorized | CallErrorKind::AccessDenied)
}
