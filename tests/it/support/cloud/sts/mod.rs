//! STS: the caller's identity, and credentials of a role
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>).

mod assume_role;
mod session_token;
mod trust;
mod web_identity;

pub use web_identity::assume as assume_with_web_identity;

use serde_json::{Value, json};

use super::call::Call;
use super::error::ApiError;
use super::state::Key;
use super::time::iso;

/// Carries out a call and returns the content of its `…Result`.
pub fn handle(call: &mut Call) -> Result<Value, ApiError> {
    match call.operation.as_str() {
        "GetCallerIdentity" => identity(call),
        "AssumeRole" => assume_role::assume(call),
        "GetSessionToken" => session_token::issue(call),
        other => {
            Err(ApiError::new(400, "InvalidAction", format!("Could not find operation {other} for version 2011-06-15")))
        }
    }
}

/// Needs no permission; only a fault refuses it.
fn identity(call: &mut Call) -> Result<Value, ApiError> {
    if call.denied {
        return Err(ApiError::access_denied(&call.caller.arn, "sts:GetCallerIdentity", "*", ""));
    }
    let caller = &call.caller;
    Ok(json!({ "Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account }))
}

/// `Credentials` of an answer.
fn credentials(id: &str, key: &Key) -> Value {
    json!({ "AccessKeyId": id, "SecretAccessKey": key.secret, "SessionToken": key.token,
        "Expiration": iso(key.expires_at.unwrap_or_default()) })
}

/// A one-time password of a device of the caller: `123456` is correct.
fn check_mfa(call: &Call) -> Result<bool, ApiError> {
    let (serial, code) = (call.params.get("SerialNumber"), call.params.get("TokenCode"));
    let (Some(serial), Some(code)) = (serial, code) else {
        if serial.is_some() || code.is_some() {
            let message =
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
            return Err(ApiError::new(403, "AccessDenied", message));
        }
        return Ok(false);
    };
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::validation(code, "tokenCode", "Member must satisfy regular expression pattern: [\\d]*"));
    }
    let owner = call
        .state
        .account(call.caller.partition, &call.caller.account)
        .and_then(|a| a.user_by_id(&call.caller.entity_id))
        .is_some_and(|u| u.mfa_serials.iter().any(|s| s == serial));
    if !owner {
        let message = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial \
                       number is valid and associated with this user.";
        return Err(ApiError::new(403, "AccessDenied", message));
    }
    if code != "123456" {
        let message = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
        return Err(ApiError::new(403, "AccessDenied", message));
    }
    Ok(true)
}
