//! One configuration for all SDK clients: who signs, which region, endpoint and proxy, and how long to try.
//!
//! Whose keys sign is decided earlier (`crate::token::decide`). The profile files are not read here, and not by the
//! SDK: the endpoints in them are handed to it. The environment's endpoints are read by the SDK's own loaders.

use std::path::PathBuf;

use aws_config::imds::region::ImdsRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, ConfigLoader};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::SharedHttpClient;

use super::account::AccountClient;
use super::base::{self, Reach};
use super::credentials::{AssumedCredentials, BaseCredentials};
use super::eks::EksClient;
use super::endpoints;
use super::failure::ConfigError;
use super::http::{AwsClock, shared_client, usable_roots};
use super::iam::IamClient;
use super::pace::Paces;
use super::retry::{retries, timeouts};
use super::roles::RolesProvider;
use super::settings::AwsSettings;
use super::sts::StsClient;
use crate::token::{Hosts, Keys, Settings};

/// Everything that the clients share.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    sdk: SdkConfig,
    base: BaseCredentials,
    region: String,
    clock: AwsClock,
    paces: Paces,
    account: String,
    hosts: Hosts,
}

/// The name of the base credentials' account in a pace's key, as the id is unknown before STS answers.
const BASE_ACCOUNT: &str = "base";

impl AwsConfig {
    /// Opens no connection, except to the instance metadata where nothing names a region.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub async fn load(settings: &AwsSettings) -> Result<Self, ConfigError> {
        endpoints::check(settings)?;
        let clock = AwsClock::default();
        let http = http_client(settings, &clock).await?;
        let hosts = settings.beside.hosts;
        let providers = ProviderConfig::without_region()
            .with_http_client(http.clone())
            .with_use_fips(Some(hosts.fips))
            .with_use_dual_stack(Some(hosts.dual_stack))
            .with_retry_config(retries(settings.timeout))
            .with_timeout_config(timeouts(settings.timeout));
        let region = match &settings.region {
            Some(region) => region.clone(),
            None => instances_region(settings, &providers).await?,
        };
        let providers = providers.with_region(Some(Region::new(region.clone())));
        let sdk = loader(settings, http, &region).no_credentials().load().await;
        let way = &settings.way;
        let first =
            base::provider(&way.base, &sdk, &Reach { providers: &providers, metadata: &settings.beside.metadata });
        let provider = if way.roles.is_empty() {
            first
        } else {
            let roles = RolesProvider::new(first, way.roles.clone(), settings.mfa_code.clone(), sdk.clone());
            SharedCredentialsProvider::new(roles)
        };
        let base = BaseCredentials::new(provider, way.source().to_owned(), way.sign_in());
        let sdk = sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(base.clone())).build();
        let (paces, account) = (Paces::default(), BASE_ACCOUNT.to_owned());
        Ok(Self { sdk, base, region, clock, paces, account, hosts })
    }

    /// The region of STS, and of EKS where the cluster does not name another.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Which hosts are called.
    pub const fn hosts(&self) -> Hosts {
        self.hosts
    }

    /// AWS's clock, as far as answers have shown it.
    pub const fn clock(&self) -> &AwsClock {
        &self.clock
    }

    /// The base credentials.
    pub const fn base(&self) -> &BaseCredentials {
        &self.base
    }

    /// IAM as the base credentials.
    pub fn iam(&self) -> IamClient {
        IamClient::new(&self.sdk, self.paces.of("iam", &self.region, &self.account))
    }

    /// STS as the base credentials.
    pub fn sts(&self) -> StsClient {
        StsClient::new(&self.sdk, self.paces.of("sts", &self.region, &self.account))
    }

    /// STS as a session of the base credentials.
    pub fn sts_as(&self, session: &Keys) -> StsClient {
        StsClient::signing_with(&self.sdk, SharedCredentialsProvider::new(Credentials::from(session)))
    }

    /// The same AWS, with a role signing in its own account. Connections, clock and paces are shared.
    #[must_use]
    pub fn acting_as(&self, signer: AssumedCredentials) -> Self {
        let (account, source) = (signer.account().to_owned(), format!("role {}", signer.role_arn()));
        let base = BaseCredentials::new(SharedCredentialsProvider::new(signer), source, None);
        let sdk = self.sdk.clone().into_builder();
        let sdk = sdk.credentials_provider(SharedCredentialsProvider::new(base.clone())).build();
        Self { sdk, base, account, ..self.clone() }
    }

    /// The Account Management service, called with the base credentials.
    pub fn account(&self) -> AccountClient {
        AccountClient::new(&self.sdk)
    }

    /// EKS in a region, as the base credentials or as an assumed role.
    pub fn eks(&self, region: &str, signer: Option<&AssumedCredentials>) -> EksClient {
        let account = signer.map_or(self.account.as_str(), AssumedCredentials::account);
        EksClient::new(&self.sdk, region, signer, self.paces.of("eks", region, account))
    }
}

