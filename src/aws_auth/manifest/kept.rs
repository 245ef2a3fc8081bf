//! What an edit must preserve: valid files, keys that people wrote, comments, quotes and escapes.

use super::*;
use crate::aws_auth::{Change, Groups, RemoveBy, edit};

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\n";
const ROLE: &str = "arn:aws:iam::444455556666:role/New";
const USER: &str = "arn:aws:iam::444455556666:user/ann";
const NEW: &str = "    - rolearn: arn:aws:iam::444455556666:role/New\n      username: nn\n      groups:\n        - g\n";
const OPS: &str =
    "    - rolearn: arn:aws:iam::111122223333:role/Ops\n      username: ops\n      groups:\n        - g\n";

fn with(file: &str, change: &Change) -> Result<String, String> {
    let manifest = Manifest::read(file).map_err(|e| e.to_string())?;
    let edited = edit(manifest.data(), change).map_err(|e| e.placed(&manifest.places()).to_string())?;
    let new = manifest.with_data(&edited.data).map_err(|e| e.to_string())?;
    serde_yaml::from_str::<serde_yaml::Value>(&new).map_err(|e| format!("a strict reader refuses it: {e}\n{new}"))?;
    Ok(new)
}

fn upsert(arn: &str, name: &str, groups: &[&str]) -> Change {
    let groups = Groups::Set(groups.iter().map(|group| (*group).to_owned()).collect());
    Change::Upsert { arn: arn.parse().unwrap(), username: Some(name.to_owned()), groups }
}

fn add() -> Change {
    upsert(ROLE, "nn", &["g"])
}

fn remove(arn: &str) -> Change {
    Change::Remove { by: RemoveBy::Arn(arn.to_owned()), all: true }
}

#[track_caller]
fn becomes(before: &str, change: &Change, after: &str) -> String {
    let new = with(&format!("{HEAD}{before}"), change).unwrap();
    assert_eq!(new, format!("{HEAD}{after}"), "\n--- got\n{new}");
    after.to_owned()
}

/// Adds the role and removes it: the same bytes.
#[track_caller]
fn comes_and_goes(before: &str, added: &str) {
    becomes(before, &add(), added);
    becomes(added, &remove(ROLE), before);
}

