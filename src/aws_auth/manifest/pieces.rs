//! The characters of a scalar on one line or in quotes, each with its bytes in the text.

use std::ops::Range;

use crate::aws_auth::json;
use crate::aws_auth::yaml::{self, Style};

/// A character of a value and its place in the written text, quotes included.
pub(super) type Piece = (char, Range<usize>);

/// The characters of a plain or quoted scalar; `None` where its form is not supported.
pub(super) fn pieces(raw: &str, style: Style, is_json: bool) -> Option<Vec<Piece>> {
    let quote = match style {
        Style::Single => "'",
        Style::Double => "\"",
        Style::Plain => "",
        Style::Literal | Style::Folded => return None,
    };
    let inner = raw.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut at = quote.len();
    let end = at + inner.len();
    let mut pieces = Vec::with_capacity(inner.len());
    if is_json {
        for (c, length) in json::characters(raw) {
            pieces.push((c, at..at + length));
            at += length;
        }
        return Some(pieces);
    }
    while at < end {
        let rest = &raw[at..end];
        let c = rest.chars().next()?;
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if blanks > 0 {
            folded(&rest[..blanks], at, &mut pieces);
            at += blanks;
            continue;
        }
        if style == Style::Double
            && let Some(length) = continuation(rest)
        {
            at += length;
            continue;
        }
        let (c, length) = match (style, c) {
            (Style::Double, '\\') => escaped(rest)?,
            (Style::Single, '\'') => (rest.starts_with("''").then_some('\'')?, 2),
            _ => (c, c.len_utf8()),
        };
        pieces.push((c, at..at + length));
        at += length;
    }
    Some(pieces)
}

/// A run of white space: unchanged on one line, a blank for one line break, one line break fewer for several.
fn folded(run: &str, at: usize, pieces: &mut Vec<Piece>) {
    let breaks = run.matches('\n').count() + run.replace("\r\n", "").matches('\r').count();
    match breaks {
        0 => pieces.extend(run.char_indices().map(|(begin, c)| (c, at + begin..at + begin + c.len_utf8()))),
        1 => pieces.push((' ', at..at + run.len())),
        _ => {
            let end = at + run.len();
            pieces.push(('\n', at..end));
            pieces.extend((2..breaks).map(|_| ('\n', end..end)));
        }
    }
}

/// The bytes of a line break that a `\` removes from a double-quoted text, with the blanks after it; `None` where an
/// empty line follows, which would be a line break of the text.
fn continuation(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix("\\\r\n").or_else(|| rest.strip_prefix("\\\n"))?;
    let next = behind.trim_start_matches([' ', '\t']);
    (!next.starts_with(['\n', '\r'])).then(|| rest.len() - next.len())
}

/// An escape inside double quotes and its length.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(code)?, 2 + digits))
    };
    match rest.as_bytes().get(1)? {
        b'x' => hex(2),
        b'u' => hex(4),
        b'U' => hex(8),
        other => Some((yaml::escaped(*other)?, 2)),
    }
}

/// The written text with the middle characters replaced; unchanged ones keep their bytes.
pub(super) fn spliced(
    raw: &str,
    pieces: &[Piece],
    new: &str,
    write: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let old: Vec<char> = pieces.iter().map(|(c, _)| *c).collect();
    let new: Vec<char> = new.chars().collect();
    let (before, after) = super::splice::middle(&old, &new);
    let closing = raw.chars().last().filter(|c| matches!(c, '\'' | '"')).map_or(0, char::len_utf8);
    let end_of_all = raw.len() - closing;
    let begin = pieces.get(before).map_or(end_of_all, |(_, range)| range.start);
    let end = pieces.get(old.len() - after).map_or(end_of_all, |(_, range)| range.start);
    let text = write(&new[before..new.len() - after].iter().collect::<String>())?;
    Some(format!("{}{text}{}", &raw[..begin], &raw[end.max(begin)..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_has_its_bytes() {
        let shown = |raw: &str, style| {
            pieces(raw, style, false)
                .map(|all| all.iter().map(|(c, range)| (*c, raw[range.clone()].to_owned())).collect::<Vec<_>>())
        };
        let of =
            |pairs: &[(char, &str)]| Some(pairs.iter().map(|(c, raw)| (*c, (*raw).to_owned())).collect::<Vec<_>>());
        assert_eq!(shown("'a''b'", Style::Single), of(&[('a', "a"), ('\'', "''"), ('b', "b")]));
        assert_eq!(
            shown("\"\\n\\x41\\\"é\"", Style::Double),
            of(&[('\n', "\\n"), ('A', "\\x41"), ('"', "\\\""), ('é', "é")])
        );
        assert_eq!(shown("'a\n  b'", Style::Single), of(&[('a', "a"), (' ', "\n  "), ('b', "b")]));
        assert_eq!(shown("'a\n\n\n b'", Style::Single), of(&[('a', "a"), ('\n', "\n\n\n "), ('\n', ""), ('b', "b")]));
        assert_eq!(shown("a b", Style::Plain), of(&[('a', "a"), (' ', " "), ('b', "b")]));
        assert_eq!(shown("\"\\q\"", Style::Double), None);
        let json = "\"\\ud83d\\ude00\\/\"";
        assert_eq!(pieces(json, Style::Double, true), Some(vec![('\u{1f600}', 1..13), ('/', 13..15)]));
    }

    #[test]
    fn only_the_middle_is_written_anew() {
        let raw = "'[a''b, c]'";
        let all = pieces(raw, Style::Single, false).unwrap();
        let write = |text: &str| Some(text.replace('\'', "''"));
        assert_eq!(spliced(raw, &all, "[a'b, 'x', c]", write).unwrap(), "'[a''b, ''x'', c]'");
        assert_eq!(spliced(raw, &all, "[]", write).unwrap(), "'[]'");
        assert_eq!(spliced("''", &[], "x", write).unwrap(), "'x'");
    }
}
