//! The usual mistakes behind an unreadable text, named in place of the parser's message.

use super::yaml::{Error, Mark};

/// The error, naming the mistake where it is a known one.
pub(super) fn explained(text: &str, error: Error) -> Error {
    let lines: Vec<&str> = text.lines().take(error.mark.line + 1).collect();
    if let Some(cause) = bare_template(&lines, &error) {
        return Error { cause, ..error };
    }
    match less_indented(&lines) {
        Some((key, header)) => {
            let Some(cause) = how_much(&lines, key, header) else { return error };
            let mark = Mark { line: header, ..Mark::default() };
            Error::new(error.mark, cause).began("the key is", mark)
        }
        None => error,
    }
}

/// Why the last line is not part of the block of `key`, whose header is in line `header`; `None` where its indentation
/// is right.
fn how_much(lines: &[&str], key: &str, header: usize) -> Option<String> {
    let last = lines.last()?;
    let first = lines[header + 1..].iter().find(|line| !line.trim().is_empty())?;
    let (own, here, begun) = (blanks(lines[header]), blanks(last), blanks(first));
    if tab_indents(last) {
        return Some(format!("the text of `{key}` is indented by spaces, but this line by a tab"));
    }
    if here <= own {
        return Some(format!("the text of `{key}` needs more indentation than its key"));
    }
    let signs = lines[header].rsplit_once(['|', '>']).map_or("", |(_, signs)| signs);
    let digit = signs.split(" #").next().unwrap_or_default().chars().find_map(|sign| sign.to_digit(10));
    match digit.and_then(|digit| usize::try_from(digit).ok()) {
        Some(digit) if here < own + digit => {
            let wanted = own + digit;
            let sign = if lines[header].rfind('>') > lines[header].rfind('|') { '>' } else { '|' };
            Some(format!(
                "`{sign}{digit}` requires the text of `{key}` to be indented by {wanted} spaces, and this line has {here}"
            ))
        }
        None if here < begun => Some(format!(
            "the first line of the text of `{key}` is indented by {begun} spaces, but this line by {here}"
        )),
        _ => None,
    }
}

fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether a line is indented by a tab.
fn tab_indents(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('\t')
}

/// A value that begins with `{{` and has no quotes: YAML reads a map in a map.
fn bare_template(lines: &[&str], error: &Error) -> Option<String> {
    let first = error.began.map_or(error.mark.line, |began| began.line - 1).saturating_sub(1);
    let value = lines.iter().skip(first).rev().find_map(|line| unquoted(line))?;
    if let Some(template) = not_rendered(value) {
        return Some(format!(
            "`{template}` is a template of another tool that was not rendered: render the file first"
        ));
    }
    let shown = value.len() <= 80 && value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let quoted = if shown { format!("'{}'", value.replace('\'', "''")) } else { "'{{…}}'".to_owned() };
    Some(format!("`{{{{` begins a map here, and a map can't be a key; quote it: {quoted}"))
}

/// The template that a value begins with, unless it is one of the authenticator's, which are a word in braces.
fn not_rendered(value: &str) -> Option<String> {
    let (inner, _) = value.strip_prefix("{{")?.split_once("}}")?;
    let is_word = inner.trim().bytes().all(|byte| byte.is_ascii_alphanumeric());
    (!is_word && !inner.contains('{'))
        .then(|| format!("{{{{{}}}}}", inner.chars().take(60).flat_map(char::escape_debug).collect::<String>()))
}

/// The value on this line that begins with `{{`.
fn unquoted(line: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(at) = line[from..].find("{{").map(|found| from + found) {
        let before = line[..at].trim_end();
        let quotes = before.matches(['\'', '"']).count();
        let apart = line[..at].ends_with([' ', '\t', '[', ',', '{']) || before.is_empty();
        let begins = before.is_empty() || (apart && before.ends_with([':', '-', '[', ',', '{']));
        if begins && quotes.is_multiple_of(2) && !before.trim_start().starts_with('#') {
            let value = &line[at..];
            let value = if before.contains(['[', '{']) || before.ends_with(',') {
                let close = value.find("}}").map_or(value.len(), |close| close + 2);
                &value[..value[close..].find([',', ']', '}']).map_or(value.len(), |end| close + end)]
            } else {
                value.split(" #").next().unwrap_or(value)
            };
            return Some(value.trim());
        }
        from = at + 2;
    }
    None
}

/// The key whose block of text (`KEY: |`) the last line was meant for, if it is not indented deeper than the key; with
/// the key's line.
fn less_indented<'l>(lines: &[&'l str]) -> Option<(&'l str, usize)> {
    let indent = blanks;
    let (last, above) = lines.split_last()?;
    if last.trim().is_empty() {
        return None;
    }
    for (at, line) in above.iter().enumerate().rev() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        match block_key(line) {
            Some(key) if indent(line) <= indent(last) || tab_indents(last) || last.trim_start().starts_with("- ") => {
                return Some((key, at));
            }
            _ if indent(line) <= indent(last) => return None,
            _ => {}
        }
    }
    None
}

/// The key of a line that is `KEY: |`, in any of its forms.
fn block_key(line: &str) -> Option<&str> {
    let (key, header) = line.trim_start().rsplit_once(": ").filter(|(key, _)| !key.contains('#')).or_else(|| {
        let (line, _) = line.trim_start().split_once(" #")?;
        line.rsplit_once(": ")
    })?;
    let signs = header.split(" #").next().unwrap_or(header).trim().strip_prefix(['|', '>'])?;
    let is_header = signs.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'));
    let key = key.trim_matches(['"', '\'', ' ']);
    let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (is_header && !key.is_empty() && key.chars().all(word)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_begins_with_a_template_is_shown_in_quotes() {
        for (line, value) in [
            ("  username: {{SessionName}}", Some("{{SessionName}}")),
            ("  username: {{SessionName}}-x # y", Some("{{SessionName}}-x")),
            ("  groups: [a, {{AccountID}}:x, b]", Some("{{AccountID}}:x")),
            ("  - {{A}}", Some("{{A}}")),
            ("  username: '{{SessionName}}'", None),
            ("  username: a:{{SessionName}}", None),
            ("  # {{x}}", None),
            ("- {username: {{SessionName}}, groups: []}", Some("{{SessionName}}")),
        ] {
            assert_eq!(unquoted(line), value, "{line}");
        }
    }

    #[test]
    fn a_text_beside_its_key_is_known() {
        let of =
            |text: &str| less_indented(&text.lines().collect::<Vec<_>>()).map(|(key, line)| (key.to_owned(), line));
        assert_eq!(of("data:\n  mapRoles: |\n  - rolearn: x"), Some(("mapRoles".to_owned(), 1)));
        assert_eq!(of("data:\n  \"mapRoles\": >- # x\n\n- rolearn: x"), Some(("mapRoles".to_owned(), 1)));
        assert_eq!(of("data:\n  mapRoles: |\n      - a\n  - b"), Some(("mapRoles".to_owned(), 1)));
        assert_eq!(of("data:\n  mapRoles: |\n    - a\n   - b"), Some(("mapRoles".to_owned(), 1)));
        assert_eq!(of("data:\n  mapRoles: x\n  - b"), None);
        assert_eq!(of("mapRoles: |\n- b"), Some(("mapRoles".to_owned(), 0)));
    }
}
