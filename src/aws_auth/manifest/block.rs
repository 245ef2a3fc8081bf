//! Editing a block of text below its key (`KEY: |`).

use super::splice::middle;

/// A block scalar as written in the file.
pub(super) struct Block<'t> {
    /// All indicators as written.
    signs: &'t str,
    /// `|` or `>`.
    sign: char,
    chomp: Option<char>,
    digit: Option<usize>,
    /// The text after the indicators on their line: blanks and a comment.
    behind: &'t str,
    /// The line break of the header; empty where the file ends there.
    break_: &'t str,
    /// The lines below it with their breaks.
    lines: Vec<&'t str>,
    /// The column of the key that it belongs to.
    key_column: usize,
}

impl<'t> Block<'t> {
    /// Splits the scalar as written, from its `|` or `>` to the end of its last line.
    pub(super) fn of(raw: &'t str, key_column: usize) -> Option<Self> {
        let header_end = raw.find(['\n', '\r']).unwrap_or(raw.len());
        let (header, below) = raw.split_at(header_end);
        let break_ = if below.starts_with("\r\n") { "\r\n" } else { below.get(..1).unwrap_or_default() };
        let signs = header.find([' ', '\t']).map_or(header, |blank| &header[..blank]);
        let sign = signs.chars().next().filter(|sign| matches!(sign, '|' | '>'))?;
        Some(Self {
            signs,
            sign,
            chomp: signs.chars().find(|c| matches!(c, '+' | '-')),
            digit: signs.chars().find_map(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok()),
            behind: &header[signs.len()..],
            break_,
            lines: below[break_.len()..].split_inclusive('\n').collect(),
            key_column,
        })
    }

