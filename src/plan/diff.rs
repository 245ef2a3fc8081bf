//! Differences between two texts, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};
use sha2::{Digest as _, Sha256};

use crate::model::MapContent;
use crate::model::hex::hex;

/// Lines of context before and after a change.
const CONTEXT: u32 = 2;
/// Lines that are compared before and after the difference: how far a change among equal lines may be moved for
/// readability.
const MARGIN: usize = 200;
/// Labels and annotations longer than this are cut; `last-applied-configuration` may hold the whole map again.
const LONGEST_VALUE: usize = 200;

/// A unified difference with two lines of context, without file headers; empty for equal texts.
pub fn unified(old: &str, new: &str) -> String {
    let (skipped, old, new) = window(old, new);
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let near = |a: &Hunk, b: &Hunk| b.before.start - a.before.end <= 2 * CONTEXT;
    let mut text = String::new();
    for group in hunks.chunk_by(near) {
        group_text(&mut text, group, &input, skipped);
    }
    text
}

/// The lines of two texts around the difference, and the number of equal lines before them: a long text is not compared
/// as a whole for a short change.
fn window<'t>(old: &'t str, new: &'t str) -> (u32, &'t str, &'t str) {
    let equal = |(a, b): &(u8, u8)| a == b;
    let same = old.bytes().zip(new.bytes()).take_while(equal).count();
    let head = &old.as_bytes()[..same];
    let begin =
        head.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').nth(MARGIN).map_or(0, |(at, _)| at + 1);
    let skipped = old[..begin].matches('\n').count();
    let (old, new) = (&old[begin..], &new[begin..]);
    let same = old.bytes().rev().zip(new.bytes().rev()).take_while(equal).count();
    let tail = &old.as_bytes()[old.len() - same..];
    let kept = tail.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(MARGIN).map_or(same, |(at, _)| at + 1);
    let cut = same - kept;
    (u32::try_from(skipped).unwrap_or(u32::MAX), &old[..old.len() - cut], &new[..new.len() - cut])
}

/// The whole of two texts as a diff, unchanged lines included; empty for equal texts.
pub fn whole(old: &str, new: &str) -> String {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let mut text = String::new();
    if hunks.is_empty() {
        return text;
    }
    let mut at = 0;
    for hunk in &hunks {
        write_lines(&mut text, &input, ' ', &input.before[at..hunk.before.start as usize]);
        write_lines(&mut text, &input, '-', &input.before[hunk.before.start as usize..hunk.before.end as usize]);
        write_lines(&mut text, &input, '+', &input.after[hunk.after.start as usize..hunk.after.end as usize]);
        at = hunk.before.end as usize;
    }
    write_lines(&mut text, &input, ' ', &input.before[at..]);
    text
}

fn write_lines(text: &mut String, input: &InternedInput<&str>, mark: char, tokens: &[imara_diff::Token]) {
    for token in tokens {
        let line = input.interner[*token];
        let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
        let _ = write!(text, "{mark}{line}{end}");
    }
}

/// Changes that share their context, below one header. (The library's own printer begins the first one at line 1.)
fn group_text(text: &mut String, group: &[Hunk], input: &InternedInput<&str>, skipped: u32) {
    let ([first, ..], [.., last]) = (group, group) else { return };
    let lead = first.before.start.min(CONTEXT);
    let end = (last.before.end + CONTEXT).min(u32::try_from(input.before.len()).unwrap_or(u32::MAX));
    let (old, new) = (first.before.start - lead, first.after.start - lead);
    let (old_len, new_len) = (end - old, last.after.end + (end - last.before.end) - new);
    // Line numbers begin at 1.
    let (from, to) = (skipped + old + old_len.min(1), skipped + new + new_len.min(1));
    let _ = writeln!(text, "@@ -{from},{old_len} +{to},{new_len} @@");
    let mut lines = |mark: char, tokens: &[imara_diff::Token]| write_lines(text, input, mark, tokens);
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

/// The differences between two `data`, key by key; if more than one key differs, each begins with its name.
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

/// The differences between two `aws-auth`: the data, then labels, annotations and binary data under their names.
pub fn of_content(old: &MapContent, new: &MapContent) -> String {
    let mut text = of_data(&old.data, &new.data);
    let (old, new) = (old.beside_data(), new.beside_data());
    let mut names: Vec<_> = old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name)).collect();
    names.sort();
    names.dedup();
    for name in names {
        let line = |value: Option<&String>| value.map(|text| shortened(text)).unwrap_or_default();
        let _ = write!(text, " {name}:\n{}", unified(&line(old.get(name)), &line(new.get(name))));
    }
    text
}

