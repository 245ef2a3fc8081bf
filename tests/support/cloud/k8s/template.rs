//! `{{…}}` in usernames and groups (aws-iam-authenticator, `pkg/server`).

use super::super::state::Caller;

/// Fills a template in; `None` where it asks for a node's name and the session is none of an instance.
pub fn expand(template: &str, caller: &Caller) -> Option<String> {
    let session = caller.session.as_deref().unwrap_or_default();
    let mut text = template.to_owned();
    if text.contains("{{EC2PrivateDNSName}}") {
        let id = session.strip_prefix("i-").filter(|id| id.bytes().all(|b| b.is_ascii_hexdigit()) && id.len() >= 8)?;
        text = text.replace("{{EC2PrivateDNSName}}", &format!("ip-{id}.internal"));
    }
    text = text.replace("{{AccountID}}", &caller.account);
    text = text.replace("{{SessionName}}", &session.replace('@', "-"));
    text = text.replace("{{SessionNameRaw}}", session);
    Some(text.replace("{{AccessKeyID}}", &caller.access_key_id))
}

/// The template as a pattern of `policy::glob`.
pub fn pattern(template: &str) -> String {
    let mut text = template.to_owned();
    for name in ["EC2PrivateDNSName", "AccountID", "SessionName", "SessionNameRaw", "AccessKeyID"] {
        text = text.replace(&format!("{{{{{name}}}}}"), "*");
    }
    text
}
