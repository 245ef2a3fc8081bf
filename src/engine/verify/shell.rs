//! Words of a command line that somebody will paste into a shell. Pure.

use std::borrow::Cow;

/// A text as one word: quoted where a shell would read anything into it.
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_word_that_was_meant() {
        for text in ["dev", "arn:aws:iam::111122223333:role/a+b=c,d.e@f-g_h", "KubernetesAdmin"] {
            assert_eq!(word(text), text);
        }
        for (text, quoted) in [
            ("", "''"),
            ("*", "'*'"),
            ("a - b", "'a - b'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -r ~)", "'$(rm -r ~)'"),
            ("{{SessionName}}", "'{{SessionName}}'"),
        ] {
            assert_eq!(word(text), quoted);
        }
    }
}
