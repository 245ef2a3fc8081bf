//! Splits a line into words like Python's `shlex`, which the AWS CLI uses for the headers of the config file and the
//! commands of `credential_process`. Pure.

/// Characters with a meaning in a shell but not in Python, and their substitutes while the line is split.
const PLAIN: [(char, char); 3] = [('#', '\u{e000}'), ('$', '\u{e001}'), ('`', '\u{e002}')];

/// The words; `None` if a quote is not closed, or the line ends with a backslash.
pub fn words(line: &str) -> Option<Vec<String>> {
    let hidden = PLAIN.iter().fold(line.to_owned(), |line, (shown, hidden)| line.replace(*shown, &hidden.to_string()));
    let back =
        |word: String| PLAIN.iter().fold(word, |word, (shown, hidden)| word.replace(*hidden, &shown.to_string()));
    Some(shlex::split(&hidden)?.into_iter().map(back).collect())
}

/// A shell command line that runs exactly these words.
pub fn quoted(words: &[String]) -> Option<String> {
    let line = shlex::try_join(words.iter().map(String::as_str)).ok()?;
    // After `exec` a word is neither an assignment nor a shell keyword.
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
