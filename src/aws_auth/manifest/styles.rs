//! Adds and removes a role and a user in a manifest, for all styles of its texts and of what follows them.

use proptest::prelude::*;
use serde::Deserialize as _;
use serde_yaml::Value;

use super::*;
use crate::aws_auth::{Caller, Change, Groups, RemoveBy, edit, read};

const ROLE: &str = "arn:aws:iam::444455556666:role/New";
const USER: &str = "arn:aws:iam::444455556666:user/p/new";

/// A text with one entry of each shape, as lines; `ARN` is `rolearn` or `userarn`.
const LISTS: [&str; 5] = [
    "- ARN: arn:aws:iam::111122223333:KIND/Ops\n  username: ops\n  groups:\n    - system:masters\n",
    "# first\n- ARN: arn:aws:iam::111122223333:KIND/Ops\n  username: ops\n  groups: []\n- ARN: arn:aws:iam::111122223333:KIND/Dev\n  username: dev\n",
    "- {ARN: 'arn:aws:iam::111122223333:KIND/Ops', username: ops, groups: [a, b]}\n",
    "- ARN: arn:aws:iam::111122223333:KIND/Ops\n  username: ops\n\n- ARN: arn:aws:iam::111122223333:KIND/Dev\n  username: dev\n  # - more\n",
    "",
];

