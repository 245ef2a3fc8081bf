//! SimulatePrincipalPolicy: the decision of a principal's identity policies, without a call.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::policy::{Context, Decision, decide};
use super::super::state::Caller;
use super::names;
use eksaccess::model::arn::{Principal, PrincipalKind};

pub fn principal(call: &mut Call) -> Result<Value, ApiError> {
    let source = call.params.required("PolicySourceArn")?;
    call.authorize("iam:SimulatePrincipalPolicy", &source)?;
    let (documents, boundary, mut context) = policies(call, &source)?;
    for entry in call.params.records("ContextEntries") {
        let values: Vec<String> =
            entry.iter().filter(|(k, _)| k.starts_with("ContextKeyValues.")).map(|(_, v)| v.clone()).collect();
        context.set_all(entry.get("ContextKeyName").map_or("", String::as_str), values);
    }
    let mut resources = call.params.list("ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let mut results = Vec::new();
    for action in call.params.list("ActionNames") {
        for resource in &resources {
            let mut decision = decide(&documents, &action, resource, &context);
            let bounds = boundary.as_ref().map(|boundary| decide([boundary], &action, resource, &context));
            if let (Decision::Allow, Some(bounds)) = (decision, bounds) {
                decision = bounds;
            }
            let mut result = json!({ "EvalActionName": action, "EvalResourceName": resource,
                "EvalDecision": match decision {
                    Decision::Allow => "allowed",
                    Decision::ExplicitDeny => "explicitDeny",
                    Decision::ImplicitDeny => "implicitDeny",
                },
                "MatchedStatements": [], "MissingContextValues": [] });
            if let Some(bounds) = bounds {
                result["PermissionsBoundaryDecisionDetail"] =
                    json!({ "AllowedByPermissionsBoundary": bounds == Decision::Allow });
            }
            results.push(result);
        }
    }
    names::paged(call, "EvaluationResults", &results)
}

/// The documents of a user, role or group, its boundary and the condition keys of its calls.
fn policies(call: &mut Call, source: &str) -> Result<(Vec<Value>, Option<Value>, Context), ApiError> {
    let missing = || ApiError::new(404, "NoSuchEntity", format!("The entity {source} cannot be found."));
    let caller = call.caller.clone();
    if source.contains(":group/") {
        let account = call.state.home(&caller);
        let group = account.groups.values().find(|g| g.named.arn == source).cloned().ok_or_else(missing)?;
        let mut documents: Vec<Value> = group.inline.values().map(|i| i.document.clone()).collect();
        documents.extend(group.attached.iter().filter_map(|arn| call.state.managed_policy(arn)));
        return Ok((documents, None, Context::default()));
    }
    let invalid = || ApiError::new(400, "InvalidInput", format!("Invalid Entity Arn: {source}"));
    let principal: Principal = source.parse().map_err(|_| invalid())?;
    if principal.account != caller.account || !matches!(principal.kind, PrincipalKind::Role | PrincipalKind::User) {
        return Err(invalid());
    }
    let id = call.state.id_of_arn(source).ok_or_else(missing)?;
    let role = principal.kind == PrincipalKind::Role;
    let simulated = Caller {
        arn: source.to_owned(),
        user_id: id.clone(),
        entity_id: id,
        entity_arn: source.to_owned(),
        session: role.then(|| "simulated".to_owned()),
        mfa: None,
        access_key_id: String::new(),
        ..caller
    };
    let (documents, boundary) = call.state.policies_of(&simulated);
    let context = call.state.context_of(&simulated);
    Ok((documents, boundary, context))
}
