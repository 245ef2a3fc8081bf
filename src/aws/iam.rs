//! IAM: roles, groups, users and the simulation of policies.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::Builder;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType, Tag};
use aws_types::SdkConfig;
use futures::future::try_join_all;
use futures::try_join;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::error::{bad_answer, call_error, done, found};
use super::pace::{Pace, Paced};
use crate::engine::{CallError, CallErrorKind, CallResult, IamRead, IamWrite, NewRole, Simulated};
use crate::model::{Group, Role, RolePolicies};

/// IAM's default for a role created without a duration (IAM API, `CreateRole`).
const DEFAULT_SESSION_DURATION: i32 = 3600;

/// IAM in the account whose credentials sign: read calls.
#[derive(Clone, Debug)]
pub struct IamClient(Paced<Client>);

/// The same account: write calls, made while a plan is carried out.
#[derive(Clone, Debug)]
pub struct IamWriter(Paced<Client>);

impl IamWriter {
    /// Over the client that reads.
    pub fn over(reads: IamClient) -> Self {
        Self(reads.0)
    }
}

impl IamClient {
    pub(super) fn new(sdk: &SdkConfig, pace: Pace) -> Self {
        let config = Builder::from(sdk).interceptor(pace.heed()).retry_partition(pace.partition());
        Self(Paced::new(Client::from_conf(config.build()), pace))
    }

    async fn group_policy(&self, group: &str, policy: &str) -> CallResult<(String, Value)> {
        const OPERATION: &str = "iam:GetGroupPolicy";
        let object = format!("policy {policy} of group {group}");
        let request = self.0.get_group_policy().group_name(group).policy_name(policy).send();
        let answer = self.0.pass(request).await.map_err(|error| call_error(OPERATION, &object, error))?;
        let document = document(OPERATION, &object, answer.policy_document())?;
        Ok((policy.to_owned(), document))
    }

    async fn role_policy(&self, role: &str, policy: &str) -> CallResult<(String, Value)> {
        const OPERATION: &str = "iam:GetRolePolicy";
        let object = format!("policy {policy} of role {role}");
        let request = self.0.get_role_policy().role_name(role).policy_name(policy).send();
        let answer = self.0.pass(request).await.map_err(|error| call_error(OPERATION, &object, error))?;
        let document = document(OPERATION, &object, answer.policy_document())?;
        Ok((policy.to_owned(), document))
    }

    async fn inline_of_role(&self, role: &str) -> CallResult<BTreeMap<String, Value>> {
        let mut pages = self.0.list_role_policies().role_name(role).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("iam:ListRolePolicies", role_object(role), error))?;
            names.extend(page.policy_names);
        }
        let all = try_join_all(names.iter().map(|name| self.role_policy(role, name))).await?;
        Ok(all.into_iter().collect())
    }

    async fn attached_to_role(&self, role: &str) -> CallResult<Vec<String>> {
        let mut pages = self.0.list_attached_role_policies().role_name(role).into_paginator().send();
        let mut arns = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("iam:ListAttachedRolePolicies", role_object(role), error))?;
            arns.extend(page.attached_policies().iter().filter_map(|p| p.policy_arn().map(str::to_owned)));
        }
        Ok(arns)
    }

    async fn members(&self, group: &str) -> CallResult<(String, String, Vec<String>)> {
        let mut pages = self.0.get_group().group_name(group).into_paginator().send();
        let (mut name, mut arn, mut members) = (group.to_owned(), String::new(), Vec::new());
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("iam:GetGroup", group_object(group), error))?;
            if let Some(group) = page.group() {
                group.group_name().clone_into(&mut name);
                group.arn().clone_into(&mut arn);
            }
            members.extend(page.users().iter().map(|user| user.user_name().to_owned()));
        }
        Ok((name, arn, members))
    }

    async fn inline_policy_names(&self, group: &str) -> CallResult<Vec<String>> {
        let mut pages = self.0.list_group_policies().group_name(group).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("iam:ListGroupPolicies", group_object(group), error))?;
            names.extend(page.policy_names);
        }
        Ok(names)
    }

    async fn inline_policies(&self, group: &str) -> CallResult<BTreeMap<String, Value>> {
        let names = self.inline_policy_names(group).await?;
        let all = try_join_all(names.iter().map(|name| self.group_policy(group, name))).await?;
        Ok(all.into_iter().collect())
    }

    async fn attached_policies(&self, group: &str) -> CallResult<Vec<String>> {
        let mut pages = self.0.list_attached_group_policies().group_name(group).into_paginator().send();
        let mut arns = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error("iam:ListAttachedGroupPolicies", group_object(group), error))?;
            arns.extend(page.attached_policies().iter().filter_map(|p| p.policy_arn().map(str::to_owned)));
        }
        Ok(arns)
    }
}

