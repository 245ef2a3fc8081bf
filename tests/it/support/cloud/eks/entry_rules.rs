//! EKS's rules for access entries (<https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html>).

use super::super::call::Call;
use super::super::error::ApiError;
use eksaccess::model::arn::{Principal, PrincipalKind};

const TYPES: [&str; 7] =
    ["STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", "EC2"];

pub fn check_type(kind: &str) -> Result<(), ApiError> {
    if TYPES.contains(&kind) {
        return Ok(());
    }
    Err(ApiError::invalid_parameter(format!("The type {kind} is invalid, it must be one of {}", TYPES.join(", "))))
}

/// A role's or user's ARN in an account visible to EKS, and its unique id.
pub fn check_principal(call: &Call, arn: &str, kind: &str) -> Result<(Principal, String), ApiError> {
    let format = || ApiError::invalid_parameter("The principalArn parameter format is not valid");
    let principal: Principal = arn.parse().map_err(|_| format())?;
    if !matches!(principal.kind, PrincipalKind::Role | PrincipalKind::User) {
        return Err(format());
    }
    if principal.path.starts_with("/aws-service-role/") {
        return Err(ApiError::invalid_parameter(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role",
        ));
    }
    if kind != "STANDARD" && (principal.account != call.caller.account || principal.kind != PrincipalKind::Role) {
        return Err(ApiError::invalid_parameter(format!(
            "The principalArn of an access entry of type {kind} must be a role of the cluster's account"
        )));
    }
    let invalid = || ApiError::invalid_parameter("The specified principalArn is invalid: invalid principal.");
    if principal.partition != call.caller.partition {
        return Err(invalid());
    }
    let account = call.state.account(principal.partition, &principal.account).ok_or_else(invalid)?;
    let id = match principal.kind {
        PrincipalKind::Role => account
            .roles
            .values()
            .find(|r| r.named.arn == arn && r.effective_at <= call.state.now)
            .map(|r| r.named.id.clone()),
        _ => account.users.values().find(|u| u.named.arn == arn).map(|u| u.named.id.clone()),
    };
    Ok((principal, id.ok_or_else(invalid)?))
}

pub fn check_groups(groups: &[String]) -> Result<(), ApiError> {
    for group in groups {
        if group.starts_with("system:") {
            return Err(ApiError::invalid_parameter(format!(
                "The kubernetes group name {group} is invalid, it cannot start with system:"
            )));
        }
        if group.is_empty() {
            return Err(ApiError::invalid_parameter("The kubernetes group name must not be empty"));
        }
    }
    Ok(())
}

pub fn check_username(username: &str) -> Result<(), ApiError> {
    for prefix in ["system:", "eks:", "aws:", "amazon:", "iam:"] {
        if username.starts_with(prefix) {
            return Err(ApiError::invalid_parameter(format!(
                "The username {username} is invalid, it cannot start with {prefix}"
            )));
        }
    }
    for template in ["{{SessionName}}", "{{SessionNameRaw}}"] {
        if let Some(place) = username.find(template)
            && !username[..place].contains(':')
        {
            return Err(ApiError::invalid_parameter(format!(
                "The username {username} is invalid, it must contain a colon before {template}"
            )));
        }
    }
    Ok(())
}

/// EKS's default username.
pub fn default_username(principal: &Principal, kind: &str) -> String {
    match (kind, &principal.kind) {
        ("STANDARD", PrincipalKind::Role) => {
            let Principal { partition, account, name, .. } = principal;
            format!("arn:{partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}")
        }
        ("STANDARD", _) => principal.to_string(),
        _ => "system:node:{{EC2PrivateDNSName}}".to_owned(),
    }
}

/// The groups that EKS sets itself for nodes.
pub fn node_groups(kind: &str) -> Vec<String> {
    match kind {
        "STANDARD" => Vec::new(),
        "EC2" => vec!["system:nodes".to_owned()],
        _ => vec!["system:bootstrappers".to_owned(), "system:nodes".to_owned()],
    }
}
