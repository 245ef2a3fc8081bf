//! Laws over generated lists: an empty edit changes nothing, add then remove restores, twice is the same as once, the
//! other entries stay.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::upsert_tests::{roles, upsert};
use super::*;
use crate::aws_auth::{DataKey, Mapping, Problem, read};
use crate::model::arn::Principal;

/// No generated entry has a digit in its name.
const NEW: &str = "arn:aws:iam::111122223333:role/New0";

/// One way of writing a list.
#[derive(Clone, Debug)]
struct Layout {
    dash: &'static str,
    quote: &'static str,
    newline: &'static str,
    form: u8,
    group_indent: &'static str,
    between: &'static str,
    tail: &'static str,
    ended: bool,
    head: &'static str,
}

fn layout() -> impl Strategy<Value = Layout> {
    let dash = prop::sample::select(vec!["- ", "-   ", "  - ", "    -  "]);
    let quote = prop::sample::select(vec!["", "'", "\""]);
    let newline = prop::sample::select(vec!["\n", "\n", "\r\n"]);
    let group_indent = prop::sample::select(vec!["", "  ", "    "]);
    let between = prop::sample::select(vec!["", "", "\n", "# note\n", "\n# note\n"]);
    let tail = prop::sample::select(vec!["", "", "# end\n", "\n\n", "\n# end\n", "          # deep\n", "...\n"]);
    let head = prop::sample::select(vec!["", "", "# head\n", "---\n", "\n"]);
    (dash, quote, newline, 0_u8..4, group_indent, between, tail, any::<bool>(), head).prop_map(
        |(dash, quote, newline, form, group_indent, between, tail, ended, head)| Layout {
            dash,
            quote,
            newline,
            form,
            group_indent,
            between,
            tail,
            ended,
            head,
        },
    )
}

fn entry(layout: &Layout, name: &str, groups: &[String], extra: bool) -> String {
    let Layout { dash, quote: q, group_indent, .. } = layout;
    let arn = format!("arn:aws:iam::111122223333:role/{name}");
    let listed: Vec<String> = groups.iter().map(|group| format!("{q}{group}{q}")).collect();
    let listed = listed.join(", ");
    if layout.form == 3 {
        return format!("{dash}{{rolearn: {q}{arn}{q}, username: {q}{name}{q}, groups: [{listed}]}} # {name}\n");
    }
    let indent = " ".repeat(dash.len());
    let groups = if layout.form == 1 || groups.is_empty() {
        format!(" [{listed}]")
    } else {
        groups.iter().map(|group| format!("\n{indent}{group_indent}- {q}{group}{q}")).collect::<Vec<_>>().concat()
    };
    let extra = if extra { format!("{indent}syncedBy: {{a: [1, x]}}\n") } else { String::new() };
    match layout.form {
        2 => {
            format!("{dash}groups:{groups}\n{extra}{indent}username: {q}{name}{q} # u\n{indent}rolearn: {q}{arn}{q}\n")
        }
        _ => format!(
            "{dash}rolearn: {q}{arn}{q} # {name}\n{indent}username: {q}{name}{q}\n{extra}{indent}groups:{groups}\n"
        ),
    }
}

fn text() -> impl Strategy<Value = String> {
    let name = "[A-Z][a-z]{0,6}";
    let groups = prop::collection::vec("[a-z]{3,5}:?[a-z]{3,5}", 0..4);
    let entries = prop::collection::vec((name, groups, any::<bool>()), 1..6);
    (layout(), entries).prop_map(|(layout, entries)| {
        let written: Vec<String> =
            entries.iter().map(|(name, groups, extra)| entry(&layout, name, groups, *extra)).collect();
        let text = format!("{}{}{}", layout.head, written.join(layout.between), layout.tail);
        let text = if layout.ended { text } else { text.trim_end().to_owned() };
        text.replace('\n', layout.newline)
    })
}

