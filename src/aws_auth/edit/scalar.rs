//! Scalars as text: plain where that is safe and usual, else quoted.

use crate::aws_auth::yaml::{Class, Document, NodeId, NodeKind, Style, class_of_plain};

/// A pair of quotes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quote {
    Single,
    Double,
}

/// How scalars of one kind are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Quoting {
    /// Whether values that need no quotes get them too.
    pub(super) always: bool,
    pub(super) quote: Quote,
}

impl Quoting {
    /// Plain where possible, else with the quotes that the text uses most.
    pub(super) fn of_text(text: &str) -> Self {
        let count = |quote: char| text.matches(quote).count();
        let quote = if count('\'') > count('"') { Quote::Single } else { Quote::Double };
        Self { always: false, quote }
    }

    /// As a neighbour is written.
    pub(super) fn like(self, document: &Document<'_>, neighbour: Option<NodeId>) -> Self {
        match neighbour.map(|id| &document.nodes[id].kind) {
            Some(NodeKind::Scalar { style: Style::Single, .. }) => Self { always: true, quote: Quote::Single },
            Some(NodeKind::Scalar { style: Style::Double, .. }) => Self { always: true, quote: Quote::Double },
            _ => self,
        }
    }

    /// A scalar's text. Plain only where every YAML reader sees the same text, also inside brackets.
    pub(super) fn write(self, value: &str) -> String {
        if !self.always && is_plain(value) {
            return value.to_owned();
        }
        let printable = value.chars().all(|c| matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{2030}'..='\u{d7ff}'));
        match self.quote {
            Quote::Single if printable => format!("'{}'", value.replace('\'', "''")),
            _ => double_quoted(value),
        }
    }
}

fn is_plain(value: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"_./@:+=-".contains(&byte);
    value.bytes().all(safe)
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
        && !value.ends_with(':')
        && class_of_plain(value) == Class::Text
}

fn double_quoted(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{2030}'..='\u{d7ff}' => quoted.push(c),
            c if u32::from(c) <= 0xffff => quoted.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_be_misread_is_quoted() {
        let plain = Quoting { always: false, quote: Quote::Double };
        for value in ["system:masters", "arn:aws:iam::111122223333:role/Admin", "ann@example.com", "a-b_c.d"] {
            assert_eq!(plain.write(value), value);
        }
        for value in [
            "",
            "{{SessionName}}",
            "a:{{SessionName}}",
            "@x",
            "-x",
            "yes",
            "No",
            "42",
            "0x1f",
            "1e3",
            "~",
            "a b",
            "x:",
            "a,b",
            "null",
            "é",
        ] {
            assert_eq!(plain.write(value), format!("\"{value}\""));
        }
    }

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        let single = Quoting { always: true, quote: Quote::Single };
        assert_eq!(single.write("it's"), "'it''s'");
        assert_eq!(single.write("a\nb"), "\"a\\nb\"");
        assert_eq!(Quoting { always: true, quote: Quote::Double }.write("a\"b\\\u{7f}"), "\"a\\\"b\\\\\\u007f\"");
    }
}
