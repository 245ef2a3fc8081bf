//! Roles: created, read, listed, deleted.

use serde_json::{Value, json};

use super::super::account::Role;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy_document::{encoded, read_trust, shown_trust};
use super::super::state::State;
use super::names;

/// The ARN for authorisation: the role's, or the one it would have without a path.
pub fn resource(call: &mut Call, name: &str) -> String {
    let caller = call.caller.clone();
    let account = call.state.home(&caller);
    account.role(name).map_or_else(|| account.arn("role", "/", name), |r| r.named.arn.clone())
}

/// Authorises an action on the role of a call, and returns its key in the account's map.
pub fn target(call: &mut Call, action: &str) -> Result<String, ApiError> {
    let name = names::required(call, "RoleName", 64)?;
    let resource = resource(call, &name);
    call.authorize(action, &resource)?;
    let caller = call.caller.clone();
    match call.state.home(&caller).role(&name) {
        Some(_) => Ok(name.to_lowercase()),
        None => Err(ApiError::no_such_entity("role", &name)),
    }
}

/// The role of that key, which exists.
pub fn role<'a>(call: &'a mut Call, key: &str) -> &'a mut Role {
    let caller = call.caller.clone();
    call.state.home(&caller).roles.get_mut(key).expect("the role was just found")
}

/// A role as IAM shows it; lists omit tags and the boundary.
pub fn shown(state: &State, role: &Role, whole: bool) -> Value {
    let mut fields = names::shown("Role", &role.named);
    fields.insert("AssumeRolePolicyDocument".to_owned(), json!(encoded(&shown_trust(state, &role.trust))));
    fields.insert("Description".to_owned(), json!(role.description));
    fields.insert("MaxSessionDuration".to_owned(), json!(role.max_session_seconds));
    if whole {
        if let Some(arn) = &role.boundary {
            let boundary = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
            fields.insert("PermissionsBoundary".to_owned(), boundary);
        }
        if !role.tags.is_empty() {
            fields.insert("Tags".to_owned(), json!(names::tag_list(&role.tags)));
        }
        fields.insert("RoleLastUsed".to_owned(), json!({}));
    }
    Value::Object(fields)
}

pub fn get(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:GetRole")?;
    let role = role(call, &key).clone();
    Ok(json!({ "Role": shown(call.state, &role, true) }))
}

pub fn create(call: &mut Call) -> Result<Value, ApiError> {
    let name = names::required(call, "RoleName", 64)?;
    let path = names::path(call)?;
    let trust = call.params.required("AssumeRolePolicyDocument")?;
    let description = call.params.get("Description").map(str::to_owned).filter(|d| !d.is_empty());
    names::check_description(description.as_deref().unwrap_or_default())?;
    let max_session_seconds = call.params.integer("MaxSessionDuration")?.unwrap_or(3600);
    names::check_duration(max_session_seconds)?;
    let tags = names::tags(call)?;
    let caller = call.caller.clone();
    let arn = call.state.home(&caller).arn("role", &path, &name);
    call.authorize("iam:CreateRole", &arn)?;
    if !tags.is_empty() {
        call.authorize("iam:TagRole", &arn)?;
    }
    if call.state.home(&caller).role(&name).is_some() {
        return Err(ApiError::exists("Role", &name));
    }
    let trust = read_trust(call.state, caller.partition, &trust)?;
    let boundary = boundary(call)?;
    let named = call.state.named(("AROA", "role"), (caller.partition, &caller.account), &path, &name);
    let role = Role {
        named,
        description,
        max_session_seconds,
        trust,
        former_trust: None,
        tags,
        boundary,
        inline: std::collections::BTreeMap::new(),
        attached: Vec::new(),
        instance_profiles: Vec::new(),
        effective_at: call.state.effective_at(),
    };
    call.state.home(&caller).roles.insert(name.to_lowercase(), role.clone());
    Ok(json!({ "Role": shown(call.state, &role, true) }))
}

/// The boundary of a call; it must exist.
pub fn boundary(call: &Call) -> Result<Option<String>, ApiError> {
    let Some(arn) = call.params.get("PermissionsBoundary") else { return Ok(None) };
    if call.state.managed_policy(arn).is_none() {
        let message = format!("Scope ARN: {arn} does not exist or is not attachable.");
        return Err(ApiError::new(404, "NoSuchEntity", message));
    }
    Ok(Some(arn.to_owned()))
}

pub fn delete(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:DeleteRole")?;
    let found = role(call, &key);
    if !found.inline.is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if !found.attached.is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !found.instance_profiles.is_empty() {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(ApiError::delete_conflict(message));
    }
    if found.named.path.starts_with("/aws-reserved/") || found.named.path.starts_with("/aws-service-role/") {
        let message = format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            found.named.name
        );
        return Err(ApiError::new(400, "UnmodifiableEntity", message));
    }
    let caller = call.caller.clone();
    call.state.home(&caller).roles.remove(&key);
    Ok(Value::Null)
}

pub fn list(call: &mut Call) -> Result<Value, ApiError> {
    let caller = call.caller.clone();
    let prefix = call.params.get("PathPrefix").unwrap_or("/").to_owned();
    let resource = call.state.home(&caller).arn("role", &prefix, "");
    call.authorize("iam:ListRoles", &resource)?;
    let roles: Vec<Role> = call.state.home(&caller).roles.values().cloned().collect();
    let shown: Vec<Value> = roles
        .iter()
        .filter(|role| role.named.path.starts_with(&prefix))
        .map(|role| shown(call.state, role, false))
        .collect();
    names::paged(call, "Roles", &shown)
}
