//! Checks usernames and groups as typed: obvious mistakes are refused with the reason.

use crate::cli::args::AccessArgs;
use crate::error::{Error, Result, shell_word};

/// Characters of no width, which make different names look the same.
const INVISIBLE: [char; 10] = [
    '\u{ad}', '\u{180e}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{2061}',
    '\u{feff}',
];

/// Checks the username and the groups of the desired access.
///
/// # Errors
/// One is empty, or holds an unexpected character; a group holds a comma.
pub(in crate::cli) fn check_identity(args: &AccessArgs) -> Result<()> {
    if let Some(username) = &args.username {
        check("--username", username)?;
    }
    check_groups("--kubernetes-group", &args.groups)?;
    check_groups("--append-kubernetes-group", &args.append_groups)
}

fn check_groups(flag: &str, groups: &[String]) -> Result<()> {
    for group in groups {
        if group.contains(',') {
            let parts: Vec<_> = group.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            let each: Vec<_> = parts.iter().map(|part| format!("{flag} {}", shell_word(part))).collect();
            let error = Error::usage(format!("{flag}: `{group}` holds a comma, but one option names one group"));
            return Err(if each.is_empty() {
                error
            } else {
                error.hint(format!("give the option once for each: {}", each.join(" ")))
            });
        }
        check(flag, group)?;
    }
    Ok(())
}

fn check(flag: &str, text: &str) -> Result<()> {
    let refused = |why: &str| Err(Error::usage(format!("{flag}: `{}` {why}", text.escape_debug())));
    if text.is_empty() {
        return Err(Error::usage(format!("{flag}: the name is empty")).hint(if flag == "--username" {
            "leave the option out for the default"
        } else {
            "for no groups: --no-groups"
        }));
    }
    if text.trim().is_empty() {
        return refused("is white space and nothing else");
    }
    if text.trim() != text {
        return refused("begins or ends with white space, which would be part of the name");
    }
    if text.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ')) {
        return refused("holds a line break, a tab or other white space than a space");
    }
    if text.contains(INVISIBLE) {
        return refused("holds an invisible character");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(username: Option<&str>, groups: &[&str], append: &[&str]) -> Result<()> {
        let owned = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let args = AccessArgs {
            username: username.map(str::to_owned),
            groups: owned(groups),
            append_groups: owned(append),
            ..AccessArgs::default()
        };
        check_identity(&args)
    }

    #[test]
    fn what_was_not_meant_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "empty"),
            (" ", "white space and nothing else"),
            ("\u{a0}\t", "white space and nothing else"),
            (" a", "begins or ends with white space"),
            ("a\n", "begins or ends with white space"),
            ("a\nb", "line break"),
            ("a\tb", "tab"),
            ("a\u{2028}b", "white space"),
            ("a\u{1b}b", "line break"),
            ("a\u{200b}b", "invisible"),
        ] {
            for (flag, judged) in [
                ("--username", judged(Some(text), &[], &[])),
                ("--kubernetes-group", judged(None, &["g", text], &[])),
                ("--append-kubernetes-group", judged(None, &[], &[text])),
            ] {
                let error = judged.unwrap_err();
                assert!(error.message.starts_with(&format!("{flag}: ")) && error.message.contains(why), "{error}");
            }
        }
    }

    #[test]
    fn a_list_in_one_option_is_refused_with_the_right_form() {
        let hint = |groups: &[&str]| judged(None, groups, &[]).unwrap_err().hint;
        assert_eq!(
            hint(&["a, b c"]).unwrap(),
            "give the option once for each: --kubernetes-group a --kubernetes-group 'b c'"
        );
        assert!(judged(None, &[], &["a,b"]).unwrap_err().hint.unwrap().contains("--append-kubernetes-group b"));
        assert_eq!(hint(&[","]), None);
    }

    #[test]
    fn names_of_all_other_kinds_are_taken() {
        let names = ["system:masters", "Domain Users", "{{SessionName}}", "ops@example.com", "groß"];
        assert_eq!(judged(Some("a,b:{{SessionName}}"), &names, &[]), Ok(()));
    }
}
