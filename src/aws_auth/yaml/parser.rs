//! Turns tokens into events: libyaml's grammar as a state machine, so that depth costs no stack.

use std::borrow::Cow;

use super::chars::{Error, Mark};
use super::scanner::Scanner;
use super::token::{Style, Token, TokenKind};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum EventKind<'a> {
    Alias(&'a str),
    Scalar { value: Cow<'a, str>, tag: Option<Box<str>>, implicit: bool, style: Style },
    SequenceStart { flow: bool },
    MappingStart { flow: bool },
    CollectionEnd,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event<'a> {
    pub(super) kind: EventKind<'a>,
    pub(super) anchor: Option<&'a str>,
    /// Where the node begins, its tag and anchor included.
    pub(super) start: Mark,
    /// Where its content begins.
    pub(super) content: Mark,
    pub(super) end: Mark,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    BlockSequence,
    IndentlessSequence,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequence { first: bool },
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey { first: bool },
    FlowMappingValue,
    FlowMappingEmptyValue,
}

pub(super) struct Parser<'a> {
    pub(super) scanner: Scanner<'a>,
    pub(super) state: Option<State>,
    pub(super) states: Vec<State>,
    /// Where the open collections began, for messages.
    pub(super) starts: Vec<Mark>,
    tags: Vec<(String, String)>,
    /// Whether the document began with `---`.
    explicit: bool,
    /// The `-` of the next node.
    pub(super) dash: Option<usize>,
}

