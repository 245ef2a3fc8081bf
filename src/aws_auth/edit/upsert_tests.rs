//! Texts before and after an upsert.

use std::collections::BTreeMap;

use super::*;
use crate::aws_auth::{DataKey, read};
use crate::model::arn::Principal;

const DEV: &str = "arn:aws:iam::111122223333:role/Dev";

pub(super) fn roles(text: &str) -> BTreeMap<String, String> {
    [("mapRoles".to_owned(), text.to_owned())].into()
}

pub(super) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn upsert(arn: &str, username: &str, groups: &[&str]) -> Change {
    let username = Some(username).filter(|name| !name.is_empty()).map(str::to_owned);
    Change::Upsert { arn: arn.parse::<Principal>().unwrap(), username, groups: Groups::Set(strings(groups)) }
}

#[track_caller]
fn becomes(before: &str, change: &Change, after: &str) {
    let edited = edit(&roles(before), change).unwrap();
    assert_eq!(edited.data["mapRoles"], after, "\n--- got\n{}\n--- wanted\n{after}", edited.data["mapRoles"]);
    assert_eq!(edited.changed, before != after);
    let again = edit(&edited.data, change).unwrap();
    assert!(!again.changed, "a second time changes\n{}", again.data["mapRoles"]);
    assert_eq!(again.data, edited.data);
}

const NODES: &str = "\
# the nodes, do not touch
- rolearn: arn:aws:iam::111122223333:role/node   # from terraform
  username: system:node:{{EC2PrivateDNSName}}
  groups:
  - system:bootstrappers
  - system:nodes
";

#[test]
fn a_new_entry_takes_the_style_of_the_one_before_it() {
    let new = "\
- rolearn: arn:aws:iam::111122223333:role/Dev
  username: \"dev:{{SessionName}}\"
  groups:
  - dev
  - view
";
    becomes(NODES, &upsert(DEV, "dev:{{SessionName}}", &["dev", "view"]), &format!("{NODES}{new}"));
}

#[test]
fn order_indentation_quotes_and_blank_lines_are_the_neighbours() {
    let before = "
  -   groups:
        -   'a'
      username: 'x'
      rolearn: 'arn:aws:iam::111122223333:role/A'

  -   groups:
        -   'a'
      username: 'x'
      rolearn: 'arn:aws:iam::111122223333:role/B'
      # about B

# the end
";
    let after = before.replace(
        "      # about B
",
        "      # about B

  -   groups:
        -   'dev'
      username: 'dev'
      rolearn: 'arn:aws:iam::111122223333:role/Dev'
",
    );
    becomes(before, &upsert(DEV, "dev", &["dev"]), &after);
}

#[test]
fn no_final_newline_stays_none_and_crlf_stays_crlf() {
    let before = "- rolearn: arn:aws:iam::111122223333:role/A\r\n  username: a\r\n  groups: [g]";
    let after = format!("{before}\r\n- rolearn: {DEV}\r\n  username: dev\r\n  groups: [x, z]");
    becomes(before, &upsert(DEV, "dev", &["x", "z"]), &after);
}

#[test]
fn json_stays_json() {
    let before = r#"[{"rolearn":"arn:aws:iam::111122223333:role/A","username":"a","groups":["g","h"]}]"#;
    let after = r#"[{"rolearn":"arn:aws:iam::111122223333:role/A","username":"a","groups":["g","h"]},{"rolearn":"arn:aws:iam::111122223333:role/Dev","username":"dev","groups":["x","y"]}]"#;
    becomes(before, &upsert(DEV, "dev", &["x", "y"]), after);
    let before = "[\n  {\n    \"rolearn\": \"arn:aws:iam::111122223333:role/A\",\n    \"username\": \"a\",\n    \"groups\": [\n      \"g\"\n    ]\n  }\n]\n";
    let after = "[\n  {\n    \"rolearn\": \"arn:aws:iam::111122223333:role/A\",\n    \"username\": \"a\",\n    \"groups\": [\n      \"g\"\n    ]\n  },\n  {\n    \"rolearn\": \"arn:aws:iam::111122223333:role/Dev\",\n    \"username\": \"dev\",\n    \"groups\": [\n      \"x\",\n      \"y\"\n    ]\n  }\n]\n";
    becomes(before, &upsert(DEV, "dev", &["x", "y"]), after);
}

#[test]
fn entries_in_braces_beget_entries_in_braces() {
    let before = "- {rolearn: arn:aws:iam::111122223333:role/A, username: a, groups: [g]}\n";
    let after = format!("{before}- {{rolearn: {DEV}, username: dev, groups: [x]}}\n");
    becomes(before, &upsert(DEV, "dev", &["x"]), &after);
}

