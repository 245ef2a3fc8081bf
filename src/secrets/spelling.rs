//! The spellings of a text: escapes are decoded one layer at a time, and each byte keeps its original place.

use std::borrow::Cow;

/// How many layers of escapes are decoded: a URL in a URL in a JSON string.
const LAYERS: usize = 3;

/// A text and the place of each of its bytes, and of its end, in the original text.
#[derive(Clone, Debug)]
pub(super) struct Layer<'a> {
    pub(super) text: Cow<'a, str>,
    /// Empty if each byte is at its original place.
    places: Vec<usize>,
}

impl<'a> Layer<'a> {
    /// The text and its layers, outermost first.
    pub(super) fn all(text: &'a str) -> Vec<Self> {
        let mut layers = vec![Self { text: Cow::Borrowed(text), places: Vec::new() }];
        while layers.len() <= LAYERS {
            let Some(next) = layers.last().and_then(Self::undone) else { break };
            layers.push(next);
        }
        layers
    }

    /// The place of a byte, or of the end, in the original text.
    pub(super) fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(at)
    }

    /// The text with one layer of escapes decoded; `None` without escapes.
    fn undone(&self) -> Option<Self> {
        if !self.text.contains(['%', '\\', '&']) {
            return None;
        }
        let (mut text, mut places) = (String::with_capacity(self.text.len()), Vec::with_capacity(self.text.len() + 1));
        let mut at = 0;
        let mut found = false;
        while let Some(c) = self.text[at..].chars().next() {
            let (plain, length) = escape(&self.text[at..]).unwrap_or_else(|| (c.to_string(), c.len_utf8()));
            found |= length != plain.len();
            // The decoded bytes of an escape have the place of the escape.
            let apart = length == plain.len();
            places.extend((0..plain.len()).map(|byte| self.place(if apart { at + byte } else { at })));
            text.push_str(&plain);
            at += length;
        }
        places.push(self.place(at));
        found.then_some(Self { text: Cow::Owned(text), places })
    }
}

/// The escape at the beginning of a text: its meaning and its length.
fn escape(text: &str) -> Option<(String, usize)> {
    match text.as_bytes().first()? {
        b'%' => percent(text),
        b'\\' => backslash(text),
        b'&' => entity(text),
        _ => None,
    }
}

/// `%2B`, and several that form one character.
fn percent(text: &str) -> Option<(String, usize)> {
    let bytes: Vec<u8> = text.as_bytes().chunks_exact(3).map_while(hexadecimal).take(4).collect();
    let first = *bytes.first()?;
    let length = match first {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let one = std::str::from_utf8(bytes.get(..length)?).ok()?;
    Some((one.to_owned(), 3 * length))
}

fn hexadecimal(chunk: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(chunk.strip_prefix(b"%")?).ok()?;
    if digits.starts_with('+') { None } else { u8::from_str_radix(digits, 16).ok() }
}

/// `\"`, `\\`, `\/`, `\u002b` and `\u{2b}`.
fn backslash(text: &str) -> Option<(String, usize)> {
    let rest = &text[1..];
    let of_hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    match rest.chars().next()? {
        c @ ('"' | '\\' | '/' | '\'') => Some((c.to_string(), 2)),
        'u' if rest[1..].starts_with('{') => {
            let end = rest.find('}')?;
            Some((of_hex(rest.get(2..end)?)?.to_string(), end + 2))
        }
        'u' => Some((of_hex(rest.get(1..5)?)?.to_string(), 6)),
        _ => None,
    }
}

/// `&amp;`, `&#43;` and `&#x2b;`.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let hex = digits.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| digits.parse(), |hex| u32::from_str_radix(hex, 16));
            char::from_u32(code.ok()?)?
        }
    };
    Some((c.to_string(), end + 1))
}

/// A byte for comparison, with both alphabets of base64 mapped to one.
pub(super) const fn folded(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(text: &str) -> Vec<String> {
        Layer::all(text).into_iter().map(|layer| layer.text.into_owned()).collect()
    }

    #[test]
    fn each_layer_of_escapes_is_undone() {
        assert_eq!(layers("plain"), ["plain"]);
        assert_eq!(layers("a%2Bb%2f"), ["a%2Bb%2f", "a+b/"]);
        assert_eq!(layers("a%252Bb"), ["a%252Bb", "a%2Bb", "a+b"]);
        assert_eq!(layers(r#"\"a\u002b\u{2b}\/\\"#), [r#"\"a\u002b\u{2b}\/\\"#, r#""a++/\"#]);
        assert_eq!(layers("a&amp;b&#43;c&#x2b;"), ["a&amp;b&#43;c&#x2b;", "a&b+c+"]);
        assert_eq!(layers("%C3%A4%e2%80%a8"), ["%C3%A4%e2%80%a8", "ä\u{2028}"]);
    }

    #[test]
    fn anything_but_an_escape_stays() {
        for text in [
            "100%",
            "%zz",
            "%+1",
            "%ff",
            "%C3",
            "\\",
            "\\n",
            "\\u12",
            "\\u{",
            "&",
            "&nope;",
            "&#;",
            "ä\\uäöü",
            "&ääää;",
        ] {
            assert_eq!(layers(text), [text]);
        }
    }

    #[test]
    fn each_byte_remembers_where_it_stood() {
        let all = Layer::all("ä%2Bb");
        assert_eq!(all[1].text, "ä+b");
        assert_eq!(all[1].places, [0, 1, 2, 5, 6]);
    }
}
