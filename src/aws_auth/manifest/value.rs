//! The new text of one value, as it stands in the file.

use super::splice::{Change, middle};
use crate::aws_auth::yaml::{Document, NodeId, NodeKind, Style};

/// The replacement that turns the scalar's old text into the new one.
pub(super) fn replace(document: &Document<'_>, text: &str, id: NodeId, old: &str, new: &str, newline: &str) -> Change {
    let node = &document.nodes[id];
    let (start, end) = (node.content.offset, node.end);
    let raw = &text[start..end];
    let style = match &node.kind {
        NodeKind::Scalar { style, .. } => Some(*style),
        _ => None,
    };
    let small = match style {
        Some(Style::Literal) => literal(raw, old, new, newline),
        Some(Style::Double) => double(raw, old, new),
        _ => None,
    };
    match small {
        Some((from, to, text)) => Change { start: start + from, end: start + to, text },
        None => Change { start, end, text: quoted(new) },
    }
}

/// Changes whole lines of a block scalar; the lines that stay keep their bytes.
fn literal(raw: &str, old: &str, new: &str, newline: &str) -> Option<(usize, usize, String)> {
    let header = raw.split_inclusive('\n').next()?;
    let lines: Vec<&str> = raw[header.len()..].split_inclusive('\n').collect();
    let indent = block_indent(raw, old)?;
    if old.ends_with('\n') != new.ends_with('\n') {
        return None;
    }
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split_terminator('\n').collect(), new.split_terminator('\n').collect());
    let (before, after) = middle(&old_lines, &new_lines);
    let begin = header.len() + lines.iter().take(before).map(|line| line.len()).sum::<usize>();
    let gone = old_lines.len() - before - after;
    let end = begin + lines.iter().skip(before).take(gone).map(|line| line.len()).sum::<usize>();
    let written: Vec<String> = new_lines[before..new_lines.len() - after]
        .iter()
        .map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") })
        .collect();
    let mut text: String = written.iter().flat_map(|line| [line.as_str(), newline]).collect();
    if end == raw.len() && !raw.ends_with('\n') {
        text.truncate(text.len() - newline.len().min(text.len()));
        let opens_line = begin > 0 && raw[..begin].ends_with('\n');
        if !opens_line && !text.is_empty() {
            text.insert_str(0, newline);
        }
    }
    Some((begin, end, text))
}

/// The indentation of a block scalar with this text; `None` where it has no line.
pub(super) fn block_indent(raw: &str, text: &str) -> Option<String> {
    raw.split_inclusive('\n').skip(1).find(|line| !line.trim().is_empty()).map(|line| indent_of(line, text))
}

/// The indentation of the block: that of its first line less the blanks that belong to the text.
fn indent_of(line: &str, old: &str) -> String {
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = old.lines().find(|line| !line.trim().is_empty()).map_or(0, blanks);
    " ".repeat(blanks(line).saturating_sub(own))
}

/// Changes characters of a double-quoted scalar that stands on one line; the escapes that stay keep their spelling.
fn double(raw: &str, old: &str, new: &str) -> Option<(usize, usize, String)> {
    if raw.contains(['\n', '\r']) {
        return None;
    }
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    let mut ends = vec![1];
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let length = match (c, rest.as_bytes().get(1)) {
            ('\\', Some(b'x')) => 4,
            ('\\', Some(b'u')) => 6,
            ('\\', Some(b'U')) => 10,
            ('\\', _) => 2,
            _ => c.len_utf8(),
        };
        rest = rest.get(length..)?;
        ends.push(raw.len() - 1 - rest.len());
    }
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    if ends.len() != old.len() + 1 {
        return None;
    }
    let (before, after) = middle(&old, &new);
    let text: String = new[before..new.len() - after].iter().collect();
    let quoted = quoted(&text);
    Some((ends[before], ends[old.len() - after], quoted[1..quoted.len() - 1].to_owned()))
}

/// A double-quoted scalar that YAML and JSON read alike: what YAML takes for a line break, or refuses, is escaped.
pub(super) fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.chars().fold(String::new(), |mut quoted, c| {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                quoted.extend(format!("\\u{:04x}", u32::from(c)).chars());
            }
            c => quoted.push(c),
        }
        quoted
    })
}

/// A block scalar for a new key.
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
