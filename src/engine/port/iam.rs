//! IAM.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::call_error::CallResult;
use crate::model::{Group, NewRole, Role, RolePolicies};

/// IAM in one account, as it is looked at.
pub trait IamRead {
    /// `iam:GetRole`.
    async fn get_role(&self, name: &str) -> CallResult<Option<Role>>;
    /// `iam:ListAttachedRolePolicies`, `iam:ListRolePolicies`, `iam:GetRolePolicy`: independent calls run together. `None`
    /// where the role is absent.
    async fn role_policies(&self, role: &str) -> CallResult<Option<RolePolicies>>;
    /// `iam:GetGroup`, `iam:ListGroupPolicies`, `iam:GetGroupPolicy`, `iam:ListAttachedGroupPolicies`: independent calls
    /// run together. `None` where the group is absent.
    async fn get_group(&self, name: &str) -> CallResult<Option<Group>>;
    /// `iam:GetUser`: the user's ARN, `None` where absent.
    async fn get_user(&self, name: &str) -> CallResult<Option<String>>;
    /// `iam:SimulatePrincipalPolicy`: what the principal's identity policies, its boundary and its organisation say of the
    /// action on the resource, to a session without or `with_mfa`.
    async fn simulate(
        &self,
        principal_arn: &str,
        action: &str,
        resource: &str,
        with_mfa: bool,
    ) -> CallResult<Simulated>;
    /// `iam:ListRoles` under a path prefix, to the end of the list.
    async fn list_roles(&self, path_prefix: &str) -> CallResult<Vec<Role>>;
}

/// What changes IAM in one account.
pub trait IamWrite {
    /// `iam:CreateRole`.
    async fn create_role(&self, role: &NewRole) -> CallResult<Role>;
    /// `iam:UpdateAssumeRolePolicy`.
    async fn update_trust(&self, role: &str, trust: &Value) -> CallResult<()>;
    /// `iam:UpdateRole`; both values are always sent, since IAM-compatible services reset what is left out.
    async fn update_role(&self, role: &str, description: &str, max_session_duration: i32) -> CallResult<()>;
    /// `iam:PutRolePermissionsBoundary`.
    async fn put_boundary(&self, role: &str, boundary: &str) -> CallResult<()>;
    /// `iam:TagRole`.
    async fn tag_role(&self, role: &str, tags: &BTreeMap<String, String>) -> CallResult<()>;
    /// `iam:CreateGroup`.
    async fn create_group(&self, name: &str) -> CallResult<()>;
    /// `iam:PutGroupPolicy`.
    async fn put_group_policy(&self, group: &str, policy: &str, document: &Value) -> CallResult<()>;
    /// `iam:AddUserToGroup`.
    async fn add_user_to_group(&self, group: &str, user: &str) -> CallResult<()>;
}

/// What a simulation of identity policies says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Simulated {
    /// They allow it.
    Allowed,
    /// None allows it (`implicitDeny`).
    Missing,
    /// The permissions boundary does not allow it.
    Bounded,
    /// `explicitDeny`: a policy denies it, or, since 2026-07 in the same word, the organisation.
    Denied {
        /// Whether IAM says that it is the organisation.
        by_organisation: bool,
    },
}
