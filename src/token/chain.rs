//! Where keys come from and which roles are assumed with them, as data. Pure.

use std::fmt;

use serde_json::{Value, json};

use super::keys::Keys;

/// One `AssumeRole`: from `-r` and its options, or from a profile with a `role_arn`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoleStep {
    /// The role's ARN.
    pub role_arn: String,
    /// The external id that its trust asks for.
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
    /// The profile that says so: what `aws sso login` is given.
    pub profile: String,
    /// The `sso-session`, where the profile names one.
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
    /// The profile that says so: what `aws login` is given.
    pub profile: String,
    /// Its ARN.
    pub session: String,
    /// The keys that are kept of it, while they are fresh; for keys that last longer the session is asked for new ones.
    pub kept: Option<Keys>,
}

/// A token in a file that is exchanged for a role's credentials.
#[derive(Clone, Eq, PartialEq)]
pub struct WebIdentityBase {
    /// The file that holds the token.
    pub token_file: String,
    /// The role.
    pub role_arn: String,
    /// The session's name, where one is set.
    pub session_name: Option<String>,
    /// The token, once the file was read: what names the kept session must be what is exchanged for it. `Debug` hides it.
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
    /// Keys that are at hand; nothing has to be asked.
    Keys(Keys),
    /// IAM Identity Center.
    Sso(SsoBase),
    /// A web-identity token.
    WebIdentity(WebIdentityBase),
    /// The command of a `credential_process`, as a shell's line; may hold secrets, so `Debug` hides it.
    Process(String),
    /// A console session of `aws login`.
    Login(LoginBase),
    /// The container's credentials endpoint (ECS, EKS Pod Identity).
    Container,
    /// The instance-metadata service.
    InstanceMetadata,
    /// Nothing, why, and the command that helps.
    Nothing(String, Option<String>),
}

impl Base {
    /// The keys, where nothing has to be asked for them.
    pub const fn at_hand(&self) -> Option<&Keys> {
        match self {
            Self::Keys(keys) | Self::Login(LoginBase { kept: Some(keys), .. }) => Some(keys),
            _ => None,
        }
    }

    /// What it is, for a message.
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

/// A profile, resolved: first keys, then the roles in the order in which they are assumed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// Where the first keys come from.
    pub base: Base,
    /// The roles; empty where the base's keys are the result.
    pub roles: Vec<RoleStep>,
}

/// Roles spelled out, the first one first, as a part of a cache key.
pub(super) fn roles_text(roles: &[RoleStep]) -> Value {
    let step = |role: &RoleStep| {
        let RoleStep { role_arn, external_id, session_name, duration, mfa_serial } = role;
        json!([role_arn, external_id, session_name, duration, mfa_serial])
    };
    roles.iter().map(step).collect()
}
