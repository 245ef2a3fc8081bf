//! IAM's rules for names, paths and tags; and pages of lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::account::Named;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::time::iso;
use eksaccess::model::arn;

/// Checks a name's alphabet and length; `field` as spelled in the API.
pub fn check(field: &str, name: &str, max: usize) -> Result<(), ApiError> {
    if name.chars().count() > max {
        let rule = format!("Member must have length less than or equal to {max}");
        return Err(ApiError::validation(name, field, &rule));
    }
    if arn::check_name("", name, max).is_err() {
        let rule = "Member must satisfy regular expression pattern: [\\w+=,.@-]+";
        return Err(ApiError::validation(name, field, rule));
    }
    Ok(())
}

/// A required name.
pub fn required(call: &Call, param: &str, max: usize) -> Result<String, ApiError> {
    let name = call.params.required(param)?;
    check(&(param[..1].to_lowercase() + &param[1..]), &name, max)?;
    Ok(name)
}

/// The path of an object to create; `/` if none is given.
pub fn path(call: &Call) -> Result<String, ApiError> {
    let path = call.params.get("Path").unwrap_or("/").to_owned();
    if arn::check_path(&path).is_err() {
        let rule = "The specified value for path is invalid. It must begin and end with / and contain only \
                    alphanumeric characters and/or / characters.";
        return Err(ApiError::new(400, "ValidationError", rule));
    }
    Ok(path)
}

pub fn check_description(text: &str) -> Result<(), ApiError> {
    if text.chars().count() > 1000 {
        return Err(ApiError::validation(text, "description", "Member must have length less than or equal to 1000"));
    }
    Ok(())
}

pub fn check_duration(seconds: i64) -> Result<(), ApiError> {
    if !(3600..=43200).contains(&seconds) {
        let rule = if seconds < 3600 {
            "Member must have value greater than or equal to 3600"
        } else {
            "Member must have value less than or equal to 43200"
        };
        return Err(ApiError::validation(&seconds.to_string(), "maxSessionDuration", rule));
    }
    Ok(())
}

/// `Tags.member.N.{Key,Value}`.
pub fn tags(call: &Call) -> Result<BTreeMap<String, String>, ApiError> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for record in call.params.records("Tags") {
        let key = record.get("Key").cloned().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || key.to_lowercase().starts_with("aws:") {
            let rule = "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+";
            return Err(ApiError::validation(&key, "tags.1.member.key", rule));
        }
        if tags.keys().any(|k| k.eq_ignore_ascii_case(&key)) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(ApiError::new(400, "InvalidInput", message));
        }
        tags.insert(key, record.get("Value").cloned().unwrap_or_default());
    }
    check_tag_count(&tags)?;
    Ok(tags)
}

pub fn check_tag_count(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > 50 {
        return Err(ApiError::limit_exceeded("The number of tags has reached the maximum limit."));
    }
    Ok(())
}

pub fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// `Path`, `RoleName`, `RoleId`, `Arn`, `CreateDate` with the prefix of the kind: Role, User, Group.
pub fn shown(kind: &str, named: &Named) -> serde_json::Map<String, Value> {
    let mut fields = serde_json::Map::new();
    fields.insert("Path".to_owned(), json!(named.path));
    fields.insert(format!("{kind}Name"), json!(named.name));
    fields.insert(format!("{kind}Id"), json!(named.id));
    fields.insert("Arn".to_owned(), json!(named.arn));
    fields.insert("CreateDate".to_owned(), json!(iso(named.created_at)));
    fields
}

/// A page of a list as `{NAME: […], IsTruncated, Marker}`.
pub fn paged(call: &Call, name: &str, items: &[Value]) -> Result<Value, ApiError> {
    let wanted = call.params.integer("MaxItems")?.and_then(|n| usize::try_from(n).ok());
    let most = wanted.map_or(100, |w| w.min(1000));
    let (page, marker) = call.page(items, call.params.get("Marker"), wanted, most)?;
    let mut fields = serde_json::Map::new();
    fields.insert(name.to_owned(), Value::Array(page));
    fields.insert("IsTruncated".to_owned(), json!(marker.is_some()));
    fields.insert("Marker".to_owned(), json!(marker));
    Ok(Value::Object(fields))
}
