//! JSON that is safe to show on a terminal.

use std::fmt::Write as _;

use crate::characters::is_hidden;

/// A JSON text with control characters escaped; JSON itself requires that only below U+0020.
pub(crate) fn plain(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn json_paints_no_terminal_and_stays_the_same_document() {
        let value =
            serde_json::json!({"a": "\u{1b}[31m\u{7f}\u{9b}\u{202e}x\u{2069}\u{2028}\u{200b}\u{feff}\u{e0041}\n"});
        let text = plain(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
