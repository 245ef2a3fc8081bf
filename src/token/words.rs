//! A line taken apart into words, as Python's `shlex` does it: the AWS CLI reads the headers of the config file and the
//! commands of `credential_process` by it. Pure.

/// What a shell gives a meaning to and Python does not, with what stands for it while the line is taken apart.
const PLAIN: [(char, char); 3] = [('#', '\u{e000}'), ('$', '\u{e001}'), ('`', '\u{e002}')];

/// The words; `None` where a quote does not end, or nothing stands behind a last backslash.
pub fn words(line: &str) -> Option<Vec<String>> {
    let hidden = PLAIN.iter().fold(line.to_owned(), |line, (shown, hidden)| line.replace(*shown, &hidden.to_string()));
    let back =
        |word: String| PLAIN.iter().fold(word, |word, (shown, hidden)| word.replace(*hidden, &shown.to_string()));
    Some(shlex::split(&hidden)?.into_iter().map(back).collect())
}

/// A command line by which a shell runs exactly these words.
pub fn quoted(words: &[String]) -> Option<String> {
    let line = shlex::try_join(words.iter().map(String::as_str)).ok()?;
    // Behind `exec` no word is an assignment or a word of the shell's own.
    (!words.is_empty()).then(|| format!("exec {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_quotes_backslashes_and_blanks_has_a_meaning() {
        for (line, wanted) in [
            ("profile work", &["profile", "work"][..]),
            ("profile \"wo rk\"", &["profile", "wo rk"]),
            ("a\\ b 'c d' \"e\\\"f\"", &["a b", "c d", "e\"f"]),
            ("x #1 $HOME `y` \"\\$z\" ; w && v ~", &["x", "#1", "$HOME", "`y`", "\\$z", ";", "w", "&&", "v", "~"]),
            ("", &[]),
            ("''", &[""]),
        ] {
            assert_eq!(
                words(line).as_deref(),
                Some(wanted.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>().as_slice()),
                "{line}"
            );
        }
        assert_eq!((words("a \"b"), words("a \\")), (None, None));
    }

    #[test]
    fn a_shell_runs_the_words_as_they_are() {
        let of = |words: &[&str]| quoted(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["cat", "$HOME/a b", ";", "#1"]).as_deref(), Some("exec cat '$HOME/a b' ';' '#1'"));
        assert_eq!(of(&[]), None);
    }
}