#[test]
fn nothing_and_empty_lists_get_a_first_entry() {
    let entry = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  username: dev\n  groups:\n    - x\n";
    let change = upsert(DEV, "dev", &["x"]);
    for empty in ["", "\n", "  ", "\"\"", "''"] {
        becomes(empty, &change, entry.trim_end());
    }
    let in_brackets = entry.replace("    - x", "  - x");
    becomes("[]\n", &change, &in_brackets);
    let json = "[{\"rolearn\":\"arn:aws:iam::111122223333:role/Dev\",\"username\":\"dev\",\"groups\":[\"x\"]}]";
    becomes("[]", &change, json);
    becomes("# none yet\n[] # yet\n", &change, &format!("# none yet\n{} # yet\n", in_brackets.trim_end()));
    becomes("null\n", &change, &in_brackets);
    becomes("---\n", &change, &format!("---\n{entry}"));
    becomes("# none yet", &change, &format!("# none yet\n{}", entry.trim_end()));
    let edited = edit(&BTreeMap::new(), &change).unwrap();
    assert_eq!(edited.data, roles(entry));
    assert_eq!(edited.key, DataKey::MapRoles);
}

#[test]
fn the_other_keys_of_data_stay_as_they_are() {
    let mut data = roles(NODES);
    data.insert("mapAccounts".into(), "- \"444455556666\" # x\n".into());
    data.insert("other".into(), "\t{".into());
    let edited = edit(&data, &upsert(DEV, "dev", &["x"])).unwrap();
    assert_eq!(edited.data["mapAccounts"], data["mapAccounts"]);
    assert_eq!(edited.data["other"], data["other"]);
    assert_eq!(edited.data.len(), 3);
}

#[test]
fn a_path_is_left_out_of_a_role_and_stays_in_a_user() {
    let edited = edit(&BTreeMap::new(), &upsert("arn:aws:iam::111122223333:role/a/b/Dev", "dev", &[])).unwrap();
    assert!(edited.data["mapRoles"].contains("rolearn: arn:aws:iam::111122223333:role/Dev\n"));
    let edited = edit(&BTreeMap::new(), &upsert("arn:aws:iam::111122223333:user/a/Ann", "ann", &["g"])).unwrap();
    assert_eq!(
        edited.data["mapUsers"],
        "- userarn: arn:aws:iam::111122223333:user/a/Ann\n  username: ann\n  groups:\n    - g\n"
    );
    let session = edit(&BTreeMap::new(), &upsert("arn:aws:sts::111122223333:assumed-role/Dev/me", "dev", &[])).unwrap();
    assert!(session.data["mapRoles"].contains("role/Dev\n"));
}

const DEVS: &str = "\
- rolearn: arn:aws:iam::111122223333:role/Dev # ours
  username: dev # who
  syncedBy: somebody
  groups: # what
  - a
  # b is for builds
  - \"b\" # yes
- rolearn: arn:aws:iam::111122223333:role/Other
  username: other
";

#[test]
fn a_username_changes_in_its_own_quotes_and_nothing_else_moves() {
    becomes(DEVS, &upsert(DEV, "d2", &["a", "b"]), &DEVS.replace("dev # who", "d2 # who"));
    let quoted = DEVS.replace("username: dev", "username: 'dev'");
    becomes(&quoted, &upsert(DEV, "it's", &["a", "b"]), &quoted.replace("'dev'", "'it''s'"));
    let folded = DEVS.replace("username: dev # who", "username: >\n    dev\n    who\n");
    becomes(&folded, &upsert(DEV, "dev", &["a", "b"]), &DEVS.replace("dev # who", "dev\n"));
    let empty = DEVS.replace("username: dev", "username:");
    becomes(&empty, &upsert(DEV, "dev", &["a", "b"]), DEVS);
    let number = DEVS.replace("username: dev", "username: 42");
    becomes(&number, &upsert(DEV, "42", &["a", "b"]), &DEVS.replace("username: dev", "username: \"42\""));
}

#[test]
fn a_username_that_is_missing_comes_behind_the_arn() {
    let without = DEVS.replace("  username: dev # who\n", "");
    becomes(&without, &upsert(DEV, "dev", &["a", "b"]), &DEVS.replace(" # who", ""));
    let flow = "[{\"rolearn\": \"arn:aws:iam::111122223333:role/Dev\", \"groups\": [\"a\"]}]";
    let after = "[{\"rolearn\": \"arn:aws:iam::111122223333:role/Dev\", \"username\": \"dev\", \"groups\": [\"a\"]}]";
    becomes(flow, &upsert(DEV, "dev", &["a"]), after);
}

