//! Policy documents as IAM accepts and returns them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::policy::{list, statements, texts};
use super::state::State;
use eksaccess::model::arn::{Partition, Principal, PrincipalKind};

const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The document as returned by `GetRole` and similar calls: URL-encoded JSON.
pub fn encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), STRICT).to_string()
}

/// Reads a trust policy: existing principals become their unique ids.
pub fn read_trust(state: &State, partition: Partition, text: &str) -> Result<Value, ApiError> {
    let document = read(text)?;
    if length(text) > 2048 {
        return Err(ApiError::limit_exceeded("Cannot exceed quota for ACLSizePerRole: 2048"));
    }
    for statement in statements(&document) {
        if statement.get("Resource").is_some() || statement.get("NotResource").is_some() {
            return Err(ApiError::malformed_policy("Has prohibited field Resource"));
        }
        if statement.get("Principal").is_none() && statement.get("NotPrincipal").is_none() {
            return Err(ApiError::malformed_policy("Missing required field Principal"));
        }
        let actions = texts(statement.get("Action"));
        if let Some(action) = actions.iter().find(|a| **a != "*" && !a.to_ascii_lowercase().starts_with("sts:")) {
            let message = format!("AssumeRole policy may only specify STS AssumeRole actions: {action}");
            return Err(ApiError::malformed_policy(message));
        }
    }
    let resolved = map_principals(&document, &|text| resolve(state, partition, text))?;
    Ok(normalised(&resolved))
}

/// Reads an identity policy.
pub fn read_identity(text: &str) -> Result<Value, ApiError> {
    let document = read(text)?;
    for statement in statements(&document) {
        if statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some() {
            return Err(ApiError::malformed_policy("Policy document should not specify a principal."));
        }
        if statement.get("Resource").is_none() && statement.get("NotResource").is_none() {
            return Err(ApiError::malformed_policy("Policy statement must contain resources."));
        }
    }
    Ok(normalised(&document))
}

/// The characters of a document that count towards its quota: not white space.
pub fn length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn read(text: &str) -> Result<Value, ApiError> {
    let document: Value =
        serde_json::from_str(text).map_err(|_| ApiError::malformed_policy("This policy contains invalid Json"))?;
    let syntax = || ApiError::malformed_policy("Syntax errors in policy.");
    let fields = document.as_object().ok_or_else(syntax)?;
    if fields.keys().any(|k| !["Version", "Id", "Statement"].contains(&k.as_str())) {
        return Err(syntax());
    }
    let version = fields.get("Version").and_then(Value::as_str);
    if !matches!(version, None | Some("2012-10-17" | "2008-10-17")) {
        return Err(syntax());
    }
    let all = statements(&document);
    if all.is_empty() {
        return Err(syntax());
    }
    for statement in all {
        let fields = statement.as_object().ok_or_else(syntax)?;
        let effect = fields.get("Effect").and_then(Value::as_str);
        let acts = fields.contains_key("Action") || fields.contains_key("NotAction");
        if !matches!(effect, Some("Allow" | "Deny")) || !acts {
            return Err(syntax());
        }
        let sid = fields.get("Sid").and_then(Value::as_str).unwrap_or_default();
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(ApiError::malformed_policy("Statement IDs (SID) must be alpha-numeric."));
        }
    }
    Ok(document)
}

/// The stored trust with unique ids shown as ARNs again, if their owners exist.
pub fn shown_trust(state: &State, document: &Value) -> Value {
    let show = |text: &str| Ok(state.arn_of_id(text).unwrap_or_else(|| text.to_owned()));
    map_principals(document, &show).unwrap_or_else(|_| document.clone())
}

fn map_principals(document: &Value, change: &dyn Fn(&str) -> Result<String, ApiError>) -> Result<Value, ApiError> {
    let mut document = document.clone();
    let all = match document.get_mut("Statement") {
        Some(Value::Array(items)) => items.iter_mut().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for statement in all {
        for field in ["Principal", "NotPrincipal"] {
            let Some(aws) = statement.get_mut(field).and_then(|p| p.get_mut("AWS")) else { continue };
            let changed: Vec<Value> =
                texts(Some(&*aws)).iter().map(|text| change(text).map(Value::String)).collect::<Result<_, _>>()?;
            *aws = if aws.is_array() { Value::Array(changed) } else { changed.into_iter().next().unwrap_or_default() };
        }
    }
    Ok(document)
}

fn resolve(state: &State, partition: Partition, text: &str) -> Result<String, ApiError> {
    let invalid = || ApiError::malformed_policy(format!("Invalid principal in policy: \"AWS\":\"{text}\""));
    if text == "*" {
        return Ok(text.to_owned());
    }
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Principal::root(partition, text).to_string());
    }
    if !text.starts_with("arn:") {
        return state.arn_of_id(text).map(|_| text.to_owned()).ok_or_else(invalid);
    }
    let principal: Principal = text.parse().map_err(|_| invalid())?;
    if principal.partition != partition {
        return Err(invalid());
    }
    let Some(account) = state.account(partition, &principal.account) else { return Ok(text.to_owned()) };
    match principal.kind {
        PrincipalKind::Root | PrincipalKind::FederatedUser => Ok(text.to_owned()),
        PrincipalKind::AssumedRole(_) => account.role(&principal.name).map(|_| text.to_owned()).ok_or_else(invalid),
        PrincipalKind::Role => account
            .roles
            .values()
            .find(|r| r.named.arn == text && r.effective_at <= state.now)
            .map(|r| r.named.id.clone())
            .ok_or_else(invalid),
        PrincipalKind::User => state.id_of_arn(text).ok_or_else(invalid),
    }
}

/// The document as normalised by IAM: keys in its own order, a list of one as its item (except `Statement`).
pub fn normalised(document: &Value) -> Value {
    let mut fields = sorted(document, "");
    if let Some(object) = fields.as_object_mut() {
        let all: Vec<Value> = list(object.get("Statement")).into_iter().cloned().collect();
        object.insert("Statement".to_owned(), json!(all));
    }
    fields
}

fn sorted(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<(&String, &Value)> = fields.iter().collect();
            pairs.sort_by_key(|(name, _)| *name);
            let fields: Map<String, Value> =
                pairs.into_iter().map(|(name, value)| (name.clone(), sorted(value, name))).collect();
            Value::Object(fields)
        }
        Value::Array(items) if items.len() == 1 && key != "Statement" => sorted(&items[0], key),
        Value::Array(items) => Value::Array(items.iter().map(|item| sorted(item, key)).collect()),
        other => other.clone(),
    }
}
