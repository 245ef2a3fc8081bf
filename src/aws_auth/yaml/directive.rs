//! Directives, anchors, aliases and tags.

use super::chars::{Error, Mark, is_word};
use super::scanner::Scanner;
use super::token::{Token, TokenKind};

impl<'a> Scanner<'a> {
    /// Scans `%YAML` or `%TAG` with the rest of its line; any other directive is an error.
    pub(super) fn scan_directive(&mut self) -> Result<Token<'a>, Error> {
        let start = self.chars.mark;
        self.chars.skip();
        let name = self.scan_word();
        if name.is_empty() || !self.chars.is_blank_or_end(0) {
            return self.error(start, "`%` begins a directive, but this is not one");
        }
        let kind = match name {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.error(start, "unknown directive: a value that begins with `%` needs quotes"),
        };
        let end = self.chars.mark;
        self.chars.skip_blanks();
        self.chars.skip_comment();
        if !self.chars.is_break_or_end(0) {
            return self.error(start, "a directive is followed by something other than a comment");
        }
        if self.chars.is_break() {
            self.chars.skip_break();
        }
        Ok(Token { kind, start, end })
    }

    fn scan_word(&mut self) -> &'a str {
        let begin = self.chars.mark.offset;
        while is_word(self.chars.byte(0)) {
            self.chars.skip();
        }
        self.chars.since(begin)
    }

    fn scan_version(&mut self, start: Mark) -> Result<TokenKind<'a>, Error> {
        self.chars.skip_blanks();
        let major = self.scan_version_number(start)?;
        if !self.chars.is(b'.') {
            return self.error(start, "the %YAML directive has no version");
        }
        self.chars.skip();
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::Version { supported: (major, minor) == (1, 1) })
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u32, Error> {
        let begin = self.chars.mark.offset;
        while self.chars.byte(0).is_ascii_digit() && self.chars.mark.offset - begin <= 2 {
            self.chars.skip();
        }
        let digits = self.chars.since(begin);
        match digits.parse() {
            Ok(number) if digits.len() <= 2 => Ok(number),
            _ => self.error(start, "the %YAML directive has no version"),
        }
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<TokenKind<'a>, Error> {
        self.chars.skip_blanks();
        let handle = self.scan_tag_handle(true, start)?;
        if !self.chars.is_blank(0) {
            return self.error(start, "the %TAG directive has no prefix");
        }
        self.chars.skip_blanks();
        let prefix = self.scan_tag_uri("", start)?;
        if !self.chars.is_blank_or_end(0) {
            return self.error(start, "the %TAG directive's prefix holds a character that needs an escape");
        }
        Ok(TokenKind::TagDirective(Box::new((handle, prefix))))
    }

    /// Scans `&name` or `*name`.
    pub(super) fn scan_anchor(&mut self) -> Result<Token<'a>, Error> {
        let start = self.chars.mark;
        let alias = self.chars.is(b'*');
        self.chars.skip();
        let name = self.scan_word();
        let ends = self.chars.is_blank_or_end(0)
            || matches!(self.chars.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            let cause = if alias {
                "`*` begins an alias, but this is not a name: a value that begins with `*` needs quotes"
            } else {
                "`&` begins an anchor, but this is not a name: a value that begins with `&` needs quotes"
            };
            return self.error(start, cause);
        }
        let kind = if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        Ok(Token { kind, start, end: self.chars.mark })
    }

    /// Scans `!suffix`, `!!suffix`, `!handle!suffix`, `!<uri>` or the lone `!`.
    pub(super) fn scan_tag(&mut self) -> Result<Token<'a>, Error> {
        let start = self.chars.mark;
        let (handle, suffix) = if self.chars.byte(1) == b'<' {
            self.chars.skip();
            self.chars.skip();
            let suffix = self.scan_tag_uri("", start)?;
            if !self.chars.is(b'>') {
                return self.error(start, "a tag that begins with `!<` does not end with `>`");
            }
            self.chars.skip();
            (String::new(), suffix)
        } else {
            let handle = self.scan_tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.scan_tag_uri("", start)?;
                (handle, suffix)
            } else {
                let suffix = self.scan_tag_uri(&handle, start)?;
                if suffix.is_empty() { (suffix, "!".to_owned()) } else { ("!".to_owned(), suffix) }
            }
        };
        if !self.chars.is_blank_or_end(0) {
            return self
                .error(start, "a tag (`!…`) must be followed by a space: a value that begins with `!` needs quotes");
        }
        let kind = TokenKind::Tag(Box::new((handle, suffix)));
        Ok(Token { kind, start, end: self.chars.mark })
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Result<String, Error> {
        if !self.chars.is(b'!') {
            return self.error(start, "a tag must begin with `!`");
        }
        let begin = self.chars.mark.offset;
        self.chars.skip();
        self.scan_word();
        if self.chars.is(b'!') {
            self.chars.skip();
        } else if directive && self.chars.since(begin) != "!" {
            return self.error(start, "a tag's handle must end with `!`");
        }
        Ok(self.chars.since(begin).to_owned())
    }

    /// Scans a tag's URI; `head` is a handle that turned out to be its beginning.
    fn scan_tag_uri(&mut self, head: &str, start: Mark) -> Result<String, Error> {
        let mut uri = head.get(1..).unwrap_or("").as_bytes().to_vec();
        let mut found = !head.is_empty();
        loop {
            match self.chars.byte(0) {
                b'%' => self.scan_uri_escape(&mut uri, start)?,
                b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'.' | b'!' | b'~' | b'*'
                | b'\'' | b'(' | b')' | b'[' | b']' => {
                    uri.push(self.chars.byte(0));
                    self.chars.skip();
                }
                byte if is_word(byte) => {
                    uri.push(byte);
                    self.chars.skip();
                }
                _ => break,
            }
            found = true;
        }
        if !found {
            return self.error(start, "a tag has no name");
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// Scans one percent-encoded character, of as many octets as its first one says.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>, start: Mark) -> Result<(), Error> {
        let mut left = None;
        while left != Some(0) {
            let hex = [self.chars.byte(1), self.chars.byte(2)].map(|byte| char::from(byte).to_digit(16));
            let (true, [Some(high), Some(low)]) = (self.chars.is(b'%'), hex) else {
                return self.error(start, "a tag holds an incomplete %-escape");
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or(0);
            let width = match octet {
                0x00..=0x7f => 1,
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf7 => 4,
                _ => 0,
            };
            let wrong = if left.is_none() { width == 0 } else { octet & 0xc0 != 0x80 };
            if wrong {
                return self.error(start, "a tag's %-escapes are not UTF-8");
            }
            uri.push(octet);
            (0..3).for_each(|_| self.chars.skip());
            left = Some(left.unwrap_or(width) - 1);
        }
        Ok(())
    }
}
