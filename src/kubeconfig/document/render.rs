//! Values as text: the spelling of a scalar, an entry or a whole kubeconfig. Pure.

use serde_yaml::{Mapping, Value};

/// How a text is quoted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quote {
    /// Bare, if every reader of YAML 1.1 and 1.2 reads a string; else double quotes.
    Plain,
    /// `'…'`, if possible.
    Single,
    /// `"…"`, as in JSON.
    Double,
}

/// The layout of new text.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// The line ending of the document.
    pub(super) newline: &'static str,
    /// How far a block mapping is indented below its key.
    pub(super) step: usize,
    /// How far a block sequence is indented below its key; kubectl's is 0.
    pub(super) dash: usize,
    /// Whether the document is JSON, so that new text must be JSON too.
    pub(super) json: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { newline: "\n", step: 2, dash: 0, json: false }
    }
}

/// Words that some YAML reader reads as a boolean or null.
const RESERVED: [&str; 13] =
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "none", "undefined"];

/// Whether every reader reads the bare text as a string.
fn plain_is_safe(text: &str, flow: bool) -> bool {
    let bare = text.trim_start_matches('-');
    let dashes = text.len() - bare.len();
    let start = bare.starts_with(|c: char| c.is_ascii_alphabetic() || (dashes == 0 && (c == '/' || c == '_')));
    let characters = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    let shape = !text.contains(": ") && !text.contains(" #") && !text.contains("  ") && !text.ends_with([' ', ':']);
    let in_flow = !flow || !text.contains([',', '[', ']', '{', '}', ':', '?']);
    start && dashes <= 2 && characters && shape && in_flow && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

/// A text as a scalar on one line.
pub(super) fn text(value: &str, quote: Quote, flow: bool) -> String {
    let printable = || value.chars().all(|c| c == ' ' || !(c.is_control() || c.is_whitespace() || c == '\u{feff}'));
    match quote {
        Quote::Plain if plain_is_safe(value, flow) => value.to_owned(),
        Quote::Single if printable() => format!("'{}'", value.replace('\'', "''")),
        _ => serde_json::Value::from(value).to_string(),
    }
}

/// A scalar, or an empty collection, on one line.
fn atom(value: &Value, quote: Quote, flow: bool) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(string) => Some(text(string, quote, flow)),
        Value::Sequence(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Mapping(pairs) if pairs.is_empty() => Some("{}".to_owned()),
        _ => None,
    }
}

fn key_text(key: &Value, quote: Quote, flow: bool) -> String {
    atom(key, quote, flow).unwrap_or_default()
}

/// The lines of a block mapping with its keys at `column`; the first line is not indented.
pub(super) fn block_mapping(pairs: &Mapping, column: usize, style: &Style) -> String {
    let lines: Vec<String> = pairs.iter().map(|(key, value)| block_pair(key, value, column, style)).collect();
    lines.join(&format!("{}{:column$}", style.newline, ""))
}

/// `key: value` with all lines of the value, for a key at `column`; the first line is not indented.
pub(super) fn block_pair(key: &Value, value: &Value, column: usize, style: &Style) -> String {
    let key = key_text(key, Quote::Plain, false);
    match atom(value, Quote::Plain, false) {
        Some(atom) => format!("{key}: {atom}"),
        None => format!("{key}:{}", block_below(value, column, style)),
    }
}

/// The lines of a collection below a key at `column`, each with its line ending before it.
pub(super) fn block_below(value: &Value, column: usize, style: &Style) -> String {
    match value {
        Value::Sequence(items) => {
            let at = column + style.dash;
            let lines = items.iter().map(|item| [" ".repeat(at), block_item(item, at, style)].concat());
            lines.flat_map(|line| [style.newline.to_owned(), line]).collect()
        }
        Value::Mapping(pairs) => {
            let at = column + style.step;
            format!("{}{:at$}{}", style.newline, "", block_mapping(pairs, at, style))
        }
        _ => String::new(),
    }
}

/// `- item` for a dash at `column`; the first line is not indented.
pub(super) fn block_item(item: &Value, column: usize, style: &Style) -> String {
    match (atom(item, Quote::Plain, false), item) {
        (Some(atom), _) => format!("- {atom}"),
        (None, Value::Mapping(pairs)) => format!("- {}", block_mapping(pairs, column + 2, style)),
        (None, other) => format!("- {}", flow(other, None, style)),
    }
}

/// A value in flow style: on one line, or, given the indentation of its own line and of a step, over several.
pub(super) fn flow(value: &Value, lines: Option<(&str, &str)>, style: &Style) -> String {
    let quote = if style.json { Quote::Double } else { Quote::Plain };
    if let Some(atom) = atom(value, quote, true) {
        return atom;
    }
    let inner = lines.map(|(indent, step)| format!("{indent}{step}"));
    let deeper = inner.as_deref().zip(lines.map(|(_, step)| step));
    let (open, close, parts): (_, _, Vec<String>) = match value {
        Value::Sequence(items) => ('[', ']', items.iter().map(|item| flow(item, deeper, style)).collect()),
        Value::Mapping(pairs) => {
            ('{', '}', pairs.iter().map(|(key, value)| flow_pair(key, value, deeper, style)).collect())
        }
        _ => return String::new(),
    };
    match (inner, lines) {
        (Some(inner), Some((indent, _))) => {
            let newline = style.newline;
            format!("{open}{newline}{inner}{}{newline}{indent}{close}", parts.join(&format!(",{newline}{inner}")))
        }
        _ => format!("{open}{}{close}", parts.join(", ")),
    }
}

/// `key: value` in flow style.
pub(super) fn flow_pair(key: &Value, value: &Value, lines: Option<(&str, &str)>, style: &Style) -> String {
    let quote = if style.json { Quote::Double } else { Quote::Plain };
    format!("{}: {}", key_text(key, quote, true), flow(value, lines, style))
}

/// A whole document in block style, with a final line ending.
pub(super) fn document(root: &Mapping, style: &Style) -> String {
    format!("{}{}", block_mapping(root, 0, style), style.newline)
}
