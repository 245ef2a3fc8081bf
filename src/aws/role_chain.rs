//! A profile's `role_arn`, assumed by us.
//!
//! The SDK's own provider knows no second factor, and sends `AssumeRole` past `--endpoint-url` and `AWS_ENDPOINT_URL`.

use std::fmt;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use aws_types::SdkConfig;

use super::profile::{Link, RoleChain, Source};
use super::sts::StsClient;
use crate::engine::AssumeRequest;
use crate::token::default_session_name;

/// The credentials of the last role of a profile's chain.
pub(super) struct RoleChainProvider {
    chain: RoleChain,
    mfa_code: Option<String>,
    sdk: SdkConfig,
    providers: ProviderConfig,
}

impl RoleChainProvider {
    /// `sdk` says where STS is, `providers` how the source profile's own credentials are had.
    pub(super) fn new(chain: RoleChain, mfa_code: Option<String>, sdk: SdkConfig, providers: ProviderConfig) -> Self {
        Self { chain, mfa_code, sdk, providers }
    }

    async fn load(&self) -> Result {
        let mut credentials = match &self.chain.source {
            Source::Keys(id, secret, token) => Credentials::new(id, secret, token.clone(), None, "profile"),
            Source::Profile(name) => {
                let provider = ProfileFileCredentialsProvider::builder()
                    .configure(&self.providers)
                    .profile_name(name.clone())
                    .build();
                provider.provide_credentials().await?
            }
        };
        let mut first_name: Option<String> = None;
        for link in &self.chain.links {
            let sts = StsClient::signing_with(&self.sdk, SharedCredentialsProvider::new(credentials));
            let name = match (&link.session_name, &first_name) {
                (Some(name), _) | (None, Some(name)) => name.clone(),
                // Named after who asks first, as `token` does it: one person has one name in every log and username.
                (None, None) => default_session_name(sts.caller().await.ok().map(|c| c.arn).as_ref(), None),
            };
            if link.session_name.is_none() {
                first_name.get_or_insert_with(|| name.clone());
            }
            let keys = sts.assume(&self.request(link, name)).await.map_err(CredentialsError::provider_error)?;
            credentials = Credentials::from(&keys);
        }
        Ok(credentials)
    }

    fn request(&self, link: &Link, session_name: String) -> AssumeRequest {
        AssumeRequest {
            role_arn: link.role_arn.clone(),
            session_name,
            external_id: link.external_id.clone(),
            duration: link.duration,
            mfa: link.mfa_serial.clone().zip(self.mfa_code.clone()),
        }
    }
}

impl fmt::Debug for RoleChainProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleChainProvider").field("links", &self.chain.links).finish_non_exhaustive()
    }
}

impl ProvideCredentials for RoleChainProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}
