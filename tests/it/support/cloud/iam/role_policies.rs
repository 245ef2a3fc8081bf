//! A role's inline and attached policies, and its instance profiles.

use serde_json::{Value, json};

use super::super::account::Inline;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy_document::{encoded, read_identity};
use super::{names, policies, roles};

pub fn list(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:ListRolePolicies")?;
    let inline: Vec<Value> = roles::role(call, &key).inline.keys().map(|name| json!(name)).collect();
    names::paged(call, "PolicyNames", &inline)
}

pub fn get(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:GetRolePolicy")?;
    let policy = names::required(call, "PolicyName", 128)?;
    let role = roles::role(call, &key);
    let found = role.inline.get(&policy).ok_or_else(|| policies::no_inline("role", &policy))?;
    Ok(json!({ "RoleName": role.named.name, "PolicyName": policy, "PolicyDocument": encoded(&found.document) }))
}

pub fn put(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:PutRolePolicy")?;
    let policy = names::required(call, "PolicyName", 128)?;
    let document = read_identity(&call.params.required("PolicyDocument")?)?;
    let effective_at = call.state.effective_at();
    roles::role(call, &key).inline.insert(policy, Inline { document, effective_at });
    Ok(Value::Null)
}

pub fn delete(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:DeleteRolePolicy")?;
    let policy = names::required(call, "PolicyName", 128)?;
    roles::role(call, &key).inline.remove(&policy).ok_or_else(|| policies::no_inline("role", &policy))?;
    Ok(Value::Null)
}

pub fn attached(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:ListAttachedRolePolicies")?;
    let shown = policies::attached(&roles::role(call, &key).attached);
    names::paged(call, "AttachedPolicies", &shown)
}

pub fn attach(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:AttachRolePolicy")?;
    let arn = call.params.required("PolicyArn")?;
    if call.state.managed_policy(&arn).is_none() {
        return Err(ApiError::new(404, "NoSuchEntity", format!("Policy {arn} does not exist or is not attachable.")));
    }
    let role = roles::role(call, &key);
    if !role.attached.contains(&arn) {
        role.attached.push(arn);
    }
    Ok(Value::Null)
}

pub fn detach(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:DetachRolePolicy")?;
    let arn = call.params.required("PolicyArn")?;
    let role = roles::role(call, &key);
    if !role.attached.contains(&arn) {
        return Err(ApiError::new(404, "NoSuchEntity", format!("Policy {arn} was not found.")));
    }
    role.attached.retain(|a| *a != arn);
    Ok(Value::Null)
}

pub fn instance_profiles(call: &mut Call) -> Result<Value, ApiError> {
    let key = roles::target(call, "iam:ListInstanceProfilesForRole")?;
    let caller = call.caller.clone();
    let profiles = roles::role(call, &key).instance_profiles.clone();
    let account = call.state.home(&caller);
    let shown: Vec<Value> = profiles
        .iter()
        .map(|name| {
            json!({ "InstanceProfileName": name, "Path": "/", "Roles": [],
                "InstanceProfileId": format!("AIPA{name}"),
                "Arn": account.arn("instance-profile", "/", name),
                "CreateDate": super::super::time::iso(0) })
        })
        .collect();
    names::paged(call, "InstanceProfiles", &shown)
}
