//! AssumeRoleWithWebIdentity: a role for the bearer of an OpenID Connect token. The signature is not checked: issuer,
//! subject and audience are accepted as they are; the expiry is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::call::Params;
use super::super::error::ApiError;
use super::super::policy::{Context, applies, statements, texts};
use super::super::state::{Caller, State};
use super::assume_role::{check_range, check_session};
use eksaccess::model::arn::Principal;

pub fn assume(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let arn = params.required("RoleArn")?;
    let session = params.required("RoleSessionName")?;
    check_session(&session)?;
    let seconds = params.integer("DurationSeconds")?.unwrap_or(3600);
    check_range(seconds)?;
    let claims = claims(&params.required("WebIdentityToken")?)?;
    if claims["exp"].as_i64().is_some_and(|end| end * 1000 <= state.now) {
        return Err(ApiError::new(400, "ExpiredTokenException", "Token expired"));
    }
    let denied = || ApiError::new(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    let principal: Principal = arn.parse().map_err(|_| ApiError::new(400, "ValidationError", "RoleArn is invalid"))?;
    let role = state
        .account(principal.partition, &principal.account)
        .and_then(|a| a.role(&principal.name))
        .filter(|r| r.named.arn == arn && r.effective_at <= state.now)
        .cloned()
        .ok_or_else(denied)?;
    if !trusted(role.acting_trust(state.now), &claims) {
        return Err(denied());
    }
    let caller = Caller::session_of(&role, principal.partition, &principal.account, &session);
    let user = json!({ "AssumedRoleId": caller.user_id, "Arn": caller.arn });
    let expires_at = state.now + seconds * 1000;
    let (id, key) = state.issue("ASIA", true, Some(expires_at), caller);
    Ok(json!({ "Credentials": super::credentials(&id, &key), "AssumedRoleUser": user,
        "SubjectFromWebIdentityToken": claims["sub"], "Audience": claims["aud"], "Provider": claims["iss"] }))
}

/// The middle part of the token.
fn claims(token: &str) -> Result<Value, ApiError> {
    let bad = || ApiError::new(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.");
    let part = token.split('.').nth(1).ok_or_else(bad)?;
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| bad())?;
    serde_json::from_slice(&bytes).map_err(|_| bad())
}

/// Whether a statement trusts the token's issuer, under conditions on `ISSUER:sub` and `ISSUER:aud`.
fn trusted(trust: &Value, claims: &Value) -> bool {
    let issuer = claims["iss"].as_str().unwrap_or_default().trim_start_matches("https://");
    let mut context = Context::default();
    for claim in ["sub", "aud"] {
        context.set(&format!("{issuer}:{claim}"), claims[claim].as_str().unwrap_or_default());
    }
    let provider = format!(":oidc-provider/{issuer}");
    statements(trust).into_iter().any(|statement| {
        let named = texts(statement["Principal"].get("Federated")).iter().any(|p| p.ends_with(&provider));
        named && statement["Effect"] == "Allow" && applies(statement, "sts:AssumeRoleWithWebIdentity", "", &context)
    })
}
