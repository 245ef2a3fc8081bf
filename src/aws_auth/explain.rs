//! What people usually did where a text can't be read, said in place of what the parser noticed.

use super::yaml::{Error, Mark};

/// The error in words that name the mistake, where it is a known one.
pub(super) fn explained(text: &str, error: Error) -> Error {
    let lines: Vec<&str> = text.lines().take(error.mark.line + 1).collect();
    if let Some(cause) = bare_template(&lines, &error) {
        return Error { cause, ..error };
    }
    match less_indented(&lines) {
        Some((key, header)) => {
            let cause = format!("the text of `{key}` needs more indentation than its key");
            let mark = Mark { line: header, ..Mark::default() };
            Error::new(error.mark, cause).began("the key is", mark)
        }
        None => error,
    }
}

/// A value that begins with `{{` and has no quotes: YAML takes it for a map in a map.
fn bare_template(lines: &[&str], error: &Error) -> Option<String> {
    let first = error.began.map_or(error.mark.line, |began| began.line - 1).saturating_sub(1);
    let value = lines.iter().skip(first).rev().find_map(|line| unquoted(line))?;
    let shown = value.len() <= 80 && value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let quoted = if shown { format!("'{}'", value.replace('\'', "''")) } else { "'{{…}}'".to_owned() };
    Some(format!("`{{{{` begins a map here, and a map can't be a key; quote it: {quoted}"))
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

/// The key whose block of text (`KEY: |`) the last line was meant for, being indented no more than the key; with the
/// key's line.
fn less_indented<'l>(lines: &[&'l str]) -> Option<(&'l str, usize)> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let (last, above) = lines.split_last()?;
    if last.trim().is_empty() {
        return None;
    }
    for (at, line) in above.iter().enumerate().rev() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        match block_key(line) {
            Some(key) if indent(line) <= indent(last) || last.trim_start().starts_with("- ") => return Some((key, at)),
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
