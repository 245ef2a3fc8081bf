//! IAM: the operations used here, over one account
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>).

mod groups;
mod names;
mod policies;
mod role_changes;
mod role_policies;
mod roles;
mod simulate;
mod users;

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;

/// Whether an operation of IAM changes something.
pub fn mutates(operation: &str) -> bool {
    !["Get", "List", "Simulate"].iter().any(|prefix| operation.starts_with(prefix))
}

/// Carries out a call and returns the content of its `…Result`.
pub fn handle(call: &mut Call) -> Result<Value, ApiError> {
    match call.operation.as_str() {
        "GetRole" => roles::get(call),
        "CreateRole" => roles::create(call),
        "DeleteRole" => roles::delete(call),
        "ListRoles" => roles::list(call),
        "UpdateAssumeRolePolicy" => role_changes::trust(call),
        "UpdateRole" => role_changes::update(call),
        "UpdateRoleDescription" => role_changes::description(call),
        "TagRole" => role_changes::tag(call),
        "UntagRole" => role_changes::untag(call),
        "ListRoleTags" => role_changes::tags(call),
        "PutRolePermissionsBoundary" => role_changes::put_boundary(call),
        "DeleteRolePermissionsBoundary" => role_changes::delete_boundary(call),
        "ListRolePolicies" => role_policies::list(call),
        "GetRolePolicy" => role_policies::get(call),
        "PutRolePolicy" => role_policies::put(call),
        "DeleteRolePolicy" => role_policies::delete(call),
        "ListAttachedRolePolicies" => role_policies::attached(call),
        "AttachRolePolicy" => role_policies::attach(call),
        "DetachRolePolicy" => role_policies::detach(call),
        "ListInstanceProfilesForRole" => role_policies::instance_profiles(call),
        "GetGroup" => groups::get(call),
        "CreateGroup" => groups::create(call),
        "DeleteGroup" => groups::delete(call),
        "ListGroups" => groups::list(call),
        "PutGroupPolicy" => groups::put_policy(call),
        "GetGroupPolicy" => groups::get_policy(call),
        "DeleteGroupPolicy" => groups::delete_policy(call),
        "ListGroupPolicies" => groups::policies(call),
        "ListAttachedGroupPolicies" => groups::attached(call),
        "AddUserToGroup" => users::add_to_group(call),
        "RemoveUserFromGroup" => users::remove_from_group(call),
        "CreateUser" => users::create(call),
        "GetUser" => users::get(call),
        "ListUsers" => users::list(call),
        "ListGroupsForUser" => users::groups(call),
        "ListMFADevices" => users::mfa_devices(call),
        "ListAccountAliases" => users::aliases(call),
        "GetPolicy" => policies::get(call),
        "GetPolicyVersion" => policies::version(call),
        "SimulatePrincipalPolicy" => simulate::principal(call),
        other => {
            Err(ApiError::new(400, "InvalidAction", format!("Could not find operation {other} for version 2010-05-08")))
        }
    }
}
