//! STS: the caller's identity, and roles to assume.

use std::time::SystemTime;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;
use aws_types::SdkConfig;

use super::error::{bad_answer, call_error};
use super::pace::{Pace, Paced};
use crate::engine::{AssumeRequest, CallError, CallErrorKind, CallResult};
use crate::model::CallerIdentity;
use crate::token::Keys;

const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";
const ASSUME_ROLE: &str = "sts:AssumeRole";
const GET_SESSION_TOKEN: &str = "sts:GetSessionToken";
const ASSUME_WITH_WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";

/// STS in the configured region.
#[derive(Clone, Debug)]
pub struct StsClient(Paced<Client>);

impl StsClient {
    /// STS as the configuration's own credentials.
    pub(super) fn new(sdk: &SdkConfig, pace: Pace) -> Self {
        Self::made(Builder::from(sdk), pace)
    }

    /// STS with other credentials.
    pub(super) fn signing_with(sdk: &SdkConfig, credentials: SharedCredentialsProvider) -> Self {
        Self::made(Builder::from(sdk).credentials_provider(credentials), Pace::lone())
    }

    fn made(config: Builder, pace: Pace) -> Self {
        let config = config.interceptor(pace.heed()).retry_partition(pace.partition());
        Self(Paced::new(Client::from_conf(config.build()), pace))
    }

    /// `sts:GetCallerIdentity`.
    ///
    /// # Errors
    /// The call's; of the kind `Other` for an ARN that does not name an identity.
    pub async fn caller(&self) -> CallResult<CallerIdentity> {
        let object = "the caller's credentials";
        let failed = |error| call_error(GET_CALLER_IDENTITY, object, error);
        let answer = self.0.pass(self.0.get_caller_identity().send()).await.map_err(failed)?;
        let arn = answer.arn().unwrap_or_default().parse().map_err(|error| {
            let message = format!("the answer names no identity: {error}");
            CallError::new(GET_CALLER_IDENTITY, object, CallErrorKind::Other, message)
        })?;
        Ok(CallerIdentity { arn, user_id: answer.user_id().unwrap_or_default().to_owned(), signs_as: None })
    }

    /// `sts:AssumeRole`: the role's keys, with their expiry.
    ///
    /// # Errors
    /// The call's.
    pub async fn assume(&self, request: &AssumeRequest) -> CallResult<Keys> {
        let object = format!("role {}", request.role_arn);
        let (serial, code) = request.mfa.clone().unzip();
        let meant = account_of(&request.role_arn);
        let request = self
            .0
            .assume_role()
            .role_arn(&request.role_arn)
            .role_session_name(&request.session_name)
            .set_external_id(request.external_id.clone())
            .set_duration_seconds(request.duration)
            .set_serial_number(serial)
            .set_token_code(code);
        let answer = self.0.pass(request.send()).await.map_err(|error| call_error(ASSUME_ROLE, &object, error))?;
        let given = answer.assumed_role_user().map(|user| account_of(user.arn()));
        if let Some(other) = given.filter(|given| *given != meant) {
            let message = format!("the answer is a session in account {other}, which was not requested");
            return Err(bad_answer(ASSUME_ROLE, object, message));
        }
        keys_of(ASSUME_ROLE, object, answer.credentials())
    }

    /// `sts:GetSessionToken` with the code of an MFA device: a session of the user who signs.
    ///
    /// # Errors
    /// The call's.
    pub async fn session_token(&self, serial: &str, code: &str) -> CallResult<Keys> {
        let object = format!("MFA device {serial}");
        let request = self.0.get_session_token().serial_number(serial).token_code(code);
        let answer = self.0.pass(request.send()).await;
        let answer = answer.map_err(|error| call_error(GET_SESSION_TOKEN, &object, error))?;
        keys_of(GET_SESSION_TOKEN, object, answer.credentials())
    }

    /// `sts:AssumeRoleWithWebIdentity`, an unsigned call: the role's keys, with their expiry.
    ///
    /// # Errors
    /// The call's.
    pub async fn assume_with_web_identity(&self, role: &str, session_name: &str, token: &str) -> CallResult<Keys> {
        let object = format!("role {role}");
        let request = self.0.assume_role_with_web_identity().role_arn(role).role_session_name(session_name);
        let answer = self.0.pass(request.web_identity_token(token).send()).await;
        let answer = answer.map_err(|error| call_error(ASSUME_WITH_WEB_IDENTITY, &object, error))?;
        keys_of(ASSUME_WITH_WEB_IDENTITY, object, answer.credentials())
    }
}

/// The account that an ARN names.
fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn keys_of(
    operation: &'static str,
    object: String,
    credentials: Option<&aws_sdk_sts::types::Credentials>,
) -> CallResult<Keys> {
    let Some(credentials) = credentials else {
        return Err(CallError::new(operation, object, CallErrorKind::Other, "the answer holds no credentials"));
    };
    let token = Some(credentials.session_token().to_owned()).filter(|token| !token.is_empty());
    let keys = Keys::new(credentials.access_key_id(), credentials.secret_access_key(), token);
    Ok(match SystemTime::try_from(*credentials.expiration()) {
        Ok(end) => keys.ending(end),
        Err(_) => keys,
    })
}