impl IamRead for IamClient {
    async fn get_role(&self, name: &str) -> CallResult<Option<Role>> {
        const OPERATION: &str = "iam:GetRole";
        let answer = self.0.pass(self.0.get_role().role_name(name).send()).await;
        let answer = found(answer.map_err(|error| call_error(OPERATION, role_object(name), error)))?;
        let role = answer.and_then(|answer| answer.role).map(|role| role_of(OPERATION, &role)).transpose()?;
        match role {
            Some(other) if !other.arn.name.eq_ignore_ascii_case(name) => {
                let message = format!("the answer describes role {}, which was not requested", other.arn);
                Err(bad_answer(OPERATION, role_object(name), message))
            }
            role => Ok(role),
        }
    }

    async fn role_policies(&self, role: &str) -> CallResult<Option<RolePolicies>> {
        let all = try_join!(self.attached_to_role(role), self.inline_of_role(role));
        Ok(found(all)?.map(|(attached, inline)| RolePolicies { attached, inline }))
    }

    async fn get_group(&self, name: &str) -> CallResult<Option<Group>> {
        let all = try_join!(self.members(name), self.inline_policies(name), self.attached_policies(name));
        Ok(found(all)?.map(|((name, arn, members), inline_policies, attached_policies)| Group {
            name,
            arn,
            members,
            inline_policies,
            attached_policies,
        }))
    }

    async fn get_user(&self, name: &str) -> CallResult<Option<String>> {
        let answer = self.0.pass(self.0.get_user().user_name(name).send()).await;
        let answer = found(answer.map_err(|error| call_error("iam:GetUser", format!("user {name}"), error)))?;
        Ok(answer.and_then(|answer| answer.user).map(|user| user.arn))
    }

    async fn simulate(
        &self,
        principal_arn: &str,
        action: &str,
        resource: &str,
        with_mfa: bool,
    ) -> CallResult<Simulated> {
        let request = self.0.simulate_principal_policy().policy_source_arn(principal_arn);
        let context = with_mfa.then(|| {
            let entry = |key: &str, kind, value: &str| {
                ContextEntry::builder().context_key_name(key).context_key_type(kind).context_key_values(value).build()
            };
            vec![
                entry("aws:MultiFactorAuthPresent", ContextKeyTypeEnum::Boolean, "true"),
                entry("aws:MultiFactorAuthAge", ContextKeyTypeEnum::Numeric, "1"),
            ]
        });
        let request = request.action_names(action).resource_arns(resource).set_context_entries(context);
        let answer = self.0.pass(request.send()).await;
        let object = format!("{principal_arn} for {action} on {resource}");
        let answer = answer.map_err(|error| call_error("iam:SimulatePrincipalPolicy", object, error))?;
        Ok(answer.evaluation_results().iter().map(simulated).next().unwrap_or(Simulated::Missing))
    }

