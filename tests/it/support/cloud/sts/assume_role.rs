//! AssumeRole: both sides must allow it, the role's trust and the caller's own policies.

use serde_json::{Value, json};

use super::super::account::Role;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy::{Context, Decision};
use super::super::state::Caller;
use super::trust::{self, Trust};
use eksaccess::model::arn::{Principal, PrincipalKind};

pub fn assume(call: &mut Call) -> Result<Value, ApiError> {
    let arn = call.params.required("RoleArn")?;
    let session = call.params.required("RoleSessionName")?;
    check_session(&session)?;
    let seconds = call.params.integer("DurationSeconds")?;
    check_range(seconds.unwrap_or(3600))?;
    check_external_id(call.params.get("ExternalId"))?;
    let principal: Principal = arn
        .parse()
        .ok()
        .filter(|p: &Principal| p.kind == PrincipalKind::Role)
        .ok_or_else(|| ApiError::new(400, "ValidationError", format!("{arn} is invalid")))?;
    if call.caller.is_root() {
        return Err(ApiError::new(403, "AccessDenied", "Roles may not be assumed by root accounts."));
    }
    let denied = ApiError::access_denied(&call.caller.arn, "sts:AssumeRole", &arn, "");
    let mfa = super::check_mfa(call)?;
    let role = visible(call, &principal, &arn).ok_or_else(|| denied.clone())?;
    if !agreed(call, &role, &principal, &session, mfa) {
        return Err(denied);
    }
    let seconds = seconds.unwrap_or(3600);
    check_limits(&role, call.caller.is_role(), seconds)?;
    Ok(issue(call, &role, &principal, &session, seconds))
}

/// The role, if STS knows it yet.
fn visible(call: &Call, principal: &Principal, arn: &str) -> Option<Role> {
    if principal.partition != call.caller.partition {
        return None;
    }
    let role = call.state.account(principal.partition, &principal.account)?.role(&principal.name)?;
    (role.named.arn == arn && role.effective_at <= call.state.now).then(|| role.clone())
}

/// Within an account a trust that names the caller is enough, and one that names the account leaves the decision to the
/// caller's policies; between accounts both sides must allow it.
fn agreed(call: &Call, role: &Role, principal: &Principal, session: &str, mfa: bool) -> bool {
    let mut extra = Context::default();
    extra.set("sts:RoleSessionName", session);
    if let Some(external_id) = call.params.get("ExternalId") {
        extra.set("sts:ExternalId", external_id);
    }
    if mfa {
        extra.set("aws:MultiFactorAuthPresent", "true");
        extra.set("aws:MultiFactorAuthAge", "1");
    }
    // A source identity is a separate permission, on both sides.
    let mut actions = vec!["sts:AssumeRole"];
    if let Some(identity) = call.params.get("SourceIdentity") {
        extra.set("sts:SourceIdentity", identity);
        actions.push("sts:SetSourceIdentity");
    }
    let context = call.context(&extra);
    if call.denied {
        return false;
    }
    let same_account = principal.account == call.caller.account;
    actions.into_iter().all(|action| {
        let trust = trust::of(role.acting_trust(call.state.now), &call.caller, action, &context);
        let identity = call.state.identity_decision(&call.caller, action, &role.named.arn, &context);
        match (trust, identity) {
            (Trust::No, _) | (_, Decision::ExplicitDeny) => false,
            (Trust::Direct, _) if same_account => true,
            (Trust::Direct | Trust::Account, identity) => identity == Decision::Allow,
        }
    })
}

fn issue(call: &mut Call, role: &Role, principal: &Principal, session: &str, seconds: i64) -> Value {
    let caller = Caller::session_of(role, principal.partition, &principal.account, session);
    let user = json!({ "AssumedRoleId": caller.user_id, "Arn": caller.arn });
    let expires_at = call.state.now + seconds * 1000;
    let (id, key) = call.state.issue("ASIA", true, Some(expires_at), caller);
    json!({ "Credentials": super::credentials(&id, &key), "AssumedRoleUser": user })
}

pub fn check_session(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if length < 2 {
        let rule = "Member must have length greater than or equal to 2";
        return Err(ApiError::validation(name, "roleSessionName", rule));
    }
    if length > 64 {
        let rule = "Member must have length less than or equal to 64";
        return Err(ApiError::validation(name, "roleSessionName", rule));
    }
    if eksaccess::model::arn::check_name("session", name, 64).is_err() {
        let rule = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
        return Err(ApiError::validation(name, "roleSessionName", rule));
    }
    Ok(())
}

pub fn check_range(seconds: i64) -> Result<(), ApiError> {
    let rule = match seconds {
        ..900 => "Member must have value greater than or equal to 900",
        900..=43200 => return Ok(()),
        _ => "Member must have value less than or equal to 43200",
    };
    Err(ApiError::validation(&seconds.to_string(), "durationSeconds", rule))
}

fn check_external_id(id: Option<&str>) -> Result<(), ApiError> {
    let Some(id) = id else { return Ok(()) };
    let alphabet = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    if !(2..=1224).contains(&id.len()) || !id.chars().all(alphabet) {
        let rule = "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*";
        return Err(ApiError::validation(id, "externalId", rule));
    }
    Ok(())
}

fn check_limits(role: &Role, chained: bool, seconds: i64) -> Result<(), ApiError> {
    if seconds > role.max_session_seconds {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(ApiError::new(400, "ValidationError", message));
    }
    if chained && seconds > 3600 {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(ApiError::new(400, "ValidationError", message));
    }
    Ok(())
}
