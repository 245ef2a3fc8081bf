//! A caller that is already a session of the role signs as it is: a role may assume itself only if its trust allows it.

use super::desks::{calls, desk, kept, key_of};
use crate::support::cloud::ACCOUNT;

#[test]
fn a_session_of_the_role_signs_as_it_is() {
    let desk = desk();
    let session = desk.cloud.session_env("Next", "runner-7");
    let as_session = |role: &str| {
        let typed =
            desk.keyless(&format!("token --cluster dev --token-only --role arn:aws:iam::{ACCOUNT}:role/{role}"));
        session.iter().fold(typed, |typed, (name, value)| typed.env(name, value))
    };
    let token = as_session("Next").run().stdout;
    assert!(session.contains(&("AWS_ACCESS_KEY_ID".to_owned(), key_of(&token))));
    assert_eq!(calls(&desk, "AssumeRole"), 1, "STS is asked first: a trust may allow it");
    as_session("Ops").status(1).run().warns("AccessDenied");
    assert!(kept(&desk).is_empty(), "of such a session no end is known");
}
