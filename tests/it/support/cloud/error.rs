//! A refusal in AWS's words, independent of the protocol.

/// A refusal: HTTP status, code and message.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl ApiError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub fn no_such_entity(what: &str, name: &str) -> Self {
        Self::new(404, "NoSuchEntity", format!("The {what} with name {name} cannot be found."))
    }

    pub fn exists(what: &str, name: &str) -> Self {
        Self::new(409, "EntityAlreadyExists", format!("{what} with name {name} already exists."))
    }

    pub fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new(400, "MalformedPolicyDocument", message)
    }

    pub fn delete_conflict(message: &str) -> Self {
        Self::new(409, "DeleteConflict", message)
    }

    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(409, "LimitExceeded", message)
    }

    /// The form in which IAM and STS refuse a parameter.
    pub fn validation(value: &str, field: &str, constraint: &str) -> Self {
        Self::new(
            400,
            "ValidationError",
            format!(
                "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {constraint}"
            ),
        )
    }

    /// AWS's text for a call that no identity policy allows.
    pub fn access_denied(caller: &str, action: &str, resource: &str, why: &str) -> Self {
        let reason = if why.is_empty() { String::new() } else { format!(" {why}") };
        Self::new(
            403,
            "AccessDenied",
            format!("User: {caller} is not authorized to perform: {action} on resource: {resource}{reason}"),
        )
    }

    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterException", message)
    }

    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequestException", message)
    }

    pub fn in_use(message: impl Into<String>) -> Self {
        Self::new(409, "ResourceInUseException", message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message)
    }
}
