//! The part of the grammar inside brackets and braces.

use super::chars::Error;
use super::parser::{EventKind, Parsed, Parser, State, bare, empty};
use super::token::TokenKind;

impl<'a> Parser<'a> {
    /// Eats the comma between two entries; `first` needs none.
    fn flow_comma(&mut self, first: bool, cause: &str) -> Result<(), Error> {
        if first {
            return Ok(());
        }
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::FlowEntry {
            let start = token.start;
            let opened = self.starts.last().copied().unwrap_or_default();
            return Err(Error::new(start, format!("{cause} is expected here")).began("opened", opened));
        }
        self.scanner.take().map(|_| ())
    }

    fn flow_end(&mut self) -> Parsed<'a> {
        let token = self.scanner.take()?;
        self.starts.pop();
        self.pop();
        Ok(bare(EventKind::CollectionEnd, token.start, token.end))
    }

    pub(super) fn flow_sequence(&mut self, first: bool) -> Parsed<'a> {
        if !self.is_next(&[TokenKind::FlowSequenceEnd])? {
            self.flow_comma(first, "`,` or `]`")?;
            if self.is_next(&[TokenKind::Key])? {
                let token = self.scanner.take()?;
                self.state = Some(State::FlowPairKey);
                return Ok(bare(EventKind::MappingStart { flow: true }, token.start, token.end));
            }
            if !self.is_next(&[TokenKind::FlowSequenceEnd])? {
                self.states.push(State::FlowSequence { first: false });
                return self.node(false, false);
            }
        }
        self.flow_end()
    }

    pub(super) fn flow_pair_key(&mut self) -> Parsed<'a> {
        if self.is_next(&[TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowSequenceEnd])? {
            // libyaml takes this token without checking it; `[? ]` therefore swallows its bracket.
            let mark = self.scanner.take()?.end;
            self.state = Some(State::FlowPairValue);
            return Ok(empty(mark));
        }
        self.states.push(State::FlowPairValue);
        self.node(false, false)
    }

    pub(super) fn flow_pair_value(&mut self) -> Parsed<'a> {
        let mut mark = self.scanner.peek()?.start;
        if self.is_next(&[TokenKind::Value])? {
            mark = self.scanner.take()?.start;
            if !self.is_next(&[TokenKind::FlowEntry, TokenKind::FlowSequenceEnd])? {
                self.states.push(State::FlowPairEnd);
                return self.node(false, false);
            }
        }
        self.state = Some(State::FlowPairEnd);
        Ok(empty(mark))
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Parsed<'a> {
        if !self.is_next(&[TokenKind::FlowMappingEnd])? {
            self.flow_comma(first, "`,` or `}`")?;
            if self.is_next(&[TokenKind::Key])? {
                self.scanner.take()?;
                if self.is_next(&[TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowMappingEnd])? {
                    self.state = Some(State::FlowMappingValue);
                    return Ok(empty(self.scanner.peek()?.start));
                }
                self.states.push(State::FlowMappingValue);
                return self.node(false, false);
            }
            if !self.is_next(&[TokenKind::FlowMappingEnd])? {
                self.states.push(State::FlowMappingEmptyValue);
                return self.node(false, false);
            }
        }
        self.flow_end()
    }

    pub(super) fn flow_mapping_value(&mut self) -> Parsed<'a> {
        if self.is_next(&[TokenKind::Value])? {
            self.scanner.take()?;
            if !self.is_next(&[TokenKind::FlowEntry, TokenKind::FlowMappingEnd])? {
                self.states.push(State::FlowMappingKey { first: false });
                return self.node(false, false);
            }
        }
        self.state = Some(State::FlowMappingKey { first: false });
        Ok(empty(self.scanner.peek()?.start))
    }
}
