//! The text under the scanner: characters, marks and the characters that the reader rejects.

use std::cell::Cell;
use std::fmt;

/// The part of a text that the Go reader loads at once; a forbidden character is rejected when its part is loaded.
const CHUNK: usize = 512;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd)]
pub(in crate::aws_auth) struct Mark {
    /// Bytes from the beginning.
    pub(in crate::aws_auth) offset: usize,
    /// Characters from the beginning.
    pub(in crate::aws_auth) index: usize,
    /// Lines from the beginning, from 0.
    pub(in crate::aws_auth) line: usize,
    /// Characters from the beginning of the line, from 0.
    pub(in crate::aws_auth) column: usize,
}

/// Why a text is not YAML, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::aws_auth) struct Error {
    /// Where it was noticed.
    pub(in crate::aws_auth) mark: Mark,
    /// What is wrong, without the place.
    pub(in crate::aws_auth) cause: String,
    /// The line in which the broken part began, if it is another one.
    pub(in crate::aws_auth) began: Option<Began>,
}

/// The line in which a part began that is found broken in another line; shown as ` (WORDS in line LINE)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Began {
    /// The words before the line number.
    pub words: &'static str,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Began {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " ({} in line {})", self.words, self.line)
    }
}

impl Error {
    pub(in crate::aws_auth) fn new(mark: Mark, cause: impl Into<String>) -> Self {
        Self { mark, cause: cause.into(), began: None }
    }

    /// The same error with the place where the broken part began; the line number follows `words`.
    pub(in crate::aws_auth) fn began(self, words: &'static str, start: Mark) -> Self {
        Self { began: Some(Began { words, line: start.line + 1 }), ..self }
    }
}

/// A cursor over the text that never reads past what the reader would accept.
pub(super) struct Chars<'a> {
    pub(super) text: &'a str,
    pub(super) mark: Mark,
    /// Where the part with the first forbidden character begins; reading there is an error.
    limit: usize,
    forbidden: Option<(usize, char)>,
    beyond: Cell<bool>,
    /// Whether a second byte-order mark follows the first.
    has_second_mark: bool,
}

impl<'a> Chars<'a> {
    /// Begins after a byte-order mark, if there is one.
    pub(super) fn new(text: &'a str) -> Self {
        let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
        let forbidden = if plain { None } else { text.char_indices().find(|(_, c)| !is_allowed(*c)) };
        let limit = forbidden.map_or(usize::MAX, |(at, _)| part_of(text, at));
        let mut mark = Mark::default();
        if text.starts_with('\u{feff}') {
            mark.offset = 3;
        }
        let has_second_mark = text[mark.offset..].starts_with('\u{feff}') && mark.offset > 0;
        Self { text, mark, limit, forbidden, beyond: Cell::new(false), has_second_mark }
    }

    /// The byte `ahead` of the cursor; 0 at the end of the text, which no text can hold.
    #[inline]
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        let at = self.mark.offset + ahead;
        if at >= self.limit {
            self.beyond.set(true);
            return 0;
        }
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// Whether the scanner reached a part that holds a forbidden character; that error takes precedence over any other.
    pub(super) fn refused(&self) -> Option<Error> {
        let (at, c) = self.forbidden.filter(|_| self.beyond.get())?;
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count());
        let mark = Mark { offset: at, index: before.chars().count(), line, column };
        Some(Error::new(mark, format!("the control character U+{:04X} is not allowed", u32::from(c))))
    }

    /// Skips what the Go reader takes for a byte-order mark at the beginning of a line. It checks the beginning of its
    /// buffer, not of the line (go.yaml.in/yaml/v2, `is_bom`), so after two marks every line loses its first character.
    /// Where its buffer moves on, in a text of more than one part, it stops doing so, which is not reproduced here.
    pub(super) fn skip_mark(&mut self) {
        if self.has_second_mark && self.mark.column == 0 && !self.at_end() {
            self.skip();
        }
    }

    pub(super) fn is(&self, byte: u8) -> bool {
        self.byte(0) == byte
    }

    pub(super) fn at_end(&self) -> bool {
        self.byte(0) == 0
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// The length in bytes of the line break `ahead`, 0 if absent: LF, CR, CR LF, NEL, LS, PS.
    pub(super) fn break_len(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            b'\r' if self.byte(ahead + 1) == b'\n' => 2,
            b'\r' | b'\n' => 1,
            0xc2 if self.byte(ahead + 1) == 0x85 => 2,
            0xe2 if self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self) -> bool {
        self.break_len(0) > 0
    }

    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.break_len(ahead) > 0
    }

    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// Whether a line begins here with a lone `---` or `...`.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0 && (self.is_three(b'-') || self.is_three(b'.'))
    }

    pub(super) fn is_three(&self, byte: u8) -> bool {
        self.is(byte) && self.byte(1) == byte && self.byte(2) == byte && self.is_blank_or_end(3)
    }

    /// The whole character under the cursor, empty at the end.
    pub(super) fn char(&self) -> &'a str {
        let width = self.width();
        &self.text[self.mark.offset..self.mark.offset + width]
    }

    fn width(&self) -> usize {
        match self.byte(0) {
            0 => 0,
            1..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
        }
    }

    /// Advances one character, which is not a line break.
    pub(super) fn skip(&mut self) {
        self.mark.offset += self.width();
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Skips a run of letters, digits and the signs without a meaning in a scalar.
    pub(super) fn skip_plain_run(&mut self) {
        let end = self.text.len().min(self.limit);
        let rest = self.text.as_bytes().get(self.mark.offset..end).unwrap_or(&[]);
        let run = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-'))
            .count();
        self.mark.offset += run;
        self.mark.index += run;
        self.mark.column += run;
    }

    /// Skips the line break under the cursor and returns how a scalar keeps it: LS and PS as they are, any other as LF.
    pub(super) fn skip_break(&mut self) -> &'a str {
        let length = self.break_len(0);
        let raw = &self.text[self.mark.offset..self.mark.offset + length];
        self.mark.offset += length;
        self.mark.index += if raw == "\r\n" { 2 } else { 1 };
        self.mark.line += 1;
        self.mark.column = 0;
        if length == 3 { raw } else { "\n" }
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    /// Skips to the end of the line if a comment begins here.
    pub(super) fn skip_comment(&mut self) {
        if self.is(b'#') {
            self.skip_line();
        }
    }

    /// Skips to the end of the line.
    pub(super) fn skip_line(&mut self) {
        while !self.is_break_or_end(0) {
            self.skip();
            self.skip_plain_run();
        }
    }

    /// The text from a byte to the cursor.
    pub(super) fn since(&self, offset: usize) -> &'a str {
        &self.text[offset..self.mark.offset]
    }
}

/// The characters that the reader takes (yaml.v2 `readerc.go`).
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The beginning of the part that holds the byte `at`: parts are as long as the reader's buffer, less the bytes of a
/// character that did not fit into the previous one.
fn part_of(text: &str, at: usize) -> usize {
    let mut begin = 0;
    loop {
        let mut end = begin + CHUNK;
        while end < text.len() && !text.is_char_boundary(end) {
            end -= 1;
        }
        if at < end || end >= text.len() {
            return begin;
        }
        begin = end;
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
