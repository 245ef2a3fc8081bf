//! Scalars: plain, quoted and block.

use std::borrow::Cow;

use super::chars::{Error, Mark};
use super::scanner::Scanner;
use super::token::{Style, Token, TokenKind};

/// Line breaks met between two pieces of a scalar.
#[derive(Default)]
struct Breaks {
    first: &'static str,
    later: String,
}

impl Breaks {
    fn add(&mut self, raw: &str) {
        if self.first.is_empty() {
            self.first = match raw {
                "\u{2028}" => "\u{2028}",
                "\u{2029}" => "\u{2029}",
                _ => "\n",
            };
        } else {
            self.later.push_str(raw);
        }
    }

    /// Writes them as they fold: one LF becomes a space, more lose the first.
    fn fold_into(&mut self, value: &mut String) {
        if self.first == "\n" {
            value.push_str(if self.later.is_empty() { " " } else { &self.later });
        } else {
            value.push_str(self.first);
            value.push_str(&self.later);
        }
        *self = Self::default();
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn scan_plain(&mut self) -> Result<Token<'a>, Error> {
        let start = self.chars.mark;
        let mut end = start;
        // The text of the lines before this one, once there are several; this one is `text[line..end]`.
        let mut value = String::new();
        let mut line = start.offset;
        let mut breaks = Breaks::default();
        let mut leading = false;
        while !self.chars.is_document_indicator() && !self.chars.is(b'#') {
            while !self.chars.is_blank_or_end(0) && !self.ends_plain() {
                if leading {
                    value.push_str(&self.chars.text[line..end.offset]);
                    breaks.fold_into(&mut value);
                    (leading, line) = (false, self.chars.mark.offset);
                }
                self.chars.skip();
                self.chars.skip_plain_run();
                end = self.chars.mark;
            }
            if !self.chars.is_blank(0) && !self.chars.is_break() {
                break;
            }
            while self.chars.is_blank(0) || self.chars.is_break() {
                if self.chars.is_break() {
                    leading = true;
                    breaks.add(self.chars.skip_break());
                } else {
                    if leading && self.column() <= self.indent && self.chars.is(b'\t') {
                        return self.error(start, "a tab where indentation is expected");
                    }
                    self.chars.skip();
                }
            }
            if self.flow_level == 0 && self.column() <= self.indent {
                break;
            }
        }
        if leading {
            self.key_allowed = true;
        }
        let last = &self.chars.text[line..end.offset];
        let value = if line == start.offset { Cow::Borrowed(last) } else { (value + last).into() };
        Ok(Token { kind: TokenKind::Scalar { value, style: Style::Plain }, start, end })
    }

    fn column(&self) -> isize {
        isize::try_from(self.chars.mark.column).unwrap_or(isize::MAX)
    }