fn json() -> impl Strategy<Value = String> {
    let groups = prop::collection::vec("[a-z]{3,5}", 0..3);
    let entries = prop::collection::vec(("[A-Z][a-z]{0,6}", groups), 1..5);
    (entries, any::<bool>()).prop_map(|(entries, pretty)| {
        let list: Vec<serde_json::Value> = entries
            .iter()
            .map(|(name, groups)| serde_json::json!({"rolearn": format!("arn:aws:iam::111122223333:role/{name}"), "username": name, "groups": groups}))
            .collect();
        if pretty { serde_json::to_string_pretty(&list) } else { serde_json::to_string(&list) }.unwrap()
    })
}

fn meaning(data: &BTreeMap<String, String>) -> Vec<Mapping> {
    let reading = read(data);
    assert!(reading.unreadable(DataKey::MapRoles).is_none(), "{:?}\n{}", reading.problems, data["mapRoles"]);
    reading.roles.into_iter().map(|mapping| Mapping { index: 0, line: 0, column: 0, ..mapping }).collect()
}

fn wanted_groups() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z@{][ -~]{0,8}", 0..4)
}

/// A data key without an entry: missing, empty, only comments, or an empty list.
fn no_entries() -> impl Strategy<Value = Option<String>> {
    let text = prop_oneof![
        Just(String::new()),
        ("(# [a-z]{0,3}\n|\n){0,3}", prop::sample::select(vec!["# x", "# x\n", "---\n", "[]", "[]\n", "[] # x\n"]))
            .prop_map(|(head, tail)| format!("{head}{tail}")),
    ];
    let crlf = (text, any::<bool>()).prop_map(|(text, crlf)| if crlf { text.replace('\n', "\r\n") } else { text });
    prop::option::of(crlf)
}