    /// The block with the text `new` in place of `old`, changing as little as a correct reading allows; `reads` gives
    /// the value of a block.
    pub(super) fn with(
        &self,
        old: &str,
        new: &str,
        newline: &str,
        reads: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let newline = if self.break_.is_empty() { newline } else { self.break_ };
        let own = self.header(self.sign, self.chomp, self.digit);
        if self.is_plain_change(old, new) {
            return Some(self.with_lines(&own, old, new, newline));
        }
        let digit = self.digit_for(new);
        let kept = self.lines_kept(old, new, newline);
        let chomp = match new.len() - new.trim_end_matches('\n').len() {
            0 => Some('-'),
            1 => None,
            _ => Some('+'),
        };
        let headers = [
            own,
            self.header(self.sign, self.chomp, digit),
            self.header('|', self.chomp, digit),
            self.header('|', chomp, digit),
        ];
        for lines in [kept, self.lines_anew(new, newline)].into_iter().flatten() {
            let body = self.join(lines, newline);
            let fits = |block: &String| reads(block).is_some_and(|read| read == new);
            let found = headers.iter().map(|header| format!("{header}{body}")).find(fits);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether only lines of a `|` change: then the result need not be read again.
    fn is_plain_change(&self, old: &str, new: &str) -> bool {
        let begins = |text: &str| text.starts_with(|c: char| !matches!(c, ' ' | '\n' | '\t'));
        let ended = self.lines.last().is_some_and(|line| line.ends_with('\n'));
        self.sign == '|'
            && self.chomp.is_none()
            && ended
            && old.split_terminator('\n').count() <= self.lines.len()
            && [old, new].into_iter().all(|text| begins(text) && text.ends_with('\n') && !text.ends_with("\n\n"))
    }

    /// A plain change: whole lines in the middle.
    fn with_lines(&self, header: &str, old: &str, new: &str, newline: &str) -> String {
        let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
            (old.split_terminator('\n').collect(), new.split_terminator('\n').collect());
        let (before, after) = middle(&old_lines, &new_lines);
        let indent = " ".repeat(self.indent(old));
        let mut block = String::with_capacity(header.len() + new.len() * 2);
        block.push_str(header);
        block.push_str(self.break_);
        block.extend(self.lines[..before].iter().copied());
        block.extend(new_lines[before..new_lines.len() - after].iter().map(|line| written(line, &indent, newline)));
        block.extend(self.lines[old_lines.len() - after..].iter().copied());
        block
    }

    /// The same value in quotes, on the line of the header; the comment after the indicators and the blank lines below
    /// stay.
    pub(super) fn in_quotes(&self, quoted: &str) -> String {
        let blank = self.lines.iter().rev().take_while(|line| line.trim().is_empty()).count();
        let content = self.lines.len() - blank;
        let end = match content.checked_sub(1).map(|last| self.lines[last]) {
            Some(last) => &last[last.trim_end_matches(['\n', '\r']).len()..],
            None => self.break_,
        };
        format!("{quoted}{}{end}{}", self.behind, self.lines[content..].concat())
    }

    fn header(&self, sign: char, chomp: Option<char>, digit: Option<usize>) -> String {
        if (sign, chomp, digit) == (self.sign, self.chomp, self.digit) {
            return format!("{}{}", self.signs, self.behind);
        }
        let digit = digit.map(|digit| digit.to_string()).unwrap_or_default();
        let chomp = chomp.map(String::from).unwrap_or_default();
        format!("{sign}{digit}{chomp}{}", self.behind)
    }

    /// The indentation of the block, from its first line that is not blank.
    fn indent(&self, old: &str) -> usize {
        let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let filled = |line: &&str| !line.trim().is_empty();
        let own = old.lines().find(filled).map_or(0, blanks);
        let usual = self.key_column + self.digit.unwrap_or(2);
        self.lines.iter().copied().find(filled).map_or(usual, |line| blanks(line).saturating_sub(own))
    }

    /// The digit that says the indentation, needed where the first line begins with a blank.
    fn digit_for(&self, new: &str) -> Option<usize> {
        let first = new.lines().find(|line| !line.trim().is_empty());
        let needed = self.digit.is_some() || first.is_some_and(|line| line.starts_with(' '));
        let digit = self.indent_now().checked_sub(self.key_column).filter(|digit| (1..=9).contains(digit));
        digit.filter(|_| needed)
    }

    fn indent_now(&self) -> usize {
        let filled = self.lines.iter().find(|line| !line.trim().is_empty());
        let usual = self.key_column + self.digit.unwrap_or(2);
        if self.digit.is_some() {
            return usual;
        }
        filled.map_or(usual, |line| line.len() - line.trim_start_matches(' ').len())
    }

    /// The lines of the new text, unchanged ones with their bytes; `None` where block and text differ in their number
    /// of lines.
    fn lines_kept(&self, old: &str, new: &str, newline: &str) -> Option<Vec<String>> {
        let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
            (old.split_terminator('\n').collect(), new.split_terminator('\n').collect());
        if old_lines.len() > self.lines.len() {
            return None;
        }
        let indent = " ".repeat(self.indent(old));
        let (before, after) = middle(&old_lines, &new_lines);
        let mut lines: Vec<String> = self.lines[..before].iter().map(|line| (*line).to_owned()).collect();
        lines.extend(new_lines[before..new_lines.len() - after].iter().map(|line| written(line, &indent, newline)));
        lines.extend(self.lines[old_lines.len() - after..old_lines.len()].iter().map(|line| (*line).to_owned()));
        lines.extend(self.lines[old_lines.len()..].iter().map(|line| (*line).to_owned()));
        Some(lines)
    }

    /// All lines of the new text, and the blank lines below the old one.
    fn lines_anew(&self, new: &str, newline: &str) -> Option<Vec<String>> {
        let indent = " ".repeat(self.indent_now());
        let printable = |c: char| c == '\n' || matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{feff}');
        let blank = self.lines.iter().rev().take_while(|line| line.trim().is_empty()).count();
        let below = if self.chomp == Some('+') { 0 } else { blank };
        let mut lines: Vec<String> = new.split_terminator('\n').map(|line| written(line, &indent, newline)).collect();
        lines.extend(self.lines[self.lines.len() - below..].iter().map(|line| (*line).to_owned()));
        new.chars().all(printable).then_some(lines)
    }

    /// The lines below the header; the last one ends as the block's did.
    fn join(&self, mut lines: Vec<String>, newline: &str) -> String {
        let ended = self.lines.last().map_or(!self.break_.is_empty(), |line| line.ends_with(['\n', '\r']));
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.iter_mut().enumerate() {
            let length = line.trim_end_matches(['\n', '\r']).len();
            if at == last && !ended {
                line.truncate(length);
            } else if length == line.len() {
                line.push_str(newline);
            }
        }
        let break_ = match (lines.is_empty(), ended) {
            (true, false) => "",
            _ if self.break_.is_empty() => newline,
            _ => self.break_,
        };
        format!("{break_}{}", lines.concat())
    }
}

fn written(line: &str, indent: &str, newline: &str) -> String {
    if line.is_empty() { newline.to_owned() } else { format!("{indent}{line}{newline}") }
}

/// A block for a new key, without its last line break.
pub(super) fn block(text: &str, indent: usize, newline: &str) -> Option<String> {
    let plain = text.chars().all(|c| c == '\n' || matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}'));
    if !plain || text.starts_with([' ', '\n']) || !text.ends_with('\n') || text.ends_with("\n\n") {
        return None;
    }
    let indent = " ".repeat(indent);
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect();
    Some(format!("|{newline}{}", lines.join(newline)))
}