#[test]
fn groups_lose_and_gain_single_lines() {
    becomes(DEVS, &upsert(DEV, "", &["a", "b", "c"]), &DEVS.replace("- \"b\" # yes\n", "- \"b\" # yes\n  - \"c\"\n"));
    becomes(DEVS, &upsert(DEV, "", &["b"]), &DEVS.replace("  - a\n", ""));
    becomes(DEVS, &upsert(DEV, "", &["a"]), &DEVS.replace("  - \"b\" # yes\n", ""));
    becomes(
        DEVS,
        &upsert(DEV, "", &["b", "c"]),
        &DEVS.replace("  - a\n", "").replace(" # yes\n", " # yes\n  - \"c\"\n"),
    );
    becomes(DEVS, &upsert(DEV, "", &["b", "a"]), DEVS);
    let none = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  groups:\n  - a\n  - b\n  username: d\n";
    becomes(
        none,
        &upsert(DEV, "", &[]),
        "- rolearn: arn:aws:iam::111122223333:role/Dev\n  groups: []\n  username: d\n",
    );
    becomes(none, &upsert(DEV, "", &["x"]), &none.replace("- a\n  - b\n", "- x\n"));
    let flow = none.replace("\n  - a\n  - b\n", " [a, 'b'] # g\n");
    becomes(&flow, &upsert(DEV, "", &["a", "b", "c"]), &flow.replace("'b']", "'b', 'c']"));
    becomes(&flow, &upsert(DEV, "", &["b"]), &flow.replace("a, 'b'", "'b'"));
    becomes(&flow, &upsert(DEV, "", &["c"]), &flow.replace("a, 'b'", "c"));
}

#[test]
fn groups_that_are_missing_or_of_a_wrong_type_are_written_anew() {
    let before = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  username: d\n  groups: system:masters # all\n";
    becomes(before, &upsert(DEV, "", &["a", "b"]), &before.replace(" system:masters", "\n    - a\n    - b"));
    let before = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  username: d\n";
    becomes(
        before,
        &upsert(DEV, "", &["a"]),
        "- rolearn: arn:aws:iam::111122223333:role/Dev\n  groups:\n    - a\n  username: d\n",
    );
    let before = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  username: d\n  groups:\n";
    becomes(before, &upsert(DEV, "", &["a"]), &before.replace("groups:", "groups:\n    - a"));
}

#[test]
fn keep_keeps_and_append_appends() {
    let arn: Principal = DEV.parse().unwrap();
    let keep = Change::Upsert { arn: arn.clone(), username: Some("d2".into()), groups: Groups::Keep };
    becomes(DEVS, &keep, &DEVS.replace("dev # who", "d2 # who"));
    let append = Change::Upsert { arn, username: None, groups: Groups::Append(strings(&["a", "c"])) };
    becomes(DEVS, &append, &DEVS.replace("# yes\n", "# yes\n  - \"c\"\n"));
}

#[test]
fn the_duplicate_that_decides_is_the_one_that_changes() {
    let first = "- rolearn: arn:aws:iam::111122223333:role/dev\n  username: first\n";
    let last = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  username: last\n";
    becomes(&format!("{first}{last}"), &upsert(DEV, "new", &[]), &format!("{first}{}", last.replace("last", "new")));
}

#[test]
fn a_role_listed_among_the_users_is_changed_there() {
    let users = "- userarn: arn:aws:iam::111122223333:role/Dev\n  username: dev\n";
    let data = BTreeMap::from([("mapUsers".to_owned(), users.to_owned())]);
    let edited = edit(&data, &upsert(DEV, "new", &[])).unwrap();
    assert_eq!(edited.data["mapUsers"], users.replace("dev\n", "new\n"));
    assert_eq!(edited.key, DataKey::MapUsers);
}

#[test]
fn merged_values_are_overridden_in_the_entry_itself() {
    let before = "- &base\n  rolearn: arn:aws:iam::111122223333:role/A\n  username: a\n  groups: &g [x]\n- <<: *base\n  rolearn: arn:aws:iam::111122223333:role/Dev\n- rolearn: arn:aws:iam::111122223333:role/B\n  groups: *g\n";
    let after = before.replace("role/Dev\n", "role/Dev\n  username: dev\n");
    becomes(before, &upsert(DEV, "dev", &["x"]), &after);
    let b = "arn:aws:iam::111122223333:role/B";
    becomes(before, &upsert(b, "", &["z"]), &before.replace("groups: *g", "groups: [z]"));
    let error = edit(&roles(before), &upsert("arn:aws:iam::111122223333:role/A", "", &["x", "y"])).unwrap_err();
    assert!(matches!(error, EditError::Shared { line: 1, used: 5, .. }), "{error}");
    assert!(error.to_string().contains("role/Dev` would change; line 1 marks a value `&base`"), "{error}");
}

