//! Whether an entry gives what a mapping gave.

use super::compare::{Compared, compare};
use super::evidence::{PLAN_KEY, Seen};
use super::fixture::{binding, entry, role};
use super::row::Before;

const ADMIN: &str = "AmazonEKSClusterAdminPolicy";

fn before(username: &str, groups: &[&str]) -> Before {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    Before { arn: role("Dev"), username: username.to_owned(), groups }
}

fn words(compared: &Compared) -> String {
    match compared {
        Compared::Equal => "equal".to_owned(),
        Compared::Differs(how) => format!("differs: {}", how.join("; ")),
        Compared::NotComparable(why) => format!("not comparable: {why}"),
    }
}

#[test]
fn names_groups_and_rights_are_compared() {
    for (was, is, expected) in [
        (("dev", &["a", "b"][..]), ("dev", &["b", "a"][..], &[][..]), "equal"),
        (("dev", &["a", "", "system:authenticated", "a"]), ("dev", &["a"], &[]), "equal"),
        (("dev", &[]), ("dev", &[], &[]), "equal"),
        (("dev", &["a"]), ("ops", &["a"], &[]), "differs: the username dev becomes ops"),
        (("d:{{SessionName}}", &[]), ("d:{{SessionName}}", &[], &[]), "equal"),
        // The two differ for a session with an @.
        (("d:{{SessionName}}", &[]), ("d:{{SessionNameRaw}}", &[], &[]), "differs: the username"),
        (("{{AccountID}}:x", &["t-{{AccountID}}"]), ("111122223333:x", &["t-111122223333"], &[]), "equal"),
        (
            ("", &["a"]),
            ("arn:aws:sts::111122223333:assumed-role/Dev/{{SessionName}}", &["a"], &[]),
            "differs: the username (empty)",
        ),
        (("dev", &["a", "b"]), ("dev", &["a"], &[]), "differs: the entry lacks the group b"),
        (("dev", &["a"]), ("dev", &["a", "b"], &[]), "differs: the entry also gives the group b"),
        (("dev", &["system:masters", "a"]), ("dev", &["a"], &[ADMIN]), "equal"),
        (("dev", &["system:masters"]), ("dev", &[], &[]), "differs: the mapping has system:masters"),
        (
            ("dev", &["system:masters"]),
            ("dev", &[], &["AmazonEKSAdminPolicy"]),
            "differs: the mapping has system:masters",
        ),
        // A policy never equals a group that nothing bound.
        (
            ("dev", &["viewers"]),
            ("dev", &[], &["AmazonEKSViewPolicy"]),
            "differs: the entry lacks the group viewers; the entry also gives",
        ),
        (("dev", &["viewers"]), ("dev", &["viewers"], &["AmazonEKSViewPolicy"]), "differs: the entry also gives"),
        (("dev", &["t-{{SessionName}}"]), ("dev", &[], &[]), "not comparable: "),
        (("dev", &["system:nodes"]), ("dev", &[], &[]), "differs: the entry lacks the group system:nodes"),
        (("dev", &["system:nothing-binds-it"]), ("dev", &[], &[]), "equal"),
    ] {
        let compared = compare(&before(was.0, was.1), &entry(&role("Dev"), is.0, is.1, is.2), &Seen::Read(Vec::new()));
        assert!(words(&compared).starts_with(expected), "{was:?} {is:?}\n{}", words(&compared));
    }
}

#[test]
fn a_policy_in_a_namespace_is_not_all_rights() {
    let mut narrow = entry(&role("Dev"), "dev", &[], &[ADMIN]);
    narrow.policies[0].scope = crate::model::PolicyScope::Namespaces(vec!["shop".into()]);
    let compared = compare(&before("dev", &["system:masters"]), &narrow, &Seen::Read(Vec::new()));
    assert!(words(&compared).starts_with("differs: the mapping has system:masters"), "{compared:?}");
}

