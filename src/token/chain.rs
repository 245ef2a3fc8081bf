//! The source of keys and the roles that are assumed with them, as data. Pure.

use std::fmt;

use serde_json::{Value, json};

use super::keys::Keys;

/// One `AssumeRole`: from `-r` and its options, or from a profile with a `role_arn`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoleStep {
    /// The role's ARN.
    pub role_arn: String,
    /// The external id that its trust requires.
    pub external_id: Option<String>,
    /// The session's name; `None` for the default (see [`super::session_name`]).
    pub session_name: Option<String>,
    /// The session's duration in seconds; `None` for STS's default.
    pub duration: Option<u32>,
    /// The MFA device whose code is asked for.
    pub mfa_serial: Option<String>,
}

/// A profile of IAM Identity Center.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SsoBase {
    /// Its profile: the argument of `aws sso login`.
    pub profile: String,
    /// The `sso-session`, if the profile names one.
    pub session: Option<String>,
    /// Identity Center's start URL.
    pub start_url: String,
    /// Identity Center's region.
    pub region: String,
    /// The account.
    pub account: String,
    /// The permission set's name.
    pub role: String,
}

/// A console session of `aws login`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoginBase {
    /// Its profile: the argument of `aws login`.
    pub profile: String,
    /// Its ARN.
    pub session: String,
    /// Its cached keys, while they are fresh; for longer use the session is asked for new ones.
    pub kept: Option<Keys>,
}

/// A token in a file that is exchanged for a role's credentials.
#[derive(Clone, Eq, PartialEq)]
pub struct WebIdentityBase {
    /// The file that holds the token.
    pub token_file: String,
    /// The role.
    pub role_arn: String,
    /// The session's name, if set.
    pub session_name: Option<String>,
    /// The token, once the file was read: the cached session must be named after what is exchanged. `Debug` hides it.
    pub token: Option<String>,
}

impl fmt::Debug for WebIdentityBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token_file, role_arn, session_name, token } = self;
        f.debug_struct("WebIdentityBase")
            .field("token_file", token_file)
            .field("role_arn", role_arn)
            .field("session_name", session_name)
            .field("token", &token.as_ref().map(|_| "**"))
            .finish()
    }
}

/// The first keys of a chain.
#[derive(Clone, Eq, PartialEq)]
pub enum Base {
    /// Keys that are at hand, without a call.
    Keys(Keys),
    /// IAM Identity Center.
    Sso(SsoBase),
    /// A web-identity token.
    WebIdentity(WebIdentityBase),
    /// The command of a `credential_process`, as a shell line; it may hold secrets, so `Debug` hides it.
    Process(String),
    /// A console session of `aws login`.
    Login(LoginBase),
    /// The container's credentials endpoint (ECS, EKS Pod Identity).
    Container,
    /// The instance-metadata service.
    InstanceMetadata,
    /// None, with the reason and the command that helps.
    Nothing(String, Option<String>),
}

impl Base {
    /// The keys, if no call is needed for them.
    pub const fn at_hand(&self) -> Option<&Keys> {
        match self {
            Self::Keys(keys) | Self::Login(LoginBase { kept: Some(keys), .. }) => Some(keys),
            _ => None,
        }
    }

    /// Its name in a message.
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Keys(_) => "access keys",
            Self::Sso(_) => "IAM Identity Center",
            Self::WebIdentity(_) => "a web-identity token",
            Self::Process(_) => "a credential process",
            Self::Login(_) => "a console session",
            Self::Container => "the container's credentials endpoint",
            Self::InstanceMetadata => "the instance-metadata service",
            Self::Nothing(..) => "AWS credentials",
        }
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(keys) => f.debug_tuple("Keys").field(keys).finish(),
            Self::Sso(sso) => f.debug_tuple("Sso").field(sso).finish(),
            Self::WebIdentity(web) => f.debug_tuple("WebIdentity").field(web).finish(),
            Self::Process(_) => f.write_str("Process(**)"),
            Self::Login(session) => f.debug_tuple("Login").field(session).finish(),
            Self::Nothing(why, _) => f.debug_tuple("Nothing").field(why).finish(),
            Self::Container | Self::InstanceMetadata => f.write_str(self.what()),
        }
    }
}

/// A resolved profile: first keys, then the roles in the order in which they are assumed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// The source of the first keys.
    pub base: Base,
    /// The roles; empty if the base's keys are the result.
    pub roles: Vec<RoleStep>,
}

/// The roles in full, in order, as a part of a cache key.
pub(super) fn roles_text(roles: &[RoleStep]) -> Value {
    let step = |role: &RoleStep| {
        let RoleStep { role_arn, external_id, session_name, duration, mfa_serial } = role;
        json!([role_arn, external_id, session_name, duration, mfa_serial])
    };
    roles.iter().map(step).collect()
}
