//! Removals, and `mapAccounts`.

use std::collections::BTreeMap;

use super::upsert_tests::roles;
use super::*;
use crate::aws_auth::DataKey;

const A: &str = "- rolearn: arn:aws:iam::111122223333:role/A # a\n  username: a\n";
const B: &str =
    "# about b\n- rolearn: arn:aws:iam::111122223333:role/path/B\n  username: b\n  groups:\n  # why\n  - g\n";
const A2: &str = "- rolearn: arn:aws:iam::111122223333:role/a\n  username: a2\n";

fn by_arn(arn: &str, all: bool) -> Change {
    Change::Remove { by: RemoveBy::Arn(arn.to_owned()), all }
}

#[track_caller]
fn becomes(before: &str, change: &Change, after: &str) {
    let edited = edit(&roles(before), change).unwrap();
    assert_eq!(edited.data["mapRoles"], after, "\n--- got\n{}\n--- wanted\n{after}", edited.data["mapRoles"]);
    assert_eq!(edited.changed, before != after);
}

#[test]
fn an_entry_goes_with_its_lines_and_the_comments_around_stay() {
    becomes(&format!("{A}{B}{A2}"), &by_arn("arn:aws:iam::111122223333:role/B", true), &format!("{A}# about b\n{A2}"));
    becomes(&format!("{A}{B}"), &by_arn("arn:aws:iam::111122223333:role/A", true), B);
    becomes(&format!("{B}{A}"), &by_arn("arn:aws:iam::111122223333:role/A", true), B);
    becomes(format!("{B}{A}").trim_end(), &by_arn("arn:aws:iam::111122223333:role/A", true), B.trim_end());
    becomes(&format!("{A}\n{B}"), &by_arn("arn:aws:iam::111122223333:role/A", true), B);
    let parted = format!("{A2}\n- rolearn: b\n\n- rolearn: c\n");
    becomes(&parted, &by_arn("b", true), &format!("{A2}\n- rolearn: c\n"));
    becomes(&parted, &by_arn("c", true), &format!("{A2}\n- rolearn: b\n"));
}

#[test]
fn every_form_of_an_arn_finds_its_entry() {
    for arn in [
        "arn:aws:iam::111122223333:role/B",
        "arn:aws:iam::111122223333:role/path/B",
        "arn:aws:iam::111122223333:role/other/b",
        "arn:aws:sts::111122223333:assumed-role/B/session",
        " ARN:aws:iam::111122223333:role/path/b ",
    ] {
        becomes(&format!("{A}{B}"), &by_arn(arn, true), &format!("{A}# about b\n"));
    }
    becomes(&format!("{A}{B}"), &by_arn("arn:aws-cn:iam::111122223333:role/B", true), &format!("{A}{B}"));
    let rubbish = "- rolearn: \"not an arn\"\n- rolearn: x\n";
    becomes(rubbish, &by_arn("Not An ARN", true), "- rolearn: x\n");
}

#[test]
fn one_duplicate_is_the_one_that_decides_and_all_are_all() {
    let text = format!("{A}{B}{A2}");
    let edited = edit(&roles(&text), &by_arn("arn:aws:iam::111122223333:role/A", false)).unwrap();
    assert_eq!(edited.data["mapRoles"], format!("{A}{B}"));
    assert_eq!(edited.before.unwrap().username, "a2");
    assert_eq!(edited.after.unwrap().username, "a");
    let edited = edit(&roles(&text), &by_arn("arn:aws:iam::111122223333:role/A", true)).unwrap();
    assert_eq!(edited.data["mapRoles"], B);
    assert_eq!((edited.removed.len(), edited.after), (2, None));
}

#[test]
fn the_last_entry_leaves_an_empty_list() {
    becomes(A, &by_arn("arn:aws:iam::111122223333:role/A", true), "[]\n");
    becomes(&format!("{A}{A2}"), &by_arn("arn:aws:iam::111122223333:role/A", true), "[]\n");
    becomes("[{rolearn: x}]", &by_arn("x", true), "[]");
}

#[test]
fn items_in_brackets_go_with_one_comma() {
    let x = "[{rolearn: a}, {rolearn: b},\n {rolearn: c}]";
    becomes(x, &by_arn("a", true), "[{rolearn: b},\n {rolearn: c}]");
    becomes(x, &by_arn("b", true), "[{rolearn: a}, {rolearn: c}]");
    becomes(x, &by_arn("c", true), "[{rolearn: a}, {rolearn: b}]");
    becomes("[{rolearn: a}, {rolearn: b}, {rolearn: B},]", &by_arn("b", true), "[{rolearn: a},]");
}

#[test]
fn usernames_find_entries_in_both_lists() {
    let users = "- userarn: arn:aws:iam::111122223333:user/x\n  username: a\n";
    let mut data = roles(&format!("{A}{B}"));
    data.insert("mapUsers".into(), users.into());
    let edited = edit(&data, &Change::Remove { by: RemoveBy::Username("a".into()), all: true }).unwrap();
    assert_eq!((edited.data["mapRoles"].as_str(), edited.data["mapUsers"].as_str()), (B, "[]\n"));
    assert_eq!(edited.removed.len(), 2);
}

