//! The name of an assumed role's session, by which `CloudTrail`, and Kubernetes with `{{SessionName}}`, show a person.
//!
//! Names are valid for STS: 2 to 64 characters of `[\w+=,.@-]`
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>). Pure.

use crate::model::arn::{Principal, PrincipalKind};

/// The fewest characters that STS accepts.
pub const MIN_SESSION_NAME: usize = 2;
/// The most characters that STS accepts.
pub const MAX_SESSION_NAME: usize = 64;
/// The default name if the caller is not known.
const NOBODY: &str = "eksaccess";

/// A session name that STS refuses.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{name:?} is not a session name: expected {MIN_SESSION_NAME} to {MAX_SESSION_NAME} letters, digits and _ + = , . @ -"
)]
pub struct SessionNameError {
    /// The name given.
    pub name: String,
}

/// Checks a given name.
///
/// # Errors
/// [`SessionNameError`] if STS would refuse it; a given name is never changed.
pub fn check_session_name(name: &str) -> Result<(), SessionNameError> {
    let good = (MIN_SESSION_NAME..=MAX_SESSION_NAME).contains(&name.len()) && name.chars().all(is_allowed);
    if good { Ok(()) } else { Err(SessionNameError { name: name.to_owned() }) }
}

/// The default name: the IAM user's, or that of the session that assumes the role, else the operating system's user.
pub fn default_session_name(caller: Option<&Principal>, os_user: Option<&str>) -> String {
    let from_arn = caller.map(|principal| match &principal.kind {
        PrincipalKind::User | PrincipalKind::FederatedUser | PrincipalKind::Role => principal.name.as_str(),
        PrincipalKind::AssumedRole(session) => session.as_str(),
        PrincipalKind::Root => "root",
    });
    let of_os = || os_user.filter(|user| !user.trim().is_empty());
    clean_session_name(from_arn.or_else(of_os).unwrap_or(NOBODY))
}

/// Any text as a session name: characters that STS does not accept become `-`, a long text is cut, a short one gets a
/// prefix.
pub fn clean_session_name(text: &str) -> String {
    let cleaned: String =
        text.trim().chars().map(|c| if is_allowed(c) { c } else { '-' }).take(MAX_SESSION_NAME).collect();
    match cleaned.len() {
        0 => NOBODY.to_owned(),
        n if n < MIN_SESSION_NAME => format!("{NOBODY}-{cleaned}"),
        _ => cleaned,
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(arn: &str) -> String {
        default_session_name(Some(&arn.parse().unwrap()), Some("os-user"))
    }

    #[test]
    fn the_default_tells_who() {
        assert_eq!(of("arn:aws:iam::111122223333:user/team/ann"), "ann");
        assert_eq!(of("arn:aws:sts::111122223333:assumed-role/Dev/ann@example.com"), "ann@example.com");
        assert_eq!(of("arn:aws:iam::111122223333:root"), "root");
        assert_eq!(of("arn:aws:sts::111122223333:federated-user/bob"), "bob");
        assert_eq!(default_session_name(None, Some("CORP\\ann")), "CORP-ann");
        assert_eq!(default_session_name(None, Some(" ")), "eksaccess");
        assert_eq!(default_session_name(None, None), "eksaccess");
    }

    #[test]
    fn names_are_cleaned_to_the_alphabet_of_sts() {
        assert_eq!(clean_session_name("José Müller"), "Jos--M-ller");
        assert_eq!(clean_session_name("repo:org/app:ref:refs/heads/main"), "repo-org-app-ref-refs-heads-main");
        assert_eq!(clean_session_name("a"), "eksaccess-a");
        assert_eq!(clean_session_name("x\ny"), "x-y");
        assert_eq!(clean_session_name(&"n".repeat(80)).len(), 64);
    }

    #[test]
    fn a_given_name_is_refused_not_changed() {
        for good in ["ab", "ann@example.com", "a+b=c,d.e-f_g", &"n".repeat(64)] {
            assert_eq!(check_session_name(good), Ok(()));
        }
        for bad in ["", "a", "a b", "é-è", "x/y", &"n".repeat(65)] {
            assert!(check_session_name(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_sts_takes_the_name(text in any::<String>()) {
            prop_assert_eq!(check_session_name(&clean_session_name(&text)), Ok(()));
        }
    }
}
