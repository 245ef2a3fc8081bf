//! One configuration for all SDK clients: which profile, region, endpoint and proxy, and how long to try.
//!
//! The environment is read by the SDK's own loaders. What they do not do as the AWS CLI does is done here: `--profile`
//! means that profile alone, a missing profile is told with those that exist, a profile's `mfa_serial` and `ca_bundle`
//! count, and `AWS_ENDPOINT_URL` counts for a profile's own roles too.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, ConfigLoader};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use aws_types::sdk_config::SharedHttpClient;

use super::account::AccountClient;
use super::base;
use super::credentials::{AssumedCredentials, BaseCredentials};
use super::eks::EksClient;
use super::endpoints::{self, WrongEndpoint};
use super::http::{AwsClock, shared_client, usable_roots};
use super::iam::IamClient;
use super::pace::Paces;
use super::profile::{self, RoleChain};
use super::retry::{retries, timeouts};
use super::role_chain::RoleChainProvider;
use super::source::{environment, source_name, web_identity};
use super::sts::StsClient;
use crate::secrets::{learn, learn_url};
use crate::token::{Base, Keys, Texts as _, UserFiles};

/// What the command line says about AWS.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    /// `--profile`: this profile alone, whatever keys the environment holds.
    pub profile: Option<String>,
    /// `--region`: before the environment's and the profile's.
    pub region: Option<String>,
    /// The region where neither the command line, the environment nor the profile names one: a cluster ARN's.
    pub default_region: Option<String>,
    /// `--endpoint-url`: for every service, before `AWS_ENDPOINT_URL…` and the profile's `endpoint_url`.
    pub endpoint_url: Option<String>,
    /// How long one call may take with all its attempts.
    pub timeout: Duration,
    /// `AWS_CA_BUNDLE`: certificates that are trusted beside the system's; the profile's `ca_bundle` where absent.
    pub ca_bundle: Option<PathBuf>,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count.
    pub proxy_from_env: bool,
    /// Whose keys sign, where that is decided already; roles of a profile are then the caller's to assume.
    pub base: Option<Base>,
    /// What those keys are called in an error; what they are where absent.
    pub base_source: Option<String>,
    /// What the profile's second factor shows, once [`ConfigError::MfaNeeded`] was answered.
    pub mfa_code: Option<String>,
    /// The second factor for a profile's role that names none and refuses without.
    pub mfa_serial: Option<String>,
}

impl Default for AwsSettings {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            default_region: None,
            endpoint_url: None,
            timeout: Duration::from_mins(2),
            ca_bundle: None,
            proxy_from_env: true,
            base: None,
            base_source: None,
            mfa_code: None,
            mfa_serial: None,
        }
    }
}

/// Why there is no configuration.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The selected profile is in no file.
    #[error("there is no AWS profile `{profile}`: {}", if existing.is_empty() { "no profiles are defined".to_owned() } else { format!("there are {}", existing.join(", ")) })]
    ProfileMissing {
        /// The one asked for.
        profile: String,
        /// Those that are there, sorted.
        existing: Vec<String>,
    },
    /// A file can't be read as what it is.
    #[error("the AWS configuration files can't be read: {0}")]
    ProfileFiles(String),
    /// Nobody names a region.
    #[error("no AWS region is known: neither --region nor AWS_REGION nor the profile `{profile}` names one")]
    NoRegion {
        /// The selected profile.
        profile: String,
    },
    /// A certificate bundle is unusable.
    #[error("the certificate bundle {} can't be used: {reason}", path.display())]
    CaBundle {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An endpoint can't be used.
    #[error("{0}")]
    Endpoint(WrongEndpoint),
    /// The profile's role asks for a second factor; ask for its code and set [`AwsSettings::mfa_code`].
    #[error("the AWS profile `{profile}` assumes {role_arn} with the second factor {serial}, and no code was given")]
    MfaNeeded {
        /// The profile.
        profile: String,
        /// Its role.
        role_arn: String,
        /// The device's serial number or ARN.
        serial: String,
    },
}

/// Everything that the clients share.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    sdk: SdkConfig,
    base: BaseCredentials,
    region: String,
    takes_roles: bool,
    clock: AwsClock,
    paces: Paces,
    account: String,
}