    async fn list_roles(&self, path_prefix: &str) -> CallResult<Vec<Role>> {
        const OPERATION: &str = "iam:ListRoles";
        let mut pages = self.0.list_roles().path_prefix(path_prefix).into_paginator().send();
        let mut roles = Vec::new();
        while let Some(page) = self.0.pass(pages.next()).await {
            let page = page.map_err(|error| call_error(OPERATION, format!("roles under {path_prefix}"), error))?;
            for role in page.roles() {
                roles.push(role_of(OPERATION, role)?);
            }
        }
        Ok(roles)
    }
}

impl IamWrite for IamWriter {
    async fn create_role(&self, role: &NewRole) -> CallResult<Role> {
        const OPERATION: &str = "iam:CreateRole";
        let tags = tags_of(OPERATION, &role_object(&role.name), &role.tags)?;
        let request = self
            .0
            .create_role()
            .role_name(&role.name)
            .path(&role.path)
            .assume_role_policy_document(role.trust.to_string())
            .set_description(Some(role.description.clone()).filter(|text| !text.is_empty()))
            .set_max_session_duration(role.max_session_duration)
            .set_permissions_boundary(role.permissions_boundary.clone())
            .set_tags((!tags.is_empty()).then_some(tags));
        let answer =
            self.0.pass(request.send()).await.map_err(|error| call_error(OPERATION, role_object(&role.name), error))?;
        let created = answer
            .role()
            .ok_or_else(|| invalid(OPERATION, role_object(&role.name), "the answer describes no role".to_owned()))?;
        // The answer leaves out some of what was just written: tags, boundary, and in some emulators the trust.
        let mut created = created.clone();
        created.assume_role_policy_document.get_or_insert_with(|| role.trust.to_string());
        let mut created = role_of(OPERATION, &created)?;
        created.tags.extend(role.tags.clone());
        created.permissions_boundary = created.permissions_boundary.or_else(|| role.permissions_boundary.clone());
        Ok(created)
    }

    async fn update_trust(&self, role: &str, trust: &Value) -> CallResult<()> {
        let request = self.0.update_assume_role_policy().role_name(role).policy_document(trust.to_string());
        done(
            self.0
                .pass(request.send())
                .await
                .map_err(|error| call_error("iam:UpdateAssumeRolePolicy", role_object(role), error)),
        )
    }

    async fn update_role(&self, role: &str, description: &str, max_session_duration: i32) -> CallResult<()> {
        let request = self.0.update_role().role_name(role).description(description);
        let answer = self.0.pass(request.max_session_duration(max_session_duration).send()).await;
        done(answer.map_err(|error| call_error("iam:UpdateRole", role_object(role), error)))
    }

    async fn put_boundary(&self, role: &str, boundary: &str) -> CallResult<()> {
        let request = self.0.put_role_permissions_boundary().role_name(role).permissions_boundary(boundary);
        let operation = "iam:PutRolePermissionsBoundary";
        done(self.0.pass(request.send()).await.map_err(|error| call_error(operation, role_object(role), error)))
    }

    async fn tag_role(&self, role: &str, tags: &BTreeMap<String, String>) -> CallResult<()> {
        const OPERATION: &str = "iam:TagRole";
        let tags = tags_of(OPERATION, &role_object(role), tags)?;
        let answer = self.0.pass(self.0.tag_role().role_name(role).set_tags(Some(tags)).send()).await;
        done(answer.map_err(|error| call_error(OPERATION, role_object(role), error)))
    }

    async fn create_group(&self, name: &str) -> CallResult<()> {
        let answer = self.0.pass(self.0.create_group().group_name(name).send()).await;
        done(answer.map_err(|error| call_error("iam:CreateGroup", group_object(name), error)))
    }

    async fn put_group_policy(&self, group: &str, policy: &str, document: &Value) -> CallResult<()> {
        let request = self.0.put_group_policy().group_name(group).policy_name(policy);
        let object = format!("policy {policy} of group {group}");
        let answer = self.0.pass(request.policy_document(document.to_string()).send()).await;
        done(answer.map_err(|error| call_error("iam:PutGroupPolicy", object, error)))
    }

