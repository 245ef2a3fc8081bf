//! Where the base credentials come from, as the profile and the environment say.

use aws_config::profile::ProfileSet;
use aws_types::os_shim_internal::Env;

use super::config::AwsSettings;
use crate::token::{Base, Environment, EnvironmentKeys, WebIdentityBase};

/// Settings of a profile that lead to credentials.
const LEADS_TO_CREDENTIALS: [&str; 7] = [
    "aws_access_key_id",
    "role_arn",
    "sso_account_id",
    "sso_session",
    "credential_process",
    "login_session",
    "web_identity_token_file",
];

/// Where the credentials come from, in the order in which they are looked for.
pub(super) fn source_name(settings: &AwsSettings, profiles: &ProfileSet, environment: &Environment) -> String {
    if let Some(base) = &settings.base {
        return settings.base_source.clone().unwrap_or_else(|| base.what().to_owned());
    }
    if settings.profile.is_none() && matches!(environment.keys, EnvironmentKeys::Present(_)) {
        return "the environment (AWS_ACCESS_KEY_ID)".to_owned();
    }
    if is_by_profile(settings, profiles) {
        return format!("profile {}", profiles.selected_profile());
    }
    match (&environment.web_identity_token_file, environment.container) {
        (Some(file), _) => format!("the web-identity token {file}"),
        (None, true) => Base::Container.what().to_owned(),
        (None, false) => Base::InstanceMetadata.what().to_owned(),
    }
}

/// Whether the profile decides: it was named, or leads to credentials.
fn is_by_profile(settings: &AwsSettings, profiles: &ProfileSet) -> bool {
    settings.profile.is_some() || LEADS_TO_CREDENTIALS.iter().any(|name| profiles.get(name).is_some())
}

/// A web-identity token that is exchanged for a role, by the profile or, where that leads nowhere, by the environment. The
/// SDK's own provider asks the public STS, and names the session after the time.
pub(super) fn web_identity(settings: &AwsSettings, profiles: &ProfileSet) -> Option<WebIdentityBase> {
    let base = |token_file: &str, role_arn: &str, session_name: Option<String>| WebIdentityBase {
        token_file: token_file.to_owned(),
        role_arn: role_arn.to_owned(),
        session_name,
        token: None,
    };
    let has_keys = profiles.get("aws_access_key_id").is_some();
    if let (Some(file), Some(role), false) =
        (profiles.get("web_identity_token_file"), profiles.get("role_arn"), has_keys)
    {
        return Some(base(file, role, profiles.get("role_session_name").map(str::to_owned)));
    }
    if is_by_profile(settings, profiles) {
        return None;
    }
    let environment = environment();
    let (file, role) = (environment.web_identity_token_file?, environment.role_arn?);
    Some(base(&file, &role, environment.role_session_name))
}

/// The environment, as the token's fast path reads it.
pub(super) fn environment() -> Environment {
    let variables = Env::real();
    Environment::from_lookup(|name| variables.get(name).ok())
}
