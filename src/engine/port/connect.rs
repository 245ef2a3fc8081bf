//! Yields the adapters.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::time::SystemTime;

use super::cluster::ClusterRead;
use super::eks::EksRead;
use super::iam::IamRead;
use crate::engine::call_error::CallResult;
use crate::model::{CallerIdentity, ClusterDescription};
use crate::token::RoleStep;

/// How a role is assumed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AssumeRequest {
    /// The role's full ARN.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
    /// The external id.
    pub external_id: Option<String>,
    /// Seconds; `None` is STS's default.
    pub duration: Option<i32>,
    /// The ARN or serial number of the MFA device, with its code.
    pub mfa: Option<(String, String)>,
}

/// Base credentials, without their secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CredentialFacts {
    /// Their source, in words.
    pub source: String,
    /// Their access key id.
    pub access_key_id: String,
    /// When they expire, if they do.
    pub expires_at: Option<SystemTime>,
    /// The command that signs in again, for credentials of a sign-in.
    pub sign_in: Option<String>,
}

/// A signed token, without the token itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFacts {
    /// Its length; the control plane reads at most 4,096 bytes.
    pub bytes: usize,
    /// The STS host in it.
    pub host: String,
}

/// What is known of a caller's MFA for a role.
#[derive(Clone, Debug)]
pub struct SecondFactor<S> {
    /// The device: the command line's, the environment's or the profile's.
    pub serial: Option<String>,
    /// A session of the role with MFA, cached by an earlier `token`.
    pub kept: Option<S>,
}

/// Yields the read-only adapters for a scope.
pub trait Connect {
    /// IAM.
    type Iam: IamRead;
    /// EKS.
    type Eks: EksRead;
    /// A cluster's Kubernetes API.
    type Cluster: ClusterRead;
    /// Credentials of an assumed role, opaque to all but the adapter.
    type Session;

    /// The base credentials.
    async fn credentials(&self) -> CallResult<CredentialFacts>;
    /// The seconds by which AWS's clock is ahead of this machine's, by its latest answer; `None` before any.
    fn clock_ahead(&self) -> Option<i64>;
    /// Signs a token for a cluster's name or id in a region, as the base credentials (`None`) or as an assumed role.
    /// Makes no call.
    async fn sign(&self, cluster_id: &str, region: &str, session: Option<&Self::Session>) -> CallResult<TokenFacts>;
    /// `sts:GetCallerIdentity` of the base credentials.
    async fn caller(&self) -> CallResult<CallerIdentity>;
    /// `account:ListRegions` of the base credentials' account: the names of its enabled regions, over all pages.
    async fn regions(&self) -> CallResult<Vec<String>>;
    /// MFA for a role, as `token` would find it in a region. Does not ask for a code.
    async fn second_factor(&self, role: &RoleStep, region: &str) -> SecondFactor<Self::Session>;
    /// The code of a device, asked for at the terminal; or why it could not be asked for.
    async fn mfa_code(&self, serial: &str) -> Result<String, String>;
    /// `sts:AssumeRole` by the base credentials.
    async fn assume(&self, request: &AssumeRequest) -> CallResult<Self::Session>;
    /// IAM in the base credentials' account.
    fn iam(&self) -> Self::Iam;
    /// EKS in a region.
    fn eks(&self, region: &str) -> Self::Eks;
    /// The cluster's API, as the planner (`None`) or as an assumed role. Builds the client without a request.
    async fn cluster(&self, cluster: &ClusterDescription, session: Option<&Self::Session>)
    -> CallResult<Self::Cluster>;
}