/// A value on one line; a long one is cut and gets its hash, to tell it from others.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => {
            let hash = hex(&Sha256::digest(text)[..4]);
            format!("{}… ({} bytes, sha256 {hash})\n", text[..end].replace('\n', " "), text.len())
        }
        None => format!("{}\n", text.trim_end()),
    }
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
    fn a_change_in_a_long_text_has_the_line_numbers_of_the_whole() {
        let text = |changed: &[usize]| {
            let line = |n: usize| if changed.contains(&n) { format!("{n} other\n") } else { format!("{n}\n") };
            (1..=5000).map(line).collect::<String>()
        };
        let one = unified(&text(&[]), &text(&[2500]));
        assert_eq!(one, "@@ -2498,5 +2498,5 @@\n 2498\n 2499\n-2500\n+2500 other\n 2501\n 2502\n");
        let both = unified(&text(&[]), &text(&[1, 5000]));
        assert!(both.starts_with("@@ -1,3 +1,3 @@\n-1\n+1 other\n 2\n 3\n@@ -4998,3 +4998,3 @@\n"), "{both}");
        let more = format!("{}5001", text(&[]));
        assert_eq!(
            unified(&text(&[]), &more),
            "@@ -4999,2 +4999,3 @@\n 4999\n 5000\n+5001\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("é\n", "è\n"), "@@ -1,1 +1,1 @@\n-é\n+è\n", "cut between characters only");
    }

    #[test]
    fn the_whole_shows_what_stays_as_well() {
        assert_eq!(whole("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\nx\n"), " 1\n 2\n 3\n 4\n 5\n-6\n+x\n");
        assert_eq!(whole("1\n2\n", "0\n1\n2\n"), "+0\n 1\n 2\n");
        assert_eq!(whole("1\n", "1\n"), "");
    }

    #[test]
    fn other_content_than_the_data_is_named_and_cut() {
        let content = |note: &str| MapContent {
            annotations: BTreeMap::from([("note".to_owned(), note.to_owned())]),
            ..MapContent::default()
        };
        assert_eq!(of_content(&content("a"), &content("a")), "");
        assert_eq!(of_content(&content("a"), &content("b")), " annotation note:\n@@ -1,1 +1,1 @@\n-a\n+b\n");
        let long = |end: &str| content(&format!("{}{end}", "x".repeat(100_000)));
        let shown = of_content(&long("a"), &long("b"));
        assert!(shown.len() < 1000 && shown.contains("-xxx") && shown.contains("+xxx"), "{shown}");
    }

    #[test]
    fn several_keys_are_distinguished() {
        let data = |text: &str, other: &str| {
            BTreeMap::from([("mapRoles".to_owned(), text.to_owned()), ("mapUsers".to_owned(), other.to_owned())])
        };
        assert_eq!(of_data(&data("a\n", "b\n"), &data("a\n", "b\n")), "");
        assert!(!of_data(&data("a\n", "b\n"), &data("c\n", "b\n")).contains("mapRoles"));
        let both = of_data(&data("a\n", "b\n"), &data("c\n", "d\n"));
        assert!(both.contains(" mapRoles:\n") && both.contains(" mapUsers:\n"), "{both}");
    }
}
