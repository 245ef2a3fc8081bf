//! Requests and replies without a transport, and the two AWS protocols spoken here: query/XML and REST/JSON.

use serde_json::{Value, json};

use super::error::ApiError;

/// A request as received.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest {
    pub method: String,
    /// As sent, percent-encoding included.
    pub path: String,
    /// As sent, without the `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl HttpRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }

    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The body as JSON; an empty one is an empty object.
    pub fn json(&self) -> Result<Value, ApiError> {
        if self.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&self.body)
            .map_err(|e| ApiError::new(400, "SerializationException", format!("the body is no JSON: {e}")))
    }
}

/// Decodes `a=b&c=d`.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let decode =
        |part: &str| percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    text.split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// An answer without a transport.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The code of a refusal.
    pub error: Option<String>,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            error: None,
        }
    }

    fn xml(status: u16, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: body.into_bytes(),
            error: None,
        }
    }

    fn with_request_id(mut self, id: &str) -> Self {
        self.headers.push(("x-amzn-requestid".to_owned(), id.to_owned()));
        self
    }
}

/// The protocol of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    IamXml,
    StsXml,
    StsJson,
    EksJson,
}

impl Protocol {
    const fn namespace(self) -> &'static str {
        match self {
            Self::IamXml => "https://iam.amazonaws.com/doc/2010-05-08/",
            _ => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// The reply to a successful call; `result` is the content of `<OperationResult>` or the JSON body.
    pub fn success(self, operation: &str, result: &Value, request_id: &str) -> Reply {
        if self == Self::EksJson {
            return Reply::json(200, result).with_request_id(request_id);
        }
        let mut inner = serde_json::Map::new();
        if !result.is_null() {
            inner.insert(format!("{operation}Result"), result.clone());
        }
        inner.insert("ResponseMetadata".to_owned(), json!({ "RequestId": request_id }));
        let name = format!("{operation}Response");
        let inner = Value::Object(inner);
        if self == Self::StsJson {
            return Reply::json(200, &json!({ name: inner })).with_request_id(request_id);
        }
        let mut text = String::new();
        element(&mut text, &name, &inner);
        let text = text.replacen('>', &format!(" xmlns=\"{}\">", self.namespace()), 1);
        Reply::xml(200, text).with_request_id(request_id)
    }

    /// The reply to a refused call.
    pub fn failure(self, error: &ApiError, request_id: &str) -> Reply {
        let kind = if error.status >= 500 { "Receiver" } else { "Sender" };
        let detail = json!({ "Type": kind, "Code": error.code, "Message": error.message });
        let mut reply = match self {
            Self::EksJson => {
                let mut reply = Reply::json(error.status, &json!({ "message": error.message }));
                reply.headers.push(("x-amzn-errortype".to_owned(), error.code.clone()));
                reply
            }
            Self::StsJson => Reply::json(error.status, &json!({ "Error": detail, "RequestId": request_id })),
            Self::IamXml | Self::StsXml => {
                let mut text = String::new();
                element(&mut text, "ErrorResponse", &json!({ "Error": detail, "RequestId": request_id }));
                let text = text.replacen('>', &format!(" xmlns=\"{}\">", self.namespace()), 1);
                Reply::xml(error.status, text)
            }
        };
        reply.error = Some(error.code.clone());
        reply.with_request_id(request_id)
    }
}

/// Writes a value as XML: objects become elements, lists `<member>`s, null nothing.
fn element(text: &mut String, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    text.push_str(&format!("<{name}>"));
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(text, name, value)),
        Value::Array(items) => items.iter().for_each(|item| element(text, "member", item)),
        Value::String(plain) => escape(text, plain),
        other => text.push_str(&other.to_string()),
    }
    text.push_str(&format!("</{name}>"));
}

fn escape(text: &mut String, plain: &str) {
    for c in plain.chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '"' => text.push_str("&quot;"),
            c => text.push(c),
        }
    }
}
