//! Users, their memberships and their devices; the account's alias.

use serde_json::{Value, json};

use super::super::account_setup::AccountSetup;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::time::iso;
use super::{groups, names};

/// Authorises an action on the user of a call (without a name: the caller), and returns its key.
fn target(call: &mut Call, action: &str) -> Result<String, ApiError> {
    let name = match call.params.get("UserName") {
        Some(_) => names::required(call, "UserName", 64)?,
        None if call.caller.is_role() => {
            let message = "Must specify userName when calling with non-User credentials";
            return Err(ApiError::new(400, "ValidationError", message));
        }
        None => call.caller.entity_name().to_owned(),
    };
    let caller = call.caller.clone();
    let account = call.state.home(&caller);
    let resource = account.user(&name).map_or_else(|| account.arn("user", "/", &name), |u| u.named.arn.clone());
    call.authorize(action, &resource)?;
    match call.state.home(&caller).user(&name) {
        Some(_) => Ok(name.to_lowercase()),
        None => Err(ApiError::no_such_entity("user", &name)),
    }
}

pub fn create(call: &mut Call) -> Result<Value, ApiError> {
    let name = names::required(call, "UserName", 64)?;
    let path = names::path(call)?;
    let caller = call.caller.clone();
    let arn = call.state.home(&caller).arn("user", &path, &name);
    call.authorize("iam:CreateUser", &arn)?;
    if call.state.home(&caller).user(&name).is_some() {
        return Err(ApiError::exists("User", &name));
    }
    AccountSetup { state: call.state, partition: caller.partition, id: caller.account.clone() }.user_at(&path, &name);
    Ok(json!({ "User": names::shown("User", &call.state.home(&caller).users[&name.to_lowercase()].named) }))
}

pub fn get(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:GetUser")?;
    let caller = call.caller.clone();
    Ok(json!({ "User": names::shown("User", &call.state.home(&caller).users[&key].named) }))
}

pub fn list(call: &mut Call) -> Result<Value, ApiError> {
    let caller = call.caller.clone();
    let resource = call.state.home(&caller).arn("user", "/", "");
    call.authorize("iam:ListUsers", &resource)?;
    let users: Vec<Value> =
        call.state.home(&caller).users.values().map(|u| Value::Object(names::shown("User", &u.named))).collect();
    names::paged(call, "Users", &users)
}

pub fn add_to_group(call: &mut Call) -> Result<Value, ApiError> {
    let key = groups::target(call, "iam:AddUserToGroup")?;
    let user = member(call)?;
    let effective_at = call.state.effective_at();
    let caller = call.caller.clone();
    let account = call.state.home(&caller);
    let already = account.groups[&key].members.contains_key(&user);
    if !already && account.groups_of(&user).count() >= 10 {
        return Err(ApiError::limit_exceeded("Cannot exceed quota for GroupsPerUser: 10"));
    }
    groups::group(call, &key).members.entry(user).or_insert(effective_at);
    Ok(Value::Null)
}

pub fn remove_from_group(call: &mut Call) -> Result<Value, ApiError> {
    let key = groups::target(call, "iam:RemoveUserFromGroup")?;
    let user = member(call)?;
    let group = groups::group(call, &key);
    if group.members.remove(&user).is_none() {
        let message = format!("The user with name {user} is not in group {}.", group.named.name);
        return Err(ApiError::new(404, "NoSuchEntity", message));
    }
    Ok(Value::Null)
}

/// The user of a membership call, in its original spelling.
fn member(call: &mut Call) -> Result<String, ApiError> {
    let name = names::required(call, "UserName", 64)?;
    let caller = call.caller.clone();
    let user = call.state.home(&caller).user(&name);
    user.map(|u| u.named.name.clone()).ok_or_else(|| ApiError::no_such_entity("user", &name))
}

pub fn groups(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:ListGroupsForUser")?;
    let caller = call.caller.clone();
    let account = call.state.home(&caller);
    let shown: Vec<Value> = account.groups_of(&key).map(|(group, _)| groups::shown(group)).collect();
    names::paged(call, "Groups", &shown)
}

pub fn mfa_devices(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:ListMFADevices")?;
    let caller = call.caller.clone();
    let user = &call.state.home(&caller).users[&key];
    let shown: Vec<Value> = user
        .mfa_serials
        .iter()
        .map(|serial| json!({ "UserName": user.named.name, "SerialNumber": serial, "EnableDate": iso(0) }))
        .collect();
    names::paged(call, "MFADevices", &shown)
}

pub fn aliases(call: &mut Call) -> Result<Value, ApiError> {
    call.authorize("iam:ListAccountAliases", "*")?;
    let caller = call.caller.clone();
    let shown: Vec<Value> = call.state.home(&caller).alias.iter().map(|alias| json!(alias)).collect();
    names::paged(call, "AccountAliases", &shown)
}