#[test]
fn a_group_that_bindings_rebuilt_is_the_same_once_all_of_them_name_the_new_one() {
    let was = before("dev", &["system:ops"]);
    let is = entry(&role("Dev"), "dev", &["eksaccess:ops"], &[]);
    let done = binding(None, "a", &["g:system:ops", "g:eksaccess:ops"]);
    let left = binding(Some("shop"), "b", &["g:system:ops"]);
    assert_eq!(compare(&was, &is, &Seen::Read(vec![done.clone()])), Compared::Equal);
    let half = compare(&was, &is, &Seen::Read(vec![done, left]));
    assert!(words(&half).starts_with("differs: not every binding"), "{half:?}");
    let unread = compare(&was, &is, &Seen::Unread("403".into()));
    assert!(matches!(unread, Compared::Differs(_)), "the entry's own group can't be explained: {unread:?}");
    let none = compare(&was, &entry(&role("Dev"), "dev", &[], &[]), &Seen::NotAsked);
    assert!(words(&none).starts_with("not comparable: which bindings"), "{none:?}");
}

#[test]
fn a_name_that_a_person_chose_is_the_same_once_bindings_name_it() {
    let was = before("{{SessionName}}", &[]);
    let mut ours = entry(&role("Dev"), "user:{{SessionName}}", &[], &[]);
    let foreign = compare(&was, &ours, &Seen::Read(Vec::new()));
    assert!(words(&foreign).starts_with("differs: the username"), "{foreign:?}");
    ours.tags.insert(PLAN_KEY.to_owned(), "1".to_owned());
    let with = |subjects: &[&str]| compare(&was, &ours, &Seen::Read(vec![binding(None, "a", subjects)]));
    assert_eq!(with(&["u:ann", "u:user:ann"]), Compared::Equal);
    assert!(words(&with(&["u:ann"])).contains("these bindings name only the old one: ClusterRoleBinding a"));
    assert!(words(&compare(&was, &ours, &Seen::NotAsked)).starts_with("not comparable: "));
}

#[test]
fn nodes_are_compared_by_their_type() {
    for (username, groups, entry_type, expected) in [
        ("system:node:{{EC2PrivateDNSName}}", &["system:bootstrappers", "system:nodes"][..], "EC2_LINUX", "equal"),
        ("system:node:{{SessionName}}", &["system:nodes", "system:node-proxier"], "FARGATE_LINUX", "equal"),
        ("system:node:{{SessionNameRaw}}", &["system:nodes"], "EC2", "equal"),
        ("system:node:{{SessionName}}", &["system:nodes"], "EC2_LINUX", "differs: the username"),
        (
            "system:node:{{EC2PrivateDNSName}}",
            &["system:nodes", "m"],
            "EC2_LINUX",
            "differs: an entry of type EC2_LINUX does not give m",
        ),
        ("system:node:{{EC2PrivateDNSName}}", &["system:nodes"], "EC2_MAC", "not comparable: "),
        ("system:node:{{EC2PrivateDNSName}}", &["system:nodes"], "STANDARD", "differs: "),
    ] {
        let mut is = entry(&role("Dev"), "", &[], &[]);
        is.entry_type = entry_type.to_owned();
        let compared = compare(&before(username, groups), &is, &Seen::Read(Vec::new()));
        assert!(words(&compared).starts_with(expected), "{username} {entry_type}\n{}", words(&compared));
    }
}

#[test]
fn what_has_no_arn_is_not_compared() {
    let before = Before { arn: "111122223333".to_owned(), ..Before::default() };
    let compared = compare(&before, &entry(&role("Dev"), "dev", &[], &[]), &Seen::Read(Vec::new()));
    assert!(matches!(compared, Compared::NotComparable(_)), "{compared:?}");
}

#[test]
fn an_empty_username_becomes_the_default_of_a_migration() {
    let was = before("", &["a"]);
    let default = "arn:aws:sts::111122223333:assumed-role/Dev/{{SessionName}}";
    let mut ours = entry(&role("Dev"), default, &["a"], &[]);
    ours.tags.insert(PLAN_KEY.to_owned(), "1".to_owned());
    assert_eq!(compare(&was, &ours, &Seen::NotAsked), Compared::Equal);
}