#[derive(Clone, Copy, Debug)]
enum Way {
    Block(&'static str),
    Single,
    Double,
    Json,
    Nothing,
    Bare(&'static str),
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        8 => prop::sample::select(vec!["|", "|-", "|+", ">", ">-", "|2", "|4-", "| # a note", ">+"]).prop_map(Way::Block),
        2 => Just(Way::Single),
        2 => Just(Way::Double),
        2 => Just(Way::Json),
        1 => Just(Way::Nothing),
        2 => prop::sample::select(vec!["", " # none", " ~", " |", " >-", " '[]'", " \"[]\"", " ''", " \"\"", " |\n\n", " \"[\n      ]\""])
            .prop_map(Way::Bare),
    ]
}

/// A pair of `data`; `None` for a missing one.
fn pair(key: &str, list: &str, way: Way) -> Option<String> {
    let (arn, kind) = if key == "mapRoles" { ("rolearn", "role") } else { ("userarn", "user") };
    let list = list.replace("ARN", arn).replace("KIND", kind);
    let json = || {
        let list: serde_json::Value = serde_yaml::from_str(&list).unwrap_or_default();
        if list.is_null() { "[]".to_owned() } else { list.to_string() }
    };
    Some(match way {
        Way::Nothing => return None,
        Way::Bare(value) => format!("  {key}:{value}\n"),
        Way::Json => format!("  {key}: '{}'\n", json().replace('\'', "''")),
        Way::Single => format!("  {key}: '{}'\n", json().replace('\'', "''").replace(",{", ",\n      {")),
        Way::Double => format!("  {key}: {}\n", serde_json::Value::from(list)),
        Way::Block(header) => {
            let digit = header.chars().find_map(|c| c.to_digit(10)).unwrap_or(2) as usize;
            let indent = " ".repeat(2 + digit);
            let lines: String = list
                .lines()
                .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") })
                .collect();
            format!("  {key}: {header}\n{lines}")
        }
    })
}

fn file() -> impl Strategy<Value = String> {
    let list = || prop::sample::select(LISTS.to_vec());
    let tail = prop::sample::select(vec![
        "",
        "# end\n",
        "  other: x\n",
        "  # deep\n",
        "---\nkind: Other\n",
        "...\n",
        "\n\n",
        "binaryData: {}\n",
    ]);
    ((way(), list()), (way(), list()), tail, 0_u8..4, any::<bool>(), any::<bool>()).prop_map(
        |(roles, users, tail, head, ended, users_first)| {
            let pairs = [pair("mapRoles", roles.1, roles.0), pair("mapUsers", users.1, users.0)];
            let mut pairs: Vec<String> = pairs.into_iter().flatten().collect();
            if users_first {
                pairs.reverse();
            }
            let meta = "metadata:\n  name: aws-auth\n  namespace: kube-system\n";
            let data = if pairs.is_empty() { String::new() } else { format!("data:\n{}", pairs.concat()) };
            let text = match head {
                0 => format!("# who\napiVersion: v1\nkind: ConfigMap\n{meta}{data}{tail}"),
                1 => format!("\u{feff}apiVersion: v1\n{data}kind: ConfigMap\n{meta}"),
                2 => format!("kind: Other\n---\napiVersion: v1\nkind: ConfigMap\n{meta}{data}{tail}"),
                _ => format!("apiVersion: v1\nkind: ConfigMap\n{meta}{data}{tail}").replace('\n', "\r\n"),
            };
            if ended { text } else { text.trim_end_matches(['\r', '\n']).to_owned() }
        },
    )
}

/// Every document of a file, as a reader of YAML 1.2 sees it.
fn strict(file: &str) -> Result<Vec<Value>, String> {
    let file = file.trim_start_matches('\u{feff}');
    serde_yaml::Deserializer::from_str(file).map(|doc| Value::deserialize(doc).map_err(|e| e.to_string())).collect()
}

/// The documents without the edited values, and whether those are texts.
fn beside(file: &str) -> Result<Vec<Value>, String> {
    let mut documents = strict(file)?;
    for document in &mut documents {
        let Some(map) = document.as_mapping_mut() else { continue };
        if let Some(data) = map.get_mut("data").and_then(Value::as_mapping_mut) {
            data.remove("mapRoles");
            data.remove("mapUsers");
        }
        if map
            .get("data")
            .is_some_and(|data| data.is_null() || data.as_mapping().is_some_and(serde_yaml::Mapping::is_empty))
        {
            map.remove("data");
        }
    }
    Ok(documents)
}

fn with(file: &str, change: &Change) -> Result<String, String> {
    let manifest = Manifest::read(file).map_err(|e| e.to_string())?;
    let edited = edit(manifest.data(), change).map_err(|e| e.to_string())?;
    manifest.with_data(&edited.data).map_err(|e| e.to_string())
}

fn who(file: &str, arn: &str) -> Option<String> {
    let caller = Caller::new(arn.parse().unwrap());
    let manifest = Manifest::read(file).unwrap();
    read(manifest.data()).who(&caller).mapped().map(|found| format!("{} {:?}", found.username, found.groups))
}

fn add(arn: &str, name: &str) -> Change {
    let groups = Groups::Set(vec!["g".to_owned(), "h".to_owned()]);
    Change::Upsert { arn: arn.parse().unwrap(), username: Some(name.to_owned()), groups }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn a_role_and_a_user_come_and_go_in_every_style(file in file()) {
        let Ok(before) = Manifest::read(&file) else { return Ok(()) };
        let reading = read(before.data());
        // A folded list whose lines are joined can't be read, so it is not edited.
        prop_assume!(reading.unreadable(crate::aws_auth::DataKey::MapRoles).is_none());
        prop_assume!(reading.unreadable(crate::aws_auth::DataKey::MapUsers).is_none());
        let Ok(others) = beside(&file) else { return Ok(()) };
        let mut at = file.clone();
        for (change, arn, name) in [
            (add(ROLE, "new"), ROLE, Some("new")),
            (add(USER, "ann"), USER, Some("ann")),
            (Change::Remove { by: RemoveBy::Arn(ROLE.to_owned()), all: true }, ROLE, None),
            (Change::Remove { by: RemoveBy::Arn(USER.to_owned()), all: true }, USER, None),
        ] {
            let next = with(&at, &change).map_err(|e| TestCaseError::fail(format!("{e}\n{at}")))?;
            let wanted = name.map(|name| format!("{name} {:?}", ["g", "h"]));
            prop_assert_eq!(who(&next, arn), wanted, "\n{}", &next);
            prop_assert_eq!(beside(&next), Ok(others.clone()), "\n{}\n{}", &at, &next);
            prop_assert_eq!(next.ends_with('\n'), file.ends_with('\n'), "\n{:?}", &next);
            prop_assert_eq!(with(&next, &change), Ok(next.clone()), "twice is once");
            at = next;
        }
        let again = read(Manifest::read(&at).unwrap().data());
        let meaning = |reading: &crate::aws_auth::Reading| {
            reading.mappings().map(|m| (m.arn.clone(), m.username.clone(), m.groups.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(meaning(&again), meaning(&reading), "\n{}\n{}", &file, &at);
        // Of several created keys only the last is recognised as created, so only that of the users may be missing.
        let both = before.data().contains_key("mapRoles");
        let keeps = both
            && !file.contains('>') && !file.contains(" ''") && !file.contains(" \"\"") && !file.contains(" ~")
            && !before.data().values().any(|text| text.trim().is_empty()) && !file.contains(" \"[");
        if keeps {
            prop_assert_eq!(&at, &file);
        }
    }
}

#[track_caller]
fn becomes(value: &str, change: &Change, after: &str) {
    let head = "kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n";
    assert_eq!(with(&format!("{head}{value}"), change).unwrap(), format!("{head}{after}"));
}

#[test]
fn a_folded_block_stays_folded_where_no_line_would_be_joined() {
    let ops = "    - rolearn: x\n      username: ops\n";
    let new = format!("    - rolearn: {ROLE}\n      username: new\n      groups:\n        - g\n        - h\n");
    becomes(&format!("  mapRoles: >\n{ops}# end\n"), &add(ROLE, "new"), &format!("  mapRoles: >\n{ops}{new}# end\n"));
    becomes(
        "  mapRoles: > # why\n    - {rolearn: x}\n  other: text\n",
        &add(ROLE, "new"),
        &format!(
            "  mapRoles: | # why\n    - {{rolearn: x}}\n    - {{rolearn: {ROLE}, username: new, groups: [g, h]}}\n  other: text\n"
        ),
    );
}

#[test]
fn the_first_entry_of_an_empty_block_is_written_below_its_key() {
    let new = format!("    - userarn: {USER}\n      username: ann\n      groups:\n        - g\n        - h\n");
    for empty in ["  mapUsers: |\n", "  mapUsers:\n", "  mapUsers: ~\n"] {
        becomes(&format!("{empty}  other: x\n"), &add(USER, "ann"), &format!("  mapUsers: |\n{new}  other: x\n"));
    }
    becomes("  mapUsers: # none\n  other: x\n", &add(USER, "ann"), &format!("  mapUsers: | # none\n{new}  other: x\n"));
    let gone = Change::Remove { by: RemoveBy::Arn(USER.to_owned()), all: true };
    becomes(&format!("  mapUsers: |\n{new}  other: x\n"), &gone, "  mapUsers: |\n  other: x\n");
    becomes(&format!("  other: x\n  mapUsers: |\n{new}"), &gone, "  other: x\n");
}

#[test]
fn a_file_without_a_last_line_break_gets_none() {
    let ops = "    - rolearn: x\n      username: ops";
    let new = format!("    - userarn: {USER}\n      username: ann\n      groups:\n        - g\n        - h\n");
    becomes(
        &format!("  # roles\n  mapRoles: |\n{ops}"),
        &add(USER, "ann"),
        &format!("  mapUsers: |\n{new}  # roles\n  mapRoles: |\n{ops}"),
    );
    let x = Change::Remove { by: RemoveBy::Arn("x".to_owned()), all: true };
    becomes(&format!("  mapRoles: |\n{ops}"), &x, "  mapRoles: |\n    []");
    becomes("  other: x", &add(USER, "ann"), &format!("  other: x\n  mapUsers: |\n{}", new.trim_end()));
}

#[test]
fn the_first_entry_goes_although_a_deeper_comment_is_behind_it() {
    let ops = "    - rolearn: y\n      username: ops\n";
    let x = Change::Remove { by: RemoveBy::Arn("x".to_owned()), all: true };
    becomes(
        &format!("  mapRoles: |\n    - rolearn: x\n      username: dev\n      # - more\n{ops}  other: z\n"),
        &x,
        &format!("  mapRoles: |2\n      # - more\n{ops}  other: z\n"),
    );
}

#[test]
fn what_the_cdk_wrote_keeps_its_quotes() {
    let before = "  mapRoles: '[{\"rolearn\":\"x\",\"username\":\"it''s\",\"groups\":[\"a\"]}]'\n  mapUsers: '[]'\n  mapAccounts: '[]'\n";
    let role = format!(",{{\"rolearn\":\"{ROLE}\",\"username\":\"new\",\"groups\":[\"g\",\"h\"]}}]");
    becomes(before, &add(ROLE, "new"), &before.replacen("}]'", &format!("}}{role}'"), 1));
    let user = format!("'[{{\"userarn\":\"{USER}\",\"username\":\"ann\",\"groups\":[\"g\",\"h\"]}}]'");
    becomes(before, &add(USER, "ann"), &before.replace("mapUsers: '[]'", &format!("mapUsers: {user}")));
    let account = Change::AddAccount("444455556666".to_owned());
    becomes(before, &account, &before.replace("mapAccounts: '[]'", "mapAccounts: '[\"444455556666\"]'"));
}

#[test]
fn a_byte_order_mark_in_a_value_is_kept() {
    let new = format!("    - rolearn: {ROLE}\n      username: new\n      groups:\n        - g\n        - h\n");
    let old = "  mapRoles: |\n    \u{feff}- rolearn: x\n      username: dev\n";
    becomes(old, &add(ROLE, "new"), &format!("{old}{new}"));
    let x = Change::Remove { by: RemoveBy::Arn("x".to_owned()), all: true };
    becomes(&format!("{old}{new}"), &x, &format!("  mapRoles: |\n    \u{feff}{}", new.trim_start()));
}
