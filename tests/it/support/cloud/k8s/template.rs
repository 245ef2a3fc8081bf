//! `{{…}}` in usernames and groups (aws-iam-authenticator, `pkg/server`).

use super::super::state::Caller;

/// The EC2 name of an instance, if a session is named after one.
pub fn private_dns_name(session: &str) -> Option<String> {
    let id = session.strip_prefix("i-").filter(|id| id.len() >= 8 && id.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some(format!("ip-{id}.internal"))
}

/// Expands a template; `None` if it needs a node's name and the session is not that of an instance.
pub fn expand(template: &str, caller: &Caller) -> Option<String> {
    let session = caller.session.as_deref().unwrap_or_default();
    let mut text = template.to_owned();
    if text.contains("{{EC2PrivateDNSName}}") {
        text = text.replace("{{EC2PrivateDNSName}}", &private_dns_name(session)?);
    }
    text = text.replace("{{AccountID}}", &caller.account);
    text = text.replace("{{SessionName}}", &session.replace('@', "-"));
    text = text.replace("{{SessionNameRaw}}", session);
    Some(text.replace("{{AccessKeyID}}", &caller.access_key_id))
}

/// A template as a pattern for `policy::glob`.
pub fn pattern(template: &str) -> String {
    let mut text = template.to_owned();
    for name in ["EC2PrivateDNSName", "AccountID", "SessionName", "SessionNameRaw", "AccessKeyID"] {
        text = text.replace(&format!("{{{{{name}}}}}"), "*");
    }
    text
}