    fn ends_plain(&self) -> bool {
        match self.chars.byte(0) {
            b':' => self.chars.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    pub(super) fn scan_quoted(&mut self) -> Result<Token<'a>, Error> {
        let start = self.chars.mark;
        let quote = self.chars.byte(0);
        self.chars.skip();
        let mut value = String::new();
        loop {
            if self.chars.is_document_indicator() {
                return self.error(start, "a document ends inside quotes");
            }
            if self.chars.at_end() {
                return self.error(start, "a quote is never closed");
            }
            let mut leading = self.scan_quoted_piece(start, quote, &mut value)?;
            if self.chars.is(quote) {
                break;
            }
            let mut breaks = Breaks::default();
            let mut blanks = String::new();
            let escaped = leading;
            while self.chars.is_blank(0) || self.chars.is_break() {
                if self.chars.is_blank(0) {
                    if !leading {
                        blanks.push_str(self.chars.char());
                    }
                    self.chars.skip();
                } else {
                    let raw = self.chars.skip_break();
                    if escaped {
                        breaks.later.push_str(raw);
                    } else {
                        breaks.add(raw);
                    }
                    leading = true;
                }
            }
            if escaped {
                value.push_str(&breaks.later);
            } else if leading {
                breaks.fold_into(&mut value);
            } else {
                value.push_str(&blanks);
            }
        }
        self.chars.skip();
        let style = if quote == b'"' { Style::Double } else { Style::Single };
        Ok(Token { kind: TokenKind::Scalar { value: value.into(), style }, start, end: self.chars.mark })
    }

    /// Scans up to a blank, a break or the closing quote; true after an escaped line break.
    fn scan_quoted_piece(&mut self, start: Mark, quote: u8, value: &mut String) -> Result<bool, Error> {
        while !self.chars.is_blank_or_end(0) {
            let byte = self.chars.byte(0);
            if byte == b'\'' && quote == b'\'' && self.chars.byte(1) == b'\'' {
                value.push('\'');
                self.chars.skip();
                self.chars.skip();
            } else if byte == quote {
                break;
            } else if byte == b'\\' && quote == b'"' {
                self.chars.skip();
                if self.chars.is_break() {
                    self.chars.skip_break();
                    return Ok(true);
                }
                value.push(self.scan_escape(start)?);
            } else {
                let begin = self.chars.mark.offset;
                self.chars.skip();
                self.chars.skip_plain_run();
                value.push_str(self.chars.since(begin));
            }
        }
        Ok(false)
    }

    fn scan_escape(&mut self, start: Mark) -> Result<char, Error> {
        let digits = match self.chars.byte(0) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let Some(c) = escaped(other) else {
                    return self.error(start, "an unknown escape inside double quotes");
                };
                self.chars.skip();
                return Ok(c);
            }
        };
        self.chars.skip();
        let mut code = 0_u64;
        for _ in 0..digits {
            let Some(digit) = char::from(self.chars.byte(0)).to_digit(16) else {
                return self.error(start, "an escape inside double quotes lacks hexadecimal digits");
            };
            code = code << 4 | u64::from(digit);
            self.chars.skip();
        }
        match u32::try_from(code).ok().and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => self.error(start, "an escape inside double quotes is not a Unicode character"),
        }
    }

    pub(super) fn scan_block_scalar(&mut self) -> Result<Token<'a>, Error> {
        let start = self.chars.mark;
        let literal = self.chars.is(b'|');
        self.chars.skip();
        let (chomp, increment) = self.scan_block_header(start)?;
        let mut end = self.chars.mark;
        let base = self.indent.max(0);
        let mut indent = increment.map_or(0, |increment| base + increment);
        let mut value = String::new();
        let mut leading_break = String::new();
        let mut breaks = String::new();
        let mut leading_blank = false;
        self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        while self.column() == indent && !self.chars.at_end() {
            let blank = self.chars.is_blank(0);
            if !literal && !leading_blank && !blank && leading_break == "\n" {
                if breaks.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(&leading_break);
            }
            leading_break.clear();
            value.push_str(&breaks);
            breaks.clear();
            leading_blank = blank;
            let begin = self.chars.mark.offset;
            self.chars.skip_line();
            value.push_str(self.chars.since(begin));
            if self.chars.is_break() {
                leading_break.push_str(self.chars.skip_break());
            }
            self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        }
        if chomp != Some(b'-') {
            value.push_str(&leading_break);
        }
        if chomp == Some(b'+') {
            value.push_str(&breaks);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        Ok(Token { kind: TokenKind::Scalar { value: value.into(), style }, start, end })
    }

    /// The chomping sign and the indentation digit, in either order, and the rest of the line.
    fn scan_block_header(&mut self, start: Mark) -> Result<(Option<u8>, Option<isize>), Error> {
        let (mut chomp, mut increment) = (None, None);
        for _ in 0..2 {
            match self.chars.byte(0) {
                sign @ (b'+' | b'-') if chomp.is_none() => chomp = Some(sign),
                b'0' if increment.is_none() => return self.error(start, "a block scalar's indentation can't be 0"),
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(isize::from(digit - b'0')),
                _ => break,
            }
            self.chars.skip();
        }
        self.chars.skip_blanks();
        self.chars.skip_comment();
        if !self.chars.is_break_or_end(0) {
            return self.error(start, "`|` or `>` begins a block scalar, which can't begin on the same line");
        }
        if self.chars.is_break() {
            self.chars.skip_break();
        }
        Ok((chomp, increment))
    }

    /// Eats indentation and empty lines; finds the scalar's indentation (0: not known yet) at its first line.
    fn scan_block_breaks(
        &mut self,
        indent: &mut isize,
        breaks: &mut String,
        start: Mark,
        end: &mut Mark,
    ) -> Result<(), Error> {
        *end = self.chars.mark;
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.chars.is(b' ') {
                self.chars.skip();
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.chars.is(b'\t') {
                return self.error(start, "a tab where a block scalar's indentation is expected");
            }
            if !self.chars.is_break() {
                break;
            }
            breaks.push_str(self.chars.skip_break());
            *end = self.chars.mark;
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

/// The meaning of a backslash and the byte after it, inside double quotes (libyaml's table, without `\/`); except those
/// followed by hexadecimal digits.
pub(in crate::aws_auth) const fn escaped(byte: u8) -> Option<char> {
    Some(match byte {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b' ' | b'"' | b'\'' | b'\\' => byte as char,
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
