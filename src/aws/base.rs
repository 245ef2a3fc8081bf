//! The provider of the credential base that was decided on. No provider chain is used: it could find another identity's
//! keys.

use std::borrow::Cow;
use std::fs;
use std::time::{Duration, SystemTime};

use aws_config::credential_process::CredentialProcessProvider;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::login::LoginCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sso::SsoCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::credentials::OPERATION;
use super::pace::Pace;
use super::sts::StsClient;
use crate::engine::{CallError, CallErrorKind};
use crate::secrets::learn;
use crate::token::web_identity::Claims;
use crate::token::{Base, Keys, RENEWAL_MARGIN, SsoBase, WebIdentityBase, clean_session_name};

/// The limit for connecting to the instance-metadata service: it is one hop away, or absent.
const METADATA_CONNECT: Duration = Duration::from_millis(300);

/// How services outside the account are reached.
pub(super) struct Reach<'a> {
    /// Services.
    pub(super) providers: &'a ProviderConfig,
    /// The instance's metadata.
    pub(super) metadata: &'a str,
}

/// What gives the keys of `base`; `sdk` says where STS is.
pub(super) fn provider(base: &Base, sdk: &SdkConfig, reach: &Reach<'_>) -> SharedCredentialsProvider {
    let providers = reach.providers;
    match base {
        Base::Keys(keys) => SharedCredentialsProvider::new(Credentials::from(keys)),
        Base::Sso(sso) => SharedCredentialsProvider::new(identity_center(sso, providers)),
        Base::WebIdentity(web) => {
            SharedCredentialsProvider::new(WebIdentity { base: web.clone(), sts: StsClient::new(sdk, Pace::lone()) })
        }
        Base::Process(command) => SharedCredentialsProvider::new(CredentialProcessProvider::new(command.clone())),
        Base::Login(login) => {
            let renewed = LoginCredentialsProvider::builder(&login.session).configure(providers).build();
            SharedCredentialsProvider::new(ConsoleSession { kept: login.kept.clone(), renewed })
        }
        Base::Container => {
            SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(providers).build())
        }
        Base::InstanceMetadata => match metadata(providers, reach.metadata) {
            Ok(client) => SharedCredentialsProvider::new(
                ImdsCredentialsProvider::builder().configure(providers).imds_client(client).build(),
            ),
            Err(why) => SharedCredentialsProvider::new(Nothing(failed(base, CallErrorKind::Invalid, why))),
        },
        Base::Nothing(why, help) => {
            let error = failed(base, CallErrorKind::NoCredentials, why.clone());
            SharedCredentialsProvider::new(Nothing(error.helped_by(help.as_deref())))
        }
    }
}

fn failed(base: &Base, kind: CallErrorKind, why: String) -> CallError {
    CallError::new(OPERATION, base.what(), kind, why)
}

/// The instance-metadata service, tried once with a short timeout, so that a machine without one does not wait.
///
/// # Errors
/// An address that is not a URL.
pub(super) fn metadata(providers: &ProviderConfig, address: &str) -> std::result::Result<imds::Client, String> {
    let builder = imds::Client::builder().configure(providers).connect_timeout(METADATA_CONNECT).max_attempts(1);
    let builder = builder.endpoint(address);
    let builder = builder.map_err(|error| format!("the instance's metadata can't be at {address}: {error}"))?;
    Ok(builder.build())
}

fn identity_center(sso: &SsoBase, providers: &ProviderConfig) -> SsoCredentialsProvider {
    let mut builder = SsoCredentialsProvider::builder()
        .configure(providers)
        .account_id(&sso.account)
        .role_name(&sso.role)
        .region(Region::new(sso.region.clone()))
        .start_url(&sso.start_url);
    if let Some(session) = &sso.session {
        builder = builder.session_name(session);
    }
    builder.build()
}

/// A web-identity token, exchanged at the configured STS; the SDK's own provider would use the public one.
#[derive(Debug)]
struct WebIdentity {
    base: WebIdentityBase,
    sts: StsClient,
}

impl WebIdentity {
    async fn load(&self) -> Result {
        let token = match &self.base.token {
            Some(token) => Cow::Borrowed(token),
            None => Cow::Owned(self.read().await?),
        };
        let token = token.trim();
        let name = self.base.session_name.clone().unwrap_or_else(|| {
            let subject = Claims::read(token).map(|claims| claims.subject);
            clean_session_name(subject.as_deref().unwrap_or_default())
        });
        let keys = self.sts.assume_with_web_identity(&self.base.role_arn, &name, token).await;
        keys.map(|keys| Credentials::from(&keys)).map_err(CredentialsError::provider_error)
    }
}

impl WebIdentity {
    /// Read on a blocking thread: a file system that hangs holds up neither signals nor the deadline.
    async fn read(&self) -> std::result::Result<String, CredentialsError> {
        let file = self.base.token_file.clone();
        let read = tokio::task::spawn_blocking(move || fs::read_to_string(file).inspect(|token| learn(token)));
        let file = &self.base.token_file;
        read.await.unwrap_or_else(|error| Err(error.into())).map_err(|error| {
            CredentialsError::invalid_configuration(format!("the web-identity token {file} can't be read: {error}"))
        })
    }
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

/// A console session: its cached keys, refreshed shortly before they expire.
#[derive(Debug)]
struct ConsoleSession {
    kept: Option<Keys>,
    renewed: LoginCredentialsProvider,
}

impl ProvideCredentials for ConsoleSession {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self.kept.as_ref().filter(|keys| keys.live_for(SystemTime::now(), RENEWAL_MARGIN)) {
            Some(keys) => future::ProvideCredentials::ready(Ok(Credentials::from(keys))),
            None => self.renewed.provide_credentials(),
        }
    }
}

/// No credentials, and why.
#[derive(Debug)]
struct Nothing(CallError);

impl ProvideCredentials for Nothing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error(self.0.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::LoginBase;

    #[tokio::test]
    async fn a_console_session_is_renewed_once_its_keys_are_about_to_end() {
        let sdk = SdkConfig::builder().build();
        let providers = ProviderConfig::without_region();
        let reach = Reach { providers: &providers, metadata: "http://127.0.0.1:1" };
        let asked = async |lives: u64| {
            let end = SystemTime::now() + Duration::from_mins(lives);
            let kept = Some(Keys::new("ASIAKEPT", "s", Some("t".into())).ending(end));
            let login = LoginBase { profile: "work".into(), session: "arn:aws:iam::1:user/of-no-file".into(), kept };
            provider(&Base::Login(login), &sdk, &reach).provide_credentials().await
        };
        assert_eq!(asked(60).await.unwrap().access_key_id(), "ASIAKEPT");
        assert!(asked(4).await.is_err(), "the session itself is asked, of which nothing is kept here");
    }
}
