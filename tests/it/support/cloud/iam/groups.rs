//! Groups, their members and their inline policies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::account::{Group, Inline};
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy_document::{encoded, length, read_identity};
use super::{names, policies};

/// Authorises an action on the group of a call, and returns its key in the account's map.
pub fn target(call: &mut Call, action: &str) -> Result<String, ApiError> {
    let name = names::required(call, "GroupName", 128)?;
    let caller = call.caller.clone();
    let account = call.state.home(&caller);
    let resource = account.group(&name).map_or_else(|| account.arn("group", "/", &name), |g| g.named.arn.clone());
    call.authorize(action, &resource)?;
    match call.state.home(&caller).group(&name) {
        Some(_) => Ok(name.to_lowercase()),
        None => Err(ApiError::no_such_entity("group", &name)),
    }
}

/// The group of that key, which exists.
pub fn group<'a>(call: &'a mut Call, key: &str) -> &'a mut Group {
    let caller = call.caller.clone();
    call.state.home(&caller).groups.get_mut(key).expect("the group was just found")
}

pub fn shown(group: &Group) -> Value {
    Value::Object(names::shown("Group", &group.named))
}

pub fn get(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:GetGroup")?;
    let found = group(call, &key).clone();
    let caller = call.caller.clone();
    let account = call.state.home(&caller);
    let members: Vec<Value> = found
        .members
        .keys()
        .filter_map(|name| account.user(name))
        .map(|user| Value::Object(names::shown("User", &user.named)))
        .collect();
    let mut page = names::paged(call, "Users", &members)?;
    page["Group"] = shown(&found);
    Ok(page)
}

pub fn create(call: &mut Call) -> Result<Value, ApiError> {
    let name = names::required(call, "GroupName", 128)?;
    let path = names::path(call)?;
    let caller = call.caller.clone();
    let arn = call.state.home(&caller).arn("group", &path, &name);
    call.authorize("iam:CreateGroup", &arn)?;
    if call.state.home(&caller).group(&name).is_some() {
        return Err(ApiError::exists("Group", &name));
    }
    let named = call.state.named(("AGPA", "group"), (caller.partition, &caller.account), &path, &name);
    let group = Group { named, members: BTreeMap::new(), inline: BTreeMap::new(), attached: Vec::new() };
    let answer = json!({ "Group": shown(&group) });
    call.state.home(&caller).groups.insert(name.to_lowercase(), group);
    Ok(answer)
}

pub fn delete(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:DeleteGroup")?;
    let found = group(call, &key);
    if !found.members.is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must remove users from group first."));
    }
    if !found.inline.is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if !found.attached.is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    let caller = call.caller.clone();
    call.state.home(&caller).groups.remove(&key);
    Ok(Value::Null)
}

pub fn list(call: &mut Call) -> Result<Value, ApiError> {
    let caller = call.caller.clone();
    let resource = call.state.home(&caller).arn("group", "/", "");
    call.authorize("iam:ListGroups", &resource)?;
    let groups: Vec<Value> = call.state.home(&caller).groups.values().map(shown).collect();
    names::paged(call, "Groups", &groups)
}

pub fn put_policy(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:PutGroupPolicy")?;
    let policy = names::required(call, "PolicyName", 128)?;
    let text = call.params.required("PolicyDocument")?;
    let document = read_identity(&text)?;
    let effective_at = call.state.effective_at();
    let group = group(call, &key);
    let others = group.inline.iter().filter(|(name, _)| **name != policy);
    let sum: usize = others.map(|(_, inline)| length(&inline.document.to_string())).sum();
    if sum + length(&text) > 5120 {
        let message = format!("Maximum policy size of 5120 bytes exceeded for group {}", group.named.name);
        return Err(ApiError::limit_exceeded(message));
    }
    group.inline.insert(policy, Inline { document, effective_at });
    Ok(Value::Null)
}

pub fn get_policy(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:GetGroupPolicy")?;
    let policy = names::required(call, "PolicyName", 128)?;
    let group = group(call, &key);
    let found = group.inline.get(&policy).ok_or_else(|| policies::no_inline("group", &policy))?;
    Ok(json!({ "GroupName": group.named.name, "PolicyName": policy, "PolicyDocument": encoded(&found.document) }))
}

pub fn delete_policy(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:DeleteGroupPolicy")?;
    let policy = names::required(call, "PolicyName", 128)?;
    group(call, &key).inline.remove(&policy).ok_or_else(|| policies::no_inline("group", &policy))?;
    Ok(Value::Null)
}

pub fn policies(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:ListGroupPolicies")?;
    let inline: Vec<Value> = group(call, &key).inline.keys().map(|name| json!(name)).collect();
    names::paged(call, "PolicyNames", &inline)
}

pub fn attached(call: &mut Call) -> Result<Value, ApiError> {
    let key = target(call, "iam:ListAttachedGroupPolicies")?;
    let shown = policies::attached(&group(call, &key).attached);
    names::paged(call, "AttachedPolicies", &shown)
}