#[track_caller]
fn refused(before: &str, change: &Change, words: &[&str]) {
    let error = with(&format!("{HEAD}{before}"), change).unwrap_err();
    for words in words {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn data_that_is_nothing_takes_its_first_key_whatever_is_behind_it() {
    for nothing in ["{}", "", "~", "null", "!!null", "!!null null", "{ }"] {
        for behind in ["", "  # c", " # c: {}"] {
            let gap = if nothing.is_empty() { "" } else { " " };
            for end in ["", "# end\n", "binaryData: {x: AAAA}\n"] {
                becomes(
                    &format!("data:{gap}{nothing}{behind}\n{end}"),
                    &add(),
                    &format!("data:{behind}\n  mapRoles: |\n{NEW}{end}"),
                );
            }
        }
    }
}

#[test]
fn a_tag_of_nothing_does_not_stay_on_a_map_or_a_text() {
    for nothing in ["!!null", "!!null ~", "!!str", "!!str ''"] {
        for behind in ["", "  # c"] {
            let new = with(&format!("{HEAD}data:\n  mapRoles: {nothing}{behind}\n  other: x\n"), &add());
            assert!(new.as_ref().is_ok_and(|new| !new.contains("!!null")), "{nothing}: {new:?}");
        }
    }
    let anchored = with(&format!("{HEAD}data: &d !!null\n"), &add());
    assert!(anchored.as_ref().is_ok_and(|new| !new.contains("!!null")) || anchored.is_err(), "{anchored:?}");
}

#[test]
fn a_hand_written_data_stays_when_its_only_entry_goes() {
    for end in ["", "# end\n", "...\n"] {
        for (key, entry, arn) in [
            ("mapRoles", OPS.to_owned(), "arn:aws:iam::111122223333:role/Ops"),
            (
                "mapUsers",
                OPS.replace("rolearn", "userarn").replace("role/", "user/"),
                "arn:aws:iam::111122223333:user/Ops",
            ),
        ] {
            becomes(&format!("data:\n  {key}: |\n{entry}{end}"), &remove(arn), &format!("data:\n  {key}: |\n{end}"));
        }
    }
    let account = "    - \"111122223333\"\n";
    becomes(
        &format!("data:\n  mapAccounts: |\n{account}"),
        &Change::RemoveAccount("111122223333".to_owned()),
        "data:\n  mapAccounts: |\n",
    );
    // Quotes can't hold a block, so an empty list is left there; an empty block gets its entry and is emptied again.
    let json = "{\"kind\":\"ConfigMap\",\"data\":{\"mapRoles\":\"TEXT\"},\"metadata\":{\"name\":\"aws-auth\"}}";
    let entry = OPS.replace("      ", "  ").replace("    - r", "- r").replace('\n', "\\n");
    let file = json.replace("TEXT", &entry);
    assert_eq!(with(&file, &remove("arn:aws:iam::111122223333:role/Ops")).unwrap(), json.replace("TEXT", "[]\\n"));
    for end in ["", "# end\n", "...\n"] {
        comes_and_goes(&format!("data:\n  mapRoles: |\n{end}"), &format!("data:\n  mapRoles: |\n{NEW}{end}"));
    }
    // What this program created is removed without a trace.
    for end in ["", "# end\n"] {
        let added = with(&format!("{HEAD}{end}"), &add()).unwrap();
        assert_eq!(with(&added, &remove(ROLE)).unwrap(), format!("{HEAD}{end}"));
    }
}

#[test]
fn comments_in_brackets_stay_with_their_items() {
    let list = |items: &str| format!("data:\n  mapRoles: |\n    [\n{items}    ]\n");
    let a = "{rolearn: arn:aws:iam::111122223333:role/A, username: a}";
    let b = "{rolearn: arn:aws:iam::111122223333:role/B, username: b}";
    let both = list(&format!("      {a}, # a\n      # about b\n      {b} # b\n"));
    becomes(&both, &remove("arn:aws:iam::111122223333:role/B"), &list(&format!("      {a} # a\n      # about b\n")));
    becomes(&both, &remove("arn:aws:iam::111122223333:role/A"), &list(&format!("      # about b\n      {b} # b\n")));
    let new = format!("{{rolearn: {ROLE}, username: nn, groups: [g]}}");
    comes_and_goes(&both, &list(&format!("      {a}, # a\n      # about b\n      {b}, # b\n      {new}\n")));
    let ended = list(&format!("      {a}, # a, {{\n      {b}, # b\n"));
    becomes(&ended, &remove("arn:aws:iam::111122223333:role/B"), &list(&format!("      {a}, # a, {{\n")));
    comes_and_goes(&ended, &list(&format!("      {a}, # a, {{\n      {b}, # b\n      {new},\n")));
}

#[test]
fn comments_of_groups_that_go_are_not_left_on_others() {
    let entry = |groups: &str| format!("data:\n  mapRoles: |\n    - rolearn: {ROLE}\n      username: nn\n{groups}");
    let old = "      groups: # g\n        # first\n        - a # a\n        - b # b\n        # last\n    # end\n";
    let kept = "      groups: # g\n        # first\n        - q\n        - r\n        # last\n    # end\n";
    becomes(&entry(old), &upsert(ROLE, "nn", &["q", "r"]), &entry(kept));
    let none = "      groups: [] # g\n        # first\n        # last\n    # end\n";
    becomes(&entry(old), &upsert(ROLE, "nn", &[]), &entry(none));
    let flow = |groups: &str| entry(&format!("      groups: [\n{groups}      ]\n"));
    let old_flow = flow("        a, # a\n        b, # b\n        c # c\n");
    let new_flow = flow("        a, # a\n        q, r,\n");
    becomes(&old_flow, &upsert(ROLE, "nn", &["a", "q", "r"]), &new_flow);
    becomes(&old_flow, &upsert(ROLE, "nn", &["a", "c"]), &flow("        a, # a\n        c # c\n"));
    let one = "      groups: # g\n        # first\n        - b # b\n        - q\n        # last\n    # end\n";
    becomes(&entry(old), &upsert(ROLE, "nn", &["b", "q"]), &entry(one));
}

#[test]
fn double_quotes_over_several_lines_keep_their_lines_and_escapes() {
    let old = "data:\n  mapRoles: \"- rolearn: arn:aws:iam::111122223333:role/Ops\\n  username: o\\xE9\\n\\\n    \\  groups: [a]\\n\"\n  other: x\n";
    let added = with(&format!("{HEAD}{old}"), &add()).unwrap();
    assert!(added.starts_with(&format!("{HEAD}{}", old.split_once("\"\n  other").unwrap().0)), "{added}");
    becomes(added.strip_prefix(HEAD).unwrap(), &remove(ROLE), old);
}

#[test]
fn json_folded_over_lines_keeps_them() {
    let old = "data:\n  mapRoles: >-\n    [{\"rolearn\":\"arn:aws:iam::111122223333:role/Ops\",\n    \"username\":\"ops\",\"groups\":[]}]\n  other: x\n";
    let new = format!(",{{\"rolearn\":\"{ROLE}\",\"username\":\"nn\",\"groups\":[\"g\"]}}]\n  other");
    comes_and_goes(old, &old.replace("]\n  other", &new));
}

#[test]
fn empty_single_quotes_stay_single() {
    let old = "data:\n  mapRoles: '' # none\n  other: x\n";
    let new = format!("'[{{\"rolearn\": \"{ROLE}\", \"username\": \"nn\", \"groups\": [\"g\"]}}]'");
    comes_and_goes(old, &old.replace("''", &new));
    let old = "data:\n  mapAccounts: ''\n";
    let account = "111122223333".to_owned();
    let added = becomes(old, &Change::AddAccount(account.clone()), "data:\n  mapAccounts: '[ \"111122223333\" ]'\n");
    becomes(&added, &Change::RemoveAccount(account), old);
}

#[test]
fn a_header_keeps_its_signs_in_their_order() {
    for header in ["|-2", "|2-", "|+2", ">-2"] {
        let old = format!("data:\n  mapRoles: {header}\n{OPS}  other: x\n");
        comes_and_goes(&old, &old.replace("  other", &format!("{NEW}  other")));
    }
}

#[test]
fn what_is_written_in_two_places_at_once_is_refused_by_its_name() {
    refused(
        &format!("data:\n  mapRoles: &r |\n{OPS}  copy: *r\n"),
        &add(),
        &["line 7: `mapRoles` is marked `&r`", "line 12", "`*r`"],
    );
    let user = upsert(USER, "ann", &["g"]);
    refused("base: &d\n  mapUsers: |\n    []\ndata:\n  <<: *d\n  mapRoles: |\n    []\n", &user, &["line 10", "`<<`"]);
    refused(&format!("data:\n  ? mapRoles\n  : |\n{OPS}"), &user, &["line 7", "`?`"]);
    let twice = "    - rolearn: arn:aws:iam::111122223333:role/Node\n      groups: &g [a]\n    - rolearn: arn:aws:iam::111122223333:role/Node2\n      groups: *g\n";
    let change = upsert("arn:aws:iam::111122223333:role/Node", "n", &["b"]);
    refused(&format!("data:\n  mapRoles: |\n{twice}"), &change, &["line 9", "`&g`", "line 11", "`*g`"]);
}

#[test]
fn a_key_of_binary_data_is_not_written_again() {
    let words = ["line 7: `mapRoles` is in binaryData"];
    refused("binaryData:\n  mapRoles: W10=\ndata: {other: x}\n", &add(), &words);
    refused("binaryData:\n  mapRoles: W10=\n", &add(), &words);
}

#[test]
fn other_files_are_edited_as_well() {
    // Other line breaks, no last line break, a list of objects.
    let crlf = |text: &str| format!("{HEAD}{text}").replace('\n', "\r\n");
    let added = with(&crlf("data: {}  # c\n"), &add()).unwrap();
    assert_eq!(added, crlf(&format!("data:  # c\n  mapRoles: |\n{NEW}")));
    for nothing in ["data: {} # c", "data: !!null", "data:"] {
        let file = format!("{HEAD}{nothing}");
        let added = with(&file, &add()).unwrap();
        assert!(added.starts_with(&format!("{HEAD}data:")) && added.ends_with("        - g"), "{added:?}");
        assert!(with(&added, &remove(ROLE)).unwrap().ends_with("  mapRoles: |"), "{added}");
    }
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {}  data: {{}} # c\n- kind: Other\n",
        HEAD.trim_end().replace('\n', "\n  ") + "\n"
    );
    let new = format!("  {}\n", NEW.trim_end().replace('\n', "\n  "));
    let added = with(&list, &add()).unwrap();
    assert_eq!(added, list.replace("data: {} # c\n", &format!("data: # c\n    mapRoles: |\n{new}")));
    // Double quotes: escapes of every kind in the unchanged text, at all places of an edit.
    let quoted = |middle: &str| {
        format!(
            "data:\n  mapRoles: \"- rolearn: \\x61\\u0062\\n  username: \\\"\\xE9\\\"\\n\\\n      {middle}- rolearn: c\\n\\\n      \\  groups: [\\\"\\u00e9\\\"]\\n\"\n"
        )
    };
    let gone = "- rolearn: d\\n  username: d\\n\\\n      ";
    becomes(&quoted(gone), &remove("d"), &quoted(""));
}
