//! The roles of a credential chain, assumed one after the other.
//!
//! The SDK's own provider does not support MFA, and ignores `--endpoint-url` and `AWS_ENDPOINT_URL` for `AssumeRole`.

use std::fmt;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use aws_types::SdkConfig;

use super::sts::StsClient;
use crate::engine::AssumeRequest;
use crate::token::{RoleStep, default_session_name};

/// The credentials of the last role.
pub(super) struct RolesProvider {
    first: SharedCredentialsProvider,
    roles: Vec<RoleStep>,
    mfa_code: Option<String>,
    sdk: SdkConfig,
}

impl RolesProvider {
    /// `first` signs for the first role; `sdk` says where STS is.
    pub(super) const fn new(
        first: SharedCredentialsProvider,
        roles: Vec<RoleStep>,
        mfa_code: Option<String>,
        sdk: SdkConfig,
    ) -> Self {
        Self { first, roles, mfa_code, sdk }
    }

    async fn load(&self) -> Result {
        let mut credentials = self.first.provide_credentials().await?;
        let mut first_name: Option<String> = None;
        for role in &self.roles {
            let sts = StsClient::signing_with(&self.sdk, SharedCredentialsProvider::new(credentials));
            let name = match (&role.session_name, &first_name) {
                (Some(name), _) | (None, Some(name)) => name.clone(),
                // Named after the first signer, as in `token`: a person has the same name in every log and username.
                (None, None) => default_session_name(sts.caller().await.ok().map(|c| c.arn).as_ref(), None),
            };
            if role.session_name.is_none() {
                first_name.get_or_insert_with(|| name.clone());
            }
            let keys = sts.assume(&self.request(role, name)).await.map_err(CredentialsError::provider_error)?;
            credentials = Credentials::from(&keys);
        }
        Ok(credentials)
    }

    fn request(&self, role: &RoleStep, session_name: String) -> AssumeRequest {
        AssumeRequest {
            role_arn: role.role_arn.clone(),
            session_name,
            external_id: role.external_id.clone(),
            duration: role.duration.and_then(|seconds| i32::try_from(seconds).ok()),
            mfa: role.mfa_serial.clone().zip(self.mfa_code.clone()),
        }
    }
}

impl fmt::Debug for RolesProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolesProvider").field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl ProvideCredentials for RolesProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}