/// An entry of each list, or an account: the key, its addition and its removal.
fn change_of(kind: u8, name: &str, groups: Vec<String>) -> (DataKey, Change, Change) {
    let upsert = |arn: &str| {
        let add =
            Change::Upsert { arn: arn.parse().unwrap(), username: Some(name.to_owned()), groups: Groups::Set(groups) };
        (add, Change::Remove { by: RemoveBy::Arn(arn.to_owned()), all: true })
    };
    let account = "444455556666".to_owned();
    let (key, (add, remove)) = match kind {
        0 => (DataKey::MapRoles, upsert(NEW)),
        1 => (DataKey::MapUsers, upsert("arn:aws:iam::111122223333:user/path/Ann")),
        _ => (DataKey::MapAccounts, (Change::AddAccount(account.clone()), Change::RemoveAccount(account))),
    };
    (key, add, remove)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn add_then_remove_is_nothing(text in prop_oneof![4 => text(), 1 => json()], name in "[ -~]{1,12}", groups in wanted_groups()) {
        let data = roles(&text);
        let change = Change::Upsert { arn: NEW.parse().unwrap(), username: Some(name.clone()), groups: Groups::Set(groups.clone()) };
        let added = edit(&data, &change).unwrap();
        prop_assert!(added.changed);
        let before = meaning(&data);
        let after = meaning(&added.data);
        prop_assert_eq!(&after[..before.len()], &before[..], "\n{}", &added.data["mapRoles"]);
        prop_assert_eq!(&after[before.len()].username, &name);
        prop_assert!(!edit(&added.data, &change).unwrap().changed);
        let removed = edit(&added.data, &Change::Remove { by: RemoveBy::Arn(NEW.into()), all: true }).unwrap();
        prop_assert_eq!(&removed.data["mapRoles"], &text, "\n{}", &added.data["mapRoles"]);
    }

    #[test]
    fn add_then_remove_is_nothing_among_users_and_by_username(text in text(), name in "[!-~][ -~]{0,11}", groups in wanted_groups(), by_name in any::<bool>()) {
        let users = text.replace("rolearn", "userarn").replace(":role/", ":user/p/");
        let data = BTreeMap::from([("mapRoles".to_owned(), text.clone()), ("mapUsers".to_owned(), users)]);
        let arn = "arn:aws:iam::111122223333:user/p/0New";
        // No generated entry has a digit in its name.
        let name = format!("0{name}");
        let change = Change::Upsert { arn: arn.parse().unwrap(), username: Some(name.clone()), groups: Groups::Set(groups) };
        let added = edit(&data, &change).unwrap();
        prop_assert_eq!((added.key, &added.data["mapRoles"]), (DataKey::MapUsers, &text));
        prop_assert!(!edit(&added.data, &change).unwrap().changed);
        let by = if by_name { RemoveBy::Username(name) } else { RemoveBy::Arn(arn.into()) };
        for all in [false, true] {
            let removed = edit(&added.data, &Change::Remove { by: by.clone(), all }).unwrap();
            prop_assert_eq!(&removed.data, &data);
            prop_assert_eq!((removed.removed.len(), &removed.then), (1, &vec![None]));
        }
    }

    #[test]
    fn of_a_username_only_its_entries_go(text in text(), pick in any::<prop::sample::Index>()) {
        let data = roles(&text);
        let before = meaning(&data);
        let name = before[pick.index(before.len())].username.clone();
        let edited = edit(&data, &Change::Remove { by: RemoveBy::Username(name.clone()), all: true }).unwrap();
        let rest: Vec<Mapping> = before.into_iter().filter(|mapping| mapping.username != name).collect();
        let after = read(&edited.data);
        for (gone, then) in edited.removed.iter().zip(&edited.then) {
            let found = gone.arn.parse().ok().and_then(|arn| after.mapping_of(&arn).cloned());
            prop_assert_eq!(then, &found);
        }
        let after: Vec<Mapping> = after.roles.into_iter().map(|m| Mapping { index: 0, line: 0, column: 0, ..m }).collect();
        prop_assert_eq!(after, rest);
    }

    #[test]
    fn an_account_comes_and_goes_in_any_list(
        accounts in prop::collection::vec("[0-9]{12}", 1..5),
        item in prop::sample::select(vec!["- \"A\"\n", "- 'A' # x\n", "-   A\n", "  - A\n", "# n\n- \"A\"\n", "FLOW"]),
        ended in any::<bool>(), crlf in any::<bool>(),
    ) {
        let text = if item == "FLOW" {
            format!("[{}]\n", accounts.iter().map(|a| format!("\"{a}\"")).collect::<Vec<_>>().join(", "))
        } else {
            accounts.iter().map(|a| item.replace('A', a)).collect()
        };
        let text = if ended { text } else { text.trim_end().to_owned() };
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let data = BTreeMap::from([("mapAccounts".to_owned(), text)]);
        let new = "444455556666".to_owned();
        prop_assume!(!accounts.contains(&new));
        let added = edit(&data, &Change::AddAccount(new.clone())).unwrap();
        prop_assert_eq!(read(&added.data).accounts.len(), accounts.len() + 1);
        prop_assert!(!edit(&added.data, &Change::AddAccount(new.clone())).unwrap().changed);
        prop_assert_eq!(&edit(&added.data, &Change::RemoveAccount(new)).unwrap().data, &data, "\n{}", &added.data["mapAccounts"]);
    }

    #[test]
    fn the_first_entry_and_back_is_nothing(before in no_entries(), kind in 0_u8..3, name in "[ -~]{1,12}", groups in wanted_groups()) {
        let (key, add, remove) = change_of(kind, &name, groups);
        let mut data = BTreeMap::from([("other".to_owned(), "x".to_owned())]);
        data.extend(before.map(|text| (key.as_str().to_owned(), text)));
        let added = edit(&data, &add).unwrap();
        prop_assert!(added.changed);
        prop_assert!(!edit(&added.data, &add).unwrap().changed);
        let removed = edit(&added.data, &remove).unwrap();
        prop_assert_eq!(&removed.data, &data, "\n{}", &added.data[key.as_str()]);
    }

    #[test]
    fn the_others_stay_and_twice_is_once(text in text(), pick in any::<prop::sample::Index>(), name in "[ -~]{1,12}", groups in wanted_groups()) {
        let data = roles(&text);
        let before = meaning(&data);
        let arn: Principal = before[pick.index(before.len())].arn.parse().unwrap();
        let deciding = read(&data).mapping_of(&arn).unwrap().index;
        let change = Change::Upsert { arn, username: Some(name.clone()), groups: Groups::Set(groups.clone()) };
        let edited = edit(&data, &change).unwrap();
        let after = meaning(&edited.data);
        for (at, (old, new)) in before.iter().zip(&after).enumerate() {
            if at == deciding {
                prop_assert_eq!(&new.username, &name);
                prop_assert!(new.groups.iter().all(|g| groups.contains(g)) && groups.iter().all(|g| new.groups.contains(g)));
            } else {
                prop_assert_eq!(old, new, "\n{}", &edited.data["mapRoles"]);
            }
        }
        let again = edit(&edited.data, &change).unwrap();
        prop_assert!(!again.changed);
        prop_assert_eq!(again.data, edited.data);
    }

    #[test]
    fn the_lists_read_for_the_proof_are_what_the_new_text_says(
        text in prop_oneof![4 => text(), 1 => json()], pick in any::<prop::sample::Index>(), kind in 0_u8..4, all in any::<bool>(),
    ) {
        // Entries that are dropped, have a field that is left empty, or an invalid account id stay as they are.
        let odd = "- rolearn: arn:aws:iam::111122223333:role/Odd0\n  username: 1\n- 7\n";
        let users = text.replace("rolearn", "userarn").replace(":role/", ":user/p/");
        let texts = [("mapRoles", text), ("mapUsers", users), ("mapAccounts", "- {}\n".to_owned()), ("maproles", odd.to_owned())];
        let mut data: BTreeMap<String, String> = texts.map(|(key, text)| (key.to_owned(), text)).into();
        if kind == 3 {
            data.insert("mapRoles".to_owned(), odd.to_owned());
        }
        let before = read(&data);
        let picked = before.users[pick.index(before.users.len())].clone();
        let change = match kind {
            0 => upsert(&picked.arn, "other", &["g"]),
            1 => Change::Remove { by: RemoveBy::Arn(picked.arn), all },
            2 => Change::Remove { by: RemoveBy::Username(picked.username), all },
            _ => upsert(NEW, "new", &["g"]),
        };
        let edited = edit(&data, &change).unwrap();
        prop_assert!(edited.changed && !edited.reread.is_empty());
        prop_assert_eq!(before.with_lists(edited.reread), read(&edited.data));
    }

    #[test]
    fn what_says_the_same_moves_no_byte(text in prop_oneof![text(), json()], pick in any::<prop::sample::Index>()) {
        let data = roles(&text);
        let reading = read(&data);
        let arn: Principal = reading.roles[pick.index(reading.roles.len())].arn.parse().unwrap();
        let mapping = reading.mapping_of(&arn).unwrap();
        let groups: Vec<&str> = mapping.groups.iter().map(String::as_str).collect();
        let edited = edit(&data, &upsert(&arn.to_string(), &mapping.username, &groups)).unwrap();
        prop_assert!(!edited.changed);
        prop_assert_eq!(edited.data, data);
    }

    #[test]
    fn a_removal_leaves_the_others_and_their_bytes(text in text(), pick in any::<prop::sample::Index>()) {
        let data = roles(&text);
        let before = meaning(&data);
        let arn = before[pick.index(before.len())].arn.clone();
        let edited = edit(&data, &Change::Remove { by: RemoveBy::Arn(arn.clone()), all: true }).unwrap();
        let rest: Vec<Mapping> = before.into_iter().filter(|mapping| !mapping.arn.eq_ignore_ascii_case(&arn)).collect();
        prop_assert_eq!(meaning(&edited.data), rest, "\n{}", &edited.data["mapRoles"]);
        for line in edited.data["mapRoles"].lines().filter(|line| !line.trim().starts_with("[]")) {
            prop_assert!(text.lines().any(|old| old == line), "new line {line:?}");
        }
    }

    #[test]
    fn any_text_is_edited_with_proof_or_left_alone(text in "([-:#&*!|>'\"%@{}\\[\\], \t\n]|rolearn: x|username: |groups:|- |\n  ){0,40}") {
        let data = roles(&text);
        let before = read(&data);
        match edit(&data, &upsert(NEW, "new", &["g"])) {
            Ok(edited) => {
                let after = read(&edited.data);
                prop_assert_eq!(after.roles.len(), before.roles.len() + 1);
            }
            Err(EditError::Unreadable(Problem::Unreadable { .. }) | EditError::NotProven { .. }) => {}
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
