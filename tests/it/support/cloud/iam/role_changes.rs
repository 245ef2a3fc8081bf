//! Changes of an existing role.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy_document::read_trust;
use super::{names, roles};

/// Refuses to change roles of Identity Center and of services.
fn modifiable(call: &mut Call, key: &str) -> Result<(), ApiError> {
    let named = &roles::role(call, key).named;
    if named.path.starts_with("/aws-reserved/") || named.path.starts_with("/aws-service-role/") {
        let message = format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            named.name
        );
        return Err(ApiError::new(400, "UnmodifiableEntity", message));
    }
    Ok(())
}

pub fn trust(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:UpdateAssumeRolePolicy")?;
    modifiable(call, &key)?;
    let text = call.params.required("PolicyDocument")?;
    let trust = read_trust(call.state, call.caller.partition, &text)?;
    let (now, effective_at) = (call.state.now, call.state.effective_at());
    let role = roles::role(call, &key);
    let acting = role.acting_trust(now).clone();
    role.former_trust = (effective_at > now).then_some((acting, effective_at));
    role.trust = trust;
    Ok(Value::Null)
}

/// An omitted field is unchanged.
pub fn update(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:UpdateRole")?;
    modifiable(call, &key)?;
    let description = call.params.get("Description").map(str::to_owned);
    names::check_description(description.as_deref().unwrap_or_default())?;
    let duration = call.params.integer("MaxSessionDuration")?;
    if let Some(seconds) = duration {
        names::check_duration(seconds)?;
    }
    let role = roles::role(call, &key);
    if let Some(text) = description {
        role.description = Some(text);
    }
    if let Some(seconds) = duration {
        role.max_session_seconds = seconds;
    }
    Ok(json!({}))
}

pub fn description(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:UpdateRoleDescription")?;
    modifiable(call, &key)?;
    let text = call.params.get("Description").unwrap_or_default().to_owned();
    names::check_description(&text)?;
    roles::role(call, &key).description = Some(text);
    let role = roles::role(call, &key).clone();
    Ok(json!({ "Role": roles::shown(call.state, &role, true) }))
}

pub fn tag(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:TagRole")?;
    let new = names::tags(call)?;
    let mut tags = roles::role(call, &key).tags.clone();
    for (name, value) in new {
        tags.retain(|k, _| !k.eq_ignore_ascii_case(&name));
        tags.insert(name, value);
    }
    names::check_tag_count(&tags)?;
    roles::role(call, &key).tags = tags;
    Ok(Value::Null)
}

pub fn untag(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:UntagRole")?;
    let gone = call.params.list("TagKeys");
    roles::role(call, &key).tags.retain(|name, _| !gone.iter().any(|g| g.eq_ignore_ascii_case(name)));
    Ok(Value::Null)
}

pub fn tags(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:ListRoleTags")?;
    let tags = names::tag_list(&roles::role(call, &key).tags);
    names::paged(call, "Tags", &tags)
}

pub fn put_boundary(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:PutRolePermissionsBoundary")?;
    modifiable(call, &key)?;
    call.params.required("PermissionsBoundary")?;
    let boundary = roles::boundary(call)?;
    roles::role(call, &key).boundary = boundary;
    Ok(Value::Null)
}

pub fn delete_boundary(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:DeleteRolePermissionsBoundary")?;
    modifiable(call, &key)?;
    let role = roles::role(call, &key);
    if role.boundary.take().is_none() {
        let message = format!("Role {} does not have a permissions boundary.", role.named.name);
        return Err(ApiError::new(404, "NoSuchEntity", message));
    }
    Ok(Value::Null)
}
