//! Rust sources, parsed as far as the rules need: code without comments and texts, names, functions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// The path from the repository's top, with `/`.
    pub(crate) path: String,
    /// The top-level module: `cli`, `error`.
    pub(crate) module: String,
    /// The complete text.
    pub(crate) text: String,
    /// The text without comments, contents of strings, and the inline `mod tests`.
    pub(crate) code: String,
    /// Whether it is compiled for tests only.
    pub(crate) is_test: bool,
}

impl Source {
    /// Whether the code has it as a whole word: `sprint!` does not contain `print!`.
    pub(crate) fn names(&self, word: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(word).any(|(at, _)| !self.code[..at].chars().next_back().is_some_and(is_word))
    }

    /// The modules that the code names with `crate::…`.
    pub(crate) fn known_modules(&self) -> BTreeSet<String> {
        let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let direct = self.code.split("crate::").skip(1).map(name);
        direct.filter(|name| !name.is_empty()).collect()
    }

    /// The string literals outside comments and the inline `mod tests`, continued lines joined.
    pub(crate) fn strings(&self) -> Vec<String> {
        let inner = self.text.find("#[cfg(test)]\nmod tests {").map_or(self.text.as_str(), |at| &self.text[..at]);
        strings(inner)
    }

    /// Each function with the number of its lines, from the line of its name to its closing brace.
    pub(crate) fn functions(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let is_word = self.code[..at].chars().next_back().is_some_and(|c| !c.is_whitespace() && c != '(');
            let rest = &self.code[at + 3..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !is_word && !name.is_empty() {
                found.extend(body(rest).map(|body| (name, body.lines().count())));
            }
        }
        found
    }
}

/// From a function's name to the end of its body; `None` for a declaration without one.
fn body(rest: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            ';' if depth == 0 && !in_brackets(&rest[..at]) => return None,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(&rest[..=at]);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a `[` is open: the `;` in an array type does not end a declaration.
fn in_brackets(text: &str) -> bool {
    text.matches('[').count() > text.matches(']').count()
}

/// Every source in a directory, in the order of their names.
pub(crate) fn sources(top: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(Path::new(top), &mut paths);
    paths.sort();
    let texts: Vec<_> =
        paths.iter().map(|p| (p.clone(), std::fs::read_to_string(p).expect("a source can be read"))).collect();
    let of_tests: Vec<PathBuf> = texts.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let is_test = |path: &Path| top != "src" || of_tests.iter().any(|test| path.starts_with(test));
    texts
        .into_iter()
        .map(|(path, text)| {
            let inner = text.find("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |at| &text[..at]);
            let below = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let module = below.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
            Source { path: format!("{top}/{below}"), module, code: code(inner), is_test: is_test(&path), text }
        })
        .collect()
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|e| e == "rs") {
            paths.push(path);
        }
    }
}

/// The files, or directories, of the modules that a file declares for tests only.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let dir = path.parent().unwrap_or(path);
    let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    let below = if ["mod", "lib", "main"].contains(&stem) { dir.to_owned() } else { dir.join(stem) };
    let mut found = Vec::new();
    for part in text.split("#[cfg(test)]").skip(1) {
        let mut named = None;
        for line in part.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if let Some(file) = line.strip_prefix("#[path = \"").and_then(|l| l.strip_suffix("\"]")) {
                named = Some(dir.join(file));
            } else if let Some(name) = line.trim_start_matches("pub(crate) ").strip_prefix("mod ") {
                if let Some(name) = name.strip_suffix(';') {
                    found.push(named.take().unwrap_or_else(|| below.join(format!("{name}.rs"))));
                    found.push(below.join(name));
                }
                break;
            } else if !line.starts_with('#') {
                break;
            }
        }
    }
    found
}

/// The code without comments and with empty strings; line breaks stay.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = skipped(rest, out.chars().next_back());
        if skipped == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            let (gone, left) = rest.split_at(skipped);
            // A string keeps its quotes, so that the text around it stays separate.
            out.push_str(if gone.starts_with('/') { " " } else { "\"\"" });
            out.extend(gone.chars().filter(|c| *c == '\n'));
            rest = left;
        }
    }
    out
}

/// The contents of the string literals, with a continued line joined to the one before it.
fn strings(text: &str) -> Vec<String> {
    let is_opening =
        |open: &str| open.is_empty() || open.strip_prefix('r').is_some_and(|h| h.bytes().all(|b| b == b'#'));
    let mut found = Vec::new();
    let mut before = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (piece, left) = rest.split_at(skipped(rest, before).max(c.len_utf8()));
        if let Some((_, quoted)) = piece.split_once('"').filter(|(open, _)| piece.len() > 1 && is_opening(open)) {
            let quoted = quoted.trim_end_matches('#').trim_end_matches('"');
            let lines = quoted.split("\\\n").enumerate();
            found.push(lines.map(|(at, line)| if at == 0 { line } else { line.trim_start() }).collect());
        }
        before = piece.chars().next_back();
        rest = left;
    }
    found
}

/// The length of a comment, a string or a character that begins here.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let until = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    let is_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    if !is_word && let Some(raw) = rest.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            return until(hashes + 2, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    // A character, rather than a lifetime.
    if rest.starts_with("'\\") || (rest.starts_with('\'') && rest.chars().nth(2) == Some('\'')) {
        return quoted(rest, '\'');
    }
    0
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn comments_and_texts_are_not_code() {
    let seen = code("a // std::fs\n\"}{ \\\" tokio\" b /* x\ny */ r#\"k\"ube\"# '{' '\\'' <'a> c");
    for gone in ["std::fs", "tokio", "{", "}", "x", "ube"] {
        assert!(!seen.contains(gone), "{gone} in {seen}");
    }
    assert!(["a ", " b ", "<'a> c"].iter().all(|kept| seen.contains(kept)), "{seen}");
    assert_eq!(seen.lines().count(), 3);
}

#[test]
fn the_strings_of_a_source_are_read_without_its_comments() {
    let seen = strings("// \"no\"\n(\"a \\\n    b\", 'x', r#\"c \"d\" e\"#, \"\") /* \"no\" */ + \"f\"");
    assert_eq!(seen, ["a b", "c \"d\" e", "", "f"]);
}

#[test]
fn a_function_is_as_long_as_it_is() {
    let text = "trait T { fn no(&self) -> [u8; 2]; }\npub async fn two() -> [u8; 2] {\n}\nfn three(f: impl Fn()) {\n    \"}\";\n}\n";
    let code = code(text);
    let source = Source { path: String::new(), module: String::new(), text: text.into(), code, is_test: false };
    assert_eq!(source.functions(), [("two".to_owned(), 2), ("three".to_owned(), 3)]);
}
