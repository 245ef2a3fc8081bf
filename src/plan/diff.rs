//! Differences between two texts, as people read them.

use similar::TextDiff;

/// A unified difference with two lines of context, without file headers; empty for equal texts.
pub fn unified(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(2).to_string()
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn only_what_changes_is_shown() {
        assert_eq!(unified("a\nb\n", "a\nb\n"), "");
        let shown = unified("1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n");
        assert!(shown.contains("+6") && !shown.contains("\n 1"), "{shown}");
    }
}