pub(super) type Parsed<'a> = Result<Event<'a>, Error>;

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            scanner: Scanner::new(text),
            state: None,
            states: Vec::new(),
            starts: Vec::new(),
            tags: Vec::new(),
            explicit: false,
            dash: None,
        }
    }

    pub(super) fn next(&mut self) -> Parsed<'a> {
        match self.state {
            None => Err(Error::new(self.scanner.chars.mark, "the document is over")),
            Some(State::BlockSequence) => self.block_sequence(),
            Some(State::IndentlessSequence) => self.indentless_sequence(),
            Some(State::BlockMappingKey) => self.block_mapping_key(),
            Some(State::BlockMappingValue) => self.block_mapping_value(),
            Some(State::FlowSequence { first }) => self.flow_sequence(first),
            Some(State::FlowPairKey) => self.flow_pair_key(),
            Some(State::FlowPairValue) => self.flow_pair_value(),
            Some(State::FlowPairEnd) => {
                let mark = self.scanner.peek()?.start;
                self.state = Some(State::FlowSequence { first: false });
                Ok(bare(EventKind::CollectionEnd, mark, mark))
            }
            Some(State::FlowMappingKey { first }) => self.flow_mapping_key(first),
            Some(State::FlowMappingValue) => self.flow_mapping_value(),
            Some(State::FlowMappingEmptyValue) => {
                let mark = self.scanner.peek()?.start;
                self.state = Some(State::FlowMappingKey { first: false });
                Ok(empty(mark))
            }
        }
    }

    pub(super) fn pop(&mut self) {
        self.state = self.states.pop();
    }

    pub(super) fn is_next(&mut self, kinds: &[TokenKind<'static>]) -> Result<bool, Error> {
        let token = self.scanner.peek()?;
        Ok(kinds.contains(&token.kind))
    }

    /// Begins the first document; false if the text has no document.
    pub(super) fn begin(&mut self) -> Result<bool, Error> {
        self.scanner.take()?;
        if self.is_next(&[TokenKind::StreamEnd])? {
            return Ok(false);
        }
        let directives = self.directives()?;
        self.tags.push(("!".into(), "!".into()));
        self.tags.push(("!!".into(), "tag:yaml.org,2002:".into()));
        self.explicit = self.is_next(&[TokenKind::DocumentStart])?;
        if self.explicit {
            self.scanner.take()?;
        } else if directives {
            return Err(Error::new(self.scanner.peek()?.start, "directives must be followed by `---`"));
        }
        Ok(true)
    }

    /// The first event of the document's content.
    pub(super) fn content(&mut self) -> Parsed<'a> {
        use TokenKind::{DocumentEnd, DocumentStart, StreamEnd, TagDirective, Version};
        let token = self.scanner.peek()?;
        let mark = token.start;
        let none = matches!(token.kind, Version { .. } | TagDirective(_) | DocumentStart | DocumentEnd | StreamEnd);
        if none && self.explicit { Ok(empty(mark)) } else { self.node(true, false) }
    }

    /// Ends the document: checks only the token after it.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.scanner.peek().map(|_| ())
    }

    fn directives(&mut self) -> Result<bool, Error> {
        let (mut version, mut any) = (false, false);
        loop {
            let token = self.scanner.peek()?;
            let mark = token.start;
            match token.kind.clone() {
                TokenKind::Version { supported } => {
                    if version || !supported {
                        let cause = if version { "a second %YAML directive" } else { "only `%YAML 1.1` is read" };
                        return Err(Error::new(mark, cause));
                    }
                    version = true;
                }
                TokenKind::TagDirective(tag) => {
                    let (handle, prefix) = *tag;
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return Err(Error::new(mark, "a second %TAG directive for one handle"));
                    }
                    self.tags.push((handle, prefix));
                }
                _ => return Ok(any),
            }
            any = true;
            self.scanner.take()?;
        }
    }

    pub(super) fn node(&mut self, block: bool, indentless: bool) -> Parsed<'a> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if let TokenKind::Alias(name) = token.kind {
            let end = self.scanner.take()?.end;
            self.pop();
            return Ok(bare(EventKind::Alias(name), start, end));
        }
        let (anchor, tag, end) = self.properties(start)?;
        let token = self.scanner.peek()?;
        let (content, token_end) = (token.start, token.end);
        let collection = match &token.kind {
            TokenKind::BlockEntry if indentless => Some((State::IndentlessSequence, false, true)),
            TokenKind::FlowSequenceStart => Some((State::FlowSequence { first: true }, true, true)),
            TokenKind::FlowMappingStart => Some((State::FlowMappingKey { first: true }, true, false)),
            TokenKind::BlockSequenceStart if block => Some((State::BlockSequence, false, true)),
            TokenKind::BlockMappingStart if block => Some((State::BlockMappingKey, false, false)),
            _ => None,
        };
        if let Some((state, flow, sequence)) = collection {
            if state != State::IndentlessSequence {
                self.scanner.take()?;
                self.starts.push(content);
            }
            self.state = Some(state);
            let kind = if sequence { EventKind::SequenceStart { flow } } else { EventKind::MappingStart { flow } };
            return Ok(Event { kind, anchor, start, content, end: token_end });
        }
        if matches!(token.kind, TokenKind::Scalar { .. }) {
            let token = self.scanner.take()?;
            self.pop();
            return Ok(scalar(token, anchor, tag, start));
        }
        if anchor.is_some_and(|anchor| !anchor.is_empty()) || tag.as_ref().is_some_and(|tag| !tag.is_empty()) {
            self.pop();
            let implicit = tag.is_none();
            let kind = EventKind::Scalar { value: "".into(), tag, implicit, style: Style::Plain };
            return Ok(Event { kind, anchor, start, content: end, end });
        }
        Err(Error::new(content, "a value is expected here"))
    }

    /// An anchor and a tag in either order, and where they end.
    #[allow(clippy::type_complexity)]
    fn properties(&mut self, start: Mark) -> Result<(Option<&'a str>, Option<Box<str>>, Mark), Error> {
        let (mut anchor, mut end) = (None, start);
        let mut tag: Option<Box<str>> = None;
        loop {
            let wanted = match &self.scanner.peek()?.kind {
                TokenKind::Anchor(_) => anchor.is_none(),
                TokenKind::Tag(_) => tag.is_none(),
                _ => false,
            };
            if !wanted {
                return Ok((anchor, tag.filter(|tag| !tag.is_empty()), end));
            }
            let token = self.scanner.take()?;
            end = token.end;
            match token.kind {
                TokenKind::Tag(named) => tag = Some(self.resolve_tag(*named, token.start)?),
                TokenKind::Anchor(name) => anchor = Some(name),
                _ => {}
            }
        }
    }

    fn resolve_tag(&self, (handle, suffix): (String, String), mark: Mark) -> Result<Box<str>, Error> {
        if handle.is_empty() {
            return Ok(suffix.into());
        }
        let known = self.tags.iter().find(|(known, _)| *known == handle);
        let tag = known.map(|(_, prefix)| format!("{prefix}{suffix}")).filter(|tag| !tag.is_empty());
        tag.map(Into::into)
            .ok_or_else(|| Error::new(mark, format!("the tag handle `{}` is not declared", handle.escape_debug())))
    }

    fn block_sequence(&mut self) -> Parsed<'a> {
        if self.is_next(&[TokenKind::BlockEntry])? {
            let mark = self.take_dash()?;
            self.state = Some(State::BlockSequence);
            if self.is_next(&[TokenKind::BlockEntry, TokenKind::BlockEnd])? {
                return Ok(empty(mark));
            }
            self.states.push(State::BlockSequence);
            return self.node(true, false);
        }
        self.block_end("a list entry (`- `) is expected here, or less indentation")
    }

    fn take_dash(&mut self) -> Result<Mark, Error> {
        let token = self.scanner.take()?;
        self.dash = Some(token.start.offset);
        Ok(token.end)
    }

    fn block_end(&mut self, cause: &str) -> Parsed<'a> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        let opened = self.starts.pop().unwrap_or(start);
        if token.kind != TokenKind::BlockEnd {
            return Err(Error::new(start, cause).began("the block began", opened));
        }
        self.scanner.take()?;
        self.pop();
        Ok(bare(EventKind::CollectionEnd, start, end))
    }

    fn indentless_sequence(&mut self) -> Parsed<'a> {
        if self.is_next(&[TokenKind::BlockEntry])? {
            let mark = self.take_dash()?;
            self.state = Some(State::IndentlessSequence);
            if self.is_next(&[TokenKind::BlockEntry, TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd])? {
                return Ok(empty(mark));
            }
            self.states.push(State::IndentlessSequence);
            return self.node(true, false);
        }
        let mark = self.scanner.peek()?.start;
        self.pop();
        Ok(bare(EventKind::CollectionEnd, mark, mark))
    }

    fn block_mapping_key(&mut self) -> Parsed<'a> {
        if self.is_next(&[TokenKind::Key])? {
            let mark = self.scanner.take()?.end;
            return self.block_mapping_part(State::BlockMappingValue, mark);
        }
        self.block_end("a key is expected here, or less indentation")
    }

    fn block_mapping_value(&mut self) -> Parsed<'a> {
        if self.is_next(&[TokenKind::Value])? {
            let mark = self.scanner.take()?.end;
            return self.block_mapping_part(State::BlockMappingKey, mark);
        }
        self.state = Some(State::BlockMappingKey);
        Ok(empty(self.scanner.peek()?.start))
    }

    fn block_mapping_part(&mut self, then: State, mark: Mark) -> Parsed<'a> {
        if self.is_next(&[TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd])? {
            self.state = Some(then);
            return Ok(empty(mark));
        }
        self.states.push(then);
        self.node(true, true)
    }
}

pub(super) fn bare(kind: EventKind<'_>, start: Mark, end: Mark) -> Event<'_> {
    Event { kind, anchor: None, start, content: start, end }
}

pub(super) fn empty<'a>(mark: Mark) -> Event<'a> {
    bare(EventKind::Scalar { value: "".into(), tag: None, implicit: true, style: Style::Plain }, mark, mark)
}

fn scalar<'a>(token: Token<'a>, anchor: Option<&'a str>, tag: Option<Box<str>>, start: Mark) -> Event<'a> {
    let (value, style) = match token.kind {
        TokenKind::Scalar { value, style } => (value, style),
        _ => ("".into(), Style::Plain),
    };
    let implicit = tag.as_deref().map_or(style == Style::Plain, |tag| tag == "!");
    let kind = EventKind::Scalar { value, tag, implicit, style };
    Event { kind, anchor, start, content: token.start, end: token.end }
}