fn loader(settings: &AwsSettings, http: SharedHttpClient, region: &str) -> ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.to_owned()))
        .use_fips(settings.beside.hosts.fips)
        .use_dual_stack(settings.beside.hosts.dual_stack)
        .retry_config(retries(settings.timeout))
        .timeout_config(timeouts(settings.timeout))
        .profile_files(endpoints_of(&settings.beside))
        .profile_name("default");
    if let Ok(name) = AppName::new("eksaccess") {
        loader = loader.app_name(name);
    }
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

/// What the SDK reads in place of the user's files: only the endpoints in them, which were checked before.
fn endpoints_of(beside: &Settings) -> EnvConfigFiles {
    let mut text = "[default]\n".to_owned();
    let mut line = |line: String| text.extend([line.as_str(), "\n"]);
    if beside.ignore_endpoints {
        line("ignore_configured_endpoint_urls = true".to_owned());
    } else {
        beside.endpoint_url.iter().for_each(|url| line(format!("endpoint_url = {url}")));
        line("services = all\n[services all]".to_owned());
        beside.services.1.iter().for_each(|(name, url)| line(format!("{name} =\n  endpoint_url = {url}")));
    }
    EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, text).build()
}

/// The region of the instance that this runs on.
async fn instances_region(settings: &AwsSettings, providers: &ProviderConfig) -> Result<String, ConfigError> {
    let no_region = || ConfigError::NoRegion { profile: settings.beside.profile.clone() };
    let metadata = base::metadata(providers, &settings.beside.metadata).map_err(|_| no_region())?;
    let region = ImdsRegionProvider::builder().configure(providers).imds_client(metadata).build().region().await;
    region.map(|region| region.to_string()).ok_or_else(no_region)
}

async fn http_client(settings: &AwsSettings, clock: &AwsClock) -> Result<SharedHttpClient, ConfigError> {
    let bundle = settings.ca_bundle.clone().or_else(|| settings.beside.ca_bundle.clone().map(PathBuf::from));
    let roots = match &bundle {
        None => None,
        Some(path) => {
            let failed = |reason: String| ConfigError::CaBundle { path: path.clone(), reason };
            let bytes = tokio::fs::read(path).await.map_err(|error| failed(error.to_string()))?;
            Some(usable_roots(&bytes).map_err(|reason| failed(reason.to_owned()))?)
        }
    };
    shared_client(roots.as_deref(), settings.proxy_from_env, clock)
        .map_err(|error| ConfigError::CaBundle { path: bundle.unwrap_or_default(), reason: error.to_string() })
}

#[cfg(test)]
impl AwsConfig {
    /// A scripted server in place of all of AWS.
    pub fn scripted(url: &str) -> Self {
        let sdk = super::wire_tests::sdk(url);
        let provider = sdk.credentials_provider().unwrap_or_else(|| unreachable!("it has keys"));
        let base = BaseCredentials::new(provider, "test".to_owned(), None);
        let (region, account) = ("eu-west-1".to_owned(), BASE_ACCOUNT.to_owned());
        let (clock, paces, hosts) = (AwsClock::default(), Paces::default(), Hosts::default());
        Self { sdk, base, region, clock, paces, account, hosts }
    }
}
