//! How deep a text nests, computed token by token: without recursion, and only up to the limit.

use super::scanner::Scanner;
use super::token::TokenKind;

/// How deep a text nests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Nesting {
    /// No deeper than allowed.
    Within,
    /// Deeper, from this line on, counted from 1.
    Deeper(usize),
    /// No deeper by its brackets; the text is not YAML as the control plane reads it.
    Unclear,
}

/// Whether a text, with all its documents, nests deeper than `most` levels.
pub(crate) fn nesting(text: &str, most: usize) -> Nesting {
    let mut scanner = Scanner::new(text);
    let mut depth = 0_usize;
    loop {
        let Ok(token) = scanner.take() else { return by_brackets(text, most) };
        match token.kind {
            TokenKind::FlowSequenceStart
            | TokenKind::FlowMappingStart
            | TokenKind::BlockSequenceStart
            | TokenKind::BlockMappingStart => depth += 1,
            TokenKind::FlowSequenceEnd | TokenKind::FlowMappingEnd | TokenKind::BlockEnd => {
                depth = depth.saturating_sub(1);
            }
            TokenKind::StreamEnd => return Nesting::Within,
            _ => {}
        }
        if depth > most {
            return Nesting::Deeper(token.start.line + 1);
        }
    }
}

/// The same by the brackets alone, quoted or not.
fn by_brackets(text: &str, most: usize) -> Nesting {
    let mut depth = 0_usize;
    for (line, text) in text.lines().enumerate() {
        for byte in text.bytes() {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > most {
                return Nesting::Deeper(line + 1);
            }
        }
    }
    Nesting::Unclear
}
