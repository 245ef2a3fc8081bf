//! Differences between two texts, as people read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use similar::TextDiff;

/// A unified difference with two lines of context, without file headers; empty for equal texts.
pub fn unified(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(2).to_string()
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
