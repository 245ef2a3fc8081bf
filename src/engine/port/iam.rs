//! IAM.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::call_error::CallResult;
use crate::model::{Group, NewRole, Role, RolePolicies};

/// IAM in one account: reads.
pub trait IamRead {
    /// `iam:GetRole`.
    async fn get_role(&self, name: &str) -> CallResult<Option<Role>>;
    /// `iam:ListAttachedRolePolicies`, `iam:ListRolePolicies`, `iam:GetRolePolicy`: independent calls run concurrently.
    /// `None` if the role does not exist.
    async fn role_policies(&self, role: &str) -> CallResult<Option<RolePolicies>>;
    /// `iam:GetGroup`, `iam:ListGroupPolicies`, `iam:GetGroupPolicy`, `iam:ListAttachedGroupPolicies`: independent
    /// calls run concurrently. `None` if the group does not exist.
    async fn get_group(&self, name: &str) -> CallResult<Option<Group>>;
    /// `iam:GetUser`: the user's ARN, `None` if the user does not exist.
    async fn get_user(&self, name: &str) -> CallResult<Option<String>>;
    /// `iam:SimulatePrincipalPolicy`: the decision of the principal's identity policies, boundary and organisation on
    /// the action, for a session without MFA or `with_mfa`.
    async fn simulate(
        &self,
        principal_arn: &str,
        action: &str,
        resource: &str,
        with_mfa: bool,
    ) -> CallResult<Simulated>;
    /// `iam:ListRoles` under a path prefix, over all pages.
    async fn list_roles(&self, path_prefix: &str) -> CallResult<Vec<Role>>;
}

/// IAM in one account: writes.
pub trait IamWrite {
    /// `iam:CreateRole`.
    async fn create_role(&self, role: &NewRole) -> CallResult<Role>;
    /// `iam:UpdateAssumeRolePolicy`.
    async fn update_trust(&self, role: &str, trust: &Value) -> CallResult<()>;
    /// `iam:UpdateRole`; both values are always sent, as IAM-compatible services reset an omitted one.
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

/// The result of a simulation of identity policies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Simulated {
    /// They allow it.
    Allowed,
    /// None allows it (`implicitDeny`).
    Missing,
    /// The permissions boundary does not allow it.
    Bounded,
    /// `explicitDeny`: a policy denies it, or, since 2026-07 with the same value, the organisation.
    Denied {
        /// Whether IAM names the organisation.
        by_organisation: bool,
    },
}
