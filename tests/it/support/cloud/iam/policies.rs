//! Managed policies, and what they share with inline ones.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy_document::encoded;

pub fn no_inline(what: &str, policy: &str) -> ApiError {
    ApiError::new(404, "NoSuchEntity", format!("The {what} policy with name {policy} cannot be found."))
}

/// Attached policies in the form of lists.
pub fn attached(arns: &[String]) -> Vec<Value> {
    arns.iter()
        .map(|arn| json!({ "PolicyArn": arn, "PolicyName": arn.rsplit('/').next().unwrap_or_default() }))
        .collect()
}

fn found(call: &Call, action: &str) -> Result<(String, Value), ApiError> {
    let arn = call.params.required("PolicyArn")?;
    call.authorize(action, &arn)?;
    let own = format!("arn:{}:iam::{}:", call.caller.partition, call.caller.account);
    let document = call
        .state
        .managed_policy(&arn)
        .filter(|_| arn.starts_with(&own) || arn.contains(":iam::aws:"))
        .ok_or_else(|| ApiError::new(404, "NoSuchEntity", format!("Policy {arn} was not found.")))?;
    Ok((arn, document))
}

pub fn get(call: &mut Call) -> Result<Value, ApiError> {
    let (arn, _) = found(call, "iam:GetPolicy")?;
    let name = arn.rsplit('/').next().unwrap_or_default();
    Ok(json!({ "Policy": { "PolicyName": name, "PolicyId": format!("ANPA{}", name.to_uppercase()), "Arn": arn,
        "Path": "/", "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": true,
        "CreateDate": super::super::time::iso(0), "UpdateDate": super::super::time::iso(0) } }))
}

pub fn version(call: &mut Call) -> Result<Value, ApiError> {
    let (arn, document) = found(call, "iam:GetPolicyVersion")?;
    let version = call.params.required("VersionId")?;
    if version != "v1" {
        let message = format!("Policy {arn} version {version} does not exist or is not attachable.");
        return Err(ApiError::new(404, "NoSuchEntity", message));
    }
    Ok(json!({ "PolicyVersion": { "Document": encoded(&document), "VersionId": "v1", "IsDefaultVersion": true,
        "CreateDate": super::super::time::iso(0) } }))
}