#[test]
fn of_several_entries_with_a_username_the_one_that_decides_goes() {
    let role = "arn:aws:iam::111122223333:role/a";
    let entry = |key: &str, name: &str| format!("- {key}: {role}\n  username: {name}\n");
    let by_name = |all| Change::Remove { by: RemoveBy::Username("ops".into()), all };
    // Shadowed under another username: the removed entry had no effect, and the principal's identity does not change.
    let edited = edit(&roles(&(entry("rolearn", "ops") + &entry("rolearn", "new"))), &by_name(false)).unwrap();
    assert_eq!(edited.data["mapRoles"], entry("rolearn", "new"));
    let names = |list: &[Option<crate::aws_auth::Mapping>]| -> Vec<String> {
        list.iter().map(|m| m.as_ref().map_or("nobody".into(), |m| m.username.clone())).collect()
    };
    assert_eq!((names(&[edited.after]), names(&edited.then)), (vec!["new".to_owned()], vec!["new".to_owned()]));
    // In both lists: mapRoles decides.
    let mut both = roles(&entry("rolearn", "ops"));
    both.insert("mapUsers".into(), entry("userarn", "ops"));
    let edited = edit(&both, &by_name(false)).unwrap();
    assert_eq!((edited.key, edited.data["mapUsers"].as_str()), (DataKey::MapRoles, both["mapUsers"].as_str()));
    assert_eq!(names(&edited.then), ["ops"]);
    let edited = edit(&both, &by_name(true)).unwrap();
    assert_eq!((edited.removed.len(), names(&edited.then)), (2, vec!["nobody".to_owned(), "nobody".to_owned()]));
    assert!(!edited.data.values().any(|text| text.contains("ops")));
}

#[test]
fn a_key_without_a_value_ends_with_its_line() {
    for key in ["a", "|"] {
        let text = format!("- rolearn: x\n\n- rolearn: y\n  groups:\n    - ? {key}\n");
        added_and_removed(&text);
    }
}

#[test]
fn behind_a_lone_carriage_return_an_entry_comes_and_goes_without_a_trace() {
    let text = "- rolearn: x\n\n- rolearn: y\n\n- \r";
    let arn = "arn:aws:iam::111122223333:role/New";
    let added = edit(&roles(text), &super::upsert_tests::upsert(arn, "new", &[])).unwrap();
    assert!(added.data["mapRoles"].starts_with(&format!("{text}- rolearn: {arn}\n")), "{:?}", added.data["mapRoles"]);
    assert_eq!(edit(&added.data, &by_arn(arn, false)).unwrap().data["mapRoles"], text);
}

fn added_and_removed(text: &str) {
    let arn = "arn:aws:iam::111122223333:role/New";
    let added = edit(&roles(text), &super::upsert_tests::upsert(arn, "new", &[])).unwrap();
    assert!(added.data["mapRoles"].starts_with(&format!("{text}\n- rolearn: {arn}\n")), "{}", added.data["mapRoles"]);
    assert_eq!(edit(&added.data, &by_arn(arn, false)).unwrap().data["mapRoles"], text);
}

#[test]
fn what_is_not_there_changes_nothing() {
    let data = roles(&format!("{A}{B}"));
    let edited = edit(&data, &by_arn("arn:aws:iam::111122223333:role/C", true)).unwrap();
    assert!(!edited.changed);
    assert_eq!(edited.data, data);
}

#[test]
fn an_anchor_that_others_need_can_not_go() {
    let text = "- rolearn: x\n  groups: &g [a]\n- rolearn: z\n  groups: *g\n";
    let error = edit(&roles(text), &by_arn("x", true)).unwrap_err();
    assert!(error.to_string().contains("refers to no anchor"), "{error}");
}

fn accounts(text: &str) -> BTreeMap<String, String> {
    [("mapAccounts".to_owned(), text.to_owned())].into()
}

#[test]
fn accounts_are_added_as_their_neighbours_are_written() {
    let add = Change::AddAccount("444455556666".into());
    for (before, after) in [
        ("", "- \"444455556666\""),
        ("[]\n", "- '444455556666'\n"),
        ("- '111122223333' # x\n", "- '111122223333' # x\n- '444455556666'\n"),
        ("  - 111122223333", "  - 111122223333\n  - 444455556666"),
        ("[\"111122223333\"]", "[\"111122223333\", \"444455556666\"]"),
        ("- 444455556666\n", "- 444455556666\n"),
    ] {
        let edited = edit(&accounts(before), &add).unwrap();
        assert_eq!(edited.data["mapAccounts"], after);
        assert_eq!((edited.key, edited.changed), (DataKey::MapAccounts, before != after));
    }
    assert!(edit(&accounts("- a: ["), &add).unwrap_err().to_string().contains("mapAccounts line 2"));
    assert!(edit(&accounts(""), &Change::AddAccount("12".into())).is_err());
}

#[test]
fn every_occurrence_of_an_account_is_removed() {
    let remove = Change::RemoveAccount("444455556666".into());
    for (before, after) in [
        ("- \"444455556666\"\n- 111122223333\n- 444455556666\n", "- 111122223333\n"),
        ("[\"111122223333\", \"444455556666\"]", "[\"111122223333\"]"),
        ("- 444455556666\n", "[]\n"),
        ("- \"444455556666\" # mine\n", "[] # mine\n"),
        ("- 111122223333\n", "- 111122223333\n"),
    ] {
        assert_eq!(edit(&accounts(before), &remove).unwrap().data["mapAccounts"], after);
    }
}
