//! Text to tokens: indentation, simple keys and the dispatch over indicators, as in libyaml.

use std::collections::VecDeque;

use super::chars::{Chars, Error, Mark};
use super::token::{Token, TokenKind};

/// How deep brackets and indentation may nest.
const MAX_DEPTH: usize = 10_000;
/// The largest distance of a `:` from the beginning of its key, in characters.
const MAX_KEY: usize = 1024;

/// A place where a key without `?` may have begun.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    number: usize,
    mark: Mark,
}

pub(super) struct Scanner<'a> {
    pub(super) chars: Chars<'a>,
    queue: VecDeque<Token<'a>>,
    /// How many tokens left the queue.
    taken: usize,
    ready: bool,
    started: bool,
    /// The current indentation, -1 outside any block.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
    /// One a flow level, the first for the block context.
    keys: Vec<SimpleKey>,
    /// Which flow level's key a token may begin, by the token's number, in order. After `{}` and `[]` yaml.v2 forgets
    /// the entry of the bracket itself, so an empty collection is never tried as a key; this is reproduced.
    key_levels: VecDeque<(usize, usize)>,
    pub(super) flow_level: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            chars: Chars::new(text),
            queue: VecDeque::new(),
            taken: 0,
            ready: false,
            started: false,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![SimpleKey::default()],
            key_levels: VecDeque::new(),
            flow_level: 0,
        }
    }

    /// The next token, left in the queue.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        if !self.ready {
            self.fetch_more()?;
            self.ready = true;
        }
        self.queue.front().ok_or_else(|| Error::new(self.chars.mark, "the text ends too early"))
    }

    /// Takes the token that [`Self::peek`] showed.
    pub(super) fn take(&mut self) -> Result<Token<'a>, Error> {
        self.peek()?;
        self.ready = false;
        self.taken += 1;
        self.queue.pop_front().ok_or_else(|| Error::new(self.chars.mark, "the text ends too early"))
    }

    pub(super) fn error<T>(&self, start: Mark, cause: &str) -> Result<T, Error> {
        let error = Error::new(self.chars.mark, cause);
        Err(if start.line == self.chars.mark.line { error } else { error.began("begun", start) })
    }

    fn fetch_more(&mut self) -> Result<(), Error> {
        while self.queue.is_empty() || self.head_may_be_key()? {
            let fetched = self.fetch_next();
            if let Some(refused) = self.chars.refused() {
                return Err(refused);
            }
            fetched?;
        }
        Ok(())
    }

    fn head_may_be_key(&mut self) -> Result<bool, Error> {
        while self.key_levels.front().is_some_and(|(number, _)| *number < self.taken) {
            self.key_levels.pop_front();
        }
        let head = self.key_levels.front().filter(|(number, _)| *number == self.taken).copied();
        head.map_or(Ok(false), |(_, level)| self.key_is_valid(level))
    }

    fn set_key_level(&mut self, number: usize, level: usize) {
        match self.key_levels.iter().rposition(|(before, _)| *before <= number) {
            Some(at) if self.key_levels[at].0 == number => self.key_levels[at].1 = level,
            at => self.key_levels.insert(at.map_or(0, |at| at + 1), (number, level)),
        }
    }

    fn forget_key_level(&mut self, number: usize) {
        let at = self.key_levels.iter().rposition(|(known, _)| *known == number);
        let _ = at.and_then(|at| self.key_levels.remove(at));
    }

    fn key_is_valid(&mut self, level: usize) -> Result<bool, Error> {
        let (key, here) = (self.keys[level], self.chars.mark);
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < here.line || key.mark.index + MAX_KEY < here.index {
            if key.required {
                return Err(Error::new(key.mark, "a key is expected here, but no ':' follows it"));
            }
            self.keys[level].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_key(&mut self) -> Result<(), Error> {
        let column = isize::try_from(self.chars.mark.column).unwrap_or(isize::MAX);
        let required = self.flow_level == 0 && self.indent == column;
        if self.key_allowed {
            let number = self.taken + self.queue.len();
            self.remove_key()?;
            let level = self.keys.len() - 1;
            self.keys[level] = SimpleKey { possible: true, required, number, mark: self.chars.mark };
            self.set_key_level(number, level);
        }
        Ok(())
    }

    fn remove_key(&mut self) -> Result<(), Error> {
        let Some(last) = self.keys.last_mut() else { return Ok(()) };
        if last.possible && last.required {
            return Err(Error::new(last.mark, "a key is expected here, but no ':' follows it"));
        }
        if std::mem::take(&mut last.possible) {
            let number = last.number;
            self.forget_key_level(number);
        }
        Ok(())
    }

    /// Inserts a token before the token `number`, at the end if that one has left the queue.
    fn insert_before(&mut self, number: usize, token: Token<'a>) {
        match number.checked_sub(self.taken) {
            Some(at) => self.queue.insert(at, token),
            None => self.queue.push_back(token),
        }
    }

    /// Opens a block collection at `mark` where it is indented more than the current one; `number` is the token it goes
    /// before, the end of the queue if none.
    fn roll_indent(&mut self, mark: Mark, number: Option<usize>, kind: TokenKind<'a>) -> Result<(), Error> {
        let column = isize::try_from(mark.column).unwrap_or(isize::MAX);
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(Error::new(mark, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let token = Token { kind, start: mark, end: mark };
        match number {
            Some(number) => self.insert_before(number, token),
            None => self.queue.push_back(token),
        }
        Ok(())
    }

    fn unroll_indent(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            let mark = self.chars.mark;
            self.queue.push_back(Token { kind: TokenKind::BlockEnd, start: mark, end: mark });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn push_since(&mut self, start: Mark, kind: TokenKind<'a>) {
        self.queue.push_back(Token { kind, start, end: self.chars.mark });
    }

    fn fetch_next(&mut self) -> Result<(), Error> {
        if !self.started {
            self.started = true;
            self.push_since(self.chars.mark, TokenKind::StreamStart);
            return Ok(());
        }
        self.skip_to_token();
        self.unroll_indent(isize::try_from(self.chars.mark.column).unwrap_or(isize::MAX));
        self.chars.byte(3);
        let (first, blank_follows) = (self.chars.byte(0), self.chars.is_blank_or_end(1));
        let flow = self.flow_level > 0;
        if self.chars.mark.column == 0 {
            if first == b'%' {
                self.leave_blocks()?;
                let token = self.scan_directive()?;
                self.queue.push_back(token);
                return Ok(());
            }
            if self.chars.is_three(b'-') {
                return self.fetch_document_indicator(TokenKind::DocumentStart);
            }
            if self.chars.is_three(b'.') {
                return self.fetch_document_indicator(TokenKind::DocumentEnd);
            }
        }
        match first {
            0 => self.fetch_stream_end(),
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if flow || blank_follows => self.fetch_key(),
            b':' if flow || blank_follows => self.fetch_value(),
            b'*' | b'&' => self.fetch_keyable(Self::scan_anchor),
            b'!' => self.fetch_keyable(Self::scan_tag),
            b'\'' | b'"' => self.fetch_keyable(Self::scan_quoted),
            b'|' | b'>' if !flow => self.fetch_block_scalar(),
            _ if self.starts_plain() => self.fetch_keyable(Self::scan_plain),
            b'\t' => self.error(self.chars.mark, "a tab where indentation or a value is expected"),
            _ => {
                let c = self.chars.char().escape_default().to_string();
                self.error(self.chars.mark, &format!("no value may begin with `{c}`: it needs quotes"))
            }
        }
    }

    fn starts_plain(&self) -> bool {
        match self.chars.byte(0) {
            b'-' => !self.chars.is_blank(1),
            b'?' | b':' => self.flow_level == 0 && !self.chars.is_blank_or_end(1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`' => false,
            _ => !self.chars.is_blank_or_end(0),
        }
    }

    fn skip_to_token(&mut self) {
        loop {
            self.chars.skip_mark();
            while self.chars.is(b' ') || ((self.flow_level > 0 || !self.key_allowed) && self.chars.is(b'\t')) {
                self.chars.skip();
            }
            self.chars.skip_comment();
            if !self.chars.is_break() {
                return;
            }
            self.chars.skip_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn leave_blocks(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.chars.mark.column != 0 {
            self.chars.mark.column = 0;
            self.chars.mark.line += 1;
        }
        self.leave_blocks()?;
        self.push_since(self.chars.mark, TokenKind::StreamEnd);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.leave_blocks()?;
        let start = self.chars.mark;
        (0..3).for_each(|_| self.chars.skip());
        self.push_since(start, kind);
        Ok(())
    }

    fn fetch_indicator(&mut self, kind: TokenKind<'a>) {
        let start = self.chars.mark;
        self.chars.skip();
        self.push_since(start, kind);
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.save_key()?;
        let number = self.taken + self.queue.len();
        self.keys.push(SimpleKey { number, mark: self.chars.mark, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(Error::new(self.chars.mark, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.key_allowed = true;
        self.fetch_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let closed = self.keys.pop().unwrap_or_default();
            self.forget_key_level(closed.number);
        }
        self.key_allowed = false;
        self.fetch_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_key()?;
        self.key_allowed = true;
        self.fetch_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.error(self.chars.mark, "a list entry (`- `) is not allowed here");
            }
            self.roll_indent(self.chars.mark, None, TokenKind::BlockSequenceStart)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.fetch_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.error(self.chars.mark, "a key (`? `) is not allowed here");
            }
            self.roll_indent(self.chars.mark, None, TokenKind::BlockMappingStart)?;
        }
        self.remove_key()?;
        self.key_allowed = self.flow_level == 0;
        self.fetch_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        let level = self.keys.len() - 1;
        if self.key_is_valid(level)? {
            let key = self.keys[level];
            let token = Token { kind: TokenKind::Key, start: key.mark, end: key.mark };
            self.insert_before(key.number, token);
            self.roll_indent(key.mark, Some(key.number), TokenKind::BlockMappingStart)?;
            self.keys[level].possible = false;
            self.forget_key_level(key.number);
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return self.error(
                        self.chars.mark,
                        "a `:` is not allowed here: the value needs quotes or another indentation",
                    );
                }
                self.roll_indent(self.chars.mark, None, TokenKind::BlockMappingStart)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.fetch_indicator(TokenKind::Value);
        Ok(())
    }

    fn fetch_block_scalar(&mut self) -> Result<(), Error> {
        self.remove_key()?;
        self.key_allowed = true;
        let token = self.scan_block_scalar()?;
        self.queue.push_back(token);
        Ok(())
    }

    /// Fetches a token that may itself be a key.
    fn fetch_keyable(&mut self, scan: impl FnOnce(&mut Self) -> Result<Token<'a>, Error>) -> Result<(), Error> {
        self.save_key()?;
        self.key_allowed = false;
        let token = scan(self)?;
        self.queue.push_back(token);
        Ok(())
    }
}