/// Which account the base credentials belong to, as a pace is named by it before STS was asked.
const BASE_ACCOUNT: &str = "base";

impl AwsConfig {
    /// Reads the environment and the profiles, opens no connection but, where nothing else names a region, to the
    /// instance's metadata.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub async fn load(settings: &AwsSettings) -> Result<Self, ConfigError> {
        let profiles = profile::read(settings.profile.as_deref()).await?;
        learn_profiles(&profiles);
        endpoints::check(settings, &profiles)?;
        let clock = AwsClock::default();
        let http = http_client(settings, &profiles, &clock).await?;
        let providers = ProviderConfig::without_region()
            .with_http_client(http.clone())
            .with_retry_config(retries(settings.timeout))
            .with_timeout_config(timeouts(settings.timeout));
        let region = region(settings, &profiles, &providers).await?;
        let providers = providers.with_region(Some(Region::new(region.clone())));
        let source = Signer::choose(settings, &profiles).await?;
        let takes_roles = matches!(source, Signer::Roles(_));

        let sdk = loader(settings, http, &region).no_credentials().load().await;
        let provider = source.provider(settings, &sdk, providers).await;
        let name = source_name(settings, &profiles, &environment());
        let base = BaseCredentials::new(provider, name, profile::sso_profile(&profiles));
        let sdk = sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(base.clone())).build();
        let (paces, account) = (Paces::default(), BASE_ACCOUNT.to_owned());
        Ok(Self { sdk, base, region, takes_roles, clock, paces, account })
    }

    /// The region that STS is asked in, and EKS where no cluster says otherwise.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether the base credentials are those of a profile's own role.
    pub const fn takes_roles(&self) -> bool {
        self.takes_roles
    }

    /// AWS's clock, as far as it was seen.
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

    /// The same AWS, where a role signs in its own account. Connections, clock and paces are shared.
    #[must_use]
    pub fn acting_as(&self, signer: AssumedCredentials) -> Self {
        let (account, source) = (signer.account().to_owned(), format!("role {}", signer.role_arn()));
        let base = BaseCredentials::new(SharedCredentialsProvider::new(signer), source, None);
        let sdk = self.sdk.clone().into_builder();
        let sdk = sdk.credentials_provider(SharedCredentialsProvider::new(base.clone())).build();
        Self { sdk, base, account, takes_roles: false, ..self.clone() }
    }

    /// The regions of the base credentials' account, as those.
    pub fn account(&self) -> AccountClient {
        AccountClient::new(&self.sdk)
    }

    /// EKS in a region, as the base credentials or as an assumed role.
    pub fn eks(&self, region: &str, signer: Option<&AssumedCredentials>) -> EksClient {
        let account = signer.map_or(self.account.as_str(), AssumedCredentials::account);
        EksClient::new(&self.sdk, region, signer, self.paces.of("eks", region, account))
    }
}

/// What gives the base credentials.
enum Signer {
    /// The SDK's whole chain: environment, profile, web identity, container, instance.
    Chain,
    /// One that was decided on.
    Base(Base),
    /// One profile.
    Profile(String),
    /// One profile that assumes roles.
    Roles(RoleChain),
}

impl Signer {
    async fn choose(settings: &AwsSettings, profiles: &ProfileSet) -> Result<Self, ConfigError> {
        let keys_in_env =
            || async { EnvironmentVariableCredentialsProvider::new().provide_credentials().await.is_ok() };
        if let Some(base) = &settings.base {
            return Ok(Self::Base(base.clone()));
        }
        if settings.profile.is_none() && keys_in_env().await {
            return Ok(Self::Chain);
        }
        if let Some(web) = web_identity(settings, profiles) {
            return Ok(Self::Base(Base::WebIdentity(web)));
        }
        let Some(mut chain) = profile::role_chain(profiles) else {
            return Ok(settings.profile.clone().map_or(Self::Chain, Self::Profile));
        };
        // Only the first call is signed with a user's keys, and only a user has a device.
        if let Some(first) = chain.links.first_mut().filter(|link| link.mfa_serial.is_none()) {
            first.mfa_serial.clone_from(&settings.mfa_serial);
        }
        match chain.mfa() {
            Some(link) if settings.mfa_code.is_none() => Err(ConfigError::MfaNeeded {
                profile: link.profile.clone(),
                role_arn: link.role_arn.clone(),
                serial: link.mfa_serial.clone().unwrap_or_default(),
            }),
            _ => Ok(Self::Roles(chain)),
        }
    }