    async fn add_user_to_group(&self, group: &str, user: &str) -> CallResult<()> {
        let answer = self.0.pass(self.0.add_user_to_group().group_name(group).user_name(user).send()).await;
        let object = format!("user {user} and group {group}");
        done(answer.map_err(|error| call_error("iam:AddUserToGroup", object, error)))
    }
}

/// One action on one resource. The effects of the organisation and of the boundary are reported next to the decision.
fn simulated(result: &EvaluationResult) -> Simulated {
    let by_organisation = result.organizations_decision_detail().is_some_and(|o| !o.allowed_by_organizations());
    let is_bounded =
        result.permissions_boundary_decision_detail().is_some_and(|b| !b.allowed_by_permissions_boundary());
    match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => Simulated::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => Simulated::Denied { by_organisation },
        _ if by_organisation => Simulated::Denied { by_organisation },
        _ if is_bounded => Simulated::Bounded,
        _ => Simulated::Missing,
    }
}

fn role_object(name: &str) -> String {
    format!("role {name}")
}

fn group_object(name: &str) -> String {
    format!("group {name}")
}

fn invalid(operation: &'static str, object: String, message: String) -> CallError {
    CallError::new(operation, object, CallErrorKind::Invalid, message)
}

fn role_of(operation: &'static str, role: &aws_sdk_iam::types::Role) -> CallResult<Role> {
    let object = role_object(role.role_name());
    let arn = role.arn().parse().map_err(|error| invalid(operation, object.clone(), format!("its ARN: {error}")))?;
    let trust = document(operation, &object, role.assume_role_policy_document().unwrap_or("null"))?;
    Ok(Role {
        arn,
        trust,
        description: role.description().unwrap_or_default().to_owned(),
        max_session_duration: role.max_session_duration().unwrap_or(DEFAULT_SESSION_DURATION),
        permissions_boundary: role
            .permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn())
            .map(str::to_owned),
        tags: role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
        created_at: Some(role.create_date().secs()),
        unique_id: role.role_id().to_owned(),
    })
}

fn tags_of(operation: &'static str, object: &str, tags: &BTreeMap<String, String>) -> CallResult<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let all: Result<Vec<_>, _> = tags.iter().map(tag).collect();
    all.map_err(|error| invalid(operation, object.to_owned(), format!("its tags: {error}")))
}

/// A policy as IAM returns it: percent-encoded JSON (RFC 3986), plain JSON in some emulators.
fn document(operation: &'static str, object: &str, text: &str) -> CallResult<Value> {
    let unreadable = |why: String| bad_answer(operation, object, format!("its policy can't be read: {why}"));
    let document = if let Ok(plain) = serde_json::from_str(text) {
        plain
    } else {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_str(&decoded).map_err(|error| unreadable(error.to_string()))?
    };
    match document {
        Value::Object(_) => Ok(document),
        _ => Err(unreadable("it is not a JSON object".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_decoded_once_and_a_plus_stays_a_plus() {
        let encoded = "%7B%22Sid%22%3A%22a+b%2525%22%7D";
        assert_eq!(document("iam:GetRole", "role r", encoded).unwrap()["Sid"], "a+b%25");
        let plain = r#"{"Sid":"50%41"}"#;
        assert_eq!(document("iam:GetRole", "role r", plain).unwrap()["Sid"], "50%41", "plain JSON is not decoded");
    }

    #[test]
    fn an_unreadable_policy_is_an_error_that_names_it() {
        for text in ["%7B", "%FF%FE", ""] {
            let error = document("iam:GetRole", "role r", text).unwrap_err();
            assert!(error.is(CallErrorKind::BadAnswer));
            assert!(error.to_string().starts_with("iam:GetRole on role r: its policy can't be read"), "{error}");
        }
    }
}
