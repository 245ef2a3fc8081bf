//! Characters that are invisible or move the text around them: texts from others are shown without them.

use std::fmt::Write as _;

/// Whether a character controls a terminal or is invisible: the Unicode categories Cc, Cf, Zl and Zp (Unicode 16).
pub const fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        c => matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'),
    }
}

/// Whether a character can make a name look like another one: it is hidden, a filler, a variation selector, or a blank
/// other than the space.
pub const fn is_invisible(c: char) -> bool {
    is_hidden(c)
        || matches!(c,
            '\u{a0}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{1680}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2065}' | '\u{2800}'
            | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// A foreign text with hidden characters escaped; line breaks stay.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_hidden(c) {
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// A foreign text on one line: a line break in a name can't start a line that looks like ours.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_hides_is_hidden_and_letters_are_not() {
        for c in ['\0', '\n', '\u{1b}', '\u{7f}', '\u{85}', '\u{ad}', '\u{200b}', '\u{200d}', '\u{2028}', '\u{2029}'] {
            assert!(is_hidden(c) && is_invisible(c), "{c:?}");
        }
        for c in ['\u{202e}', '\u{2060}', '\u{2069}', '\u{feff}', '\u{e0001}', '\u{e0041}', '\u{61c}', '\u{180e}'] {
            assert!(is_hidden(c) && is_invisible(c), "{c:?}");
        }
        for c in [' ', 'a', '~', 'ä', '→', '語', '…', '\u{301}'] {
            assert!(!is_hidden(c) && !is_invisible(c), "{c:?}");
        }
        for c in ['\u{a0}', '\u{3000}', '\u{3164}', '\u{fe0f}', '\u{2800}'] {
            assert!(!is_hidden(c) && is_invisible(c), "{c:?}");
        }
    }
}