    async fn provider(
        self,
        settings: &AwsSettings,
        sdk: &SdkConfig,
        providers: ProviderConfig,
    ) -> SharedCredentialsProvider {
        match self {
            Self::Base(base) => base::provider(&base, sdk, &providers),
            Self::Roles(chain) => SharedCredentialsProvider::new(RoleChainProvider::new(
                chain,
                settings.mfa_code.clone(),
                sdk.clone(),
                providers,
            )),
            Self::Profile(name) => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(&providers).profile_name(name).build(),
            ),
            Self::Chain => {
                let metadata = base::metadata(&providers);
                let chain = DefaultCredentialsChain::builder().region(sdk.region().cloned()).imds_client(metadata);
                SharedCredentialsProvider::new(chain.configure(providers).build().await)
            }
        }
    }
}

fn loader(settings: &AwsSettings, http: SharedHttpClient, region: &str) -> ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.to_owned()))
        .retry_config(retries(settings.timeout))
        .timeout_config(timeouts(settings.timeout));
    if let Ok(name) = AppName::new("eksaccess") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

async fn region(
    settings: &AwsSettings,
    profiles: &ProfileSet,
    providers: &ProviderConfig,
) -> Result<String, ConfigError> {
    if let Some(region) = &settings.region {
        return Ok(region.clone());
    }
    if let Some(region) =
        aws_config::meta::region::ProvideRegion::region(&EnvironmentVariableRegionProvider::new()).await
    {
        return Ok(region.to_string());
    }
    if let Some(region) = profiles.get("region").or(settings.default_region.as_deref()) {
        return Ok(region.to_owned());
    }
    let instance = ImdsRegionProvider::builder()
        .configure(providers)
        .imds_client(base::metadata(providers))
        .build()
        .region()
        .await;
    let profile = profiles.selected_profile().to_owned();
    instance.map(|region| region.to_string()).ok_or(ConfigError::NoRegion { profile })
}

async fn http_client(
    settings: &AwsSettings,
    profiles: &ProfileSet,
    clock: &AwsClock,
) -> Result<SharedHttpClient, ConfigError> {
    let bundle = settings.ca_bundle.clone().or_else(|| profiles.get("ca_bundle").map(PathBuf::from));
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

/// What the files hold and the SDK may print is known as a secret, of profiles that are not meant too.
fn learn_profiles(profiles: &ProfileSet) {
    let named = profiles.profiles().filter_map(|name| profiles.get_profile(name));
    for profile in named {
        for setting in ["aws_secret_access_key", "aws_session_token", "aws_security_token"] {
            profile.get(setting).into_iter().for_each(learn);
        }
        profile.get("endpoint_url").into_iter().for_each(learn_url);
    }
    if profile::sso_profile(profiles).is_some() {
        let variables = Env::real();
        // Reading them makes them known.
        let _ = UserFiles::from_lookup(|name| variables.get(name).ok()).sso_logins();
    }
}

#[cfg(test)]
impl AwsConfig {
    /// A server that answers by a script is all of AWS.
    pub fn scripted(url: &str) -> Self {
        let sdk = super::wire_tests::sdk(url);
        let provider = sdk.credentials_provider().unwrap_or_else(|| unreachable!("it has keys"));
        let base = BaseCredentials::new(provider, "test".to_owned(), None);
        let (region, account) = ("eu-west-1".to_owned(), BASE_ACCOUNT.to_owned());
        Self { sdk, base, region, takes_roles: false, clock: AwsClock::default(), paces: Paces::default(), account }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_profile_names_those_there_are() {
        let error = |existing: &[&str]| ConfigError::ProfileMissing {
            profile: "x".into(),
            existing: existing.iter().map(|&e| e.to_owned()).collect(),
        };
        assert_eq!(error(&["a", "b"]).to_string(), "there is no AWS profile `x`: there are a, b");
        assert_eq!(error(&[]).to_string(), "there is no AWS profile `x`: no profiles are defined");
    }
}
