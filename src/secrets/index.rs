//! Finds values in a text, in any spelling.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::spelling::{Layer, folded};

/// The shortest value that is searched for: shorter ones would be found everywhere.
pub(super) const SHORTEST: usize = 8;
/// The shortest piece of a value that is hidden too, as peers truncate what they repeat.
const PIECE: usize = 16;
/// The window size: every window of a text is looked up, and every whole window of a value is indexed.
const WINDOW: usize = 8;
/// The bits of the filter in front of the windows.
const FILTER_BITS: usize = 1 << 16;

/// The values, split into windows.
#[derive(Debug)]
pub(super) struct Index {
    patterns: Vec<Box<[u8]>>,
    /// Window to the pattern and the offset in it.
    windows: BTreeMap<u64, Vec<(usize, usize)>>,
    /// Empty before the first value.
    filter: Vec<u64>,
    codes: Vec<Box<str>>,
}

impl Index {
    pub(super) const fn new() -> Self {
        Self { patterns: Vec::new(), windows: BTreeMap::new(), filter: Vec::new(), codes: Vec::new() }
    }

    /// Adds a value as it is and in base64, at any offset.
    pub(super) fn add(&mut self, value: &str) {
        self.pattern(value.as_bytes().iter().map(|byte| folded(*byte)).collect());
        for pattern in in_base64(value.as_bytes()) {
            self.pattern(pattern);
        }
    }

    /// Adds a short number that is hidden only as a word of its own.
    pub(super) fn add_code(&mut self, code: &str) {
        self.codes.push(code.into());
        for pattern in in_base64(code.as_bytes()) {
            self.pattern(pattern);
        }
    }

    fn pattern(&mut self, pattern: Box<[u8]>) {
        self.filter.resize(FILTER_BITS / 64, 0);
        let number = self.patterns.len();
        for (place, window) in pattern.chunks_exact(WINDOW).enumerate() {
            let window = key(window);
            let bit = filter_bit(window);
            self.filter[bit / 64] |= 1 << (bit % 64);
            self.windows.entry(window).or_default().push((number, place * WINDOW));
        }
        self.patterns.push(pattern);
    }

    /// The parts of a layer that belong to a value.
    pub(super) fn find(&self, layer: &Layer<'_>, found: &mut Vec<Range<usize>>) {
        let text: Vec<u8> = layer.text.bytes().map(folded).collect();
        let mut at = 0;
        while at + WINDOW <= text.len() && !self.windows.is_empty() {
            let window = key(&text[at..at + WINDOW]);
            let bit = filter_bit(window);
            let known = self.filter[bit / 64] & (1 << (bit % 64)) != 0;
            match known.then(|| self.around(&text, at, window)).flatten() {
                Some(range) => {
                    at = range.end.max(at + 1);
                    found.push(range);
                }
                None => at += 1,
            }
        }
        for code in &self.codes {
            let alone = |at: usize| {
                let (before, after) = (&layer.text[..at], &layer.text[at + code.len()..]);
                !before.ends_with(|c: char| c.is_ascii_alphanumeric())
                    && !after.starts_with(|c: char| c.is_ascii_alphanumeric())
            };
            let all = layer.text.match_indices(&**code).map(|(at, _)| at);
            found.extend(all.filter(|at| alone(*at)).map(|at| at..at + code.len()));
        }
    }

    /// The longest part of a value around a window of the text, if it is long enough.
    fn around(&self, text: &[u8], at: usize, window: u64) -> Option<Range<usize>> {
        let candidates = self.windows.get(&window)?.iter().filter_map(|(number, offset)| {
            let pattern = &self.patterns[*number];
            let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
            let before = text[..at].iter().rev().zip(pattern[..*offset].iter().rev()).take_while(same).count();
            let after = text[at..].iter().zip(&pattern[*offset..]).take_while(same).count();
            (before + after >= pattern.len().min(PIECE)).then(|| at - before..at + after)
        });
        candidates.max_by_key(|range| range.end)
    }
}

fn key(window: &[u8]) -> u64 {
    window.iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

fn filter_bit(window: u64) -> usize {
    let mixed = window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    usize::try_from(mixed).unwrap_or_default() % FILTER_BITS
}

/// The parts of a value's base64 that do not depend on the text before and after it, for the three offsets.
fn in_base64(value: &[u8]) -> [Box<[u8]>; 3] {
    [0, 1, 2].map(|before| {
        let all = STANDARD_NO_PAD.encode([&[0_u8, 0][..before], value].concat());
        let (first, end) = ((before * 8).div_ceil(6), (before + value.len()) * 8 / 6);
        all.as_bytes()[first..end].into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(index: &Index, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let layer = Layer::all(text).remove(0);
        index.find(&layer, &mut found);
        found.into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn a_value_is_found_whole_and_in_pieces() {
        let mut index = Index::new();
        index.add("0123456789abcdefghijklmnopqrstuvwxyz");
        assert_eq!(parts(&index, "x 0123456789abcdefghijklmnopqrstuvwxyz y"), ["0123456789abcdefghijklmnopqrstuvwxyz"]);
        assert_eq!(parts(&index, "cut: 3456789abcdefghijk…"), ["3456789abcdefghijk"]);
        assert_eq!(parts(&index, "short: 6789abcdefghijk"), Vec::<String>::new());
    }

    #[test]
    fn a_short_value_is_found_whole_alone() {
        let mut index = Index::new();
        index.add("hunter12");
        assert_eq!(parts(&index, "ann:hunter12@x"), ["hunter12"]);
        assert_eq!(parts(&index, "hunter1 hunter2 unter12"), Vec::<String>::new());
    }

    #[test]
    fn a_value_is_found_in_base64_behind_any_text() {
        let mut index = Index::new();
        index.add("hunter12");
        for before in ["", "a", "ab", "abc", "ann:"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}hunter12 and more"));
            assert_eq!(parts(&index, &text).len(), 1, "{before}");
        }
    }

    #[test]
    fn a_code_is_hidden_as_a_word_of_its_own() {
        let mut index = Index::new();
        index.add_code("123456");
        assert_eq!(parts(&index, "code 123456, TokenCode=123456&x"), ["123456", "123456"]);
        assert_eq!(parts(&index, "account 123456789012, id ab123456"), Vec::<String>::new());
        assert_eq!(parts(&index, "MTIzNDU2"), ["MTIzNDU2"]);
    }
}
