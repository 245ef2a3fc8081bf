//! GetSessionToken: temporary credentials of a user, with a one-time password or without.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::state::Caller;

pub fn issue(call: &mut Call) -> Result<Value, ApiError> {
    if call.caller.mfa.is_some() || call.caller.is_role() || call.denied {
        return Err(ApiError::new(403, "AccessDenied", "Cannot call GetSessionToken with session credentials"));
    }
    let seconds = call.params.integer("DurationSeconds")?.unwrap_or(43200);
    if !(900..=129_600).contains(&seconds) {
        let rule = "Member must have value between 900 and 129600";
        return Err(ApiError::validation(&seconds.to_string(), "durationSeconds", rule));
    }
    let mfa = super::check_mfa(call)?;
    let caller = Caller { mfa: Some(mfa), ..call.caller.clone() };
    let expires_at = call.state.now + seconds * 1000;
    let (id, key) = call.state.issue("ASIA", true, Some(expires_at), caller);
    Ok(json!({ "Credentials": super::credentials(&id, &key) }))
}