#[test]
fn an_unreadable_text_is_not_touched() {
    let error = edit(&roles("- rolearn: a\n\tusername: b\n"), &upsert(DEV, "dev", &[])).unwrap_err();
    assert!(error.to_string().starts_with("mapRoles line 2, column 1: a tab"), "{error}");
    let error = edit(&roles("rolearn: a\n"), &upsert(DEV, "dev", &[])).unwrap_err();
    assert!(error.to_string().contains("a map instead of a list"), "{error}");
}

#[test]
fn what_can_not_be_decided_is_an_error() {
    let arn: Principal = DEV.parse().unwrap();
    let nameless = Change::Upsert { arn, username: None, groups: Groups::Keep };
    assert_eq!(edit(&BTreeMap::new(), &nameless), Err(EditError::NeedsUsername(DEV.to_owned())));
    let users = "- userarn: arn:aws:iam::111122223333:user/ann\n- userarn: arn:aws:iam::111122223333:user/Ann\n";
    let data = BTreeMap::from([("mapUsers".to_owned(), users.to_owned())]);
    let error = edit(&data, &upsert("arn:aws:iam::111122223333:user/ann", "x", &[])).unwrap_err();
    assert!(error.to_string().starts_with("mapUsers lines 1, 2:"), "{error}");
    let huge = roles(&format!("# {}\n", "x".repeat(MAX_DATA - 20)));
    assert!(matches!(edit(&huge, &upsert(DEV, "dev", &[])), Err(EditError::TooLarge(_))));
}

#[test]
fn what_follows_the_first_document_stays() {
    let before = format!("{NODES}---\nrubbish: [\n");
    let edited = edit(&roles(&before), &upsert(DEV, "dev", &["x"])).unwrap();
    assert!(edited.data["mapRoles"].ends_with("  - x\n---\nrubbish: [\n"));
    assert_eq!(read(&edited.data).roles.len(), 2);
}

#[test]
fn a_broken_neighbour_is_not_taken_as_a_model() {
    let new = "- rolearn: arn:aws:iam::111122223333:role/Dev\n  username: dev\n  groups:\n    - x\n";
    for broken in [
        "- role_arn: arn:aws:iam::111122223333:role/Admin\n  username: admin\n  group: system:masters\n",
        "- rolearn: \"\"\n  username: admin\n",
        "- rolearn: \"\"\n  username: \"\"\n  groups:\n    - \"\"\n",
    ] {
        becomes(broken, &upsert(DEV, "dev", &["x"]), &format!("{broken}{new}"));
    }
    let good = "- groups: ['a']\n  rolearn: arn:aws:iam::111122223333:role/A\n  username: a\n";
    let broken = "- username: admin\n";
    let like_good = format!("- groups: ['x']\n  rolearn: {DEV}\n  username: dev\n");
    becomes(&format!("{good}{broken}"), &upsert(DEV, "dev", &["x"]), &format!("{good}{broken}{like_good}"));
}

#[test]
fn an_item_below_a_comment_in_brackets_and_back_is_nothing_whatever_the_line_breaks() {
    for text in [
        "[{rolearn: 'a', groups: [a\n, b]},#: x, username: y}\r\n]",
        "[{rolearn: 'a', groups: [a\r\n, b]}, # x\n]",
        "[{rolearn: 'a', username: y},# x\r\n]",
        "[{rolearn: 'a', username: y}, # x\n]",
    ] {
        let data = roles(text);
        let added = edit(&data, &upsert("arn:aws:iam::111122223333:role/New", "n", &[])).unwrap();
        let by = RemoveBy::Arn("arn:aws:iam::111122223333:role/New".into());
        let back = edit(&added.data, &Change::Remove { by, all: false }).unwrap();
        assert_eq!(back.data["mapRoles"], text, "{}", added.data["mapRoles"]);
    }
}

#[test]
fn what_would_lose_its_first_characters_behind_two_byte_order_marks_is_not_written() {
    for text in ["\u{feff}\u{feff}\n", "\u{feff}\u{feff}\n\n# none\n"] {
        let error = edit(&roles(text), &upsert(DEV, "dev", &["g"])).unwrap_err();
        assert!(matches!(error, EditError::NotProven { .. }), "{error}");
    }
}
