//! Refusals of a Kubernetes API.

use serde_json::{Value, json};

use super::super::wire::Reply;
use super::authorize::Attributes;

/// A failure `Status`.
#[derive(Clone, Debug)]
pub struct Status {
    pub code: u16,
    pub reason: String,
    pub message: String,
    pub details: Box<Value>,
}

impl Status {
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), details: Box::default() }
    }

    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub fn forbidden(username: &str, attributes: &Attributes) -> Self {
        let Attributes { verb, group, resource, namespace, name, path, .. } = attributes;
        if let Some(path) = path {
            let message = format!("forbidden: User \"{username}\" cannot {verb} path \"{path}\"");
            return Self::new(403, "Forbidden", message);
        }
        let object = if name.is_empty() { String::new() } else { format!(" \"{name}\"") };
        let place = match namespace.as_deref() {
            Some(namespace) if !namespace.is_empty() => format!("in the namespace \"{namespace}\""),
            _ => "at the cluster scope".to_owned(),
        };
        let message = format!(
            "{resource}{object} is forbidden: User \"{username}\" cannot {verb} resource \"{resource}\" in API group \
             \"{group}\" {place}"
        );
        Self { details: Box::new(json!({ "name": name, "kind": resource })), ..Self::new(403, "Forbidden", message) }
    }

    pub fn not_found(kind: &str, name: &str) -> Self {
        Self {
            details: Box::new(json!({ "name": name, "kind": kind })),
            ..Self::new(404, "NotFound", format!("{kind} \"{name}\" not found"))
        }
    }

    pub fn conflict(kind: &str, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {kind} \"{name}\": the object has been modified; please apply your \
             changes to the latest version and try again"
        );
        Self { details: Box::new(json!({ "name": name, "kind": kind })), ..Self::new(409, "Conflict", message) }
    }

    pub fn reply(&self) -> Reply {
        let mut body = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code });
        if !self.details.is_null() {
            body["details"] = (*self.details).clone();
        }
        Reply { error: Some(self.reason.clone()), ..Reply::json(self.code, &body) }
    }
}
