//! A whole new kubeconfig. Pure.

use serde_yaml::Value;

use super::DocumentError;
use super::layout::{Layout, range};
use super::read::{Document, prove};
use super::render::{self, Style};
use super::wanted::mapping;

/// A kubeconfig without entries, keys in kubectl's order.
pub(super) fn skeleton() -> Value {
    let none = || Some(Value::Sequence(Vec::new()));
    mapping([
        ("apiVersion", Some("v1".into())),
        ("clusters", none()),
        ("contexts", none()),
        ("current-context", Some("".into())),
        ("kind", Some("Config".into())),
        ("users", none()),
    ])
}

/// The text of an empty document with its new content; comments stay above.
pub(super) fn create(document: &Document, now: &Value) -> Result<String, DocumentError> {
    let text = &*document.text;
    let Value::Mapping(root) = now else { return Ok(text.to_owned()) };
    let layout = Layout::of(text);
    let style = Style { newline: layout.style.newline, ..Style::default() };
    let new = render::document(root, &style);
    let text = match layout.root.as_ref().map(range) {
        Some(range) => {
            let rest = text[range.end..].strip_prefix(style.newline).unwrap_or(&text[range.end..]);
            [&text[..range.start], &new, rest].concat()
        }
        None if text.trim().is_empty() => new,
        None if text.ends_with('\n') => [text, &new].concat(),
        None => [text, style.newline, &new].concat(),
    };
    prove(&text, now, || "the document".to_owned())?;
    Ok(text)
}
