//! Differences between two texts, as people read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

/// Lines before and after a change.
const CONTEXT: u32 = 2;

/// A unified difference with two lines of context, without file headers; empty for equal texts.
pub fn unified(old: &str, new: &str) -> String {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let near = |a: &Hunk, b: &Hunk| b.before.start - a.before.end <= 2 * CONTEXT;
    let mut text = String::new();
    for group in hunks.chunk_by(near) {
        group_text(&mut text, group, &input);
    }
    text
}

/// Changes that share their context, below one header. (The library's own printer begins the first one at line 1.)
fn group_text(text: &mut String, group: &[Hunk], input: &InternedInput<&str>) {
    let ([first, ..], [.., last]) = (group, group) else { return };
    let lead = first.before.start.min(CONTEXT);
    let end = (last.before.end + CONTEXT).min(u32::try_from(input.before.len()).unwrap_or(u32::MAX));
    let (old, new) = (first.before.start - lead, first.after.start - lead);
    let (old_len, new_len) = (end - old, last.after.end + (end - last.before.end) - new);
    // Nothing begins before line 1.
    let (from, to) = (old + old_len.min(1), new + new_len.min(1));
    let _ = writeln!(text, "@@ -{from},{old_len} +{to},{new_len} @@");
    let mut lines = |mark: char, tokens: &[imara_diff::Token]| {
        for token in tokens {
            let line = input.interner[*token];
            let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
            let _ = write!(text, "{mark}{line}{end}");
        }
    };
    let range = |range: std::ops::Range<u32>| range.start as usize..range.end as usize;
    let mut at = old;
    for hunk in group {
        lines(' ', &input.before[range(at..hunk.before.start)]);
        lines('-', &input.before[range(hunk.before.clone())]);
        lines('+', &input.after[range(hunk.after.clone())]);
        at = hunk.before.end;
    }
    lines(' ', &input.before[range(at..end)]);
}

/// The differences between two `data`, key by key; where more than one key differs, each begins with its name.
pub fn of_data(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> String {
    let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let nothing = String::new();
    let mut parts: Vec<(&String, String)> = keys
        .into_iter()
        .map(|k| (k, unified(old.get(k).unwrap_or(&nothing), new.get(k).unwrap_or(&nothing))))
        .collect();
    parts.retain(|(_, diff)| !diff.is_empty());
    if let [(_, diff)] = &parts[..] {
        return diff.clone();
    }
    parts.iter().fold(String::new(), |mut text, (key, diff)| {
        let _ = write!(text, " {key}:\n{diff}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_shown() {
        assert_eq!(unified("a\nb\n", "a\nb\n"), "");
        let shown = unified("1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n");
        assert!(shown.contains("+6") && !shown.contains("\n 1"), "{shown}");
    }

    #[test]
    fn it_reads_as_diff_does() {
        assert_eq!(unified("1\n2\n3\n4\n5\n", "1\n2\n3\nx\n5\n"), "@@ -2,4 +2,4 @@\n 2\n 3\n-4\n+x\n 5\n");
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
        let end = "\\ No newline at end of file";
        assert_eq!(unified("a\nb", "a\nb\n"), format!("@@ -1,2 +1,2 @@\n a\n-b\n{end}\n+b\n"));
    }

    #[test]
    fn several_keys_are_told_apart() {
        let data = |text: &str, other: &str| {
            BTreeMap::from([("mapRoles".to_owned(), text.to_owned()), ("mapUsers".to_owned(), other.to_owned())])
        };
        assert_eq!(of_data(&data("a\n", "b\n"), &data("a\n", "b\n")), "");
        assert!(!of_data(&data("a\n", "b\n"), &data("c\n", "b\n")).contains("mapRoles"));
        let both = of_data(&data("a\n", "b\n"), &data("c\n", "d\n"));
        assert!(both.contains(" mapRoles:\n") && both.contains(" mapUsers:\n"), "{both}");
    }
}
