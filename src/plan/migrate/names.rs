//! Usernames and groups with templates: what is constant for a principal, and what EKS refuses in an entry.

use crate::aws_auth::EC2_PRIVATE_DNS_NAME;
use crate::model::Principal;
use crate::plan::entry_names::{RAW_SESSION_NAME, SESSION_NAME};

/// The template of the key that signs.
pub const ACCESS_KEY_ID: &str = "{{AccessKeyID}}";
/// The templates that differ from session to session.
const PER_SESSION: [&str; 4] = [SESSION_NAME, RAW_SESSION_NAME, ACCESS_KEY_ID, EC2_PRIVATE_DNS_NAME];

/// A text with the templates filled in that are the same for every session of a principal: the account's number, and for a
/// user, which has no session, the session's name.
pub fn literal(template: &str, principal: &Principal) -> String {
    let text = template.replace("{{AccountID}}", &principal.account);
    if principal.is_role() { text } else { text.replace(SESSION_NAME, "").replace(RAW_SESSION_NAME, "") }
}

/// The first template of a text that differs from session to session.
pub fn per_session(text: &str) -> Option<&'static str> {
    PER_SESSION.into_iter().filter(|template| text.contains(template)).min_by_key(|template| text.find(template))
}

/// Whether a text holds what a name can't be seen to hold: a line break or another control character, or a blank at an end.
pub fn is_odd(text: &str) -> bool {
    text.trim() != text || text.contains(char::is_control)
}
